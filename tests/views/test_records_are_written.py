"""`print` of a record writes its text, in a notebook each shows itself, and JSON has all of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers, views

RNG = np.random.default_rng(7)
X = RNG.random((8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Sequential:
    return Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(), layers.Dense(2, name="d")]
    )


RECORDS: dict[str, tuple[Callable[[Sequential], Any], Callable[..., str]]] = {
    "filters": (lambda m: inspection.filters(m.layers[0]), views.filters_text),
    "maps": (lambda m: inspection.feature_maps(m, X), views.maps_text),
    "arithmetic": (lambda m: inspection.arithmetic(m, "c", X, (1, 2)), views.arithmetic_text),
    "trace": (lambda m: inspection.trace(m, "d", X), views.trace_text),
    "describe": (lambda m: inspection.describe(m.layers[0].filter(1)), views.description_text),
    "initial draw": (lambda m: inspection.initial_draw(m.layers[0]), views.initial_draw_text),
    "formula": (lambda m: inspection.formula(m.layers[0], 2), views.formula_text),
    "overview": (lambda m: inspection.overview(m.layers[0]), views.overview_text),
    "field": (lambda m: inspection.receptive_field(m, "c", (1, 2), 0, X), views.field_text),
    "filtered": (lambda m: inspection.filtered_image(X, "sobel_x"), views.filtered_text),
    "partial": (lambda m: inspection.partial_maps(m, "c", X), views.partial_maps_text),
    "lint": (lambda m: inspection.lint(m), views.lint_text),
    "what if": (lambda m: inspection.what_if(m, X, {"c": 0.0}), views.what_if_text),
    "equivariance": (lambda m: inspection.equivariance(m, X, (1, 0)), views.equivariance_text),
    "profile": (lambda m: inspection.profile(m, X[None], runs=1), views.profile_text),
    "confusion": (
        lambda m: inspection.Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), ()),
        views.confusion_text,
    ),
    "deviations": (
        lambda m: inspection.Deviations(("age",), np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]])),
        views.deviations_text,
    ),
    "segmentation": (
        lambda m: inspection.Segmentation(("grass", "cow"), np.array([[80, 0], [10, 10]]), 1),
        views.segmentation_text,
    ),
    "curves": (lambda m: inspection.TrainingCurves({"loss": [0.5, 0.25]}), views.curves_text),
}


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_written_shown_and_kept(name: str, model: Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    make, write = RECORDS[name]
    record = make(model)
    monkeypatch.setenv("COLUMNS", "60")
    assert str(record) == write(record, width=60)
    page = views.to_html(record)
    assert page.startswith("<div") and "<script" not in page and len(page) < 1_000_000
    assert record._repr_png_().startswith(b"\x89PNG")
    told = json.loads(record.to_json())
    assert told and "record" in (told[0] if isinstance(told, list) else told)


def test_a_layer_with_very_many_slices_shows_its_strongest() -> None:
    layer = layers.Conv2D(64, 3, name="deep")
    layer.build((None, 8, 8, 32))
    page = views.to_html(layer)
    strongest = inspection.overview(layer).numbers[0]
    assert f"filter {strongest}, norm" in page and "What all slices are made of" in page and len(page) < 300_000
    text = str(inspection.filters(layer))
    assert f"filter {strongest}, norm" in text and text.endswith("limit=None shows all.")
    assert len(text.splitlines()) < 250 < len(views.filters_text(inspection.filters(layer), limit=None).splitlines())


def test_one_filter_in_colour() -> None:
    model = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(2, 3, name="c")])
    page = views.to_html(model.layers[0].filter(1))
    assert "in colour" in page and "1 red" in page and views.to_html(model.layers[0]).count("in colour") >= 2
