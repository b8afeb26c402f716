"""Texts are of letters that any terminal can show: one without UTF-8 loses none of them."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, views

X = np.random.default_rng(0).random((6, 6, 6, 1), np.float32)
BODY = [layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Conv2DTranspose(2, 3, strides=2, name="wide")]
MODEL = Sequential([layers.Input((6, 6, 1)), *BODY, layers.Flatten(), layers.Dense(2, name="head")])

TEXTS = {
    "formula": lambda: views.formula_text(inspection.formula(MODEL.layers[0])),
    "formula, transposed": lambda: views.formula_text(inspection.formula(MODEL.layers[1])),
    "filters": lambda: views.filters_text(inspection.filters(MODEL.layers[0])),
    "maps": lambda: views.maps_text(inspection.feature_maps(MODEL, X[0])),
    "arithmetic": lambda: views.arithmetic_text(inspection.arithmetic(MODEL, "conv", X[0], (0, 0), 0)),
    "trace": lambda: views.trace_text(inspection.trace(MODEL, "head", X[0])),
    "draw": lambda: views.initial_draw_text(inspection.initial_draw(MODEL.layers[0])),
    "description": lambda: views.description_text(inspection.describe(MODEL.layers[0].filter(0))),
    "lint": lambda: views.lint_text(inspection.lint(MODEL, X)),
    "field": lambda: views.field_text(inspection.receptive_field(MODEL, "conv", (1, 1), 0, X[0])),
}


@pytest.mark.parametrize("name", TEXTS)
def test_plain(name: str) -> None:
    assert TEXTS[name]().isascii()


def test_films_and_confusions_on_narrow_terminals() -> None:
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3, name="c"), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    recorded = callbacks.FilterHistory(["c"])
    model.fit(X, np.ones((6, 2)), batch_size=2, verbose=0, callbacks=[recorded])
    film = inspection.filter_film(recorded, "c")
    confusion = inspection.Confusion(("a cat", "a dog"), np.array([[8, 2], [1, 9]]), ())
    for width in (20, 40, 60, 80):
        for text in (views.film_text(film, width=width), views.confusion_text(confusion, width=width)):
            assert max(map(len, text.splitlines())) <= width
    assert all(f"{number}: " in views.film_text(film, width=40) for number in range(3))
