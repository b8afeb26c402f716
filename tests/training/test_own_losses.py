"""Losses of a user's own: functions, callable objects, classes; in training, in files; and what cannot be traced."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Sequential, layers, load_model, losses, ops
from pellucid.errors import ArgumentError, DataError, FileError, ShapeError

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(24, 4)).astype(np.float32), RNG.normal(size=(24, 1)).astype(np.float32)
KERNEL = RNG.normal(size=(4, 1)).astype(np.float32)


def quartic(y_true: Any, y_pred: Any, scale: float = 1.0) -> Any:
    """One number for each sample."""
    return ops.mean(scale * ops.square(ops.square(y_true - y_pred)), axis=-1)


class Scaled:
    """An object that is called."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        """One number for each output."""
        return self.scale * ops.abs(y_true - y_pred)


class Power(losses.Loss):
    """A class with an argument of its own."""

    def __init__(self, power: float = 2.0, name: str = "power", reduction: str = "sum_over_batch_size") -> None:
        super().__init__(name=name, reduction=reduction)
        self.power = power

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One number for each sample."""
        return ops.mean(ops.abs(y_true - y_pred) ** self.power, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """All arguments."""
        return {**super().get_config(), "power": self.power}


def compiled(loss: Any, units: int = 1, metrics: Any = None) -> Sequential:
    """A model of one layer."""
    model = Sequential([Input((4,)), layers.Dense(units)])
    if units == 1:
        model.set_weights([KERNEL, np.zeros(1)])
    model.compile(pellucid.optimizers.SGD(0.01), loss, metrics=metrics)
    return model


E, P = Y, X @ KERNEL
EQUAL: dict[str, tuple[Any, Callable[[np.ndarray], np.ndarray]]] = {
    "one number": (lambda t, p: ops.mean(ops.square(p - t)), lambda e: (e**2).mean()),
    "one for each sample": (quartic, lambda e: (e**4).mean()),
    "one for each output": (Scaled(3.0), lambda e: 3 * np.abs(e).mean()),
    "a partial": (functools.partial(quartic, scale=0.5), lambda e: 0.5 * (e**4).mean()),
    "operators": (lambda t, p: (t - p) ** 2.0 / 2.0, lambda e: (e**2).mean() / 2),
    "a part": (lambda t, p: ops.sum((t[..., 0] - p[..., 0]) ** 2) / 24.0, lambda e: (e**2).mean()),
    "a class": (Power(3.0), lambda e: np.abs(e**3).mean()),
    "a sum": (Power(3.0, reduction="sum"), lambda e: np.abs(e**3).sum()),
    "a wrapper": (losses.LossFunctionWrapper(quartic, "sum", scale=2.0), lambda e: 2 * (e**4).sum()),
    "a partial of ours": (functools.partial(losses.huber, delta=100.0), lambda e: (e**2).mean() / 2),
    "one of ours inside": (lambda t, p: losses.mean_squared_error(t, p) * 2.0, lambda e: 2 * (e**2).mean()),
}


@pytest.mark.parametrize("case", EQUAL)
def test_its_value_and_its_slope(case: str) -> None:
    """The loss that is told, and the step that it makes."""
    loss, value = EQUAL[case]
    model = compiled(loss)
    expected = value(P.astype(np.float64) - Y)
    assert model.evaluate(X, Y, batch_size=24, verbose=0) == pytest.approx(expected, rel=1e-4)
    assert model.train_on_batch(X, Y[:, 0]) == pytest.approx(expected, rel=1e-4)
    step, slope = 1e-3, np.zeros((4, 1))
    for place in np.ndindex(4, 1):
        moved = np.zeros((4, 1))
        moved[place] = step
        slope[place] = (value(X @ (KERNEL + moved) - Y) - value(X @ (KERNEL - moved) - Y)) / (2 * step)
    np.testing.assert_allclose(KERNEL - model.get_weights()[0], 0.01 * slope, rtol=2e-2, atol=2e-5)


def test_targets_may_have_any_shape() -> None:
    """Only the loss itself knows what they mean: class numbers, several numbers for each prediction, a whole map."""

    def right_class(t: Any, p: Any) -> Any:
        return -ops.sum(ops.one_hot(t, 3) * ops.log_softmax(p), axis=-1)

    labels = RNG.integers(0, 3, 24)
    model = compiled(right_class, 3, ["accuracy"])
    told = model.evaluate(X, labels, verbose=0, return_dict=True)
    p = model.predict(X, verbose=0)
    logs = p - np.log(np.exp(p).sum(-1, keepdims=True))
    assert told["loss"] == pytest.approx(-logs[np.arange(24), labels].mean(), rel=1e-5)
    assert told["accuracy"] == pytest.approx((p.argmax(-1) == labels).mean())
    nearest = compiled(lambda t, p: ops.min(ops.sum((t - ops.expand_dims(p, 1)) ** 2.0, axis=-1), axis=-1), 3)
    several = RNG.normal(size=(24, 5, 3))
    expected = ((several - nearest.predict(X, verbose=0)[:, None]) ** 2).sum(-1).min(-1).mean()
    assert nearest.evaluate(X, several, batch_size=10, verbose=0) == pytest.approx(expected, rel=1e-5)
    history = nearest.fit(X, several, batch_size=10, epochs=2, verbose=0, validation_split=0.25).history
    assert len(history["val_loss"]) == 2
    with pytest.raises(DataError, match="is not a finite 32-bit number"):
        nearest.fit(X, several * math.nan, verbose=0)


def test_numbers_that_are_repeated_are_told() -> None:
    """(24, 1) beside (24, 3): NumPy's rules make (24, 3) of it, which is rarely meant."""
    with pytest.warns(
        UserWarning, match=r"targets of shape \(24, 1\) with predictions of shape \(24, 3\) value by val"
    ):
        compiled(quartic, 3).train_on_batch(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(quartic).train_on_batch(X, Y)
    with pytest.raises(ShapeError):
        compiled(quartic, 3).train_on_batch(X, np.zeros((24, 2)))


UNTRACEABLE: dict[str, tuple[Callable[..., Any], str]] = {
    "a mean of NumPy's": (lambda t, p: np.mean((t - p) ** 2.0), r"fails \(np.mean works on values"),
    "a function of NumPy's": (lambda t, p: np.square(t - p), "does not support ufuncs"),
    "an array": (lambda t, p: np.asarray(t) - p, "an array has values"),
    "a number": (lambda t, p: float(p), "must be a string or a real number, not 'Tensor'"),
    "a choice": (lambda t, p: t if p > 0 else p, r"choose by ops\.where"),
    "values": (lambda t, p: p.numpy(), "has no attribute 'numpy'"),
    "what does not depend on them": (lambda t, p: 3.0, r"must return a tensor, \(batch, ...\) or one number, got 3\.0"),
    "nothing": (lambda t, p: None, "must return a tensor, .* got None"),
    "several": (lambda t, p: [t, p], "must return a tensor"),
}


@pytest.mark.parametrize("case", UNTRACEABLE)
def test_what_cannot_be_traced_is_refused_with_the_reason(case: str) -> None:
    """By functions and by classes, in training and on arrays."""
    function, message = UNTRACEABLE[case]
    cls = type("Own", (losses.Loss,), {"call": lambda self, t, p: function(t, p)})
    for loss in (function, cls()):
        with pytest.raises(ArgumentError, match=rf"loss '.*' .*{message}.*write it with pellucid\.ops"):
            compiled(loss).train_on_batch(X, Y)
        with pytest.raises(ArgumentError, match="traced into the graph"):
            losses.loss_of(loss)(Y, P)


def test_what_is_no_loss_is_refused_when_it_is_compiled() -> None:
    class Unmade(losses.Loss):
        def __init__(self) -> None:
            pass

    for wrong, message in (
        (lambda t: t, "takes at most 1 arguments by position"),
        (lambda t, p, weight: t, "weight is missing"),
        (Unmade(), r"loss Unmade: __init__ must call super\(\).__init__\(\)"),
        (Scaled, "must be a name, a record"),
        (3, "must be a name, a record"),
    ):
        with pytest.raises(ArgumentError, match=message):
            compiled(wrong)
    with pytest.raises(ArgumentError, match="fn must be a function of targets and predictions, got the class"):
        losses.LossFunctionWrapper(Scaled)
    with pytest.raises(ArgumentError, match="loss 'quartic': unknown argument 'skale'; did you mean 'scale'"):
        losses.LossFunctionWrapper(quartic, skale=2.0)


def test_weights_of_samples_mean_nothing_to_one_number() -> None:
    """Where Keras multiplies the number of the batch by the mean weight."""
    weights = np.arange(24.0)
    with pytest.raises(ArgumentError, match="one number for the whole batch, so weights of samples mean nothing"):
        losses.Dice()(Y, P, weights)
    with pytest.raises(ArgumentError, match=r"a function|functions by ops\.mean"):
        losses.loss_of(lambda t, p: ops.mean(ops.square(t - p)))(Y, P, weights)
    assert losses.Dice()(Y, P, 2.0) == 2 * losses.Dice()(Y, P)
    told = losses.loss_of(quartic)(Y, P, weights)
    np.testing.assert_allclose(told, (weights * ((P - Y) ** 4).mean(-1)).mean(), rtol=1e-4)


FILED: dict[str, tuple[Any, dict[str, Any]]] = {
    "a function": (quartic, {"quartic": quartic}),
    "a class": (Power(3.0, reduction="sum"), {"Power": Power}),
    "a wrapper": (losses.LossFunctionWrapper(quartic, "sum", "own", scale=2.0), {"quartic": quartic}),
    "a function of ours": (losses.mae, {}),
    "settings": (losses.Tversky(0.2, axis=(1,)), {}),
}


@pytest.mark.parametrize("case", FILED)
def test_it_goes_through_a_file(case: str, tmp_path: Path) -> None:
    """The record alone, and a model; without what is the user's own the file says what is missing."""
    loss, own = FILED[case]
    again = losses.loss_of(losses.deserialize(losses.serialize(loss), own))
    assert repr(again) == repr(losses.loss_of(loss))
    model, path = compiled(loss), tmp_path / "model.keras"
    model.fit(X, Y, verbose=0)
    model.save(path)
    assert load_model(path, own).evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    if own:
        (name,) = own
        with pytest.raises(FileError, match=rf"{name}.*custom_objects"):
            load_model(path)


def test_a_word_for_the_cross_entropy_that_fits(tmp_path: Path) -> None:
    labels = RNG.integers(0, 3, 24)
    model, path = compiled("crossentropy", 3, ["accuracy"]), tmp_path / "model.keras"
    with pytest.warns(UserWarning, match="crossentropy wants probabilities of classes"):
        model.fit(X, labels, verbose=0)
    model.save(path)
    assert load_model(path).evaluate(X, labels, verbose=0) == model.evaluate(X, labels, verbose=0)
    with pytest.raises(DataError, match=r"label 3.* is outside 0\.\.2"):
        model.fit(X, labels + 1, verbose=0)
    with pytest.raises(DataError, match=r"targets have shape \(24, 2\)"):
        model.fit(X, np.ones((24, 2)), verbose=0)


def test_a_lambda_has_no_name_in_a_file() -> None:
    """A file calls it by a number: tests/models/test_functions_without_names.py; a record by itself cannot."""
    with pytest.raises(ArgumentError, match=r"has no name of its own, by which a file could refer to it; define it wi"):
        compiled(lambda t, p: t - p).get_compile_config()


def test_get_gives_what_keras_gives() -> None:
    """A function for the name of one, and what trains by `loss_of`."""
    for name in ("mse", "MSE", "mean_squared_error"):
        assert losses.get(name) is losses.mean_squared_error is losses.mse is pellucid.metrics.mse
    assert isinstance(losses.get("Huber"), losses.Huber) and losses.get("huber") is losses.huber
    assert losses.get(quartic) is quartic and losses.get(None) is None and losses.loss_of(None) is None
    record = {"module": "builtins", "class_name": "function", "config": "dice", "registered_name": "function"}
    assert losses.get(record) is losses.dice and losses.serialize(losses.dice) == record
    assert isinstance(losses.loss_of("kld"), losses.KLDivergence)
    assert losses.loss_of(functools.partial(losses.huber, delta=2.0)).get_config()["delta"] == 2.0
    assert losses.MeanSquaredError().dtype == "float32"
    with pytest.raises(AttributeError):
        losses.MeanSquaredError().dtype = "float16"
