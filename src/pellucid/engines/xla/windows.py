"""The operations that slide a window, as functions of JAX's arrays.

Convolutions are XLA's own, but for those that it computes slowly on processors (`forms`). Each of the two gradients of
a convolution is linear in what flows back, so it is asked of JAX as the transpose of the convolution: XLA then sees a
convolution again. What a pooling gives back is written as a sum over the taps of a window, each of which puts numbers
where it has read: padding between and around them, which XLA joins in one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid.engines.xla.forms import form_of, on_processors
from pellucid.engines.xla.operations import FLOAT32, PRODUCTS, rounded
from pellucid.engines.xla.shifts import padded, seen, taps
from pellucid.geometry import Window
from pellucid.graph import ops, windows

Array = Any
Shape = tuple[int, ...]
AXES = "DHW"
_Convolve = Callable[[Array, Array], Array]
_OfWindow = (
    windows.Convolution
    | windows.FusedConvolution
    | windows.ConvolutionInputGradient
    | windows.ConvolutionKernelGradient
)


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
    own, other = _forms(op, x.shape[-1], kernel.shape[-1])
    return on_processors(other, own, *rounded(op, x, kernel))


def fused_convolution(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    y = convolution(op, x, kernel) + bias
    return jnp.minimum(jnp.maximum(y, 0.0), op.ceiling) if op.relu else y


def _forms(op: _OfWindow, channels: int, outputs: int) -> tuple[_Convolve, _Convolve]:
    """A convolution of (input, kernel): XLA's own, and how it is computed on processors."""
    forms = _convolve, form_of(_convolve, op.window, op.groups, channels, outputs)
    own, other = (partial(form, op.window, op.groups) for form in forms)
    return own, own if forms[0] is forms[1] else other


def _transposed(function: Callable[[Array], Array], shape: Shape, grad_output: Array) -> Array:
    """What flows back through a linear function of an array of this shape."""
    (grad,) = jax.linear_transpose(function, jax.ShapeDtypeStruct(shape, FLOAT32))(grad_output)
    return grad


def _exactly(op: ops.Product, *factors: Array) -> tuple[Array, ...]:
    """Factors rounded as the operation asks, and float32 again, for products that are transposed."""
    return tuple(x.astype(FLOAT32) for x in rounded(op, *factors))


def convolution_input_gradient(op: windows.ConvolutionInputGradient, grad_output: Array, kernel: Array) -> Array:
    def gradient(form: _Convolve) -> _Convolve:
        return lambda grad, kernel: _transposed(lambda x: form(x, kernel), op.shape, grad)

    own, other = _forms(op, op.shape[-1], kernel.shape[-1])
    return _of_either(gradient, own, other, *_exactly(op, grad_output, kernel))


def convolution_kernel_gradient(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    def gradient(form: _Convolve) -> _Convolve:
        return lambda x, grad: _transposed(lambda kernel: form(x, kernel), op.shape, grad)

    own, other = _forms(op, x.shape[-1], op.shape[-1])
    return _of_either(gradient, own, other, *_exactly(op, x, grad_output))


def _of_either(gradient: Callable[[_Convolve], _Convolve], own: _Convolve, other: _Convolve, *given: Array) -> Array:
    of_own = gradient(own)
    return on_processors(of_own if own is other else gradient(other), of_own, *given)


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


def _put_back(window: Window, shape: Shape, parts: list[Array]) -> Array:
    """The sum of what each tap gives back to where it has read an input of this shape."""
    total: Array = 0.0
    sizes = [size + sum(sides) for size, sides in zip(shape[1:-1], window.padding, strict=True)]
    for start, part in zip(taps(window), parts, strict=True):
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
    wide = padded(window, x, -np.inf)
    for number, start in enumerate(taps(window)):
        now = seen(window, wide, start, counts)
        if number == 0:
            largest, places = now, jnp.zeros(now.shape, FLOAT32)
        else:
            places = jnp.where(now > largest, np.float32(number), places)
            largest = jnp.maximum(now, largest)
    return largest, places


def max_pool_gradient(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    _, places = _places(op.window, x, y.shape[1:-1])
    return max_unpool(windows.MaxUnpool(op.window, x.shape), places, grad_output)


def max_unpool(op: windows.MaxUnpool, places: Array, grad_output: Array) -> Array:
    parts = [jnp.where(places == number, grad_output, 0.0) for number in range(op.window.taps)]
    return _put_back(op.window, op.shape, parts)


def max_pool_select(op: windows.MaxPoolSelect, x: Array, y: Array, values: Array) -> Array:
    _, places = _places(op.window, x, y.shape[1:-1])
    wide, chosen = padded(op.window, values, 0.0), jnp.zeros(y.shape, FLOAT32)
    for number, start in enumerate(taps(op.window)):
        chosen = jnp.where(places == number, seen(op.window, wide, start, y.shape[1:-1]), chosen)
    return chosen


def average_pool_gradient(op: windows.AveragePoolGradient, grad_output: Array) -> Array:
    share = grad_output / _inside(op.window, op.shape[1:-1])
    return _put_back(op.window, op.shape, [share] * op.window.taps)


def convolution_max_pool(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> tuple[Array, ...]:
    convolved = windows.FusedConvolution(op.window, op.groups, op.relu, op.ceiling, precision=op.precision)
    y = fused_convolution(convolved, x, kernel, bias)
    largest, places = _places(op.pooling, y, op.pooling.output_shape(y.shape[1:-1]))
    return (largest, places) if op.places else (largest,)


def pointwise_depthwise(
    op: windows.PointwiseDepthwise, x: Array, kernel: Array, bias: Array, deep_kernel: Array, deep_bias: Array
) -> Array:
    return fused_convolution(op.depthwise, fused_convolution(op.pointwise, x, kernel, bias), deep_kernel, deep_bias)


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
