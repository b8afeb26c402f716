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

X, Y = np.random.default_rng(1).random((24, 8, 8, 1), dtype=np.float32), np.arange(24) % 10


@cache
def net() -> Sequential:
    pellucid.set_random_seed(1)
    body = [layers.Conv2D(32, 3, activation="relu", name="conv"), layers.Conv2D(12, 3, name="deep")]
    model = Sequential([layers.Input((8, 8, 1)), *body, layers.Flatten(), layers.Dense(10, "softmax", name="head")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


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
}


def words(figure: Any) -> str:
    """All that is written, in whatever lines."""
    return " ".join(" ".join(text.get_text() for text in figure.axes[0].texts).split())


@pytest.mark.parametrize("name", FIGURES)
def test_as_wide_as_wished_and_whole(name: str) -> None:
    wide, narrow = FIGURES[name](), FIGURES[name](width=400)
    assert narrow.get_size_inches()[0] <= 4.6 < wide.get_size_inches()[0]  # a title's longest word may need some more
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


def test_a_width_that_is_none() -> None:
    for width, error in (
        (319, ArgumentError),
        (10_001, ArgumentError),
        ("wide", ArgumentTypeError),
        (1.5, ArgumentTypeError),
    ):
        with pytest.raises(error, match="width is"):
            FIGURES["maps"](width=width)
