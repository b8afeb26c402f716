"""Layers that bring data into a form which is the same for all: normalised by what was measured, cut to the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.checks import LARGEST, axes, is_number, number
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.boxes import cut_and_resized, scaled
from pellucid.layers.channels import on_images
from pellucid.layers.images import ImageLayer
from pellucid.layers.layer_options import ImageOptions, LayerOptions
from pellucid.layers.resizing import in_proportion, resized

EPSILON = 1e-7


class Normalization(Layer):
    """Numbers of mean 0 and variance 1: (x - mean) / sqrt(variance), as measured by `adapt` or given.

    Args:
        axis: the axes along which each place has a mean of its own, by default the last; None for one mean of all.
        mean: given instead of measured, together with the variance.
        variance: likewise.
        invert: whether to go back, from normalised numbers to the measured ones.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: only one of mean and variance is given, or they are of different shapes, or not of that of the
            axes.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Normalization()
        >>> layer.adapt([[0.0, 10.0], [2.0, 30.0]])
        >>> layer([[1.0, 30.0]]).tolist()
        [[0.0, 1.0]]

    Source: keras.layers.Normalization.
    """

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        found = [] if axis is None or (isinstance(axis, list | tuple) and not axis) else axes(self.label, "axis", axis)
        self.axis = [found] if isinstance(found, int) else found
        self.mean, self.variance = self._given("mean", mean), self._given("variance", variance)
        self.invert = arguments.flag("invert", invert, self.label)
        if (mean is None) != (variance is None):
            raise ArgumentError(f"{self.label}: mean and variance are given together, or both measured by adapt()")
        if mean is not None and _array(self.mean).shape != _array(self.variance).shape:
            raise ArgumentError(f"{self.label}: mean and variance must be of one shape")

    def _given(self, name: str, value: Any) -> float | list[Any] | None:
        if value is None or is_number(value):
            return None if value is None else number(self.label, name, value, 0.0 if name == "variance" else -LARGEST)
        try:
            array = array_of(value)
        except NoNumbers as error:
            raise ArgumentTypeError(f"{self.label}: {name} must be numbers, got {error}") from error
        if (
            array.dtype.kind not in "fiu"
            or not (np.abs(array) <= LARGEST).all()
            or (name == "variance" and (array < 0).any())
        ):
            raise ArgumentError(
                f"{self.label}: {name} must be finite numbers that float32 can hold, got {shown(value)}"
            )
        plain: float | list[Any] = array.astype(np.float64).tolist()
        return plain

    def kept(self, rank: int) -> tuple[int, ...]:
        """The axes along which there are means, in order."""
        if any(not -rank <= each < rank for each in self.axis):
            raise ShapeError(f"{self.label}: axis={shown(self.axis)} is not among the {rank} axes of the input")
        return tuple(sorted(each % rank for each in self.axis))

    def build(self, input_shape: SymbolicShape) -> None:
        """Mean and variance, as they are before `adapt`."""
        sizes = tuple(input_shape[axis] for axis in self.kept(len(input_shape)))
        if None in sizes:
            raise ShapeError(f"{self.label}: the axes {self.axis} of the input {input_shape} must have known sizes")
        shape = tuple(size for size in sizes if size is not None)
        if self.mean is not None:
            self._fits(shape)
            return
        self.adapted_mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.adapted_variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")
        self.adapted_count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def _fits(self, shape: tuple[int, ...]) -> None:
        given = _array(self.mean).shape
        try:
            fits = np.broadcast_shapes(given, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ArgumentError(
                f"{self.label}: mean and variance are of shape {given}, the axes {self.axis} of {shape}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        """Subtract and divide, or multiply and add."""
        kept = self.kept(inputs.rank)
        form = tuple(size if axis in kept else 1 for axis, size in enumerate(inputs.shape))
        if self.mean is None:
            mean = builder.reshape(self.adapted_mean.tensor(inputs.graph), form)
            deviation = builder.sqrt(builder.reshape(self.adapted_variance.tensor(inputs.graph), form))
        else:
            shape = tuple(inputs.shape[axis] for axis in kept)
            mean, deviation = (
                builder.literal(inputs.graph, np.broadcast_to(values, shape).reshape(form))
                for values in (_array(self.mean), np.sqrt(_array(self.variance)))
            )
        deviation = builder.maximum(deviation, EPSILON)
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation

    def adapt(self, data: Any) -> None:
        """Measure mean and variance.

        Args:
            data: an array; or batches of arrays that can be gone through, of which x is taken where they are (x, y).

        Raises:
            ArgumentError: mean and variance were given, or the data are neither an array nor batches.
            DataError: there are no samples, or they do not fit.
        """
        if self.mean is not None:
            raise ArgumentError(f"{self.label}: its mean and variance were given, so there is nothing to measure")
        total: np.ndarray | None = None
        for batch in _batches(self.label, data):
            values = _numbers(self.label, batch)
            if total is None and not self.built:
                self.ensure_built((None, *values.shape[1:]))
            total = _merged(total, _measured(values, self.kept(values.ndim)), self.label)
        if total is None or not total[0].flat[0]:
            raise DataError(f"{self.label}: adapt() got no samples")
        count, mean, squares = total
        self.adapted_mean.assign(mean)
        self.adapted_variance.assign(squares / count)


def _array(values: float | list[Any] | None) -> np.ndarray:
    return np.asarray(values, np.float64)


def _batches(label: str, data: Any) -> Any:
    if isinstance(data, list | tuple):  # of numbers, or of batches
        is_array = bool(data) and not all(isinstance(each, tuple) or hasattr(each, "shape") for each in data)
    else:
        is_array = hasattr(data, "__array__") or isinstance(data, memoryview)
        if not is_array and (isinstance(data, str | bytes) or not _can_be_gone_through(data)):
            raise ArgumentTypeError(f"{label}: adapt() takes an array, or batches to go through, got {shown(data)}")
    return [data] if is_array else (batch[0] if isinstance(batch, tuple) else batch for batch in data)


def _can_be_gone_through(data: Any) -> bool:
    try:
        iter(data)
    except Exception:  # whatever an object of a user's own says that holds no batches
        return False
    return True


def _numbers(label: str, batch: Any) -> np.ndarray:
    try:
        values = array_of(batch)
    except NoNumbers as error:
        raise DataError(f"{label}: adapt() takes numbers, got {error}") from error
    return values.astype(np.float64)


def _measured(values: np.ndarray, kept: tuple[int, ...]) -> np.ndarray:
    """Numbers, mean and sum of squared differences from it, for each place along the axes that are kept."""
    others = tuple(axis for axis in range(values.ndim) if axis not in kept)
    mean = values.mean(axis=others)
    count = values.size // max(int(np.prod(mean.shape)), 1)
    return np.stack([np.full(mean.shape, float(count)), mean, values.var(axis=others) * count])


def _merged(total: np.ndarray | None, part: np.ndarray, label: str) -> np.ndarray:
    """What was measured of two parts, of both together (Chan, Golub and LeVeque, 1979)."""
    if total is None:
        return part
    if total.shape != part.shape:
        raise DataError(f"{label}: adapt() got batches of different shapes")
    (n, mean, squares), (m, other, further) = total, part
    apart = other - mean
    return np.stack([n + m, mean + apart * m / (n + m), squares + further + apart**2 * n * m / (n + m)])


class CenterCrop(ImageLayer):
    """The middle of images; where one is smaller, its middle in those proportions is resized.

    Args:
        height: rows of the result.
        width: columns of the result.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layers.CenterCrop(1, 2)(np.arange(4.0).reshape(1, 1, 4, 1)).ravel().tolist()
        [1.0, 2.0]

    Source: keras.layers.CenterCrop.
    """

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **options: Unpack[ImageOptions]
    ) -> None:
        super().__init__(**options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)
        self.data_format = arguments.data_format(data_format, self.label)

    def of_images(self, x: Tensor) -> Tensor:
        """Cut out, or resize."""
        return on_images(x, 2, self.data_format, lambda images: self._cut(images, "bilinear"))

    def of_masks(self, x: Tensor) -> Tensor:
        """Likewise, but by the nearest pixel: numbers of masks are classes."""
        return on_images(x, 2, self.data_format, lambda masks: self._cut(masks, "nearest"))

    def size_after(self, rows: int, columns: int) -> tuple[int, int]:
        """Those of the result."""
        return self.height, self.width

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """Seen from the corner of the piece, and resized with it."""
        _, rows, columns, _ = x.shape
        if rows < self.height or columns < self.width:
            return cut_and_resized(corners, x, self.height, self.width)
        return scaled(corners, ((rows - self.height) // 2, (columns - self.width) // 2), (1.0, 1.0))

    def _cut(self, x: Tensor, interpolation: str) -> Tensor:
        _, rows, columns, _ = x.shape
        if rows < self.height or columns < self.width:
            x = in_proportion(x, self.height, self.width)
            return resized(resized(x, 1, self.height, interpolation), 2, self.width, interpolation)
        top, left = (rows - self.height) // 2, (columns - self.width) // 2
        x = builder.slice_axis(x, 1, top, top + self.height)
        return builder.slice_axis(x, 2, left, left + self.width)
