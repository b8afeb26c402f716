"""Pooling layers to a fixed size: the input, however large, is cut into as many windows as outputs are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import ClassVar, Unpack

import numpy as np

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ShapeError
from pellucid.frozen import Frozen
from pellucid.geometry import Window
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import numbered, reserve
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images
from pellucid.layers.layer_options import LayerOptions

MOST_POSITIONS = 2**24  # in the table of windows of one axis: 128 MB


class Cut(Frozen):
    """One axis of `size` elements, cut into `outputs` windows.

    Window i runs from floor(i size / outputs) to ceil((i + 1) size / outputs), exclusive. Neighbours share an element
    where the size is no multiple of the outputs, and their lengths differ by one at most. The bounds are computed in
    whole numbers. Keras 3.15 on JAX takes float32, in which 4 * 7 / 7 exceeds 4, so for some numbers of outputs (7, 13,
    14, 15, 26, 28 and 30 are those up to 40) its windows have an element too many.
    """

    size: int
    outputs: int

    @property
    def is_even(self) -> bool:
        """Whether all windows have one length and none shares an element."""
        return self.size % self.outputs == 0

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """First element of each window, and the first behind it."""
        if self.size + 2 * self.outputs > MOST_POSITIONS:
            raise ShapeError(
                f"an axis of {self.size} elements cannot be cut into {self.outputs} windows of different lengths: "
                f"the table of windows would be too large; use an output_size that divides {self.size}"
            )
        number = numbered(self.outputs)
        return number * self.size // self.outputs, -(-(number + 1) * self.size // self.outputs)

    def counts(self) -> np.ndarray:
        """Elements of each window."""
        starts, ends = self.bounds()
        return ends - starts

    def longest(self) -> int:
        """Elements of the longest window."""
        return self.size // self.outputs if self.is_even else int(self.counts().max())

    def positions(self, *, fill_with_last: bool) -> np.ndarray:
        """The elements of all windows one after the other, each filled up to the longest.

        What is missing is the window's last element once more, or -1, nowhere.
        """
        starts, ends = self.bounds()
        reserve(16 * self.outputs * self.longest())
        wanted = starts[:, None] + np.arange(self.longest())
        return np.where(wanted < ends[:, None], wanted, ends[:, None] - 1 if fill_with_last else -1).ravel()


class _AdaptivePooling(Layer):
    rank: ClassVar[int]

    def __init__(
        self, output_size: int | Sequence[int], data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.output_size = arguments.per_axis("output_size", output_size, self.rank, self.label)
        self.data_format = arguments.data_format(data_format, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Pool each channel."""
        return on_images(inputs, self.rank, self.data_format, self._cut_and_pooled)

    def _cut_and_pooled(self, x: Tensor) -> Tensor:
        return self.pooled(x, [Cut(*pair) for pair in zip(x.shape[1:-1], self.output_size, strict=True)])

    def pooled(self, x: Tensor, cuts: list[Cut]) -> Tensor:
        """One number for each window of each channel of x."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")


def _side_by_side(x: Tensor, cuts: list[Cut], *, fill_with_last: bool) -> Tensor:
    """x with the windows of each axis one after the other, all of the longest's length."""
    for axis, cut in enumerate(cuts, start=1):
        if not cut.is_even:
            x = builder.gather(x, cut.positions(fill_with_last=fill_with_last), axis)
    return x


def _tiles(cuts: list[Cut]) -> Window:
    """Windows that lie side by side, as long as the longest of each axis."""
    size = tuple(cut.longest() for cut in cuts)
    return Window(size, size, (1,) * len(cuts), ((0, 0),) * len(cuts))


def largest(x: Tensor, cuts: list[Cut]) -> Tensor:
    """The largest value of each channel in each window."""
    return builder.max_pool(_side_by_side(x, cuts, fill_with_last=True), _tiles(cuts))


def average(x: Tensor, cuts: list[Cut]) -> Tensor:
    """The mean of each channel in each window."""
    if all(cut.is_even for cut in cuts):
        return builder.average_pool(x, _tiles(cuts))
    wide = _side_by_side(x, cuts, fill_with_last=False)
    split = [size for cut in cuts for size in (cut.outputs, cut.longest())]
    blocks = builder.reshape(wide, (x.shape[0], *split, x.shape[-1]))
    total = builder.reduce_sum(blocks, range(2, blocks.rank - 1, 2))
    return total / reduce(mul, _counts(x, cuts))


def _counts(x: Tensor, cuts: list[Cut]) -> list[Tensor]:
    """Per axis, how many elements each window has, so shaped that their product broadcasts to all windows."""
    return [
        x.graph.constant(cut.longest())
        if cut.is_even
        else builder.literal(x.graph, cut.counts().reshape(-1, *(1,) * (len(cuts) - axis)))
        for axis, cut in enumerate(cuts)
    ]


