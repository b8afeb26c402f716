"""Layers made in old words are the layers that today's words make: same class, same configuration, same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from old_calls import SIGNATURES, OldSignature

import pellucid
from pellucid import Input, Model, Sequential, layers, legacy
from pellucid.errors import ArgumentError

each_signature = pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.owner)


def old(owner: str, *args: Any, **kwargs: Any) -> Any:
    """A layer in old words, which are told once."""
    with legacy.collected() as found:
        layer = getattr(layers, owner)(*args, **kwargs)
    assert len(found) == 1, found
    return layer


@each_signature
def test_the_layer_is_todays(signature: OldSignature) -> None:
    arguments = [*signature.arguments, *signature.unordered]
    words = {name: value for argument in arguments for name, value in argument.old.items()} | {"name": "same"}
    todays = {name: value for argument in arguments for name, value in argument.today.items()} | {"name": "same"}
    ours, expected = old(signature.owner, **words), getattr(layers, signature.today)(**todays)
    assert type(ours) is type(expected) is getattr(layers, signature.today)
    assert ours.get_config() == expected.get_config()
    assert ours.batch_input_shape == expected.batch_input_shape


X = np.random.default_rng(0).normal(size=(2, 9, 8, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("owner", "args", "kwargs", "today", "todays_args", "todays_kwargs"),
    [
        (
            *("Convolution2D", (6, 3, 2), {"border_mode": "same", "subsample": (2, 1), "activation": "relu"}),
            *("Conv2D", (6, (3, 2)), {"padding": "same", "strides": (2, 1), "activation": "relu"}),
        ),
        (
            *("AtrousConvolution2D", (6, 3, 3), {"atrous_rate": (2, 2), "init": "he_normal"}),
            *("Conv2D", (6, (3, 3)), {"dilation_rate": (2, 2), "kernel_initializer": "he_normal"}),
        ),
        (
            *("Deconvolution2D", (6, 3, 2), {"output_shape": (None, 19, 16, 6), "subsample": (2, 2)}),
            *("Conv2DTranspose", (6, (3, 2)), {"strides": (2, 2)}),
        ),
        (
            *("SeparableConvolution2D", (6, 3, 2), {"depth_multiplier": 2, "bias": False}),
            *("SeparableConv2D", (6, (3, 2)), {"depth_multiplier": 2, "use_bias": False}),
        ),
        (
            *("LocallyConnected2D", (4, 3, 2), {"subsample": (2, 2)}),
            *("LocallyConnected2D", (4, (3, 2)), {"strides": (2, 2)}),
        ),
        ("MaxPooling2D", (), {"border_mode": "same"}, "MaxPooling2D", (), {"padding": "same"}),
        ("ZeroPadding2D", ((1, 2, 3, 4),), {}, "ZeroPadding2D", (((1, 2), (3, 4)),), {}),
        ("ThresholdedReLU", (), {"theta": 0.5}, "ReLU", (), {"threshold": 0.5}),
        ("BatchNormalization", (1e-3,), {"mode": 0}, "BatchNormalization", (), {}),
    ],
)
def test_the_numbers_are_todays(
    owner: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    today: str,
    todays_args: tuple[Any, ...],
    todays_kwargs: dict[str, Any],
) -> None:
    """With the same seed the same weights, hence the same output to the bit."""
    outputs = []
    for make in (lambda: old(owner, *args, **kwargs), lambda: getattr(layers, today)(*todays_args, **todays_kwargs)):
        pellucid.set_random_seed(3)
        outputs.append(Sequential([Input(X.shape[1:]), make()]).predict(X))
    np.testing.assert_array_equal(outputs[0], outputs[1])


# What Keras 1 promised, computed by hand ----------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "rows"), [("valid", 7), ("same", 9), ("full", 11)])
def test_border_modes_have_the_sizes_of_keras_1(mode: str, rows: int) -> None:
    """n - k + 1, n and n + k - 1 of n = 9, k = 3; the middle of "full" is "valid"."""
    kernel = [np.random.default_rng(1).normal(size=(3, 3, 3, 2)).astype(np.float32), np.zeros(2)]
    model = Sequential([old("Convolution2D", 2, 3, 3, border_mode=mode, weights=kernel, input_shape=(9, 8, 3))])
    assert model.output_shape == (None, rows, rows - 1, 2)
    valid = Sequential([layers.Conv2D(2, 3, weights=kernel, input_shape=(9, 8, 3))]).predict(X)
    cut = (rows - 7) // 2
    inside = model.predict(X)[:, cut : rows - cut, cut : rows - 1 - cut]
    np.testing.assert_allclose(inside, valid, rtol=1e-5, atol=1e-5)


def test_theano_order_of_axes() -> None:
    """The same network, channels first: the same numbers, moved."""
    weights = [np.random.default_rng(1).normal(size=(3, 3, 3, 4)).astype(np.float32), np.arange(4)]
    first = Sequential([old("Convolution2D", 4, 3, 3, dim_ordering="th", weights=weights, input_shape=(3, 9, 8))])
    last = Sequential([old("Convolution2D", 4, 3, 3, dim_ordering="tf", weights=weights, input_shape=(9, 8, 3))])
    assert first.output_shape == (None, 4, 7, 6)
    moved = np.moveaxis(first.predict(np.moveaxis(X, -1, 1)), 1, -1)
    np.testing.assert_allclose(moved, last.predict(X), rtol=1e-5, atol=1e-5)


def test_shapes_of_sequences() -> None:
    """Keras 1's example: sequences of 10 vectors of 32 numbers, 64 filters of length 3."""
    layer = old("Convolution1D", 64, 3, border_mode="same", input_dim=32, input_length=10)
    assert Sequential([layer]).output_shape == (None, 10, 64)
    assert layer.kernel.shape == (3, 32, 64)
    assert old("Convolution1D", 64, 3, input_dim=32).batch_input_shape == (None, None, 32)


