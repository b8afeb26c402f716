"""Slices of volumes along the depth: a line between them that is seen, and what each of them is."""

import numpy as np

from pellucid import Sequential, inspection, layers, views
from pellucid.views.boards import plane_tile, sample_tile
from pellucid.views.figures.mosaic import BACKGROUND, arrange, draw
from pellucid.views.figures.overview import tile_pixels


def words_of(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_each_slice_of_a_map_is_named():
    record = inspection.FeatureMaps("c", "Conv3D", np.random.default_rng(0).normal(size=(5, 6, 6, 2)))
    words = words_of(views.maps_figure([record]))
    assert {"0", "0:1", "0:4", "1", "1:4"} <= set(words) and "0:5" not in words
    assert any("5 slices of a map along the depth stand side by side" in each for each in words)
    flat = words_of(views.maps_figure([inspection.FeatureMaps("c", "Conv2D", np.ones((6, 6, 2)))]))
    assert not any("depth" in each or ":1" in each for each in flat)
    html = record._repr_html_()
    assert ">0:4<" in html and ">1:0<" in html


def test_filters_and_overviews_say_how_slices_lie():
    bank = inspection.FilterBank("c", np.random.default_rng(0).normal(size=(2, 3, 3, 2, 4)))
    for figure in (views.filters_figure(bank), views.overview_figure(inspection.overview(bank))):
        assert any("2 slices of a channel along the depth" in each for each in words_of(figure))


def test_the_line_between_slices_is_narrower_than_that_between_maps():
    slices = np.ones((2, 1, 3, 4, 4))
    mosaic = arrange(slices, (200, 900), (12, 0))
    row = draw(slices, np.ones(2), mosaic)[mosaic.corner(0)[1] + 2, :, :]
    is_line = (row == BACKGROUND).all(axis=-1)
    edges = np.flatnonzero(np.diff(is_line.astype(int)))
    widths = np.diff(edges)[1::2].tolist()  # between the first slice and the last
    assert len(widths) == 5 and min(widths) >= 3 and max(widths) == widths[2] >= 3 * widths[0]
    pixels = tile_pixels(np.ones((1, 2, 3, 3)), np.ones(1))[0]
    assert (pixels[5, 1:-1] == BACKGROUND).all(axis=-1).sum() >= 3


def test_a_stranger_is_told_what_the_numbers_of_slices_say():
    maps = inspection.FeatureMaps("c", "Conv3D", np.random.default_rng(0).normal(size=(3, 4, 4, 2)))
    assert "0:1 is depth 1 of map 0." in " ".join(words_of(views.maps_figure([maps])))
    model = Sequential([layers.Input((3, 4, 4, 1)), layers.Conv3D(1, 2, name="c")])
    model.set_weights([np.ones(weight.shape) for weight in model.weights])
    value = inspection.arithmetic(model, "c", np.ones((3, 4, 4, 1)), (1, 2, 2))
    assert "its depth and its row" in " ".join(" ".join(words_of(views.arithmetic_figure(value))).split())


def test_one_axis_has_one_name():
    model = Sequential([layers.Input((9, 1)), layers.Conv1D(1, 3, name="c")])
    model.set_weights([np.ones(weight.shape) for weight in model.weights])
    field = inspection.receptive_field(model, "c", 2)
    for words in (views.field_text(field), " ".join(words_of(views.field_figure(field)))):
        words = " ".join(words.split())
        assert "of the input's 9 steps, steps 2 to 4" in words and "places" not in words and "each axis" not in words
    assert "magnitude of its gradient" in " ".join(words_of(views.field_figure(field)))


def test_each_slice_of_a_filter_is_named():
    bank = inspection.FilterBank("c", np.random.default_rng(0).normal(size=(3, 3, 3, 2, 4)))
    words = words_of(views.filters_figure(bank))
    assert {f"{channel}:{depth}" for channel in (0, 1) for depth in (0, 1, 2)} <= set(words)
    assert any("stands its channel:depth" in each for each in words)
    many = inspection.FilterBank("c", np.random.default_rng(0).normal(size=(2, 1, 1, 16, 4)))  # no room for all
    assert "0" in words_of(views.filters_figure(many, width=400)) and not any(
        "0:1" in each for each in words_of(views.filters_figure(many, width=400))
    )


def test_a_single_volume_has_its_slices_numbered():
    words = words_of(views.maps_figure([inspection.FeatureMaps("input", "Input", np.ones((3, 6, 6, 1)))]))
    assert {"0", "0:1", "0:2"} <= set(words)


def test_pictures_of_one_plane_of_a_volume_say_which():
    volume = np.arange(16.0).reshape(4, 2, 2, 1)
    shown = sample_tile("the sample", volume)
    assert shown.label == "the sample, depth 2" and shown.pixels is not None
    strongest = plane_tile("gradient", np.array([[[1.0, 0.0]], [[-3.0, 0.5]]]))
    assert strongest.label == "gradient, largest of all depths" and strongest.plane.tolist() == [[-3.0, 0.5]]
    assert sample_tile("a", volume[:1]).label == "a" and sample_tile("a", volume[0]).label == "a"


def test_the_impulse_test_of_a_volume_names_its_slices():
    layer = layers.Conv3D(2, 2, name="c")
    layer.build((None, 4, 4, 4, 1))
    record = inspection.formula(layer)
    for width in (None, 360):
        figure = views.formula_figure(record, width=width)
        words = words_of(figure)
        assert words.count("depth 0") == 3 and words.count("depth 1") == 3 and words.count("depth 2") == 1
        assert figure.get_size_inches()[0] * 100 <= (width or 1000)
    assert "the kernel, depth 1" in views.formula_text(record)
    numbers = [float(word) for word in words if word.lstrip("-").replace(".", "").isdigit()]
    assert sum(1 for number in numbers if abs(number - float(layer.kernel.numpy()[1, 0, 1, 0, 0])) < 6e-4) >= 2


def test_a_formula_of_several_steps_has_a_line_for_each_and_reaches_the_foot_of_its_page():
    layer = layers.SeparableConv2D(3, 3, name="s")
    layer.build((None, 8, 8, 2))
    formulas = [word for word in words_of(views.formula_figure(inspection.formula(layer))) if word.startswith("$")]
    assert len(formulas) == 2 and formulas[1].startswith("$s_")
    dense = layers.Dense(10, "softmax", name="d")
    dense.build((None, 64))
    figure = views.formula_figure(inspection.formula(dense), width=400)
    canvas = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(canvas) for text in figure.axes[0].texts]
    assert min(box.y0 for box in boxes) > 0
