"""Kinds of fault that pictures had, each with its rule: a photograph is one, no tower, no epoch 0, no "-0.000"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.inspection import FeatureMaps, PartialMaps, TrainingCurves
from pellucid.views import arithmetic_figure, curves_figure, maps_figure, maps_text, partial_maps_figure
from pellucid.views.precision import NumberFormat, short

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_a_photograph_is_drawn_as_one(read_back: Callable[..., Any], scale: float) -> None:
    """Its colours, pixel by pixel, with what is black and white in words; of one channel as greys."""
    pixels = RNG.integers(0, 256, (4, 5, 3))
    pixels[0, 0] = 255
    colour = read_back(maps_figure(FeatureMaps("input", "Input", pixels / 255 * scale, is_picture=True)))
    for color in pixels.reshape(-1, 3).tolist():
        assert colour.count(tuple(color)) > 0
    assert f"black is 0, white is {scale:g}" in colour.words()
    grey = read_back(maps_figure(FeatureMaps("input", "Input", pixels[..., :1] / 255 * scale, is_picture=True)))
    assert all(grey.count((value,) * 3) > 0 for value in pixels[..., 0].ravel().tolist())
    assert not grey.count((101, 40, 0))


@pytest.mark.parametrize(
    "shapes",
    [
        [(160, 160, 64)] * 2,
        [(500, 128)] * 3,
        [(3, 3, 8)] * 60,
        [(64, 64, 64, 4)],
        [(8, 8, 512)] * 2,
        [(1, 128)] * 2,
        [(4096,)] * 4,
        [(1000, 2, 32)],
    ],
    ids=str,
)
def test_no_picture_is_a_tower(shapes: list[tuple[int, ...]]) -> None:
    """Many layers, many maps, large, long, deep or narrow ones: the page can be looked at; what is left out is said."""
    records = [FeatureMaps(f"l{i}", "Conv", RNG.normal(size=shape)) for i, shape in enumerate(shapes)]
    figure = maps_figure(records)
    width, height = figure.get_size_inches() * 100
    assert width <= 1060 and height <= 9000 and height <= 260 + 1000 * len(shapes)
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert ("20 further layers are not drawn" in words) == (len(shapes) > 40)
    assert ("limit=None draws all" in words) == any(len(s) > 1 and s[-1] > 64 for s in shapes)


def test_shrunken_maps_keep_what_is_farthest_from_zero(read_back: Callable[..., Any]) -> None:
    maps = np.zeros((300, 300, 16))
    maps[270, 123, 11] = -2.0
    picture = read_back(maps_figure(FeatureMaps("conv", "Conv2D", maps)))
    assert picture.panel().count((8, 60, 117)) > 0
    assert "Each block is the value farthest from zero of" in picture.words()


def test_nearly_zero_is_told_from_empty(read_back: Callable[..., Any]) -> None:
    """In words and above the map; with a scale of its own it can be seen."""
    maps = np.zeros((6, 6, 3))
    maps[2, 3, 0], maps[4, 4, 2] = 1.0, 0.001
    record = FeatureMaps("conv", "Conv2D", maps)
    for words in (read_back(maps_figure(record)).words(), maps_text(record)):
        assert "Map 1 is zero everywhere." in words
        assert "Map 2 is nearly zero, yet not empty: no value in it exceeds 0.001." in words
    assert "2 ~0" in read_back(maps_figure(record)).texts
    dark = [read_back(maps_figure(record, scale=scale)).panel().count((101, 40, 0)) for scale in ("layer", "map")]
    assert dark[1] == 2 * dark[0]


def test_what_is_handed_on_is_not_drawn_again(read_back: Callable[..., Any]) -> None:
    pool = FeatureMaps("pool", "MaxPooling2D", np.ones((4, 4, 2)))
    drop = FeatureMaps("drop", "Dropout", np.ones((4, 4, 2)), same_as="pool")
    alone, both = maps_figure([pool]), maps_figure([pool, drop])
    assert (both.get_size_inches()[1] - alone.get_size_inches()[1]) * 100 < 60
    assert "drop (Dropout): hands on what pool answers, as it is" in read_back(both).texts
    assert "drop (Dropout): hands on what pool answers, as it is" in maps_text([pool, drop])


def test_winners_are_framed_and_masks_stand_below(read_back: Callable[..., Any]) -> None:
    given, wins = RNG.random((4, 4, 2)), np.zeros((4, 4, 2), dtype=int)
    wins[1, 2, 0] = 1
    pool = FeatureMaps("pool", "MaxPooling2D", np.ones((2, 2, 2)), given=given, wins=wins)
    black = [
        read_back(maps_figure(each)).count((0, 0, 0)) for each in (pool, FeatureMaps("p", "P", np.ones((2, 2, 2))))
    ]
    assert black[0] > black[1]
    kept = np.array([[[True, False]]])
    words = read_back(maps_figure(FeatureMaps("d", "Dropout", np.ones((1, 1, 2)), kept=kept))).words()
    assert "what is dark was kept" in words and "Dropped: map 1" in words


@pytest.mark.parametrize("epochs", [1, 2, 3, 8, 9, 10, 37, 100, 1000, 12345])
def test_ticks_are_epochs_that_were_there(epochs: int) -> None:
    """Whole numbers from the first to the last, which is always named; no epoch 0, none behind the end."""
    figure = curves_figure(TrainingCurves({"loss": np.linspace(1, 0.1, epochs).tolist()}))
    ticks = figure.axes[0].get_xticks().tolist()
    assert ticks[-1] == epochs and 1 <= len(ticks) <= 9 and all(tick in range(1, epochs + 1) for tick in ticks)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize("ends", [(0.02, 0.0201), (1.0, 1.0), (0.5, 0.3), (0.0, 0.0)])
def test_labels_stay_with_their_curves(ends: tuple[float, float]) -> None:
    """Beside the panel's height, apart from each other, and a line leads to the value where a label had to move."""
    figure = curves_figure({"loss": [1.0, ends[0]], "val_loss": [0.9, ends[1]]})
    figure.canvas.draw()
    (axes,) = figure.axes
    labels = [text for text in axes.texts if text.get_text().startswith(("training", "validation"))]
    boxes = [label.get_window_extent() for label in labels]
    panel = axes.get_window_extent()
    for label, box in zip(labels, boxes, strict=True):
        middle = (box.y0 + box.y1) / 2
        assert panel.y0 - 12 <= middle <= panel.y1 + 12
        assert label.xy == (2, ends[label.get_text().startswith("validation")])
        assert label.arrow_patch is not None
    assert not boxes[0].overlaps(boxes[1])


