"""Layers that move or combine numbers, drawn by Hypothesis, against NumPy; depthwise and separable against PyTorch.

Small whole numbers throughout, so results must be equal, not close.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pellucid import layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, ops
from pellucid.layers import Layer

some = settings(max_examples=300, deadline=None)
FORMATS = st.sampled_from(["channels_last", "channels_first"])
CONVOLVE = {1: F.conv1d, 2: F.conv2d}


def _whole(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float32)


def _result(layer: Layer, *arrays: np.ndarray) -> np.ndarray:
    """What the native engine makes of a layer; its inferred shape must be that of the result."""
    graph = Graph()
    tensors = [graph.add(ops.Input(array.shape, str(i))) for i, array in enumerate(arrays)]
    shapes = [(None, *array.shape[1:]) for array in arrays]
    inferred = layer.compute_output_shape(shapes if len(shapes) > 1 else shapes[0])
    graph.outputs["y"] = layer.emit(tensors if len(tensors) > 1 else tensors[0])
    state = {weight.state.name: weight.state for weight in layer.weights}
    y = get_engine("native").prepare(graph).run({str(i): array for i, array in enumerate(arrays)}, state)["y"]
    assert inferred == (None, *y.shape[1:])
    return y


def _last(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, 1, -1)


@st.composite
def edges(draw: st.DrawFn) -> dict[str, Any]:
    rank = draw(st.integers(1, 3))
    amounts = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(rank))
    size = tuple(draw(st.integers(sum(pair) + 1, 7)) for pair in amounts)
    return {"rank": rank, "amounts": amounts, "size": size, "channels": draw(st.integers(1, 3))}


@some
@given(edges(), st.sampled_from(["Cropping", "ZeroPadding"]), FORMATS, st.integers(0, 2**32 - 1))
def test_cropping_and_padding(case: dict[str, Any], kind: str, data_format: str, seed: int) -> None:
    """Any amounts on each side, both formats."""
    rank, amounts = case["rank"], case["amounts"]
    if kind == "Cropping" and rank == 1:
        data_format = "channels_last"
    first = data_format == "channels_first"
    shape = (2, case["channels"], *case["size"]) if first else (2, *case["size"], case["channels"])
    x = _whole(seed, *shape)
    options = {} if kind == "Cropping" and rank == 1 else {"data_format": data_format}
    y = _result(getattr(layers, f"{kind}{rank}D")(amounts[0] if rank == 1 else amounts, **options), x)
    channels_last = _last(x, data_format)
    if kind == "Cropping":
        inner = tuple(slice(a, n - b) for (a, b), n in zip(amounts, case["size"], strict=True))
        expected = channels_last[(slice(None), *inner)]
    else:
        expected = np.pad(channels_last, [(0, 0), *amounts, (0, 0)])
    np.testing.assert_array_equal(_last(y, data_format), expected)


@some
@given(st.integers(1, 3), st.data(), FORMATS, st.integers(0, 2**32 - 1))
def test_nearest_upsampling(rank: int, data: st.DataObject, data_format: str, seed: int) -> None:
    """Each element repeated along each axis."""
    size = tuple(data.draw(st.integers(1, 5)) for _ in range(rank))
    factors = tuple(data.draw(st.integers(1, 4)) for _ in range(rank))
    if rank == 1:
        data_format = "channels_last"
    x = _whole(seed, 2, 3, *size) if data_format == "channels_first" else _whole(seed, 2, *size, 3)
    options = {} if rank == 1 else {"data_format": data_format}
    y = _result(getattr(layers, f"UpSampling{rank}D")(factors[0] if rank == 1 else factors, **options), x)
    expected = _last(x, data_format)
    for axis, factor in enumerate(factors, start=1):
        expected = expected.repeat(factor, axis=axis)
    np.testing.assert_array_equal(_last(y, data_format), expected)


@some
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.randoms(), st.integers(0, 2**32 - 1))
def test_permute_and_reshape(size: list[int], shuffle: Any, seed: int) -> None:
    """Any order of the axes; all orders of the sizes, with one left open."""
    x = _whole(seed, 2, *size)
    dims = list(range(1, len(size) + 1))
    shuffle.shuffle(dims)
    np.testing.assert_array_equal(_result(layers.Permute(dims), x), x.transpose(0, *dims))
    target = [size[axis - 1] for axis in dims]
    expected = x.reshape(2, *target)
    target[shuffle.randrange(len(target))] = -1
    np.testing.assert_array_equal(_result(layers.Reshape(target), x), expected)


MERGES = {
    "Add": np.add, "Subtract": np.subtract, "Multiply": np.multiply, "Maximum": np.maximum, "Minimum": np.minimum,
}  # fmt: skip


@some
@given(st.sampled_from(sorted(MERGES)), st.data(), st.integers(0, 2**32 - 1))
def test_merging(kind: str, data: st.DataObject, seed: int) -> None:
    """Two to four tensors, axes of size 1 repeated."""
    size = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    count = 2 if kind == "Subtract" else data.draw(st.integers(2, 4))
    shapes = [[n if data.draw(st.booleans()) else 1 for n in size] for _ in range(count)]
    arrays = [_whole(seed + i, 2, *shape) for i, shape in enumerate(shapes)]
    np.testing.assert_array_equal(_result(getattr(layers, kind)(), *arrays), reduce(MERGES[kind], arrays))


@some
@given(st.data(), st.integers(0, 2**32 - 1))
def test_dot(data: st.DataObject, seed: int) -> None:
    """Any axis of either, samples of one to three axes."""
    left, right = (data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)) for _ in range(2))
    first, second = data.draw(st.integers(1, len(left))), data.draw(st.integers(1, len(right)))
    right[second - 1] = left[first - 1]
    a, b = _whole(seed, 2, *left), _whole(seed + 1, 2, *right)
    y = _result(layers.Dot((first, second)), a, b)
    expected = np.stack([np.tensordot(x, z, axes=(first - 1, second - 1)) for x, z in zip(a, b, strict=True)])
    np.testing.assert_array_equal(y, expected.reshape(y.shape))
    assert y.shape == (expected.shape if expected.ndim > 1 else (2, 1))


@st.composite
def depthwise(draw: st.DrawFn) -> dict[str, Any]:
    rank = draw(st.integers(1, 2))
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))  # noqa: E731
    kernel, dilation = each(1, 3), each(1, 2)
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    return {
        "rank": rank, "kernel": kernel, "dilation": dilation, "strides": each(1, 3),
        "size": tuple(draw(st.integers(n, n + 5)) for n in extent), "amounts": tuple((a, b) for a, b in zip(
            each(0, 2), each(0, 2), strict=True)),
        "channels": draw(st.integers(1, 4)), "multiplier": draw(st.integers(1, 3)), "filters": draw(st.integers(1, 4)),
    }  # fmt: skip


@some
@given(depthwise(), st.booleans(), FORMATS, st.integers(0, 2**32 - 1))
def test_depthwise_and_separable(case: dict[str, Any], separable: bool, data_format: str, seed: int) -> None:
    """Against PyTorch's grouped convolution, followed by a pointwise one."""
    rank, channels = case["rank"], case["channels"]
    options = {
        "strides": case["strides"], "dilation_rate": case["dilation"], "padding": case["amounts"],
        "depth_multiplier": case["multiplier"], "data_format": data_format, "use_bias": False,
    }  # fmt: skip
    kind = f"{'Separable' if separable else 'Depthwise'}Conv{rank}D"
    arguments = (case["filters"], case["kernel"]) if separable else (case["kernel"],)
    layer = getattr(layers, kind)(*arguments, **options)
    first = _whole(seed, 2, channels, *case["size"])
    x = first if data_format == "channels_first" else np.moveaxis(first, 1, -1)
    layer.ensure_built((None, *x.shape[1:]))
    layer.set_weights([_whole(seed + i, *weight.shape) for i, weight in enumerate(layer.weights, start=1)])
    weights = [np.moveaxis(array, (-2, -1), (0, 1)) for array in layer.get_weights()]
    kernel = torch.tensor(np.ascontiguousarray(weights[0].reshape(-1, 1, *case["kernel"])), dtype=torch.float64)
    grown = F.pad(torch.tensor(first, dtype=torch.float64), [n for pair in reversed(case["amounts"]) for n in pair])
    y = CONVOLVE[rank](grown, kernel, stride=case["strides"], dilation=case["dilation"], groups=channels)
    if separable:
        point = np.ascontiguousarray(weights[1].swapaxes(0, 1))
        y = CONVOLVE[rank](y, torch.tensor(point, dtype=torch.float64))
    found = _result(layer, x)
    np.testing.assert_array_equal(found if data_format == "channels_first" else np.moveaxis(found, -1, 1), y.numpy())
