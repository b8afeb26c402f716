"""Sums of thousands of terms, told briefly: the strongest one by one, the rest as one sum, and the same number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, layers, set_random_seed
from pellucid.inspection.arithmetic import arithmetic_of_use
from pellucid.inspection.records import Arithmetic
from pellucid.inspection.running import uses

SHAPE = (65, 64, 2)


def _record(layer: Any, x: np.ndarray, filter: int, *, is_brief: bool) -> Arithmetic:
    """Of one value of a layer that reads the input."""
    given = Input(x.shape)
    model = Model(given, layer(given), name="long")
    if layer.weights and layer.weights[0].ndim == 2:
        layer.kernel = np.random.default_rng(5).standard_normal(layer.kernel.shape)
    return arithmetic_of_use(model, uses(model, layer.name)[0], [x[np.newaxis]], (), filter, is_brief=is_brief)


def _samples(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


CASES = {
    "mean": (layers.GlobalAveragePooling2D, {}, SHAPE, lambda x: x.astype(float).mean((0, 1))),
    "maximum": (layers.GlobalMaxPooling2D, {}, SHAPE, lambda x: x.astype(float).max((0, 1))),
    "in front": (
        layers.GlobalAveragePooling2D, {"data_format": "channels_first"}, (2, 65, 64),
        lambda x: x.astype(float).mean((1, 2)),
    ),
    "dense": (
        layers.Dense, {"units": 3, "use_bias": False}, (5000,),
        lambda x: x.astype(float) @ np.random.default_rng(5).standard_normal((5000, 3)).astype(np.float32),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same_number(name: str) -> None:
    """Against NumPy in float64, and against the record that tells every term."""
    make, settings, shape, right = CASES[name]
    x = _samples(shape)
    set_random_seed(3)
    whole = _record(make(**settings), x, 1, is_brief=False)
    set_random_seed(3)
    brief = _record(make(**settings), x, 1, is_brief=True)
    assert brief.value == pytest.approx(right(x)[1], rel=1e-12, abs=1e-12)
    assert (brief.combination, brief.engine_value, brief.bias) == (whole.combination, whole.engine_value, whole.bias)
    assert len(brief.products) == 64 and brief.others == len(whole.products) - 64
    assert brief.rest + sum(p.product for p in brief.products) == pytest.approx(whole.sum, rel=1e-12, abs=1e-12)
    strongest = sorted(whole.products, key=lambda p: -abs(p.product))[:64]
    told = {(p.read_at, p.input, p.weight, p.product) for p in brief.products}
    if name != "maximum":
        assert told == {(p.read_at, p.input, p.weight, p.product) for p in strongest}
    assert (strongest[0].read_at, strongest[0].input, strongest[0].weight, strongest[0].product) in told
    assert brief.agrees and brief.rounding_bound == pytest.approx(whole.rounding_bound, rel=1e-9)


def test_a_largest_of_zero_is_told() -> None:
    """The winner is among the terms though it adds nothing, and wherever it stands."""
    x = np.full(SHAPE, -1, np.float32)
    x[40, 30, 0] = 0.0
    found = _record(layers.GlobalMaxPooling2D(), x, 0, is_brief=True)
    assert found.value == 0.0
    assert [p.read_at for p in found.products if p.weight] == [(40, 30, 0)]


def test_what_is_no_number_is_told_first() -> None:
    """A NaN among thousands is what the value comes from."""
    x = _samples(SHAPE)
    x[7, 9, 1] = np.nan
    found = _record(layers.GlobalAveragePooling2D(), x, 1, is_brief=True)
    assert np.isnan(found.value) and (7, 9, 1) in {p.read_at for p in found.products}


def test_steps_of_a_normalisation_are_told_briefly_too() -> None:
    """Mean and variance over thousands of numbers: each step adds up, and the value is the one that NumPy has."""
    x = _samples((5000,))
    found = _record(layers.LayerNormalization(epsilon=1e-3), x, 17, is_brief=True)
    right = (x.astype(float) - x.astype(float).mean()) / np.sqrt(x.astype(float).var() + 1e-3)
    assert found.value == pytest.approx(right[17], rel=1e-9)
    long = [step for step in found.steps if step.others]
    assert long and all(len(step.products) == 64 and step.others == 5000 - 64 for step in long)
    for terms, total in found.sums:
        assert sum(terms) == pytest.approx(total, rel=1e-9, abs=1e-9)
