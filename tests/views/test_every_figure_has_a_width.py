"""Every figure takes a width: as wide as it was wished, nothing lost, cut off or on top of each other."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import pellucid
from pellucid import Sequential, callbacks, inspection, layers, views
from pellucid.engines.kernel_calls import KernelCall
from pellucid.views.figures.table import table_figure

X, Y = np.random.default_rng(1).random((24, 8, 8, 1), dtype=np.float32), np.arange(24) % 10
PHOTO = np.random.default_rng(2).random((20, 24, 3))
WIDTH = 320
ELSEWHERE = {"save", "filters", "maps", "overview", "partial_maps", "mistakes", "top_patches", "saliency", "importance",
             "comparison", "recurrence", "runs", "segmentation", "deviations", "maximum", "composition"}  # fmt: skip
"""Drawn in rows as wide as the page, or as boards: see `test_narrow_pages.py`."""


@cache
def trained() -> tuple[Sequential, callbacks.FilterHistory, Any]:
    pellucid.set_random_seed(1)
    body = [layers.Conv2D(32, 3, activation="relu", name="conv"), layers.Conv2D(12, 3, name="deep")]
    model = Sequential([layers.Input((8, 8, 1)), *body, layers.Flatten(), layers.Dense(10, "softmax", name="head")])
    model.compile("adam", "sparse_categorical_crossentropy")
    recorded = callbacks.FilterHistory(["conv"])
    history = model.fit(X, Y, epochs=3, batch_size=8, verbose=0, callbacks=[recorded])
    return model, recorded, history


def model() -> Sequential:
    return trained()[0]


def calls() -> inspection.Profile:
    found = [KernelCall(f"layer_{n}", "convolution", "winograd", "", 10**6, 1, seconds=1e-3 / 4**n) for n in range(6)]
    return inspection.Profile("a model", "prediction", 32, 2, 1e9, found)


RECORDS: dict[str, Callable[[], Any]] = {
    "arithmetic": lambda: inspection.arithmetic(model(), "conv", X[0], (1, 1), 2),
    "arithmetic of many channels": lambda: inspection.arithmetic(model(), "deep", X[0], (1, 1), 2),
    "arithmetic of a unit": lambda: inspection.arithmetic(model(), "head", X[0], (), 2),
    "trace": lambda: inspection.trace(model(), "head", X[0], (), 2, values=4),
    "curves": lambda: trained()[2],
    "description": lambda: inspection.describe(model().layers[1].filter(0)),
    "initial_draw": lambda: inspection.initial_draw(model().layers[0]),
    "equivariance": lambda: inspection.equivariance(model(), X[0], (1, 0)),
    "field": lambda: inspection.receptive_field(model(), "deep", (1, 1), 0, X[0]),
    "film": lambda: inspection.filter_film(trained()[1], "conv"),
    "filtered": lambda: inspection.filtered_image(PHOTO, "sobel_x"),
    "formula": lambda: inspection.formula(model().layers[0]),
    "gradient_flow": lambda: inspection.gradient_flow({"a": model(), "b": model()}, X, Y, batch_size=8),
    "influential_images": lambda: inspection.influential_images(model(), X, Y, X[0], Y[0], recorded=trained()[1]),
    "influence": lambda: inspection.influence(model(), X, Y, "conv", 0, recorded=trained()[1], batch_size=8),
    "kernel_gradient": lambda: inspection.kernel_gradient(model(), X, Y, "conv", 0),
    "kernel_gradient of many channels": lambda: inspection.kernel_gradient(model(), X, Y, "deep", 0),
    "lint": lambda: inspection.lint(model(), X),
    "update": lambda: inspection.update(model(), X, Y, "deep", 0),
    "profile": calls,
    "what_if": lambda: inspection.what_if(model(), X[0], {"conv": {0: 0.0}}),
    "confusion": lambda: inspection.confusion(model(), X, Y),
    "variations": lambda: inspection.variations([layers.RandomFlip()], PHOTO, 5),
}


def drawn(name: str, **told: Any) -> Figure:
    told |= {"limit": 27} if name == "arithmetic of many channels" else {}
    figure: Figure = getattr(views, f"{name.partition(' ')[0]}_figure")(kept(name), **told)
    return figure


kept = cache(lambda name: RECORDS[name]())


def test_every_figure_takes_a_width() -> None:
    figures = {name.removesuffix("_figure") for name in views.__all__ if name.endswith("_figure")}
    assert figures == {name.partition(" ")[0] for name in RECORDS} | ELSEWHERE
    for name in figures - {"save"}:
        argument = inspect.signature(getattr(views, f"{name}_figure")).parameters["width"]
        assert argument.default is None and argument.kind is argument.KEYWORD_ONLY, name


def whole(figure: Figure, width: int) -> None:
    """As wide as wished; no text is cut off, none lies on another."""
    figure.set_dpi(100)
    if len(figure.axes) > 1 or not figure.axes[0].texts[0].get_transform().contains_branch(figure.axes[0].transData):
        figure.canvas.draw()  # axes that place their texts when they are drawn
    assert figure.get_size_inches()[0] * 100 <= width
    canvas = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = np.array([text.get_window_extent(canvas).extents for text in texts])
    assert boxes[:, 0].min() >= 0 and boxes[:, 2].max() <= figure.bbox.width
    across, down = (
        np.minimum(boxes[:, end, None], boxes[None, :, end]) - np.maximum(boxes[:, start, None], boxes[None, :, start])
        for start, end in ((0, 2), (1, 3))
    )
    lying = np.triu((across > 1) & (down > 4), 1)
    assert not lying.any(), [(texts[a].get_text(), texts[b].get_text()) for a, b in np.argwhere(lying)]


@pytest.mark.parametrize("name", RECORDS)
def test_as_wide_as_wished_and_whole(name: str) -> None:
    usual, figure = drawn(name), drawn(name, width=WIDTH)
    whole(figure, WIDTH)
    assert len(figure.axes) == len(usual.axes)
    assert len(figure.axes[0].images) == len(usual.axes[0].images) or "unit" in name  # of rows more or fewer


def test_a_table_on_a_narrow_page() -> None:
    rows = [["conv2d", "(None, 26, 26, 32)", "3 x 3 x 1 x 32 + 32 = 320, of which each filter has 9 and a bias"]]
    wide, narrow = (
        table_figure("Model: a", ["Layer", "Shape", "Weights"], rows, ["Total: 320"], width=w) for w in (None, WIDTH)
    )
    whole(narrow, WIDTH)
    words = [" ".join(sorted(" ".join(t.get_text() for t in f.axes[0].texts).split())) for f in (wide, narrow)]
    assert words[0] == words[1]
