"""Normalisation in training against PyTorch's functions in float64, on shapes and axes drawn freely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from keras_oracle import Answer, check_answers, check_close, random_factors
from sampling import drawn
from test_keras_normalization import filled, step

from pellucid import layers

EXAMPLES = 300
Shape = tuple[int, ...]
Weights = list[torch.Tensor]

sizes = st.integers(1, 6)
shapes = st.integers(2, 5).flatmap(lambda rank: st.tuples(*[sizes] * rank))
seeds = st.integers(0, 2**16)
epsilons = st.floats(1e-4, 1.0)


def _torch(
    x: np.ndarray, weights: list[np.ndarray], function: Callable[[torch.Tensor, Weights], torch.Tensor]
) -> Answer:
    tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (x, *weights)]
    y = function(tensors[0], tensors[1:])
    (y * torch.tensor(random_factors(tuple(y.shape)))).sum().backward()
    of_x, *of_weights = [tensor.grad.numpy() for tensor in tensors if tensor.grad is not None]
    return Answer(y.detach().numpy(), [of_x], of_weights)


def _check(layer: Any, shape: Shape, seed: int, function: Callable[[torch.Tensor, Weights], torch.Tensor]) -> None:
    """The layer in training, with random weights, against the function of x and the layer's learned weights.

    Numbers keep away from 0: the gradient of a length divides by it, and differences of quotients lose digits there.
    """
    x = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    x += np.copysign(np.float32(0.1), x)
    mine, _ = step(filled(layer, shape), x, training=True)
    check_answers(type(layer).__name__, mine, _torch(x, [w.numpy() for w in layer.trainable_weights], function))


def _axes(shape: Shape) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, len(shape) - 1), min_size=1, unique=True).map(sorted)


def _last(x: torch.Tensor, axes: list[int], function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """A function of a tensor whose axes of that name come last, applied to one where they do not."""
    last = tuple(range(x.ndim - len(axes), x.ndim))
    return function(x.movedim(tuple(axes), last)).movedim(last, tuple(axes))


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds, epsilons)
def test_batch_normalization(data: st.DataObject, shape: Shape, seed: int, epsilon: float) -> None:
    """And the averages that are kept, here from PyTorch's mean and variance."""
    axis, momentum = data.draw(st.integers(1, len(shape) - 1)), data.draw(st.floats(0.0, 1.0))
    assume(np.prod(shape) > shape[axis])  # PyTorch refuses a single value per channel
    layer = layers.BatchNormalization(axis, momentum, epsilon)

    def torchs(x: torch.Tensor, weights: Weights) -> torch.Tensor:
        gamma, beta = weights
        return F.batch_norm(x.movedim(axis, 1), None, None, gamma, beta, training=True, eps=epsilon).movedim(1, axis)

    _check(layer, shape, seed, torchs)
    x = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    before = [weight.numpy() for weight in layer.non_trainable_weights]
    _, kept = step(layer, x, training=True)
    moments = torch.var_mean(torch.tensor(x).double(), [i for i in range(x.ndim) if i != axis], correction=0)
    for old, new, moment in zip(before, kept, reversed(moments), strict=True):
        check_close("BatchNormalization: kept", new, old * momentum + moment.numpy() * (1 - momentum), 1e-6)


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds, epsilons)
def test_layer_normalization(data: st.DataObject, shape: Shape, seed: int, epsilon: float) -> None:
    """Any axes."""
    axes = data.draw(_axes(shape))
    spanned = [shape[axis] for axis in axes]
    _check(
        layers.LayerNormalization(axes, epsilon),
        shape,
        seed,
        lambda x, weights: _last(x, axes, lambda y: F.layer_norm(y, spanned, *weights, epsilon)),
    )


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds, epsilons)
def test_rms_normalization(data: st.DataObject, shape: Shape, seed: int, epsilon: float) -> None:
    """Any axes: the factor stands along them."""
    axes = data.draw(_axes(shape))
    spanned = [shape[axis] for axis in axes]
    _check(
        layers.RMSNormalization(axes, epsilon),
        shape,
        seed,
        lambda x, weights: _last(x, axes, lambda y: F.rms_norm(y, spanned, weights[0], epsilon)),
    )


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds, epsilons)
def test_group_normalization(data: st.DataObject, shape: Shape, seed: int, epsilon: float) -> None:
    """Any axis, any divisor of its size."""
    axis = data.draw(st.integers(1, len(shape) - 1))
    groups = data.draw(st.sampled_from([n for n in range(1, 7) if shape[axis] % n == 0]))
    assume(np.prod(shape) > shape[0] * groups)  # PyTorch refuses a single value per group
    _check(
        layers.GroupNormalization(groups, axis, epsilon),
        shape,
        seed,
        lambda x, weights: F.group_norm(x.movedim(axis, 1), groups, *weights, epsilon).movedim(1, axis),
    )


@drawn(EXAMPLES)
@given(st.data(), shapes, seeds)
def test_unit_normalization(data: st.DataObject, shape: Shape, seed: int) -> None:
    """Any axes."""
    axes = data.draw(_axes(shape))
    _check(
        layers.UnitNormalization(axes),
        shape,
        seed,
        lambda x, _: F.normalize(x, dim=tuple(axes), eps=1e-12),
    )


def test_unit_normalization_of_zeros() -> None:
    """What is 0 stays 0, and the gradient is finite: it is the incoming one over 1e-12."""
    x = np.array([[0.0, 0.0], [3.0, 4.0]], np.float32)
    mine, _ = step(filled(layers.UnitNormalization(), (2, 2)), x, training=True)
    theirs = _torch(x, [], lambda tensor, _: F.normalize(tensor, dim=1, eps=1e-12))
    np.testing.assert_allclose(mine.output, theirs.output, rtol=1e-6)
    np.testing.assert_allclose(mine.inputs[0][1], theirs.inputs[0][1], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(mine.inputs[0][0], random_factors((2, 2))[0] * 1e12, rtol=1e-6)