def test_shapes_of_vectors() -> None:
    assert Sequential([old("Dense", 32, input_dim=784), layers.Dense(10)]).output_shape == (None, 10)
    assert Sequential([old("Dense", 784, 32)]).input_shape == (None, 784)


def test_weights_by_position() -> None:
    """Sixth in Keras 1's order."""
    kernel = np.random.default_rng(1).normal(size=(3, 3, 3, 2)).astype(np.float32)
    layer = old("Convolution2D", 2, 3, 3, "uniform", "relu", [kernel, np.ones(2)])
    Sequential([Input((9, 8, 3)), layer])
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)
    np.testing.assert_array_equal(layer.get_weights()[1], np.ones(2))


def test_a_function_that_initialises_in_keras_1s_way() -> None:
    """It was called with a name, and later with an order of axes."""

    def by_name(shape: tuple[int, ...], name: str | None = None) -> np.ndarray:
        return np.full(shape, 0.25)

    def insists(shape: tuple[int, ...], name: str | None, dim_ordering: str) -> np.ndarray:
        assert (name, dim_ordering) == (None, "tf")
        return np.full(shape, 0.25)

    for function in (by_name, insists):
        layer = old("Convolution2D", 2, 3, 3, init=function)
        Sequential([Input((9, 8, 3)), layer])
        assert (layer.get_weights()[0] == 0.25).all()


@pytest.mark.parametrize(
    ("mode", "options", "today", "shape"),
    [
        ("sum", {}, "Add", (None, 4)),
        ("mul", {}, "Multiply", (None, 4)),
        ("ave", {}, "Average", (None, 4)),
        ("max", {}, "Maximum", (None, 4)),
        ("concat", {}, "Concatenate", (None, 8)),
        ("concat", {"concat_axis": 1}, "Concatenate", (None, 8)),
        ("dot", {"dot_axes": 1}, "Dot", (None, 1)),
        ("cos", {"dot_axes": 1}, "Dot", (None, 1)),
    ],
)
def test_merge(mode: str, options: dict[str, Any], today: str, shape: tuple[int | None, ...]) -> None:
    """As a function of tensors and as a layer; the text about it makes the same layer."""
    inputs = [Input((4,)), Input((4,))]
    with legacy.collected() as found:
        y = layers.merge(inputs, mode=mode, **options)
        z = layers.Merge(mode=mode, name="joined", **options)(inputs)
    assert y.shape == z.shape == shape
    assert type(y.call.layer) is type(z.call.layer) is getattr(layers, today)
    assert z.call.layer.name == "joined"
    assert len(found) == 2
    again = eval(found[0].today, {today: getattr(layers, today), "inputs": inputs})
    assert {**again.call.layer.get_config(), "name": ""} == {**y.call.layer.get_config(), "name": ""}
    a, b = np.array([[1.0, 2, 3, 4]]), np.array([[2.0, 2, 0, 1]])
    expected = {
        "sum": a + b,
        "mul": a * b,
        "ave": (a + b) / 2,
        "max": np.maximum(a, b),
        "concat": np.concatenate([a, b], 1),
        "dot": [[(a * b).sum()]],
        "cos": [[(a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())]],
    }[mode]
    np.testing.assert_allclose(Model(inputs, y).predict([a, b]), expected, rtol=1e-5)


def test_merge_refuses_what_it_cannot_say() -> None:
    inputs = [Input((4,)), Input((4,))]
    with pytest.raises(ArgumentError, match="unknown mode 'summ'; did you mean 'sum'"):
        layers.merge(inputs, mode="summ")
    with pytest.raises(ArgumentError, match=r"Model\(\[left.input, right.input\]"):
        layers.Merge([Sequential(), Sequential()], mode="sum")
