"""Reading and writing weights by layer, by model and by element; finding layers; what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, DataError, PellucidError, ShapeError


@pytest.fixture
def model() -> Sequential:
    """A convolution (2, 3, 1, 4) and a dense layer."""
    return Sequential(
        [
            Input((4, 5, 1)),
            layers.Conv2D(4, (2, 3), name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(2, name="d"),
        ],
        name="m",
    )


def test_shapes_and_order(model: Sequential) -> None:
    """Layer by layer, kernel before bias."""
    shapes = [(2, 3, 1, 4), (4,), (36, 2), (2,)]
    assert [array.shape for array in model.get_weights()] == shapes
    assert [weight.shape for weight in model.weights] == shapes
    assert [weight.path for weight in model.weights] == ["m/conv/kernel", "m/conv/bias", "m/d/kernel", "m/d/bias"]
    assert model.layers[0].kernel is model.weights[0]
    assert model.layers[0].bias is model.weights[1]
    assert all(array.dtype == np.float32 for array in model.get_weights())
    assert layers.Dense(2, use_bias=False).weights == []


def test_count_params(model: Sequential) -> None:
    """By layer and in all."""
    assert [layer.count_params() for layer in model.layers] == [28, 0, 74]
    assert model.count_params() == 102


def test_get_weights_are_copies(model: Sequential) -> None:
    """Writing into them changes nothing; setting them back does."""
    weights = model.get_weights()
    weights[0][...] = 5
    assert not (model.get_weights()[0] == 5).any()
    model.set_weights(weights)
    assert (model.layers[0].get_weights()[0] == 5).all()
    assert (np.asarray(model.layers[0].kernel) == 5).all()


def test_one_filter_by_index(model: Sequential) -> None:
    """A filter is the last axis of the kernel; the next prediction uses it."""
    x = np.random.default_rng(0).normal(size=(1, 4, 5, 1))
    maps = Model(model.inputs, model.layers[0].output)
    before = np.asarray(maps.predict(x))
    model.layers[0].kernel[..., 2] = 0
    model.layers[0].bias[2] = 0.25
    after = np.asarray(maps.predict(x))
    assert (after[..., 2] == 0.25).all()
    np.testing.assert_array_equal(np.delete(before, 2, -1), np.delete(after, 2, -1))


def test_initial_weights(model: Sequential) -> None:
    """`weights=` are there as soon as the shape is known."""
    kernel, bias = np.arange(24).reshape(2, 3, 1, 4), np.arange(4)
    layer = layers.Conv2D(4, (2, 3), weights=[kernel, bias], input_shape=(4, 5, 1))
    Sequential([layer])
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)
    np.testing.assert_array_equal(layer.bias, bias)


def test_an_array_as_initialiser() -> None:
    """A kernel from elsewhere, by the initialiser's argument."""
    kernel = np.arange(18).reshape(3, 3, 2, 1)
    layer = layers.Conv2D(1, 3, kernel_initializer=kernel, bias_initializer=lambda shape: np.full(shape, 2.0))
    Sequential([Input((5, 5, 2)), layer])
    np.testing.assert_array_equal(layer.kernel, kernel)
    assert layer.get_weights()[1].tolist() == [2.0]


def _conv(*weights: Any) -> Callable[[], object]:
    return lambda: Sequential([Input((4, 5, 3)), layers.Conv2D(4, (2, 3), weights=list(weights), name="conv")])


