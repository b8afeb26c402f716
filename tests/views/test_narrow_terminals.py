"""Texts in a terminal of 40 columns: no line is wider, and no number is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, inspection, layers, views

X = np.random.default_rng(1).random((6, 8, 8, 1), dtype=np.float32)


@cache
def net() -> Sequential:
    pellucid.set_random_seed(1)
    inner = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3, name="c")], name="a_model_inside")
    ends = [layers.MaxPooling2D(2, name="pool"), layers.Flatten(name="flat"), layers.Dense(3, name="head")]
    model = Sequential([layers.Input((8, 8, 1)), inner, layers.ReLU(name="relu"), *ends], name="net")
    model.compile("sgd", "mse")
    return model


TEXTS: dict[str, Callable[[int], str]] = {
    "equivariance": lambda n: views.equivariance_text(inspection.equivariance(net(), X[0], (1, 0)), width=n),
    "what_if": lambda n: views.what_if_text(inspection.what_if(net(), X[0], {"head": {0: 0.0}}, np.ones(3)), width=n),
    "kernel_gradient": lambda n: views.kernel_gradient_text(
        inspection.kernel_gradient(net(), X, np.ones((6, 3)), "head", 0), width=n
    ),
    "trace": lambda n: views.trace_text(inspection.trace(net(), "head", X[0], (), 0), width=n),
    "saliency": lambda n: views.saliency_text(inspection.saliency(net(), X[0], "smoothgrad", samples=2), width=n),
    "maps": lambda n: views.maps_text(inspection.feature_maps(net(), X[0]), width=n),
    "lint": lambda n: views.lint_text(inspection.lint(net(), X), width=n),
}


@pytest.mark.parametrize("name", TEXTS)
def test_forty_columns(name: str) -> None:
    narrow, wide = TEXTS[name](40), TEXTS[name](100)
    assert max(map(len, narrow.splitlines())) <= 40
    if name in ("equivariance", "trace"):  # the same numbers, in other places
        found = [sorted(re.findall(r"\d+\.\d+", text)) for text in (narrow, wide)]
        assert found[0] == found[1]


def test_titles_of_films_and_scales_of_nothing() -> None:
    frames = np.zeros((2, 3, 3, 1, 1))
    film = inspection.FilterFilm("c", "Conv2D", (0, 9), frames, ("rows", "columns", "channels"))
    assert views.film_text(film).startswith("c: 1 filter through 9 steps")
    blank = views.filtered_text(inspection.filtered_image(np.zeros((4, 4)), "sobel_x"))
    assert "-0" not in blank
