"""Fifty steps by each loss, against Keras's function and its gradient: losses that are told, and last weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of

import pellucid
from pellucid import losses

RNG = np.random.default_rng(11)
STEPS, BATCH, INPUTS, UNITS, RATE = 50, 8, 5, 4, 0.1
COUNT = STEPS * BATCH
X = RNG.normal(size=(COUNT, INPUTS)).astype(np.float32)
KERNEL, BIAS = RNG.normal(size=(INPUTS, UNITS)).astype(np.float32), np.zeros(UNITS, np.float32)
LABELS = RNG.integers(0, UNITS, COUNT)
ONE_HOT, SHARES = np.eye(UNITS)[LABELS], RNG.dirichlet(np.ones(UNITS), COUNT)
BITS, NUMBERS = RNG.integers(0, 2, (COUNT, UNITS)), RNG.normal(size=(COUNT, UNITS))
COUNTS = RNG.integers(0, 5, (COUNT, UNITS))


@dataclass(frozen=True)
class Case:
    """A loss, what the last layer ends in, targets, settings."""

    name: str
    activation: str | None
    y: np.ndarray
    settings: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.activation} {self.settings}"


CASES = [
    Case("MeanSquaredError", None, NUMBERS),
    Case("MeanAbsoluteError", None, NUMBERS),
    Case("MeanAbsolutePercentageError", None, NUMBERS + 3),
    Case("MeanSquaredLogarithmicError", "softplus", COUNTS),
    Case("Huber", None, NUMBERS, {"delta": 0.5}),
    Case("LogCosh", None, 5 * NUMBERS),
    Case("CosineSimilarity", "tanh", NUMBERS),
    Case("Hinge", None, BITS),
    Case("SquaredHinge", "tanh", 2.0 * BITS - 1),
    Case("CategoricalHinge", None, ONE_HOT),
    Case("KLDivergence", "softmax", SHARES),
    Case("Poisson", "softplus", COUNTS),
    Case("Dice", "sigmoid", BITS),
    Case("Tversky", "sigmoid", BITS, {"alpha": 0.3, "axis": -1}),
    Case("Circle", "softmax", LABELS, {"gamma": 4.0}),
    Case("BinaryCrossentropy", "sigmoid", BITS, {"label_smoothing": 0.1}),
    Case("BinaryFocalCrossentropy", "sigmoid", BITS, {"apply_class_balancing": True, "gamma": 1.5}),
    Case("BinaryFocalCrossentropy", None, BITS, {"from_logits": True}),
    Case("CategoricalCrossentropy", "softmax", SHARES),
    Case("CategoricalFocalCrossentropy", "softmax", ONE_HOT, {"alpha": [0.1, 0.2, 0.3, 0.4]}),
    Case("CategoricalFocalCrossentropy", None, ONE_HOT, {"from_logits": True, "gamma": 0.5}),
    Case("CategoricalGeneralizedCrossEntropy", "softmax", LABELS, {"q": 0.7}),
    Case("SparseCategoricalCrossentropy", "softmax", LABELS, {"ignore_class": 2}),
]


def _by_keras(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The losses of all steps, kernel and bias after them."""
    loss, activation = getattr(keras.losses, case.name)(**case.settings), keras.activations.get(case.activation)
    weights, values = [KERNEL, BIAS], []
    for first in range(0, COUNT, BATCH):
        x, y = X[first : first + BATCH], np.asarray(case.y[first : first + BATCH], np.float32)

        def of_batch(kernel: Any, bias: Any, x: np.ndarray = x, y: np.ndarray = y) -> tuple[Any, Any]:
            value = loss(y, activation(keras.ops.matmul(x, kernel) + bias))
            return value, value

        value, slopes = slopes_of(of_batch, weights)
        weights = [w - np.float32(RATE) * g for w, g in zip(weights, slopes, strict=True)]
        values.append(value)
    return np.array(values), weights[0], weights[1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fifty_steps(case: Case) -> None:
    model = pellucid.Sequential([pellucid.Input((INPUTS,)), pellucid.layers.Dense(UNITS, case.activation)])
    model.set_weights([KERNEL, BIAS])
    model.compile(pellucid.optimizers.SGD(RATE), getattr(losses, case.name)(**case.settings))
    told = [model.train_on_batch(X[n : n + BATCH], case.y[n : n + BATCH]) for n in range(0, COUNT, BATCH)]
    values, *expected = _by_keras(case)
    assert np.ptp(values) > 0 and np.abs(expected[0] - KERNEL).max() > 1e-3, "nothing was learned"
    np.testing.assert_allclose(told, values, rtol=2e-4, atol=2e-5)
    for ours, theirs in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=5e-5)


def test_every_loss_is_here() -> None:
    # Alignments have predictions over time: tests/conformance/test_keras_alignment.py.
    assert {case.name for case in CASES} | {"CTC"} == {cls.__name__ for cls in losses.LOSSES.classes.values()}
