"""Data that cannot be used: said before the first step, in one sentence: what was expected, what came, what to do."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, layers, metrics
from pellucid.errors import ArgumentError, DataError

X = np.zeros((6, 8, 8, 1))
Y = np.arange(6) % 3


def _network(shape: tuple[int, ...] = (8, 8, 1), loss: str = "sparse_categorical_crossentropy", units: int = 3) -> Any:
    activation = "softmax" if units > 1 else "sigmoid"
    model = Sequential(
        [Input(shape), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(units, activation, name="out")], name="net"
    )
    model.compile("sgd", loss)
    return model


def _with(array: np.ndarray, index: tuple[int, ...], value: float) -> np.ndarray:
    changed = array.astype(np.float64)
    changed[index] = value
    return changed


BUILT = "net was built for samples of shape (8, 8, 1), got"
BOTH = "; expected shape=(None, 8, 8, 1), found shape="

WRONG_X: dict[str, tuple[Any, str]] = {
    "one image": (
        X[0],
        f"{BUILT} one sample of shape (8, 8, 1) without a batch axis; pass x[np.newaxis]{BOTH}(8, 8, 1)",
    ),
    "rows of pixels": (
        X.reshape(6, 64),
        f"{BUILT} an array of shape (6, 64): as many numbers per sample; if their order is right, "
        f"pass x.reshape(-1, *(8, 8, 1)){BOTH}(6, 64)",
    ),
    "too many axes": (
        X[..., None, None],
        f"{BUILT} an array of shape (6, 8, 8, 1, 1, 1): as many numbers per sample; if their order is right, "
        f"pass x.reshape(-1, *(8, 8, 1)){BOTH}(6, 8, 8, 1, 1, 1)",
    ),
    "colours": (np.zeros((6, 8, 8, 3)), f"{BUILT} an array of shape (6, 8, 8, 3){BOTH}(6, 8, 8, 3)"),
    "another size": (np.zeros((6, 10, 8, 1)), f"{BUILT} an array of shape (6, 10, 8, 1){BOTH}(6, 10, 8, 1)"),
    "a number": (3, f"{BUILT} an array of shape (){BOTH}()"),
    "an empty list": ([], f"{BUILT} an array of shape (0,){BOTH}(0,)"),
    "no samples": (X[:0], "net: the input holds no samples (shape (0, 8, 8, 1))"),
    "text": (
        np.full(X.shape, "a"),
        "net: the input must hold numbers, got an array of type <U1; layers.TextVectorization and StringLookup make "
        "numbers of text",
    ),
    "complex numbers": (X * 1j, "net: the input must hold numbers, got an array of type complex128"),
    "dates": (np.zeros(X.shape, "M8[s]"), "net: the input must hold numbers, got an array of type datetime64[s]"),
    "objects": (np.full(X.shape, None), "net: the input must hold numbers, got an array of type object"),
    "nothing": (None, "net: the input is not optional: it must hold numbers, got None"),
    "a dictionary": ({"x": X}, "unknown input of net 'x'. Known: input_layer"),
}


@pytest.mark.parametrize("use", ["fit", "evaluate", "train_on_batch", "predict"])
@pytest.mark.parametrize("case", WRONG_X)
def test_inputs_that_do_not_fit(case: str, use: str) -> None:
    """The same words wherever data come in; the weights are as they were."""
    (x, message), model = WRONG_X[case], _network()
    before = model.get_weights()
    with pytest.raises(DataError) as caught:
        model.predict(x) if use == "predict" else getattr(model, use)(x, Y)
    assert str(caught.value) == message
    assert all(map(np.array_equal, before, model.get_weights()))


def test_channels_first_data() -> None:
    """The remedy is named where turning the axes would fit."""
    with pytest.raises(DataError) as caught:
        _network((8, 8, 3)).fit(np.zeros((6, 3, 8, 8)), Y, verbose=0)
    assert str(caught.value) == (
        "net was built for samples of shape (8, 8, 3), got an array of shape (6, 3, 8, 8): the channels seem to come "
        "first; pass np.moveaxis(x, 1, -1); expected shape=(None, 8, 8, 3), found shape=(6, 3, 8, 8)"
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite"), (1e39, "too large for float32")],
)
@pytest.mark.parametrize("built", [True, False])
def test_numbers_that_are_none(value: float, kind: str, built: bool) -> None:
    """The first bad value is named by its place; nothing else is printed."""
    model = _network() if built else Sequential([layers.Flatten(), layers.Dense(3)], name="net")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError, match=rf"^net: the input .* at \(4, 0, 7, 0\), is .*{kind}") as caught:
            model.predict(_with(X, (4, 0, 7, 0), value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("built", [True, False])
def test_lists_of_unequal_length(built: bool) -> None:
    """As inputs and as targets, also before the model knows its shape."""
    model = _network() if built else Sequential([layers.Dense(3, "softmax")], name="net")
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(DataError, match=r"^net: the input is not an array: its parts have different shapes"):
        model.predict([[1, 2], [3]])
    with pytest.raises(DataError, match=r"the targets are not an array: its parts have different shapes"):
        model.fit(X if built else np.zeros((2, 3)), [[1], [1, 2]], verbose=0)


@dataclass(frozen=True)
class Target:
    """Targets that do not fit, and the sentence that says so."""

    y: Any
    message: str
    loss: str = "sparse_categorical_crossentropy"
    units: int = 3


OUT = "the last layer 'out' gives 3 numbers for each sample"
CLASSES = "; class numbers go with loss='sparse_categorical_crossentropy', or pass one-hot targets: np.eye(3)[y]"
HAS = "(the last layer 'out' has 3 outputs)"

WRONG_Y = {
    "label too large": Target(np.array([0, 1, 2, 5, 14, 1]), f"label 5 at index 3 is outside 0..2 {HAS}"),
    "negative label": Target(np.array([0, -1, 2, 0, 0, 0]), f"label -1 at index 1 is outside 0..2 {HAS}"),
    "labels from 1": Target(Y + 1, f"label 3 at index 2 is outside 0..2 {HAS}; the labels count from 1: use y - 1"),
    "huge label": Target(
        np.array([0, 1, 2**63, 0, 0, 0], np.uint64), f"label 9223372036854775808 at index 2 is outside 0..2 {HAS}"
    ),
    "half a label": Target(
        np.array([0, 1, 0.5, 1, 1, 1]), f"label 0.5 at index 2 is not a whole number; classes are 0..2 {HAS}"
    ),
    "one-hot with the sparse loss": Target(
        np.eye(3)[Y],
        f"targets have shape (6, 3), expected (6,): {OUT}; 3 numbers per target look one-hot: use "
        "loss='categorical_crossentropy', or pass y.argmax(axis=-1)",
    ),
    "labels with the dense loss": Target(
        Y,
        f"targets have shape (6,), expected (6, 3): {OUT}; for one class number per sample use "
        "loss='sparse_categorical_crossentropy', or pass one-hot targets: np.eye(3)[y]",
        "categorical_crossentropy",
    ),
    "one class too many": Target(
        np.eye(4)[Y], f"targets have shape (6, 4), expected (6, 3): {OUT}", "categorical_crossentropy"
    ),
    "shares above 1": Target(
        np.eye(3)[Y] * 2,
        "target 2.0 at index (0, 0) is outside 0..1, where the targets of 'out' must lie; categorical_crossentropy "
        "takes one share per class",
        "categorical_crossentropy",
    ),
    "three classes for one output": Target(
        Y,
        "target 2 at index (2, 0) is outside 0..1, where the targets of 'out' must lie; binary_crossentropy takes 0 or "
        "1 for each output",
        "binary_crossentropy",
        1,
    ),
    "two classes, one output, sparse loss": Target(
        Y % 2,
        "label 1 at index 1 is outside 0..0 (the last layer 'out' has 1 output); for two classes and one output use "
        "binary_crossentropy with a sigmoid",
        units=1,
    ),
    "never broadcast": Target(np.zeros(6), f"targets have shape (6,), expected (6, 3): {OUT}{CLASSES}", "mse"),
    "never broadcast a column": Target(
        np.zeros((6, 1)), f"targets have shape (6, 1), expected (6, 3): {OUT}{CLASSES}", "mse"
    ),
    "too few": Target(Y[:4], "net: x has 6 samples, y has 4; they must go together one by one"),
    "too many": Target(np.arange(9) % 3, "net: x has 6 samples, y has 9; they must go together one by one"),
    "NaN": Target(
        np.array([0, 1, np.nan, 1, np.nan, 1]),
        "target nan at index 2 is not a finite 32-bit number (2 of 6 are not); remove or repair these samples",
    ),
    "infinity": Target(
        _with(np.zeros((6, 3)), (1, 2), np.inf),
        "target inf at index (1, 2) is not a finite 32-bit number (1 of 18 are not); remove or repair these samples",
        "mse",
    ),
    "text": Target(
        list("abcabc"),
        "targets must be numbers, got an array of type <U1; np.unique(y, return_inverse=True)[1] turns class names "
        "into numbers",
    ),
}


@pytest.mark.parametrize("use", ["fit", "evaluate", "train_on_batch", "validation"])
@pytest.mark.parametrize("case", WRONG_Y)
def test_targets_that_do_not_fit(case: str, use: str) -> None:
    """Said before the first step, also for validation data."""
    target = WRONG_Y[case]
    model = _network(loss=target.loss, units=target.units)
    shape = {"sparse_categorical_crossentropy": (6,)}.get(target.loss, (6, target.units))
    before = model.get_weights()
    with pytest.raises(DataError) as caught:
        if use == "validation":
            model.fit(X, np.zeros(shape), validation_data=(X, target.y), verbose=0)
        else:
            getattr(model, use)(X, target.y)
    assert str(caught.value) == target.message
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize("y", [None, 1, [None] * 6, [], np.zeros((6, 3, 3)), Y * 1j], ids=str)
def test_targets_that_are_none(y: Any) -> None:
    """One sentence, whatever came."""
    with pytest.raises(DataError) as caught:
        _network().fit(X, y, verbose=0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("y", [Y, Y[:, None], Y.tolist(), Y.astype(np.float32), Y.astype(np.uint8), Y > 5], ids=str)
def test_targets_that_do(y: Any) -> None:
    """A column of size 1, lists, floats of whole value, booleans."""
    _network().fit(X, y, verbose=0)


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"{name}={value!r}": ({name: value}, f"{name} must be a whole number >= {least}, got {value!r}")
        for name, least in (("batch_size", 1), ("epochs", 0), ("initial_epoch", 0))
        for value in (-1, 1.5, "3", True, [1], *[0] * (least == 1), *[None] * (name != "batch_size"))
    },
    **{
        f"validation_split={value!r}": (
            {"validation_split": value},
            f"validation_split must be a fraction from 0 to below 1, got {value!r}",
        )
        for value in (-0.1, 1, 2.5, "0.5", None, float("nan"))
    },
    **{
        f"verbose={value!r}": ({"verbose": value}, f"verbose is 0, 1, 2 or 'auto', got {value!r}")
        for value in (3, -1, "loud", None, 1.5)
    },
    "too large a split": (
        {"validation_split": 0.99},
        "validation_split=0.99 of 6 samples leaves 0 to train on and 6 for validation; both need at least one. Give "
        "more samples, another fraction, or validation_data",
    ),
    "a callback class": (
        {"callbacks": [type("Mine", (callbacks.Callback,), {})]},
        "callbacks takes objects, got the class Mine; write Mine()",
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_of_fit(case: str) -> None:
    """Exactly what was wrong with which."""
    settings, message = SETTINGS[case]
    model = _network()
    with pytest.raises(ArgumentError) as caught:
        model.fit(X, Y, **{"verbose": 0, **settings})
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [5, "xy", (X,), (X, Y, Y, Y), [X]], ids=["number", "text", "one", "four", "list"])
def test_validation_data_that_are_no_pair(value: Any) -> None:
    """Says that a pair is wanted."""
    with pytest.raises((ArgumentError, DataError)) as caught:
        _network().fit(X, Y, validation_data=value, verbose=0)
    assert "\n" not in str(caught.value)


UNKNOWN: dict[str, tuple[Callable[[Any], object], str]] = {
    "optimizer": (lambda m: m.compile("adm", "mse"), "unknown optimizer 'adm'; did you mean 'adam'?"),
    "loss": (lambda m: m.compile("sgd", "mean_square_error"), "unknown loss 'mean_square_error'; did you mean 'mean_"),
    "metric": (
        lambda m: m.compile("sgd", "mse", metrics=["acurracy"]), "unknown metric 'acurracy'; did you mean 'accuracy'?",
    ),
    "metrics as one name": (
        lambda m: m.compile("sgd", "mse", metrics="accuracy"),
        "net: metrics is a list, got 'accuracy'; write ['accuracy']",
    ),
    "a metric of other targets": (
        lambda m: m.compile("sgd", "mse", metrics=["sparse_categorical_accuracy"]),
        "metric 'sparse_categorical_accuracy' takes other targets than loss 'mean_squared_error'; 'accuracy' fits its",
    ),
    "an optimizer that is a number": (lambda m: m.compile(3, "mse"), "optimizer must be a name, a record with 'cl"),
    "a metric in two places": (
        lambda m: m.compile("sgd", "mse", metrics=(each := [metrics.BinaryAccuracy()]), weighted_metrics=each),
        "net: the metric 'binary_accuracy' is given twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_compile(case: str) -> None:
    """Unknown names get the nearest known one."""
    call, message = UNKNOWN[case]
    with pytest.raises(ArgumentError) as caught:
        call(_network())
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


MAPS: dict[str, tuple[Any, str]] = {
    "classes": ("sparse_categorical_crossentropy", np.arange(6) % 3),
    "shares": ("categorical_crossentropy", np.eye(3)[np.arange(6) % 3]),
    "numbers": ("mse", np.zeros((6, 3))),
    "yes or no": ("binary_crossentropy", np.zeros(6)),
    "a column": ("mse", np.zeros((6, 1))),
}


@pytest.mark.parametrize("use", ["fit", "evaluate", "train_on_batch"])
@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_flatten_that_was_forgotten(name: str, use: str, axes: int) -> None:
    """One target for each sample, and a whole map of predictions: the message says what is probably missing."""
    loss, y = MAPS[name]
    convolution = (layers.Conv1D, layers.Conv2D, layers.Conv3D)[axes - 1](2, 1)
    model = Sequential([Input((4,) * axes + (1,)), convolution, layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss)
    message = rf"a Flatten \(or GlobalAveragePooling{axes}D\) is missing"
    with pytest.raises(DataError, match=message):
        getattr(model, use)(np.zeros((6,) + (4,) * axes + (1,)), y)


PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1)).astype(np.float32)


def _told(use: str, model: Sequential, x: np.ndarray) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for _ in range(3):
            model.predict(x) if use == "predict" else getattr(model, use)(x, Y, verbose=0)
    return heard


@pytest.mark.parametrize("use", ["fit", "evaluate", "predict"])
def test_pixels_that_were_not_scaled_are_warned_of(use: str) -> None:
    """Once, at the line here; not where the model scales them itself, and not of scaled ones."""
    (warning,) = _told(use, _network(), PIXELS)
    assert "these look like pixels of 0..255" in str(warning.message)
    assert warning.filename == __file__
    assert _told(use, _network(), PIXELS / 255) == []
    for scaling in (layers.Rescaling(1 / 255), layers.BatchNormalization(), layers.Lambda(lambda x: x / 255)):
        model = Sequential([Input((8, 8, 1)), layers.ZeroPadding2D(1), scaling, layers.Flatten(), layers.Dense(3)])
        model.compile("sgd", "mse")
        given = np.zeros((6, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.predict(PIXELS) if use == "predict" else getattr(model, use)(PIXELS, given, verbose=0)


@pytest.mark.parametrize("use", ["fit", "evaluate", "predict"])
def test_numbers_out_of_all_bounds_are_warned_of(use: str) -> None:
    model = _network()
    model.set_weights([1e30 * np.random.default_rng(0).normal(size=w.shape) for w in model.get_weights()])
    warning = _told(use, model, PIXELS / 255)[0]
    assert warning.filename == __file__
    said = "the loss is nan since epoch 1: in batch 1 of epoch 1" if use == "fit" else "grown out of all bounds"
    assert said in str(warning.message)
