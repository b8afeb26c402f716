"""Losses on arrays against Keras itself: every reduction, every kind of weights, the functions, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import losses, ops
from pellucid.errors import ArgumentError, DataError, ShapeError

RNG = np.random.default_rng(7)
BATCH = 6
P, MAPS = RNG.uniform(0.05, 0.95, (BATCH, 4)), RNG.uniform(0.05, 0.95, (BATCH, 3, 4))
LABELS, LABEL_MAPS = RNG.integers(0, 4, BATCH), RNG.integers(0, 4, (BATCH, 3))
SIGNS, UNIT = RNG.choice([-1.0, 1.0], P.shape), RNG.normal(size=P.shape)
UNIT /= np.linalg.norm(UNIT, axis=-1, keepdims=True)
BITS, BIT_MAPS = RNG.integers(0, 2, P.shape), RNG.integers(0, 2, MAPS.shape)


@dataclass(frozen=True)
class Case:
    """A loss, its settings, targets and predictions."""

    name: str
    y: Any
    p: Any
    settings: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {np.shape(self.p)} {self.settings}"

    @property
    def function(self) -> str:
        """The name of the function."""
        return next(name for name, cls in losses.LOSSES.classes.items() if cls.__name__ == self.name)


CASES = [
    Case("MeanSquaredError", P[::-1], P),
    Case("MeanSquaredError", MAPS[::-1], MAPS),
    Case("MeanSquaredError", P[:, 0], P[:, :1]),
    Case("MeanSquaredError", P[:, :1], P[:, 0]),
    Case("MeanSquaredError", [[1, 0], [2, 3]], [[1.5, 0.0], [2, 1]]),
    Case("MeanAbsoluteError", MAPS[::-1], MAPS),
    Case("MeanAbsoluteError", P[:, 0], P[:, :1]),
    Case("MeanAbsolutePercentageError", P[::-1], P),
    Case("MeanAbsolutePercentageError", BITS, P),
    Case("MeanSquaredLogarithmicError", MAPS[::-1] - 0.2, MAPS - 0.2),
    Case("Huber", 4 * P[::-1], P),
    Case("Huber", 4 * MAPS[::-1], MAPS, {"delta": 0.4}),
    Case("LogCosh", 80 * P[::-1], P),
    Case("CosineSimilarity", P[::-1] - 0.5, P - 0.5),
    Case("CosineSimilarity", MAPS[::-1], MAPS, {"axis": 1}),
    Case("Hinge", SIGNS, 4 * P - 2),
    Case("Hinge", BITS, 4 * P - 2),
    Case("Hinge", BIT_MAPS, 4 * MAPS - 2),
    Case("Hinge", 2.0 * BITS, 4 * P - 2),
    Case("SquaredHinge", SIGNS, 4 * P - 2),
    Case("SquaredHinge", BIT_MAPS, 4 * MAPS - 2),
    Case("CategoricalHinge", np.eye(4)[LABELS], 4 * P - 2),
    Case("CategoricalHinge", np.eye(4)[LABEL_MAPS], 4 * MAPS - 2),
    Case("KLDivergence", P[::-1], P),
    Case("KLDivergence", BIT_MAPS, MAPS - 0.1),
    Case("Poisson", 9 * P[::-1], 5 * P),
    Case("Dice", BITS, P),
    Case("Dice", BIT_MAPS, MAPS, {"axis": (1, 2)}),
    Case("Dice", BIT_MAPS, MAPS, {"axis": [-1]}),
    Case("Tversky", BITS, P, {"alpha": 0.3, "beta": 0.9}),
    Case("Tversky", BIT_MAPS, MAPS, {"axis": 2, "beta": 0.2}),
    Case("Circle", LABELS, UNIT),
    Case("Circle", LABELS[:, None], UNIT, {"gamma": 5.0, "margin": 0.25}),
    Case("Circle", LABELS, UNIT, {"gamma": 1.0, "remove_diagonal": False}),
    Case("BinaryFocalCrossentropy", BITS, P),
    Case("BinaryFocalCrossentropy", BITS, P, {"apply_class_balancing": True, "alpha": 0.4, "gamma": 0.5}),
    Case("BinaryFocalCrossentropy", BIT_MAPS, 8 * MAPS - 4, {"from_logits": True, "label_smoothing": 0.1, "axis": 1}),
    Case("BinaryFocalCrossentropy", BITS, P, {"gamma": 0.0}),
    Case("CategoricalFocalCrossentropy", np.eye(4)[LABELS], P),
    Case("CategoricalFocalCrossentropy", np.eye(4)[LABEL_MAPS], MAPS, {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 1.5}),
    Case("CategoricalFocalCrossentropy", P[::-1], 8 * P - 4, {"from_logits": True, "label_smoothing": 0.1}),
    Case("CategoricalFocalCrossentropy", MAPS[::-1].swapaxes(1, 2), MAPS.swapaxes(1, 2), {"axis": 1}),
    Case("CategoricalGeneralizedCrossEntropy", LABELS, P),
    Case("CategoricalGeneralizedCrossEntropy", LABEL_MAPS, MAPS, {"q": 0.9}),
    Case("CTC", np.array([[1, 2], [3, 0], [2, 2], [0, 0], [1, 3], [2, 0]]), 4 * MAPS),
    Case("BinaryCrossentropy", BITS, P),
    Case("BinaryCrossentropy", BIT_MAPS, MAPS, {"label_smoothing": 0.2}),
    Case("BinaryCrossentropy", BITS, 8 * P - 4, {"from_logits": True}),
    Case("BinaryCrossentropy", BIT_MAPS, MAPS, {"axis": 1}),
    Case("CategoricalCrossentropy", np.eye(4)[LABELS], P),
    Case("CategoricalCrossentropy", np.eye(4)[LABEL_MAPS], MAPS, {"label_smoothing": 0.1}),
    Case("CategoricalCrossentropy", np.eye(4)[LABELS], 8 * P - 4, {"from_logits": True}),
    Case("CategoricalCrossentropy", np.eye(4)[LABEL_MAPS].swapaxes(1, 2), MAPS.swapaxes(1, 2), {"axis": 1}),
    Case("SparseCategoricalCrossentropy", LABELS, P),
    Case("SparseCategoricalCrossentropy", LABELS[:, None], P),
    Case("SparseCategoricalCrossentropy", LABEL_MAPS, MAPS),
    Case("SparseCategoricalCrossentropy", LABEL_MAPS, 8 * MAPS - 4, {"from_logits": True}),
    Case("SparseCategoricalCrossentropy", LABEL_MAPS, MAPS, {"ignore_class": 2}),
    Case("SparseCategoricalCrossentropy", np.where(LABEL_MAPS == 1, -1, LABEL_MAPS), MAPS, {"ignore_class": -1}),
]
each_case = pytest.mark.parametrize("case", CASES, ids=str)


def weights_for(values: tuple[int, ...]) -> dict[str, Any]:
    """What Keras takes as weights of values of a shape; the columns of maps are broadcast along their places."""
    found = {"none": None, "one": 2.5, "zeros": np.zeros(values), "each": RNG.uniform(size=values)}
    if len(values) > 1:
        found["column"] = RNG.uniform(size=(values[0], *(1 for _ in values[1:])))
    return found


REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
ALL = {"MeanSquaredError", "SparseCategoricalCrossentropy", "Dice"}
"""Losses that differ in what is reduced; for the others reductions take turns."""


@pytest.mark.parametrize(
    ("case", "reduction"),
    [
        pytest.param(case, reduction, id=f"{case} {reduction}")
        for number, case in enumerate(CASES)
        for reduction in (REDUCTIONS if case.name in ALL else REDUCTIONS[number % 6 : number % 6 + 1])
    ],
)
def test_value_with_all_weights(case: Case, reduction: str | None) -> None:
    """The same number, or the same numbers where they stay, for every kind of weights (two, where that is common)."""
    ours = getattr(losses, case.name)(reduction=reduction, **case.settings)
    theirs = getattr(keras.losses, case.name)(reduction=reduction, **case.settings)
    values = np.shape(getattr(keras.losses, case.name)(reduction=None, **case.settings)(case.y, case.p))
    weights = weights_for(values)
    for kind in weights if case.name in ALL else ("none", "each"):
        weight = weights[kind]
        value, expected = ours(case.y, case.p, weight), theirs(case.y, case.p, weight)
        assert value.shape == np.shape(expected), kind
        np.testing.assert_allclose(value.numpy(), expected, rtol=2e-5, atol=1e-6, err_msg=kind)


@each_case
def test_functions(case: Case) -> None:
    """One number per sample; where Keras's functions leave shapes alone, ours take what its classes take."""
    settings = {"q": 0.5} | case.settings if "Generalized" in case.name else case.settings
    ours = getattr(losses, case.function)(case.y, case.p, **settings)
    theirs = getattr(keras.losses, case.function)(np.asarray(case.y), np.float32(case.p), **settings)
    assert ours.shape == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_weights_of_samples_hold_for_all_places_of_a_map(reduction: str) -> None:
    """Where Keras broadcasts (batch,) along the last axis, or fails, a weight belongs to its sample."""
    weight = RNG.uniform(size=BATCH)
    ours = losses.MeanSquaredError(reduction)(MAPS[::-1], MAPS, weight)
    expected = keras.losses.MeanSquaredError(reduction)(MAPS[::-1], MAPS, weight[:, None])
    np.testing.assert_allclose(ours, expected, rtol=1e-5)


