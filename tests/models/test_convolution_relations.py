"""What the layers of the convolution family have to do with each other, and what holds their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers

REGULARIZED = {
    "Conv2D": ("kernel", "bias"),
    "Conv2DTranspose": ("kernel", "bias"),
    "DepthwiseConv2D": ("depthwise", "bias"),
    "SeparableConv2D": ("depthwise", "pointwise", "bias"),
    "LocallyConnected2D": ("kernel", "bias"),
}


def _whole(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float32)


def _run(layer: layers.Layer, x: np.ndarray) -> np.ndarray:
    y: np.ndarray = Sequential([Input(x.shape[1:]), layer]).predict(x, verbose=0)
    return y


def test_depthwise_is_a_convolution_in_groups_of_one_channel() -> None:
    """With kernels (…, channels, multiplier) read as (…, 1, channels * multiplier)."""
    x, kernel, bias = _whole(2, 6, 7, 3), _whole(3, 2, 3, 4, seed=1), _whole(12, seed=2)
    options: dict[str, Any] = {"strides": 2, "padding": "same", "kernel_size": (3, 2)}
    ours = _run(layers.DepthwiseConv2D(depth_multiplier=4, weights=[kernel, bias], **options), x)
    grouped = layers.Conv2D(12, groups=3, weights=[kernel.reshape(3, 2, 1, 12), bias], **options)
    np.testing.assert_array_equal(ours, _run(grouped, x))


def test_separable_is_depthwise_then_pointwise() -> None:
    """Only the second step has bias and activation."""
    x, around, mix, bias = _whole(2, 6, 7, 3), _whole(3, 3, 3, 2, seed=1), _whole(1, 1, 6, 5, seed=2), _whole(5, seed=3)
    ours = _run(layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="relu", weights=[around, mix, bias]), x)
    step = _run(layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, weights=[around]), x)
    np.testing.assert_array_equal(ours, _run(layers.Conv2D(5, 1, activation="relu", weights=[mix, bias]), step))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_transposed_is_the_adjoint(padding: str) -> None:
    """<convolution(x), y> = <x, transposed(y)> with one kernel: where sizes lead back to the input's."""
    x, kernel = _whole(1, 8, 6, 2), _whole(2, 2, 2, 3, seed=1)
    forward = _run(layers.Conv2D(3, 2, strides=2, padding=padding, use_bias=False, weights=[kernel]), x)
    y = _whole(*forward.shape, seed=2)
    back = _run(layers.Conv2DTranspose(2, 2, strides=2, padding=padding, use_bias=False, weights=[kernel]), y)
    assert back.shape == x.shape
    assert (forward * y).sum() == (x * back).sum() != 0


@pytest.mark.parametrize(("rank", "padding"), [(1, "valid"), (1, "same"), (2, "valid"), (2, "same")])
def test_local_filters_that_are_equal_are_a_convolution(rank: int, padding: str) -> None:
    """And with the filters of one place changed, only this place of the result changes."""
    x, kernel, bias = _whole(2, *(6, 5)[:rank], 3), _whole(*(3,) * rank, 3, 4, seed=1), _whole(4, seed=2)
    shared = _run(getattr(layers, f"Conv{rank}D")(4, 3, padding=padding, weights=[kernel, bias]), x)
    places = shared.shape[1:-1]
    number = int(np.prod(places))
    local = np.tile(kernel.reshape(1, -1, 4), (number, 1, 1))
    biases = np.broadcast_to(bias, (*places, 4))
    make = getattr(layers, f"LocallyConnected{rank}D")
    np.testing.assert_array_equal(_run(make(4, 3, padding=padding, weights=[local, biases]), x), shared)
    local[number // 2] += 1
    changed = _run(make(4, 3, padding=padding, weights=[local, biases]), x) != shared
    assert {int(np.ravel_multi_index(place, places)) for place in zip(*changed.nonzero()[1:-1], strict=True)} == {
        number // 2
    }


def test_local_filters_learn_what_shared_ones_cannot() -> None:
    """To keep the left half of a signal and to turn the right half round."""
    x = np.random.default_rng(0).normal(size=(64, 8, 1)).astype(np.float32)
    y = x * np.array([1, 1, 1, 1, -1, -1, -1, -1]).reshape(1, 8, 1)
    losses = {}
    for name in ("LocallyConnected1D", "Conv1D"):
        model = Sequential([Input((8, 1)), getattr(layers, name)(1, 1)], seed=0)
        model.compile("adam", "mse")
        model.optimizer.learning_rate = 0.05
        losses[name] = model.fit(x, y, epochs=60, verbose=0).history["loss"][-1]
    assert losses["LocallyConnected1D"] < 0.01 < 0.5 < losses["Conv1D"]


@pytest.mark.parametrize("name", REGULARIZED)
def test_penalties_on_each_weight(name: str) -> None:
    """With an input of zeros, bias 1 and a target of 1, the loss is the penalties and nothing else."""
    kernels = REGULARIZED[name]
    arguments: dict[str, Any] = {f"{kernel}_regularizer": {"class_name": "L1", "config": {"l1": 0.5 + number}}
                                 for number, kernel in enumerate(kernels)}  # fmt: skip
    required = {} if name.startswith("Depthwise") else {"filters": 3}
    layer = getattr(layers, name)(kernel_size=2, bias_initializer="ones", **required, **arguments)
    model = Sequential([Input((4, 4, 3)), layer])
    model.compile("sgd", "mse")
    loss = model.evaluate(np.zeros((2, 4, 4, 3)), np.ones((2, *model.output_shape[1:])), verbose=0)
    expected = sum((0.5 + n) * np.abs(w).sum() for n, w in enumerate(layer.get_weights()))
    assert len(layer.get_weights()) == len(kernels)
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


@pytest.mark.parametrize("name", REGULARIZED)
def test_constraints_on_each_weight(name: str) -> None:
    """All begin at -1, and zeros teach them nothing: an update with a constraint ends at 0, one without at -1."""
    for constraint, expected in (("non_neg", 0), (None, -1)):
        arguments: dict[str, Any] = {f"{kernel}_constraint": constraint for kernel in REGULARIZED[name]}
        required = {} if name.startswith("Depthwise") else {"filters": 3}
        layer = getattr(layers, name)(kernel_size=2, activation="relu", **required, **arguments)
        model = Sequential([Input((4, 4, 3)), layer])
        layer.set_weights([np.full(weight.shape, -1) for weight in layer.weights])
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 4, 4, 3)), np.zeros((4, *model.output_shape[1:])), verbose=0)
        assert {float(number) for weight in layer.get_weights() for number in weight.flat} == {expected}
