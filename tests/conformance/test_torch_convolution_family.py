"""The convolution family, beyond Keras too, against PyTorch: padding by amounts and modes, strides with dilation, ...

Inputs and weights are small whole numbers, so every sum is exact in float32 and what comes out must equal what PyTorch
computes in float64: results, and the gradients for the input and each weight.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch_oracle
from geometries import locally_connected, sliding, transposed
from hypothesis import HealthCheck, given, settings
from keras_oracle import Case, made
from sampling import drawn

import pellucid
from pellucid import Input, Sequential, layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input as InputOp

many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Formula = Callable[[torch.Tensor, list[torch.Tensor], dict], torch.Tensor]


def _whole(case: Case, *shape: int, role: str) -> np.ndarray:
    """Whole numbers from -3 to 3, the same for a case every time."""
    rng = np.random.default_rng([*repr((case, role)).encode()])
    return rng.integers(-3, 4, shape).astype(np.float32)


def _built(case: Case) -> layers.Layer:
    layer: layers.Layer = made(pellucid, case)
    layer.ensure_built((None, *case.inputs[0][1:]))
    layer.set_weights([_whole(case, *weight.shape, role=weight.name) for weight in layer.weights])
    return layer


def _ours(layer: layers.Layer, x: np.ndarray, factors: np.ndarray) -> list[np.ndarray]:
    """The result, and the gradients of the sum of result times factors for the input and the weights."""
    graph = Graph()
    tensor = graph.add(InputOp(x.shape, "x"))
    y = layer.emit(tensor)
    wanted = [tensor, *(weight.tensor(graph) for weight in layer.weights)]
    total = builder.reduce_sum(y * graph.add(InputOp(y.shape, "factors")))
    graph.outputs = {"y": y} | {str(i): grad for i, grad in enumerate(gradient(total, wanted))}
    state = {weight.state.name: weight.state for weight in layer.weights}
    results = get_engine("native").prepare(graph).run({"x": x, "factors": factors}, state)
    return [results["y"], *(results[str(i)] for i in range(len(wanted)))]


def _compare(case: Case, formula: Formula) -> None:
    layer, x = _built(case), _whole(case, *case.inputs[0], role="x")
    leaves = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (x, *layer.get_weights())]
    y = formula(leaves[0], leaves[1:], case.options)
    factors = _whole(case, *y.shape, role="factors")
    (y * torch.tensor(factors)).sum().backward()
    for mine, theirs in zip(_ours(layer, x, factors), [y.detach(), *(leaf.grad for leaf in leaves)], strict=True):
        assert mine.shape == tuple(theirs.shape)
        np.testing.assert_array_equal(mine, theirs.numpy())
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *y.shape[1:])


@drawn(many)
@given(sliding("Conv", 1) | sliding("Conv", 2) | sliding("Conv", 2) | sliding("Conv", 3))
def test_convolution(case: Case) -> None:
    """Words, amounts and modes of padding, strides with dilation, groups, both formats."""
    _compare(case, torch_oracle.convolution)


@drawn(many)
@given(sliding("DepthwiseConv", 1) | sliding("DepthwiseConv", 2))
def test_depthwise_convolution(case: Case) -> None:
    """As above, with filters for each channel."""
    _compare(case, torch_oracle.depthwise)


@drawn(many)
@given(sliding("SeparableConv", 1) | sliding("SeparableConv", 2))
def test_separable_convolution(case: Case) -> None:
    """As above, with a step that mixes the channels."""
    _compare(case, torch_oracle.separable)


@drawn(many)
@given(transposed(1) | transposed(2) | transposed(2) | transposed(3))
def test_transposed_convolution(case: Case) -> None:
    """Strides with dilation, both paddings, any output padding, both formats."""
    _compare(case, torch_oracle.transposed)


@drawn(many)
@given(locally_connected())
def test_locally_connected(case: Case) -> None:
    """Patches that PyTorch cuts out, each times the filters of its place."""
    _compare(case, torch_oracle.locally_connected)


@settings(max_examples=100, deadline=None)
@given(locally_connected())
def test_locally_connected_by_its_definition(case: Case) -> None:
    """Against the loop that the definition says: a filter of its own at each place."""
    layer, x = _built(case), _whole(case, *case.inputs[0], role="x")
    first = case.options["data_format"] == "channels_first"
    kernel, *bias = layer.get_weights()
    images = np.moveaxis(x, 1, -1) if first else x
    batch, *size, channels = images.shape
    window = layer.window(size)
    places, rank = window.output_shape(size), len(size)
    expected = np.zeros((batch, *places, layer.filters))
    for number, place in enumerate(itertools.product(*map(range, places))):
        patch = np.zeros((batch, *window.size, channels))
        for tap in itertools.product(*map(range, window.size)):
            source = tuple(window.source(axis, place[axis], tap[axis]) for axis in range(rank))
            if all(0 <= index < n for index, n in zip(source, size, strict=True)):
                patch[(slice(None), *tap)] = images[(slice(None), *source)]
        flat = (np.moveaxis(patch, -1, 1) if first else patch).reshape(batch, -1)
        expected[(slice(None), *place)] = flat @ kernel[number] + (bias[0][place] if bias else 0)
    expected = np.moveaxis(expected, -1, 1) if first else expected
    np.testing.assert_array_equal(_ours(layer, x, np.zeros(expected.shape, np.float32))[0], expected)


@pytest.mark.parametrize("shape", [(2, 3, 4, 9, 8, 2), (2, 1, 5, 5, 5, 9, 8, 2)])
def test_any_number_of_batch_axes(shape: tuple[int, ...]) -> None:
    """Each image by itself, wherever it stands."""
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    model = Sequential([Input(shape[1:]), layers.Conv2D(3, 3, strides=2), layers.MaxPooling2D(2)])
    y = model.predict(x)
    flat = Sequential(
        [Input(shape[-3:]), layers.Conv2D(3, 3, strides=2, weights=model.get_weights()), layers.MaxPooling2D(2)]
    )
    images = flat.predict(x.reshape(-1, *shape[-3:]))
    np.testing.assert_array_equal(y.reshape(images.shape), images)
    assert y.shape == (*shape[:-3], 2, 1, 3)
