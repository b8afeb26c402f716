"""Figures on narrow pages: as wide as they were wished, nothing left out, nothing on top of each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, inspection, layers, views
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.views.figures.columns import draw_rows
from pellucid.views.figures.page import Page

X, Y = np.random.default_rng(1).random((24, 8, 8, 1), dtype=np.float32), np.arange(24) % 10


@cache
def net() -> Sequential:
    pellucid.set_random_seed(1)
    body = [layers.Conv2D(32, 3, activation="relu", name="conv"), layers.Conv2D(12, 3, name="deep")]
    model = Sequential([layers.Input((8, 8, 1)), *body, layers.Flatten(), layers.Dense(10, "softmax", name="head")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@cache
def twin() -> Sequential:
    pellucid.set_random_seed(2)
    return Sequential.from_config(net().get_config())


@cache
def compared() -> inspection.Comparison:
    return inspection.compare(net(), twin(), X)


@cache
def segmented() -> inspection.Segmentation:
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3, padding="same", activation="softmax")])
    return inspection.segmentation(model, X[:4], (X[:4, ..., 0] * 3).astype(int), class_names=["all around", "b", "c"])


RUNS = {"with dropout and a long name": {"loss": [2.0, 1.0], "val_loss": [2.0, 3.0]}, "without": {"loss": [2.0, 1.5]}}

FIGURES: dict[str, Callable[..., Any]] = {
    "maps": lambda **told: views.maps_figure(inspection.feature_maps(net(), X[0]), **told),
    "filters": lambda **told: views.filters_figure(inspection.filters(net().layers[0]), **told),
    "two moments": lambda **told: views.filters_figure([inspection.filters(net().layers[0])] * 2, **told),
    "many channels": lambda **told: views.filters_figure(inspection.filters(net().layers[1]), **told),
    "overview": lambda **told: views.overview_figure(inspection.overview(net().layers[1]), **told),
    "partial maps": lambda **told: views.partial_maps_figure(inspection.partial_maps(net(), "deep", X[0], 1), **told),
    "patches": lambda **told: views.top_patches_figure(inspection.top_patches(net(), X, "conv"), **told),
    "saliency": lambda **told: views.saliency_figure(inspection.saliency(net(), X[0]), **told),
    "importance": lambda **told: views.importance_figure(inspection.importance(net(), X, "conv", Y), **told),
    "mistakes": lambda **told: views.mistakes_figure(inspection.confusion(net(), X, Y), **told),
    "comparison": lambda **told: views.comparison_figure(compared(), **told),
    "recurrence": lambda **told: views.recurrence_figure(inspection.recurrence([net(), twin()], X), **told),
    "runs": lambda **told: views.runs_figure(inspection.training_runs(RUNS), **told),
    "segmentation": lambda **told: views.segmentation_figure(segmented(), **told),
}


def words(figure: Any) -> str:
    """All that is written, in whatever lines."""
    return " ".join(" ".join(text.get_text() for text in figure.axes[0].texts).split())


@pytest.mark.parametrize("name", FIGURES)
def test_as_wide_as_wished_and_whole(name: str) -> None:
    wide, narrow = FIGURES[name](), FIGURES[name](width=380)
    assert narrow.get_size_inches()[0] <= 3.8 < wide.get_size_inches()[0]
    pictures = [len(figure.axes[0].images) for figure in (wide, narrow)]
    assert pictures[0] == pictures[1]
    numbers = [sorted(word for word in words(figure).split() if word.isdigit()) for figure in (wide, narrow)]
    assert set(numbers[1]) >= set(numbers[0]) - {"1", "0"} or name == "many channels"  # of which each second is counted
    canvas = narrow.canvas.get_renderer()
    boxes = [text.get_window_extent(canvas) for text in narrow.axes[0].texts if text.get_text()]
    right = narrow.bbox.width
    assert all(box.x1 <= right for box in boxes)
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            down = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across <= 1 or down <= 4, "two texts lie on each other"


@pytest.mark.parametrize("width", [320, 380, 800])
def test_boards_and_overviews_are_no_wider_than_wished(width: int) -> None:
    for name in ("comparison", "overview", "many channels", "segmentation", "runs", "recurrence"):
        assert FIGURES[name](width=width).get_size_inches()[0] <= width / 100, name


def test_what_cannot_be_narrower_is_drawn_smaller() -> None:
    page = Page(320, 320)
    page.image(np.zeros((10, 616, 3)), 0, 0)
    page.text(24, 20, "right", size=8)
    figure = page.finish()  # 616 and a margin of 24 are 640, twice as wide as wished
    assert figure.get_size_inches().tolist() == [3.2, (20 + 24) / 2 / 100]
    assert figure.axes[0].texts[0].get_fontsize() == 4.0
    assert Page(320).finish().get_size_inches()[0] == 3.2


def test_rows_that_fit_in_no_columns_stand_one_below_the_other() -> None:
    rows = [["layer", "filters", "likeness", "of any two", "alike"], ["conv", "32", "0.51", "0.2", "7 of 32"]]
    page = Page(380)
    below = draw_rows(page, rows, 10, room=120)
    texts = " ".join(text.get_text() for text in page.finish().axes[0].texts)
    assert texts == "conv filters: 32, likeness: 0.51, of any two: 0.2, alike: 7 of 32" and below > 10


def test_a_width_that_is_none() -> None:
    for width, error in (
        (319, ArgumentError),
        (10_001, ArgumentError),
        ("wide", ArgumentTypeError),
        (1.5, ArgumentTypeError),
    ):
        with pytest.raises(error, match="width is"):
            FIGURES["maps"](width=width)


def test_slices_of_a_filter_stand_in_one_row_or_in_rows_as_long() -> None:
    """Eight slices on 400 are made smaller and stand in one row; on 320 they would be too small: four and four."""
    bank = inspection.FilterBank("deep", np.random.default_rng(0).normal(size=(3, 3, 32, 64)))
    for width, rows in ((400, [8]), (320, [4, 4])):
        axes = views.overview_figure(inspection.overview(bank), width=width).axes[0]
        first, second = (next(t for t in axes.texts if t.get_text() == f"filter {n}").get_position()[1]
                         for n in inspection.overview(bank).numbers[:2])  # fmt: skip
        far = second - first
        heights = [text.get_position()[1] for text in axes.texts if text.get_text().isdigit()
                   and abs(text.get_position()[1] - first) < far / 2 + 8]  # fmt: skip
        assert [heights.count(height) for height in sorted(set(heights))][: len(rows)] == rows
        shares = [text.get_position() for text in axes.texts if text.get_text().endswith("%")]
        lines = [sum(y == height for _, y in shares) for height in sorted({y for _, y in shares})]
        assert max(lines) - min(lines) <= 1, "patterns stand in rows as long as each other"


def test_signs_between_grids_below_each_other_stand_before_their_titles() -> None:
    value = inspection.arithmetic(net(), "conv", X[0], (2, 3), 7)
    texts = views.arithmetic_figure(value, width=380).axes[0].texts
    places = {text.get_text(): text.get_position() for text in texts}
    for sign, title in (("x", "weights"), ("=", "products")):
        drawn = next(text for text in texts if text.get_text() == sign).get_position()
        assert drawn[0] < places[title][0] and abs(drawn[1] - places[title][1]) < 10