def test_nothing_is_said_of_an_activation_that_is_none(
    read_back: Callable[..., Any], explain: Callable[..., Any]
) -> None:
    image, kernel = RNG.normal(size=(3, 3, 1)), RNG.normal(size=(2, 2, 1, 1))
    words = read_back(arithmetic_figure(explain(image, kernel, at=(0, 0), bias=0.5))).words()
    assert "linear" not in words and "before activation" not in words and "value" in words
    assert "relu" in read_back(arithmetic_figure(explain(image, kernel, at=(0, 0), activation="relu"))).words()


@pytest.mark.parametrize("value", [-0.0, -0.0004, -1e-30, 0.0004])
def test_no_number_is_minus_zero(value: float) -> None:
    assert NumberFormat(3, exact=False)(value) == "0.000"
    assert NumberFormat(2, exact=False, scientific=True)(-0.0) == "0.00e+00"
    assert not short(value * 0).startswith("-") and NumberFormat(3, exact=False)(-0.0006) == "-0.001"


def test_partial_maps_are_drawn_strongest_first(read_back: Callable[..., Any], color_of: Callable[..., Any]) -> None:
    maps = np.stack([np.full((2, 2), value) for value in (0.25, -1.0, 0.5)], axis=-1)
    record = PartialMaps("conv", "Conv2D", 3, (4, 5, 6), maps, 0.75, "relu", np.full((2, 2), 0.5), 1e-6)
    picture = read_back(partial_maps_figure(record))
    places = [picture.panel().box(color_of(value, 1.0)) for value in (-1.0, 0.5, 0.25)]
    assert [place.left for place in places[:2]] == sorted(place.left for place in places[:2])
    numbers = [text for text in picture.texts if text in ("4", "5", "6")]
    assert numbers == ["5", "6", "4"] and "sum + bias (0.75) = the map before relu" in picture.words()
