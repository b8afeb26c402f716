"""The arithmetic of resizing: which input elements an output element is made of, and with what weights.

Output element o lies at (o + 1/2) * inputs / outputs - 1/2 on the input's axis; a kernel says how much each input
element counts by its distance from there, and the weights of an output element are brought to the sum 1.

Source: jax.image.resize (scale_and_translate), by which Keras resizes on JAX; Keys, Cubic convolution interpolation,
IEEE TASSP 1981; Duchon, Lanczos filtering in one and two dimensions, 1979.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder

Array = np.ndarray


def _triangle(distance: Array) -> Array:
    return np.maximum(0.0, 1.0 - distance)


def _cubic(distance: Array) -> Array:
    """Keys's cubic with a = -1/2."""
    near = ((1.5 * distance - 2.5) * distance) * distance + 1.0
    far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0))


def _lanczos(radius: float) -> Callable[[Array], Array]:
    """sinc(x) sinc(x / radius) within the radius."""

    def kernel(distance: Array) -> Array:
        return np.where(distance < radius, np.sinc(distance) * np.sinc(distance / radius), 0.0)

    return kernel


KERNELS: dict[str, Callable[[Array], Array]] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
}
INTERPOLATIONS = ("nearest", *KERNELS)


MOST_PLACES = 2**24  # along an axis that is resized
MOST_WEIGHTS = 2**26  # in the matrix that resizes it


def weights(inputs: int, outputs: int, interpolation: str, *, antialias: bool = False) -> Array:
    """How much each input element counts in each output element, (inputs, outputs).

    Args:
        inputs: length of the axis before.
        outputs: length of the axis after.
        interpolation: one of `KERNELS`.
        antialias: whether the kernel is widened where the axis shrinks, so that every input element counts.

    Example:
        >>> weights(2, 4, "bilinear").T.tolist()
        [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    step = inputs / outputs
    places = (np.arange(outputs) + 0.5) * step - 0.5
    distance = np.abs(places[np.newaxis] - np.arange(inputs)[:, np.newaxis]) / (max(step, 1.0) if antialias else 1.0)
    found = KERNELS[interpolation](distance)
    total = found.sum(axis=0, keepdims=True)
    return np.where(np.abs(total) > 1e-4, found / np.where(total == 0, 1.0, total), 0.0)


def resized(x: Tensor, axis: int, size: int, interpolation: str, *, antialias: bool = False) -> Tensor:
    """x with an axis brought to another length."""
    inputs = x.shape[axis]
    if size == inputs:
        return x
    if size > MOST_PLACES or (interpolation != "nearest" and size * inputs > MOST_WEIGHTS):
        raise ShapeError(f"an axis of {inputs} cannot be resized to {size}: that needs more memory than images have")
    if interpolation == "nearest":
        return builder.gather(x, np.floor((np.arange(size) + 0.5) * inputs / size).astype(np.int64), axis)
    order = [*(i for i in range(x.rank) if i != axis), axis]
    last = builder.transpose(x, order)
    rows = builder.reshape(last, (math.prod(last.shape[:-1]), inputs))
    matrix = builder.literal(x.graph, weights(inputs, size, interpolation, antialias=antialias))
    y = builder.reshape(builder.matmul(rows, matrix), (*last.shape[:-1], size))
    return builder.transpose(y, sorted(range(x.rank), key=order.__getitem__))
