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


RADII = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}
"""How far each kernel reaches."""


def count_of_taps(inputs: int, outputs: int, interpolation: str, *, antialias: bool = False) -> int:
    """How many input elements an output element is made of at most: those under the kernel; see `taps`."""
    reach = math.ceil(RADII[interpolation] * _widened(inputs, outputs, antialias=antialias))
    # What reaches beyond the axis on both sides adds nothing.
    return 2 * min(reach, inputs)


def _widened(inputs: int, outputs: int, *, antialias: bool) -> float:
    return max(inputs / outputs, 1.0) if antialias else 1.0


def taps(inputs: int, outputs: int, interpolation: str, *, antialias: bool = False) -> tuple[Array, Array]:
    """The input elements that each output element is made of, and how much they count: (taps, outputs) each.

    No more than what lies under the kernel, so that memory follows from the lengths and not from their product.

    Args:
        inputs: length of the axis before.
        outputs: length of the axis after.
        interpolation: one of `KERNELS`.
        antialias: whether the kernel is widened where the axis shrinks, so that every input element counts.

    Example:
        >>> places, counts = taps(2, 4, "bilinear")
        >>> places.T.tolist(), counts.T.tolist()
        ([[0, 0], [0, 1], [0, 1], [1, 1]], [[0.0, 1.0], [0.75, 0.25], [0.25, 0.75], [1.0, 0.0]])
    """
    step = inputs / outputs
    width = _widened(inputs, outputs, antialias=antialias)
    reach = count_of_taps(inputs, outputs, interpolation, antialias=antialias) // 2
    centers = (np.arange(outputs) + 0.5) * step - 0.5
    places = np.floor(centers).astype(np.int64) + np.arange(1 - reach, reach + 1)[:, np.newaxis]
    inside = (places >= 0) & (places < inputs)
    found = np.where(inside, KERNELS[interpolation](np.abs(centers - places) / width), 0.0)
    total = found.sum(axis=0)
    counts = np.where(np.abs(total) > 1e-4, found / np.where(total == 0, 1.0, total), 0.0)
    return places.clip(0, inputs - 1), counts


def weights(inputs: int, outputs: int, interpolation: str, *, antialias: bool = False) -> Array:
    """How much each input element counts in each output element, (inputs, outputs); see `taps`.

    Example:
        >>> weights(2, 4, "bilinear").T.tolist()
        [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    places, counts = taps(inputs, outputs, interpolation, antialias=antialias)
    matrix = np.zeros((inputs, outputs))
    np.add.at(matrix, (places, np.arange(outputs)), counts)
    return matrix


def nearest(inputs: int, outputs: int) -> Array:
    """The input element that lies nearest to each output element, (outputs,).

    Example:
        >>> nearest(2, 4).tolist()
        [0, 0, 1, 1]
    """
    return np.floor((np.arange(outputs) + 0.5) * inputs / outputs).astype(np.int64)


def resized_pixels(pixels: Array, size: tuple[int, int], interpolation: str) -> Array:
    """An image in another size; no more than the few pixels under a kernel count, however much it shrinks.

    Args:
        pixels: (rows, columns, channels), of any type: only those that count become float32.
        size: (rows, columns) of the result.
        interpolation: one of `INTERPOLATIONS`.

    Returns:
        float32 (rows, columns, channels).

    Example:
        >>> resized_pixels(np.array([[[0.0], [100.0]]]), (1, 4), "bilinear").ravel().tolist()
        [0.0, 25.0, 75.0, 100.0]
    """
    for axis in (0, 1):
        pixels = _along(pixels, axis, size[axis], interpolation)
    return pixels.astype(np.float32, copy=False)


def _along(pixels: Array, axis: int, size: int, interpolation: str) -> Array:
    inputs = pixels.shape[axis]
    if size == inputs:
        return pixels
    if interpolation == "nearest":
        return pixels.take(nearest(inputs, size), axis)
    places, counts = taps(inputs, size, interpolation)
    form = [-1 if each == axis else 1 for each in range(pixels.ndim)]
    result = np.zeros([size if each == axis else pixels.shape[each] for each in range(pixels.ndim)], np.float32)
    for place, count in zip(places, counts.astype(np.float32), strict=True):
        result += pixels.take(place, axis).astype(np.float32, copy=False) * count.reshape(form)
    return result