class _AdaptiveMaxPooling(_AdaptivePooling):
    def pooled(self, x: Tensor, cuts: list[Cut]) -> Tensor:
        return largest(x, cuts)


class _AdaptiveAveragePooling(_AdaptivePooling):
    def pooled(self, x: Tensor, cuts: list[Cut]) -> Tensor:
        return average(x, cuts)


class AdaptiveAveragePooling1D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows along one axis, however long the input is.

    y[n, o, c] = mean of x[n, i, c] for i from floor(o * length / output_size) to ceil((o + 1) * length / output_size),
    exclusive. Where the output size does not divide the length, neighbouring windows share an element.

    Arguments are those of `AdaptiveAveragePooling2D`; different are:

    Args:
        output_size: length of the result [elements], >= 1; it may exceed that of the input.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((None, 1)), layers.AdaptiveAveragePooling1D(3)])
        >>> model.predict(np.array([1, 5, 3, 4, 6]).reshape(1, 5, 1), verbose=0).ravel().tolist()
        [3.0, 4.0, 5.0]

    Source: keras.layers.AdaptiveAveragePooling1D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveAvgPool1d.
    """

    rank = 1


class AdaptiveAveragePooling2D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows over rows and columns, however large the input is.

    A window is the product of one along each axis, cut as `AdaptiveAveragePooling1D` says.

    Args:
        output_size: rows and columns of the result [pixels], >= 1; one number counts for both.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((None, None, 1)), layers.AdaptiveAveragePooling2D((1, 2))])
        >>> model.predict(np.arange(12).reshape(1, 2, 6, 1), verbose=0).ravel().tolist()
        [4.0, 7.0]

    Source: keras.layers.AdaptiveAveragePooling2D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveAvgPool2d.
    """

    rank = 2


class AdaptiveAveragePooling3D(_AdaptiveAveragePooling):
    """The mean of each of `output_size` windows over three axes, however large the input is.

    A window is the product of one along each axis, cut as `AdaptiveAveragePooling1D` says.

    Arguments are those of `AdaptiveAveragePooling2D`; different are:

    Args:
        output_size: size of the result per axis [voxels], >= 1; one number counts for all.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((None, 9, 8, 3)), layers.AdaptiveAveragePooling3D(2)]).output_shape
        (None, 2, 2, 2, 3)

    Source: keras.layers.AdaptiveAveragePooling3D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveAvgPool3d.
    """

    rank = 3


class AdaptiveMaxPooling1D(_AdaptiveMaxPooling):
    """The largest value in each of `output_size` windows along one axis, however long the input is.

    y[n, o, c] = max of x[n, i, c] for i from floor(o * length / output_size) to ceil((o + 1) * length / output_size),
    exclusive. Where the output size does not divide the length, neighbouring windows share an element. The gradient
    goes to the first element that holds the maximum.

    Arguments are those of `AdaptiveMaxPooling2D`; different are:

    Args:
        output_size: length of the result [elements], >= 1; it may exceed that of the input.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((None, 1)), layers.AdaptiveMaxPooling1D(3)])
        >>> model.predict(np.array([1, 5, 3, 2, 4]).reshape(1, 5, 1), verbose=0).ravel().tolist()
        [5.0, 5.0, 4.0]

    Source: keras.layers.AdaptiveMaxPooling1D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveMaxPool1d.
    """

    rank = 1


class AdaptiveMaxPooling2D(_AdaptiveMaxPooling):
    """The largest value in each of `output_size` windows over rows and columns, however large the input is.

    A window is the product of one along each axis, cut as `AdaptiveMaxPooling1D` says. The gradient goes to the first
    element, row by row, that holds the maximum, as in `MaxPooling2D` and PyTorch (in Keras it depends on the backend).

    Args:
        output_size: rows and columns of the result [pixels], >= 1; one number counts for both.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((None, None, 1)), layers.AdaptiveMaxPooling2D((1, 2))])
        >>> model.predict(np.arange(12).reshape(1, 2, 6, 1), verbose=0).ravel().tolist()
        [8.0, 11.0]

    Source: keras.layers.AdaptiveMaxPooling2D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveMaxPool2d.
    """

    rank = 2


class AdaptiveMaxPooling3D(_AdaptiveMaxPooling):
    """The largest value in each of `output_size` windows over three axes, however large the input is.

    As `AdaptiveMaxPooling2D`, with a depth axis before rows and columns.

    Arguments are those of `AdaptiveMaxPooling2D`; different are:

    Args:
        output_size: size of the result per axis [voxels], >= 1; one number counts for all.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((None, 9, 8, 3)), layers.AdaptiveMaxPooling3D(2)]).output_shape
        (None, 2, 2, 2, 3)

    Source: keras.layers.AdaptiveMaxPooling3D, https://keras.io/api/layers/pooling_layers/; the windows are those of
        torch.nn.AdaptiveMaxPool3d.
    """

    rank = 3