K = np.zeros((2, 3, 3, 4))
WRONG_WEIGHTS: dict[str, tuple[Callable[[], object], str]] = {
    "filters first": (
        _conv(np.zeros((4, 3, 2, 3)), np.zeros(4)),
        r"conv.*\(4, 3, 2, 3\).*np\.transpose\(.*\(2, 3, 1, 0\)",
    ),
    "other filters": (_conv(np.zeros((2, 3, 3, 5)), np.zeros(5)), r"conv.*\(2, 3, 3, 5\), which.*\(2, 3, 3, 4\)"),
    "a flat kernel": (_conv(np.zeros(72), np.zeros(4)), r"conv.*\(72,\)"),
    "no bias": (_conv(K), r"conv.*weights has 1 arrays; one of shape \(4,\) is missing"),
    "three arrays": (_conv(K, np.zeros(4), K), r"conv.* has 2 weights, got 3 arrays"),
    "none at all": (_conv(), r"conv.*weights has 0 arrays; one of shape \(2, 3, 3, 4\) is missing"),
    "a bias column": (_conv(K, np.zeros((4, 1))), r"conv.*\(4, 1\)"),
    "a number": (_conv(1.0, np.zeros(4)), r"conv"),
    "NaN": (_conv(np.where(np.arange(72).reshape(K.shape) == 5, np.nan, 0), np.zeros(4)), r"conv.*\(0, 0, 1, 1\).*nan"),
    "infinity": (_conv(K, [0, 0, np.inf, 0]), r"conv.*\(2,\)"),
    "text": (_conv(K, ["a"] * 4), r"conv"),
    "complex numbers": (_conv(K, np.zeros(4) * 1j), r"conv.*complex"),
    "ragged": (_conv([[1, 2], [3]], np.zeros(4)), r"conv"),
    "None": (_conv(K, None), r"conv"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_WEIGHTS)
def test_wrong_initial_weights(case: str) -> None:
    """One sentence that names the layer, what it takes, and what came."""
    make, message = WRONG_WEIGHTS[case]
    with pytest.raises((ArgumentError, DataError), match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bad", ["shape", "text", "count"])
@pytest.mark.parametrize("whole", [True, False])
def test_set_weights_takes_all_or_nothing(model: Sequential, bad: str, whole: bool) -> None:
    """If one array is refused, the others are not taken either."""
    target = model if whole else model.layers[0]
    before = model.get_weights()
    arrays = [array + 1 for array in target.get_weights()]
    if bad == "shape":
        arrays[-1] = np.zeros(9)
    elif bad == "text":
        arrays[-1] = np.array(["a"] * arrays[-1].size)
    else:
        arrays.pop()
    with pytest.raises((ShapeError, DataError, ArgumentError)):
        target.set_weights(arrays)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_messages_of_set_weights(model: Sequential) -> None:
    """Exactly, for the two that everybody meets."""
    with pytest.raises(ShapeError) as shape:
        model.layers[2].set_weights([np.zeros((2, 36)), np.zeros(2)])
    assert str(shape.value) == ("m/d/kernel has shape (36, 2), got (2, 36); np.transpose(values, (1, 0)) would fit")
    with pytest.raises(ArgumentError) as count:
        model.set_weights([np.zeros(3)])
    assert str(count.value) == (
        'Sequential "m" has 4 weights (kernel (2, 3, 1, 4), bias (4,), kernel (36, 2), bias (2,)), got 1 arrays'
    )


def test_get_layer(model: Sequential) -> None:
    """By name or by place."""
    assert model.get_layer("conv") is model.get_layer(index=0) is model.layers[0]
    assert model.get_layer(index=-1) is model.layers[2]


MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "a name nearly right": (
        {"name": "konv"},
        r"^unknown layer of m 'konv'; did you mean 'conv'\? Known: conv, d, flat$",
    ),
    "another name": ({"name": "xyz"}, r"^unknown layer of m 'xyz'. Known: conv, d, flat$"),
    "a place beyond": ({"index": 3}, r"^m has 3 layers, there is none at 3$"),
    "a place before": ({"index": -4}, r"^m has 3 layers, there is none at -4$"),
    "nothing": ({}, r"^get_layer takes a name or an index, one of the two$"),
    "both": ({"name": "d", "index": 2}, r"^get_layer takes a name or an index, one of the two$"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSING)
def test_layers_that_are_not_there(model: Sequential, case: str) -> None:
    """The nearest known name is told."""
    arguments, message = MISSING[case]
    with pytest.raises(PellucidError, match=message):
        model.get_layer(**arguments)


def test_element_access(model: Sequential) -> None:
    """A weight reads and writes like an array, and refuses what is no number."""
    bias = model.layers[0].bias
    bias[1:3] = [4, 5]
    assert bias[1:3].tolist() == [4, 5]
    assert len(bias) == 4
    assert np.asarray(bias, np.float64).dtype == np.float64
    with pytest.raises(ArgumentError, match=r"^m/conv/bias takes numbers"):
        bias[0] = "a"
    assert model.get_weights()[1].tolist() == [0, 4, 5, 0]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_was_read_can_be_written(model: Sequential, odd: float) -> None:
    """Weights of a training that has diverged too: with a warning where they are new, in silence where they are not."""
    bias = model.layers[0].bias
    with pytest.warns(UserWarning, match=rf"^m/conv/bias: the value at \(0,\) is {odd}, as in a training that"):
        bias[0] = odd
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_weights(model.get_weights())
        model.layers[0].set_weights(model.layers[0].get_weights())
        bias.assign(bias.numpy())
        bias[...] = bias.numpy()
    other = Sequential.from_config(model.get_config())
    with pytest.warns(UserWarning, match=r"^m/conv/bias: the value at") as told:
        other.set_weights(model.get_weights())
    assert len(told) == 1
    assert told[0].filename == __file__
    for mine, taken in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, taken)
