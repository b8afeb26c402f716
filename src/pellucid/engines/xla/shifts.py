"""What the windows of a convolution or a pooling read, tap by tap: an input, padded, shifted and in steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp

from pellucid.geometry import Window

Array = Any
Shape = tuple[int, ...]


def padded(window: Window, x: Array, value: float) -> Array:
    """An input with the padding of a window, of this value, around it."""
    return jnp.pad(x, [(0, 0), *window.padding, (0, 0)], constant_values=value)


def taps(window: Window) -> Iterator[tuple[int, ...]]:
    """Where each tap of the first window reads the padded input, in row-major order."""
    for tap in itertools.product(*map(range, window.size)):
        yield tuple(k * dilation for k, dilation in zip(tap, window.dilation, strict=True))


def seen(window: Window, wide: Array, start: tuple[int, ...], counts: Shape) -> Array:
    """What all windows read of a padded input through the tap that starts there."""
    ends = [s + (n - 1) * stride + 1 for s, n, stride in zip(start, counts, window.strides, strict=True)]
    first, last = (0, *start, 0), (wide.shape[0], *ends, wide.shape[-1])
    return jax.lax.slice(wide, first, last, (1, *window.strides, 1))
