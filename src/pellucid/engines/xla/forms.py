"""Convolutions in the form that XLA runs well on processors.

Some convolutions reach none of its fast kernels there. Each of these has another form, of the same sums: of those that
are fast, or of shifted products. Gradients are the transposes of that form, and so are fast too. Measured on two cores
of a Xeon, JAX 0.10.2, milliseconds of processor time, XLA's own and in the other form:

| convolution | forward | to the input | to the kernel |
|---|---|---|---|
| depthwise 3x3, 8 x 32 x 32 x 64 | 10.5, 0.3 | 10.8, 0.6 | 8.2, 3.3 |
| 3D 3x3x3, 4 x 16^3 x 8 to 16 | 7.8, 0.7 | 15.3, 0.9 | 14.1, 1.8 |
| 8 groups 3x3, 8 x 32 x 32 x 32 | 4.5, 3.5 | 3.6, 3.1 | 224.5, 1.5 |

Transposed convolutions, of one axis too, and dilated ones need none: 0.2 ms in each form where kernels of 32 taps step
by 16, and 2.4 ms for 134 MFLOP. On other devices XLA has other kernels, and convolutions stay its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from pellucid.engines.xla.operations import FLOAT32
from pellucid.engines.xla.shifts import padded, seen, taps
from pellucid.geometry import Window

Array = Any
Shape = tuple[int, ...]
Convolve = Callable[[Window, int, Array, Array], Array]
MOST_TAPS, MOST_GROUPS = 49, 64
"""Beyond, programs would become long: each tap is an operation of its own, and each group a convolution."""


def form_of(own: Convolve, window: Window, groups: int, channels: int, outputs: int) -> Convolve:
    """How a convolution is computed on a processor; `own` where XLA is as fast as it can.

    Args:
        own: XLA's convolution of (window, groups, input, kernel).
        window, groups: of the convolution.
        channels, outputs: of its input and of its result.
    """
    if 1 < groups == channels and window.taps <= MOST_TAPS:
        return partial(_shifted, outputs // groups)
    if 1 < groups <= MOST_GROUPS:
        return partial(_group_by_group, own)
    if groups == 1 and window.rank == 3 and window.taps > 1:
        return partial(_slice_by_slice, own)
    return own


def on_processors(other: Callable[..., Array], own: Callable[..., Array], *operands: Array) -> Array:
    """One function of arrays where the program is compiled for a processor, and one elsewhere."""
    return own(*operands) if other is own else jax.lax.platform_dependent(*operands, cpu=other, default=own)


def _shifted(multiplier: int, window: Window, groups: int, x: Array, kernel: Array) -> Array:
    """A depthwise convolution as a sum over the taps: the input as each tap sees it, times that tap."""
    wide = padded(window, x.astype(FLOAT32), 0.0)
    wide = jnp.repeat(wide, multiplier, axis=-1) if multiplier > 1 else wide
    counts = window.output_shape(x.shape[1:-1])
    flat = kernel.astype(FLOAT32).reshape(window.taps, kernel.shape[-1])
    total: Array = 0.0
    for number, start in enumerate(taps(window)):
        total = total + seen(window, wide, start, counts) * flat[number]
    return total


def _group_by_group(own: Convolve, window: Window, groups: int, x: Array, kernel: Array) -> Array:
    parts = zip(jnp.split(x, groups, axis=-1), jnp.split(kernel, groups, axis=-1), strict=True)
    whole = [form_of(own, window, 1, *each.shape[-2:])(window, 1, part, each) for part, each in parts]
    return jnp.concatenate(whole, axis=-1)


def _slice_by_slice(own: Convolve, window: Window, groups: int, x: Array, kernel: Array) -> Array:
    """A convolution of three axes as one of two: the slices that it sees of the first axis are channels then."""
    (deep, *size), (step, *strides), (apart, *dilation), (ends, *padding) = (
        window.size, window.strides, window.dilation, window.padding,
    )  # fmt: skip
    flat = Window(tuple(size), tuple(strides), tuple(dilation), tuple(padding))
    along = Window((deep, 1, 1), (step, 1, 1), (apart, 1, 1), (ends, (0, 0), (0, 0)))
    counts = along.output_shape(x.shape[1:-1])
    wide = padded(along, x, 0.0)
    stacked = jnp.concatenate([seen(along, wide, start, counts) for start in taps(along)], axis=-1)
    images = stacked.reshape(-1, *counts[1:], deep * x.shape[-1])
    kernels = jnp.moveaxis(kernel, 0, 2).reshape(*size, deep * x.shape[-1], kernel.shape[-1])
    y = own(flat, 1, images, kernels)
    return y.reshape(x.shape[0], counts[0], *y.shape[1:])
