"""The operations that slide a window, as functions of JAX's arrays.

Convolutions are XLA's own. Each of the two gradients of a convolution is linear in what flows back, so it is asked of
JAX as the transpose of the convolution: XLA then sees a convolution again. What a pooling gives back is written as a
sum over the taps of a window, each of which puts numbers where it has read: padding between and around them, which
XLA joins in one pass.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid.engines.xla.operations import FLOAT32, PRODUCTS, rounded
from pellucid.geometry import Window
from pellucid.graph import ops, windows

Array = Any
Shape = tuple[int, ...]
AXES = "DHW"


def _layout(rank: int) -> tuple[str, str, str]:
    """How the axes of input, kernel and result lie, in XLA's letters."""
    spatial = AXES[-rank:] if rank <= len(AXES) else "".join(chr(ord("a") + axis) for axis in range(rank))
    return f"N{spatial}C", f"{spatial}IO", f"N{spatial}C"


def _convolve(window: Window, groups: int, x: Array, kernel: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x,
        kernel,
        window_strides=window.strides,
        padding=window.padding,
        rhs_dilation=window.dilation,
        dimension_numbers=_layout(window.rank),
        feature_group_count=groups,
        **PRODUCTS,
    )


def convolution(op: windows.Convolution | windows.FusedConvolution, x: Array, kernel: Array) -> Array:
    return _convolve(op.window, op.groups, *rounded(op, x, kernel))