def test_a_loss_of_ones_own() -> None:
    """Defined by `call`, as in Keras; on arrays and in training."""

    class Cubic(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.mean(ops.abs(y_true - y_pred) ** 3.0, axis=-1)

    expected = (np.abs(P[::-1] - P) ** 3).mean()
    np.testing.assert_allclose(Cubic()(P[::-1], P), expected, rtol=1e-5)
    assert Cubic(name="own").name == "own" and Cubic.from_config({"name": "own"}).name == "own"
    model = pellucid.Sequential([pellucid.Input((4,)), pellucid.layers.Activation("linear")])
    model.compile("sgd", Cubic())
    np.testing.assert_allclose(model.evaluate(P, P[::-1], verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda k: k.losses.MeanSquaredError(reduction="sum"),
        lambda k: k.losses.CategoricalCrossentropy(reduction="mean_with_sample_weight"),
        lambda k: k.losses.mean_squared_error,
        lambda k: k.losses.categorical_crossentropy,
    ],
)
def test_reductions_and_functions_in_training(make: Callable[[Any], Any]) -> None:
    """The loss that is told, and the step that is made."""
    y, weights = np.eye(4)[LABELS], [RNG.normal(size=(4, 4)), np.zeros(4)]
    told = []
    for library in (pellucid, keras):
        model = library.Sequential([library.Input((4,)), library.layers.Dense(4, "softmax")])
        model.set_weights(weights)
        model.compile(library.optimizers.SGD(0.1), make(library))
        history = model.fit(P, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
        told.append((history, *(np.ravel(array) for array in model.get_weights())))
    for ours, theirs in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_training_needs_one_number() -> None:
    """A loss that keeps one number per sample cannot be made small."""
    model = pellucid.Sequential([pellucid.Input((4,)), pellucid.layers.Dense(4)])
    model.compile("sgd", losses.MeanSquaredError(reduction=None))
    with pytest.raises(ArgumentError, match="training makes one number small, reduction=None keeps one per sample"):
        model.train_on_batch(P, P)


REFUSED = {
    "shapes": (lambda: losses.MeanSquaredError()(P, P[:, :3]), ShapeError, r"targets of shape \(6, 3\) .*, got \(6, 4"),
    "never broadcast": (lambda: losses.mean_squared_error(P[:, :1], P), ShapeError, r"got \(6, 1\)"),
    "a single number": (lambda: losses.mean_squared_error(1.0, 2.0), ShapeError, "got a single number; put it in a"),
    "words": (lambda: losses.mean_squared_error(["cat"], [1.0]), ArgumentError, "expected a tensor, a weight, an ar"),
    "weights": (lambda: losses.MeanSquaredError()(P, P, [1, 2]), ShapeError, r"weights of shape \(2,\) do not fit val"),
    "label": (lambda: losses.sparse_categorical_crossentropy([4] * 6, P), DataError, r"label 4.* is outside 0\.\.3"),
    "axis": (lambda: losses.binary_crossentropy(BITS, P, axis=2), ShapeError, r"axis=2 is no axis of predictions of"),
    "smoothing": (lambda: losses.binary_crossentropy(BITS, P, label_smoothing=2), ArgumentError, "label_smoothing mu"),
    "type": (lambda: losses.MeanSquaredError(dtype="float64"), ArgumentError, "numbers are float32, got dtype='float6"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_right_is_refused(case: str) -> None:
    """Aloud, by the class that says what is wrong."""
    call, kind, message = REFUSED[case]
    with pytest.raises(kind, match=message):
        call()
