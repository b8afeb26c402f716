"""Pooling layers that slide a window: the maximum or the mean of each. They learn nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError
from pellucid.geometry import Padding, Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images
from pellucid.layers.layer_options import LayerOptions


class SlidingWindow(Layer):
    """What all share whose window slides over the input, pooling and unpooling: the window's arguments."""

    rank: ClassVar[int]

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: Padding = "valid",
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.pool_size = arguments.per_axis("pool_size", pool_size, self.rank, self.label)
        self.strides = (
            self.pool_size if strides is None else arguments.per_axis("strides", strides, self.rank, self.label)
        )
        self.padding = arguments.padding(padding, self.rank, self.label, ("valid", "same"))
        self.data_format = arguments.data_format(data_format, self.label)
        self._check_amounts()

    def _check_amounts(self) -> None:
        """Every window is to see something of the input, not padding alone."""
        amounts = self.padding if isinstance(self.padding, tuple) else ()
        if any(max(pair) >= size for pair, size in zip(amounts, self.pool_size, strict=False)):
            raise ArgumentError(
                f"{self.label}: amounts of padding must be below the pool size, {self.pool_size}, so that no window "
                f"sees padding alone; got {self.padding}"
            )

    def window(self, spatial: Sequence[int]) -> Window:
        """How the window slides over an input of these spatial sizes."""
        dilation = (1,) * self.rank
        padding = resolve_padding(self.padding, spatial, size=self.pool_size, strides=self.strides, dilation=dilation)
        return Window(self.pool_size, self.strides, dilation, padding)


class WindowedPooling(SlidingWindow):
    """What the windowed pooling layers share; each channel is pooled by itself."""

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Pool each channel."""
        return on_images(inputs, self.rank, self.data_format, lambda x: self.pooled(x, self.window(x.shape[1:-1])))

    def pooled(self, x: Tensor, window: Window) -> Tensor:
        """One number for each window of each channel of x."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")


class _MaxPooling(WindowedPooling):
    def pooled(self, x: Tensor, window: Window) -> Tensor:
        return builder.max_pool(x, window)


class _AveragePooling(WindowedPooling):
    def pooled(self, x: Tensor, window: Window) -> Tensor:
        return builder.average_pool(x, window)


class MaxPooling1D(_MaxPooling):
    """The largest value in each window along one axis.

    y[n, o, c] = max over taps k of x[n, o * stride + k - before, c], for the taps that lie inside the input. The
    gradient goes to the first tap that holds the maximum.

    Arguments are those of `MaxPooling2D`; different are:

    Args:
        pool_size: length of the window [elements], >= 1.
        strides: step of the window [elements], >= 1; the pool size by default.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is shorter than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((6, 1)), layers.MaxPooling1D()])
        >>> model.predict(np.array([1, 5, 3, 2, -4, -1]).reshape(1, 6, 1), verbose=0).ravel().tolist()
        [5.0, 3.0, -1.0]

    Source: keras.layers.MaxPooling1D, https://keras.io/api/layers/pooling_layers/max_pooling1d/
    """

    rank = 1


class MaxPooling2D(_MaxPooling):
    """The largest value in each window over rows and columns.

    y[n, i, j, c] = max over taps (k, l) of x[n, i * stride + k - before, j * stride + l - before, c], each axis with
    its own stride and padding, for the taps that lie inside the input. The gradient goes to the first tap, row by
    row, that holds the maximum.

    Args:
        pool_size: rows and columns of the window [pixels], >= 1; one number counts for both.
        strides: step of the window [pixels], >= 1; the pool size by default.
        padding: "valid" or "same", or amounts: one number for all sides, one per axis, or a pair (before, after) per
            axis, each below the pool size; padding never wins.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.MaxPooling2D()])
        >>> model.predict(np.array([1, 5, 3, 2]).reshape(1, 2, 2, 1), verbose=0).ravel().tolist()
        [5.0]

    Source: keras.layers.MaxPooling2D, https://keras.io/api/layers/pooling_layers/max_pooling2d/
    """

    rank = 2


class MaxPooling3D(_MaxPooling):
    """The largest value in each window over three axes.

    As `MaxPooling2D`, with a depth axis before rows and columns.

    Arguments are those of `MaxPooling2D`; different are:

    Args:
        pool_size: size of the window per axis [voxels], >= 1; one number counts for all.
        strides: step of the window [voxels], >= 1; the pool size by default.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 4, 1)), layers.MaxPooling3D()])
        >>> model.predict(np.arange(16).reshape(1, 2, 2, 4, 1), verbose=0).ravel().tolist()
        [13.0, 15.0]

    Source: keras.layers.MaxPooling3D, https://keras.io/api/layers/pooling_layers/max_pooling3d/
    """

    rank = 3


class AveragePooling1D(_AveragePooling):
    """The mean of each window along one axis.

    y[n, o, c] = mean over taps k of x[n, o * stride + k - before, c], for the taps that lie inside the input.

    Arguments are those of `AveragePooling2D`; different are:

    Args:
        pool_size: length of the window [elements], >= 1.
        strides: step of the window [elements], >= 1; the pool size by default.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is shorter than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((5, 1)), layers.AveragePooling1D(padding="same")])
        >>> model.predict(np.array([1, 5, 3, 2, -4]).reshape(1, 5, 1), verbose=0).ravel().tolist()
        [3.0, 2.5, -4.0]

    Source: keras.layers.AveragePooling1D, https://keras.io/api/layers/pooling_layers/average_pooling1d/
    """

    rank = 1


class AveragePooling2D(_AveragePooling):
    """The mean of each window over rows and columns.

    y[n, i, j, c] = mean over taps (k, l) of x[n, i * stride + k - before, j * stride + l - before, c], each axis with
    its own stride and padding, for the taps that lie inside the input.

    Args:
        pool_size: rows and columns of the window [pixels], >= 1; one number counts for both.
        strides: step of the window [pixels], >= 1; the pool size by default.
        padding: "valid" or "same", or amounts: one number for all sides, one per axis, or a pair (before, after) per
            axis, each below the pool size; padding does not count in the mean.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.AveragePooling2D()])
        >>> model.predict(np.array([1, 5, 3, 3]).reshape(1, 2, 2, 1), verbose=0).ravel().tolist()
        [3.0]

    Source: keras.layers.AveragePooling2D, https://keras.io/api/layers/pooling_layers/average_pooling2d/
    """

    rank = 2


class AveragePooling3D(_AveragePooling):
    """The mean of each window over three axes.

    As `AveragePooling2D`, with a depth axis before rows and columns.

    Arguments are those of `AveragePooling2D`; different are:

    Args:
        pool_size: size of the window per axis [voxels], >= 1; one number counts for all.
        strides: step of the window [voxels], >= 1; the pool size by default.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has too few axes, or is smaller than the window.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 4, 1)), layers.AveragePooling3D()])
        >>> model.predict(np.arange(16).reshape(1, 2, 2, 4, 1), verbose=0).ravel().tolist()
        [6.5, 8.5]

    Source: keras.layers.AveragePooling3D, https://keras.io/api/layers/pooling_layers/average_pooling3d/
    """

    rank = 3