def fused_convolution(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    y = convolution(op, x, kernel) + bias
    return jnp.minimum(jnp.maximum(y, 0.0), op.ceiling) if op.relu else y


def _transposed(function: Callable[[Array], Array], shape: Shape, grad_output: Array) -> Array:
    """What flows back through a linear function of an array of this shape."""
    (grad,) = jax.linear_transpose(function, jax.ShapeDtypeStruct(shape, FLOAT32))(grad_output)
    return grad


def _exactly(op: ops.Product, *factors: Array) -> tuple[Array, ...]:
    """Factors rounded as the operation asks, and float32 again, for products that are transposed."""
    return tuple(x.astype(FLOAT32) for x in rounded(op, *factors))


def convolution_input_gradient(op: windows.ConvolutionInputGradient, grad_output: Array, kernel: Array) -> Array:
    grad_output, kernel = _exactly(op, grad_output, kernel)
    return _transposed(lambda x: _convolve(op.window, op.groups, x, kernel), op.shape, grad_output)


def convolution_kernel_gradient(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    x, grad_output = _exactly(op, x, grad_output)
    return _transposed(lambda kernel: _convolve(op.window, op.groups, x, kernel), op.shape, grad_output)


def _reduced(window: Window, x: Array, start: float, join: Callable[[Array, Array], Array]) -> Array:
    whole = ((0, 0), *window.padding, (0, 0))
    return jax.lax.reduce_window(
        x, np.float32(start), join, (1, *window.size, 1), (1, *window.strides, 1), whole, None, (1, *window.dilation, 1)
    )


def max_pool(op: windows.MaxPool, x: Array) -> Array:
    return _reduced(op.window, x, -np.inf, jax.lax.max)


def _inside(window: Window, spatial: Shape) -> Array:
    """How many taps of each window lie inside the input, (1, windows..., 1)."""
    return _reduced(window, jnp.ones((1, *spatial, 1), FLOAT32), 0.0, jax.lax.add)


def average_pool(op: windows.AveragePool, x: Array) -> Array:
    return _reduced(op.window, x, 0.0, jax.lax.add) / _inside(op.window, x.shape[1:-1])


def _padded(window: Window, x: Array, value: float) -> Array:
    return jnp.pad(x, [(0, 0), *window.padding, (0, 0)], constant_values=value)


def _taps(window: Window) -> Iterator[tuple[int, ...]]:
    """Where each tap of the first window reads the padded input, in row-major order."""
    for tap in itertools.product(*map(range, window.size)):
        yield tuple(k * dilation for k, dilation in zip(tap, window.dilation, strict=True))


def _seen(window: Window, padded: Array, start: tuple[int, ...], counts: Shape) -> Array:
    """What all windows read of a padded input through the tap that starts there."""
    ends = [s + (n - 1) * stride + 1 for s, n, stride in zip(start, counts, window.strides, strict=True)]
    first, last = (0, *start, 0), (padded.shape[0], *ends, padded.shape[-1])
    return jax.lax.slice(padded, first, last, (1, *window.strides, 1))


def _put_back(window: Window, shape: Shape, parts: list[Array]) -> Array:
    """The sum of what each tap gives back to where it has read an input of this shape."""
    total: Array = 0.0
    sizes = [size + sum(sides) for size, sides in zip(shape[1:-1], window.padding, strict=True)]
    for start, part in zip(_taps(window), parts, strict=True):
        spatial = []
        for s, n, stride, size in zip(start, part.shape[1:-1], window.strides, sizes, strict=True):
            spatial.append((s, size - s - (n - 1) * stride - 1, stride - 1))
        total = total + jax.lax.pad(part, np.float32(0.0), [(0, 0, 0), *spatial, (0, 0, 0)])
    inner = tuple(slice(before, size - after) for (before, after), size in zip(window.padding, sizes, strict=True))
    return total[(slice(None), *inner)]


def _places(window: Window, x: Array, counts: Shape) -> tuple[Array, Array]:
    """The largest value of each window, and the number of the first tap that holds it.

    The taps are gone through: who instead compares x with a maximum that another pass has found may find it nowhere,
    see `operations.winners`.
    """
    padded = _padded(window, x, -np.inf)
    for number, start in enumerate(_taps(window)):
        seen = _seen(window, padded, start, counts)
        if number == 0:
            largest, places = seen, jnp.zeros(seen.shape, FLOAT32)
        else:
            places = jnp.where(seen > largest, np.float32(number), places)
            largest = jnp.maximum(seen, largest)
    return largest, places


def max_pool_gradient(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    _, places = _places(op.window, x, y.shape[1:-1])
    return max_unpool(windows.MaxUnpool(op.window, x.shape), places, grad_output)


def max_unpool(op: windows.MaxUnpool, places: Array, grad_output: Array) -> Array:
    parts = [jnp.where(places == number, grad_output, 0.0) for number in range(op.window.taps)]
    return _put_back(op.window, op.shape, parts)


def max_pool_select(op: windows.MaxPoolSelect, x: Array, y: Array, values: Array) -> Array:
    _, places = _places(op.window, x, y.shape[1:-1])
    padded, chosen = _padded(op.window, values, 0.0), jnp.zeros(y.shape, FLOAT32)
    for number, start in enumerate(_taps(op.window)):
        chosen = jnp.where(places == number, _seen(op.window, padded, start, y.shape[1:-1]), chosen)
    return chosen


def average_pool_gradient(op: windows.AveragePoolGradient, grad_output: Array) -> Array:
    share = grad_output / _inside(op.window, op.shape[1:-1])
    return _put_back(op.window, op.shape, [share] * op.window.taps)


def convolution_max_pool(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> tuple[Array, ...]:
    convolved = windows.FusedConvolution(op.window, op.groups, op.relu, op.ceiling, precision=op.precision)
    y = fused_convolution(convolved, x, kernel, bias)
    largest, places = _places(op.pooling, y, op.pooling.output_shape(y.shape[1:-1]))
    return (largest, places) if op.places else (largest,)


def convolution_max_pool_gradient(
    op: windows.ConvolutionMaxPoolGradient, x: Array, places: Array, grad_output: Array, *kernel: Array
) -> tuple[Array, ...]:
    spatial = op.window.output_shape(op.shape[1:-1])
    unpooled = max_unpool(windows.MaxUnpool(op.pooling, (op.shape[0], *spatial, op.kernel[-1])), places, grad_output)
    settings = {"window": op.window, "groups": op.groups, "precision": op.precision}
    of_kernel = windows.ConvolutionKernelGradient(shape=op.kernel, **settings)  # type: ignore[arg-type]
    of_input = windows.ConvolutionInputGradient(shape=op.shape, **settings)  # type: ignore[arg-type]
    return (
        convolution_kernel_gradient(of_kernel, x, unpooled),
        *(convolution_input_gradient(of_input, unpooled, each) for each in kernel),
    )


WINDOWS: dict[type[ops.Op], Callable[..., Array | tuple[Array, ...]]] = {
    windows.Convolution: convolution,
    windows.FusedConvolution: fused_convolution,
    windows.ConvolutionMaxPool: convolution_max_pool,
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
