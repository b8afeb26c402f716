"""Convolution beyond Keras against PyTorch and plain loops: padding modes, amounts, stride with dilation, transposed.

Inputs and weights are small whole numbers, so every sum is exact in float32 and results must be equal, not close.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pellucid import Input, Sequential, layers
from pellucid.engines import get_engine
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input as InputOp

CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
SPREAD = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
some = settings(max_examples=300, deadline=None)


def _whole(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(-3, 4, shape).astype(np.float32)


def _both_ways(layer: layers.Layer, x: np.ndarray, factors: np.ndarray) -> list[np.ndarray]:
    """The result, and the gradient of the sum of result times factors for input and kernel."""
    graph = Graph()
    tensor = graph.add(InputOp(x.shape, "x"))
    y = layer.emit(tensor)
    wanted = [tensor, layer.kernel.tensor(graph)]
    total = builder.reduce_sum(y * graph.add(InputOp(y.shape, "factors")))
    graph.outputs = {"y": y} | {str(i): grad for i, grad in enumerate(gradient(total, wanted))}
    state = {weight.storage.name: weight.storage.array for weight in layer.weights}
    results = get_engine("native").prepare(graph).run({"x": x, "factors": factors}, state)
    return [results["y"], results["0"], results["1"]]


def _channels(array: np.ndarray, to_last: bool) -> np.ndarray:
    return np.moveaxis(array, 1, -1) if to_last else np.moveaxis(array, -1, 1)


@st.composite
def convolutions(draw: st.DrawFn) -> dict[str, Any]:
    """A geometry that fits; amounts of padding on each side, and what they hold."""
    rank = draw(st.sampled_from([1, 1, 2, 2, 2, 3]))
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))  # noqa: E731
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    mode = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    size = each(3, 9 if rank < 3 else 5)
    amounts = tuple((draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))) for n in size)
    kernel, dilation = [], []
    for n, (before, after) in zip(size, amounts, strict=True):
        kernel.append(draw(st.integers(1, min(4, n + before + after))))
        room = (n + before + after - 1) // max(kernel[-1] - 1, 1)
        dilation.append(draw(st.integers(1, max(1, min(3, room)))))
    return {
        "rank": rank, "groups": groups, "mode": mode, "size": size, "amounts": amounts, "kernel": tuple(kernel),
        "dilation": tuple(dilation), "strides": each(1, 3), "channels": groups * draw(st.integers(1, 3)),
        "filters": groups * draw(st.integers(1, 3)), "batch": draw(st.integers(1, 2)),
    }  # fmt: skip


@some
@given(convolutions(), st.integers(0, 2**32 - 1))
def test_padding_modes_and_amounts(case: dict[str, Any], seed: int) -> None:
    """Any amounts, stride and dilation together, groups; result and both gradients to the bit."""
    rng, rank = np.random.default_rng(seed), case["rank"]
    layer = getattr(layers, f"Conv{rank}D")(
        case["filters"], case["kernel"], strides=case["strides"], dilation_rate=case["dilation"],
        groups=case["groups"], padding=case["amounts"], padding_mode=case["mode"], use_bias=False,
    )  # fmt: skip
    x = _whole(rng, case["batch"], *case["size"], case["channels"])
    layer.ensure_built((None, *x.shape[1:]))
    layer.set_weights([_whole(rng, *layer.kernel.shape)])
    theirs = torch.tensor(np.ascontiguousarray(_channels(x, to_last=False)), dtype=torch.float64, requires_grad=True)
    moved = np.ascontiguousarray(np.moveaxis(layer.kernel.numpy(), (-1, -2), (0, 1)))
    kernel = torch.tensor(moved, dtype=torch.float64, requires_grad=True)
    flat = [side for pair in reversed(case["amounts"]) for side in pair]
    mode = {"zeros": "constant"}.get(case["mode"], case["mode"])
    grown = F.pad(theirs, flat, mode=mode)
    y = CONVOLVE[rank](grown, kernel, stride=case["strides"], dilation=case["dilation"], groups=case["groups"])
    factors = _whole(rng, *_channels(y.detach().numpy(), to_last=True).shape)
    (y * torch.tensor(_channels(factors, to_last=False))).sum().backward()
    ours = _both_ways(layer, x, factors)
    np.testing.assert_array_equal(ours[0], _channels(y.detach().numpy(), to_last=True))
    np.testing.assert_array_equal(ours[1], _channels(theirs.grad.numpy(), to_last=True))
    np.testing.assert_array_equal(ours[2], np.moveaxis(kernel.grad.numpy(), (0, 1), (-1, -2)))


@st.composite
def transposed(draw: st.DrawFn) -> dict[str, Any]:
    """Any rank, kernel, stride, dilation, and an output padding below the stride."""
    rank = draw(st.sampled_from([1, 2, 2, 3]))
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))  # noqa: E731
    strides = each(1, 3)
    return {
        "rank": rank, "size": each(1, 5 if rank < 3 else 3), "kernel": each(1, 4), "strides": strides,
        "dilation": each(1, 2), "extra": tuple(draw(st.integers(0, s - 1)) for s in strides),
        "channels": draw(st.integers(1, 4)), "filters": draw(st.integers(1, 4)), "batch": draw(st.integers(1, 2)),
    }  # fmt: skip


@some
@given(transposed(), st.integers(0, 2**32 - 1))
def test_transposed_convolution(case: dict[str, Any], seed: int) -> None:
    """Result and both gradients to the bit."""
    rng, rank = np.random.default_rng(seed), case["rank"]
    layer = getattr(layers, f"Conv{rank}DTranspose")(
        case["filters"], case["kernel"], strides=case["strides"], dilation_rate=case["dilation"],
        output_padding=case["extra"], use_bias=False,
    )  # fmt: skip
    x = _whole(rng, case["batch"], *case["size"], case["channels"])
    layer.ensure_built((None, *x.shape[1:]))
    layer.set_weights([_whole(rng, *layer.kernel.shape)])
    theirs = torch.tensor(np.ascontiguousarray(_channels(x, to_last=False)), dtype=torch.float64, requires_grad=True)
    moved = np.ascontiguousarray(np.moveaxis(layer.kernel.numpy(), (-1, -2), (0, 1)))
    kernel = torch.tensor(moved, dtype=torch.float64, requires_grad=True)
    spread = SPREAD[rank](theirs, kernel, stride=case["strides"], dilation=case["dilation"])
    y = F.pad(spread, [side for extra in reversed(case["extra"]) for side in (0, extra)])
    factors = _whole(rng, *_channels(y.detach().numpy(), to_last=True).shape)
    (y * torch.tensor(_channels(factors, to_last=False))).sum().backward()
    ours = _both_ways(layer, x, factors)
    np.testing.assert_array_equal(ours[0], _channels(y.detach().numpy(), to_last=True))
    np.testing.assert_array_equal(ours[1], _channels(theirs.grad.numpy(), to_last=True))
    np.testing.assert_array_equal(ours[2], np.moveaxis(kernel.grad.numpy(), (0, 1), (-1, -2)))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([1, 2]), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2),
    st.sampled_from(["valid", "same"]), st.sampled_from(["channels_last", "channels_first"]), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_locally_connected(
    rank: int, channels: int, filters: int, taps: int, stride: int, padding: str, data_format: str, seed: int
) -> None:
    """Against the loop that the definition says: a filter of its own at each place."""
    rng = np.random.default_rng(seed)
    size = tuple(int(n) for n in rng.integers(taps, 7, rank))
    first = data_format == "channels_first"
    layer = getattr(layers, f"LocallyConnected{rank}D")(
        filters, taps, strides=stride, padding=padding, data_format=data_format
    )
    x = _whole(rng, 2, *size, channels)
    model = Sequential([Input((channels, *size) if first else (*size, channels)), layer])
    layer.set_weights([_whole(rng, *weight.shape) for weight in layer.weights])
    kernel, bias = layer.get_weights()
    window = layer.window(size)
    places = window.output_shape(size)
    expected = np.zeros((2, *places, filters))
    for number, place in enumerate(itertools.product(*map(range, places))):
        patch = np.zeros((2, *(taps,) * rank, channels))
        for tap in itertools.product(range(taps), repeat=rank):
            source = tuple(window.source(axis, place[axis], tap[axis]) for axis in range(rank))
            if all(0 <= index < n for index, n in zip(source, size, strict=True)):
                patch[(slice(None), *tap)] = x[(slice(None), *source)]
        flat = (np.moveaxis(patch, -1, 1) if first else patch).reshape(2, -1)
        expected[(slice(None), *place)] = flat @ kernel[number] + bias[place]
    y = model.predict(np.moveaxis(x, -1, 1) if first else x)
    np.testing.assert_array_equal(np.moveaxis(y, 1, -1) if first else y, expected)


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


def test_where_a_mode_cannot_pad() -> None:
    """Said with the sizes."""
    for mode, amount, most in (("reflect", 4, 3), ("circular", 5, 4)):
        layer = layers.Conv1D(1, 1, padding=amount, padding_mode=mode, name="edge")
        with pytest.raises(ValueError, match=rf'"edge".*at most {most} elements to an axis of 4'):
            layer(Input((4, 1)))
