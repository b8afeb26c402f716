"""The operations that slide a window, as the reference engine computes them: tap by tap, written to be read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid.geometry import Window
from pellucid.graph import ops, windows

Array = np.ndarray[Any, np.dtype[Any]]


def padded(x: Array, window: Window, value: float = 0.0) -> Array:
    """x with the window's padding around its spatial axes."""
    return np.pad(x, [(0, 0), *window.padding, (0, 0)], constant_values=value)


def taps(window: Window, spatial: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """For each tap of the kernel: its position, and where on the padded input all windows read through it.

    `spatial` is the number of windows per axis; tap k of window o reads the padded input at o * stride + k * dilation.
    """
    for tap in itertools.product(*map(range, window.size)):
        starts = [k * dilation for k, dilation in zip(tap, window.dilation, strict=True)]
        yield (
            tap,
            (
                slice(None),
                *(
                    slice(start, start + (count - 1) * stride + 1, stride)
                    for start, count, stride in zip(starts, spatial, window.strides, strict=True)
                ),
            ),
        )


def _groups(groups: int, channels: int) -> list[slice]:
    size = channels // groups
    return [slice(group * size, (group + 1) * size) for group in range(groups)]


def _crop(x: Array, window: Window) -> Array:
    """x without the window's padding."""
    inner = tuple(
        slice(before, size - after) for (before, after), size in zip(window.padding, x.shape[1:-1], strict=True)
    )
    return x[(slice(None), *inner)]


def convolution(op: windows.Convolution | windows.FusedConvolution, x: Array, kernel: Array) -> Array:
    spatial = op.window.output_shape(x.shape[1:-1])
    y = np.zeros((x.shape[0], *spatial, kernel.shape[-1]))
    x = padded(x, op.window)
    for tap, seen in taps(op.window, spatial):
        pairs = zip(_groups(op.groups, x.shape[-1]), _groups(op.groups, kernel.shape[-1]), strict=True)
        for channels, filters in pairs:
            y[..., filters] += np.tensordot(x[(*seen, channels)], kernel[tap][:, filters], axes=1)
    return y


def fused_convolution(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    y = convolution(op, x, kernel) + bias
    return np.minimum(np.maximum(y, 0.0), op.ceiling) if op.relu else y


def convolution_max_pool(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> tuple[Array, ...]:
    y = fused_convolution(windows.FusedConvolution(op.window, op.groups, op.relu, op.ceiling), x, kernel, bias)
    largest = max_pool(windows.MaxPool(op.pooling), y)
    if not op.places:
        return (largest,)
    seen_by_tap = [padded(y, op.pooling, -np.inf)[seen] for _, seen in taps(op.pooling, largest.shape[1:-1])]
    return largest, np.argmax(np.stack(seen_by_tap), axis=0).astype(y.dtype)


def pointwise_depthwise(
    op: windows.PointwiseDepthwise, x: Array, kernel: Array, bias: Array, deep_kernel: Array, deep_bias: Array
) -> Array:
    return fused_convolution(op.depthwise, fused_convolution(op.pointwise, x, kernel, bias), deep_kernel, deep_bias)


def convolution_input_gradient(op: windows.ConvolutionInputGradient, grad_output: Array, kernel: Array) -> Array:
    grad = padded(np.zeros(op.shape), op.window)
    for tap, seen in taps(op.window, grad_output.shape[1:-1]):
        pairs = zip(_groups(op.groups, op.shape[-1]), _groups(op.groups, kernel.shape[-1]), strict=True)
        for channels, filters in pairs:
            grad[(*seen, channels)] += np.tensordot(grad_output[..., filters], kernel[tap][:, filters].T, axes=1)
    return _crop(grad, op.window)


def convolution_kernel_gradient(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    grad: Array = np.zeros(op.shape)
    x = padded(x, op.window)
    every_position = list(range(x.ndim - 1))
    for tap, seen in taps(op.window, grad_output.shape[1:-1]):
        pairs = zip(_groups(op.groups, x.shape[-1]), _groups(op.groups, op.shape[-1]), strict=True)
        for channels, filters in pairs:
            grad[tap][:, filters] = np.tensordot(
                x[(*seen, channels)], grad_output[..., filters], axes=(every_position, every_position)
            )
    return grad


def max_pool(op: windows.MaxPool, x: Array) -> Array:
    spatial = op.window.output_shape(x.shape[1:-1])
    x = padded(x, op.window, -np.inf)
    return np.maximum.reduce([x[seen] for _, seen in taps(op.window, spatial)])


def max_pool_gradient(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    x = padded(x, op.window, -np.inf)
    grad, given = np.zeros_like(x), np.zeros(y.shape, bool)
    for _, seen in taps(op.window, y.shape[1:-1]):
        winner = (x[seen] == y) & ~given
        grad[seen] += np.where(winner, grad_output, 0.0)
        given |= winner
    return _crop(grad, op.window)


def max_unpool(op: windows.MaxUnpool, places: Array, grad_output: Array) -> Array:
    grad = padded(np.zeros(op.shape), op.window)
    for number, (_, seen) in enumerate(taps(op.window, places.shape[1:-1])):
        grad[seen] += np.where(places == number, grad_output, 0.0)
    return _crop(grad, op.window)


def convolution_max_pool_gradient(
    op: windows.ConvolutionMaxPoolGradient, x: Array, places: Array, grad_output: Array, *kernel: Array
) -> tuple[Array, ...]:
    spatial = op.window.output_shape(op.shape[1:-1])
    unpool = windows.MaxUnpool(op.pooling, (op.shape[0], *spatial, op.kernel[-1]))
    unpooled = max_unpool(unpool, places, grad_output)
    of_kernel = windows.ConvolutionKernelGradient(op.window, op.groups, op.kernel)
    of_input = windows.ConvolutionInputGradient(op.window, op.groups, op.shape)
    return (
        convolution_kernel_gradient(of_kernel, x, unpooled),
        *(convolution_input_gradient(of_input, unpooled, each) for each in kernel),
    )


def max_pool_select(op: windows.MaxPoolSelect, x: Array, y: Array, values: Array) -> Array:
    x, values = padded(x, op.window, -np.inf), padded(values, op.window)
    chosen, given = np.zeros(y.shape), np.zeros(y.shape, bool)
    for _, seen in taps(op.window, y.shape[1:-1]):
        winner = (x[seen] == y) & ~given
        chosen[winner] = values[seen][winner]
        given |= winner
    return chosen


def _inside(window: Window, spatial: tuple[int, ...], outputs: tuple[int, ...]) -> Array:
    """How many taps of each window lie inside the input, (1, windows..., 1)."""
    ones = padded(np.ones((1, *spatial, 1)), window)
    return np.add.reduce([ones[seen] for _, seen in taps(window, outputs)])


def average_pool(op: windows.AveragePool, x: Array) -> Array:
    outputs = op.window.output_shape(x.shape[1:-1])
    count = _inside(op.window, x.shape[1:-1], outputs)
    x = padded(x, op.window)
    return np.add.reduce([x[seen] for _, seen in taps(op.window, outputs)]) / count


def average_pool_gradient(op: windows.AveragePoolGradient, grad_output: Array) -> Array:
    outputs = grad_output.shape[1:-1]
    share = grad_output / _inside(op.window, op.shape[1:-1], outputs)
    grad = padded(np.zeros(op.shape), op.window)
    for _, seen in taps(op.window, outputs):
        grad[seen] += share
    return _crop(grad, op.window)


WINDOWS: dict[type[ops.Op], Callable[..., Array | tuple[Array, ...]]] = {
    windows.Convolution: convolution,
    windows.FusedConvolution: fused_convolution,
    windows.ConvolutionMaxPool: convolution_max_pool,
    windows.PointwiseDepthwise: pointwise_depthwise,
    windows.ConvolutionMaxPoolGradient: convolution_max_pool_gradient,
    windows.ConvolutionInputGradient: convolution_input_gradient,
    windows.ConvolutionKernelGradient: convolution_kernel_gradient,
    windows.MaxPool: max_pool,
    windows.MaxPoolGradient: max_pool_gradient,
    windows.MaxUnpool: max_unpool,
    windows.MaxPoolSelect: max_pool_select,
    windows.AveragePool: average_pool,
    windows.AveragePoolGradient: average_pool_gradient,
}
