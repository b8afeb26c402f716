"""The answers of every layer to one sample, read back from the pixels and texts."""

import numpy as np
import pytest

from pellucid.errors import ArgumentError
from pellucid.inspection.records import FeatureMaps
from pellucid.views import maps_figure

DARK_ORANGE, WHITE, GREY = (101, 40, 0), (255, 255, 255), (128, 128, 128)


def test_maps_are_neither_flipped_nor_transposed_and_stand_in_order(read_back, distinct, color_of):
    answers = distinct(4, 5, 12)
    picture = read_back(maps_figure([FeatureMaps("conv", "Conv2D", answers)])).panel()
    found = {index: picture.box(color_of(value, 1.0)) for index, value in np.ndenumerate(answers)}
    cell = found[0, 0, 0].height
    assert all((box.height, box.width, box.filled) == (cell, cell, True) for box in found.values())
    for (row, column, channel), box in found.items():
        assert box.top == found[0, 0, channel].top + row * cell
        assert box.left == found[0, 0, channel].left + column * cell
    corners = [(found[0, 0, channel].top, found[0, 0, channel].left) for channel in range(12)]
    assert corners == sorted(corners)


def test_each_layer_has_its_own_scale_with_its_numbers(read_back):
    small, large = np.full((4, 4, 1), 0.5), np.full((4, 4, 1), 8.0)
    figure = maps_figure([FeatureMaps("input", "", small), FeatureMaps("conv", "Conv2D", large)])
    picture = read_back(figure)
    assert {"0.5", "8"} <= set(picture.texts)
    mask = (picture.pixels == DARK_ORANGE).all(axis=-1)
    heights = mask.sum(axis=1)
    assert (heights[: len(heights) // 2] > 20).any() and (heights[len(heights) // 2 :] > 20).any()


def test_what_is_never_negative_has_a_scale_from_zero(read_back):
    positive = read_back(maps_figure([FeatureMaps("conv", "Conv2D", np.full((2, 2, 1), 3.0))]))
    signed = read_back(maps_figure([FeatureMaps("conv", "Conv2D", np.array([[[3.0], [-1.0]]]))]))
    assert "-3" not in positive.texts and "0" in positive.texts
    assert "-3" in signed.texts


def test_outputs_are_bars_with_class_labels(read_back, color_of):
    outputs = np.array([0.25, 1.0, 0.5])
    picture = read_back(maps_figure([FeatureMaps("dense", "Dense", outputs)], class_names=["cat", "dog", "emu"]))
    assert {"cat", "dog", "emu", "0.25", "1.00", "0.50"} <= set(picture.texts)
    lower = picture.part(rows=slice(220, None))  # below the colour bar
    cat, dog, emu = (lower.box(color_of(value, 1.0)) for value in outputs)
    assert cat.left < dog.left < emu.left
    assert dog.height == pytest.approx(4 * cat.height, rel=0.05) and dog.height == pytest.approx(
        2 * emu.height, rel=0.05
    )


def test_long_vectors_are_wrapped_and_say_so(read_back, distinct, color_of):
    values = distinct(288)
    picture = read_back(maps_figure([FeatureMaps("flatten", "Flatten", values)]))
    assert "The 288 values are wrapped row by row, 36 to a row." in picture.texts
    found = [picture.panel().box(color_of(value, 1.0)) for value in values[:100]]
    assert [(box.top, box.left) for box in found] == sorted((box.top, box.left) for box in found)


def test_every_layer_is_named(read_back):
    maps = [FeatureMaps("input", "", np.ones((8, 8, 3))), FeatureMaps("stem", "Conv2D", np.ones((6, 6, 4))),
            FeatureMaps("conv1d", "Conv1D", np.ones((10, 2))), FeatureMaps("volume", "Conv3D", np.ones((2, 3, 3, 2))),
            FeatureMaps("dense", "Dense", np.ones(2))]  # fmt: skip
    titles = read_back(maps_figure(maps)).texts
    expected = {"input: 3 channels of 8x8", "stem (Conv2D): 4 maps of 6x6", "conv1d: 2 maps of 10 steps",
                "volume (Conv3D): 2 maps of 2x3x3", "dense: 2 values"}  # fmt: skip
    assert expected <= set(titles)


def test_dead_maps_and_nan_are_named(read_back):
    answers = np.ones((4, 4, 3))
    answers[..., 1] = 0
    answers[0, 0, 2] = np.nan
    outputs = np.array([np.nan, 1.0])
    picture = read_back(maps_figure([FeatureMaps("conv", "Conv2D", answers), FeatureMaps("dense", "Dense", outputs)]))
    assert {"Map 1 is zero everywhere.", "Map 2 holds NaN or infinity.", "Value 0 holds NaN or infinity."} <= set(
        picture.texts
    )
    assert picture.count(GREY) > 0 and "nan" in picture.texts


def test_large_maps_keep_every_number(read_back):
    image = np.zeros((100, 300, 2))
    image[70, 250, 1] = 1.0
    picture = read_back(maps_figure([FeatureMaps("input", "", image)])).panel()
    block = picture.box(DARK_ORANGE)
    assert block.filled and block.height == block.width >= 1


def test_labels_must_fit_the_outputs():
    outputs = FeatureMaps("dense", "Dense", np.ones(3))
    with pytest.raises(ArgumentError, match=r'one class name per output of the last layer, "dense" .* got 2 names'):
        maps_figure([outputs], class_names=["cat", "dog"])
    with pytest.raises(ArgumentError, match="got 2 names"):
        maps_figure([FeatureMaps("conv", "Conv2D", np.ones((2, 2, 2)))], class_names=["cat", "dog"])
    with pytest.raises(ArgumentError, match="got none"):
        maps_figure([])
