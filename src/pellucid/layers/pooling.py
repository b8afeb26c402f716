"""Pooling layers: the maximum or the mean of each window, or of a whole feature map. They learn nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.geometry import Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer, LayerOptions
from pellucid.layers.channels import on_images
from pellucid.layers.symbolic import SymbolicShape


class _Pooling(Layer):
    """What the windowed pooling layers share; each channel is pooled by itself."""

    rank: ClassVar[int]

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.pool_size = arguments.per_axis("pool_size", pool_size, self.rank, self.label)
        self.strides = (
            self.pool_size if strides is None else arguments.per_axis("strides", strides, self.rank, self.label)
        )
        self.padding = arguments.one_of("padding", padding, ("valid", "same"), self.label)
        self.data_format = arguments.data_format(data_format, self.label)

    def window(self, spatial: Sequence[int]) -> Window:
        """How the window slides over an input of these spatial sizes."""
        dilation = (1,) * self.rank
        padding = resolve_padding(self.padding, spatial, size=self.pool_size, strides=self.strides, dilation=dilation)
        return Window(self.pool_size, self.strides, dilation, padding)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Pool each channel."""
        return on_images(inputs, self.rank, self.data_format, lambda x: self.pooled(x, self.window(x.shape[1:-1])))

    def pooled(self, x: Tensor, window: Window) -> Tensor:
        """One number for each window of each channel of x."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")


class _MaxPooling(_Pooling):
    def pooled(self, x: Tensor, window: Window) -> Tensor:
        return builder.max_pool(x, window)


class _AveragePooling(_Pooling):
    def pooled(self, x: Tensor, window: Window) -> Tensor:
        return builder.average_pool(x, window)


class MaxPooling1D(_MaxPooling):
    """The largest value in each window along one axis.

    Args:
        pool_size: length of the window [elements], >= 1.
        strides: step of the window [elements]; the pool size by default.
        padding: "valid" or "same"; padding never wins.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 3)), layers.MaxPooling1D()]).output_shape
        (None, 5, 3)

    Source: keras.layers.MaxPooling1D, https://keras.io/api/layers/pooling_layers/max_pooling1d/
    """

    rank = 1


class MaxPooling2D(_MaxPooling):
    """The largest value in each window over rows and columns.

    Args:
        pool_size: rows and columns of the window [pixels]; one number counts for both.
        strides: step of the window [pixels]; the pool size by default.
        padding: "valid" or "same"; padding never wins.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

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

    Args:
        pool_size: size of the window per axis [voxels]; one number counts for all.
        strides: step of the window [voxels]; the pool size by default.
        padding: "valid" or "same"; padding never wins.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((8, 8, 8, 2)), layers.MaxPooling3D()]).output_shape
        (None, 4, 4, 4, 2)

    Source: keras.layers.MaxPooling3D, https://keras.io/api/layers/pooling_layers/max_pooling3d/
    """

    rank = 3


class AveragePooling1D(_AveragePooling):
    """The mean of each window along one axis.

    Args:
        pool_size: length of the window [elements], >= 1.
        strides: step of the window [elements]; the pool size by default.
        padding: "valid" or "same"; padding does not count in the mean.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 3)), layers.AveragePooling1D()]).output_shape
        (None, 5, 3)

    Source: keras.layers.AveragePooling1D, https://keras.io/api/layers/pooling_layers/average_pooling1d/
    """

    rank = 1


class AveragePooling2D(_AveragePooling):
    """The mean of each window over rows and columns.

    Args:
        pool_size: rows and columns of the window [pixels]; one number counts for both.
        strides: step of the window [pixels]; the pool size by default.
        padding: "valid" or "same"; padding does not count in the mean.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

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

    Args:
        pool_size: size of the window per axis [voxels]; one number counts for all.
        strides: step of the window [voxels]; the pool size by default.
        padding: "valid" or "same"; padding does not count in the mean.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((8, 8, 8, 2)), layers.AveragePooling3D()]).output_shape
        (None, 4, 4, 4, 2)

    Source: keras.layers.AveragePooling3D, https://keras.io/api/layers/pooling_layers/average_pooling3d/
    """

    rank = 3


class _GlobalPooling(Layer):
    """What the global pooling layers share: one number per channel, from the whole feature map."""

    rank: ClassVar[int]

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.data_format = arguments.data_format(data_format, self.label)
        self.keepdims = arguments.flag("keepdims", keepdims, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the number of axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Pool each channel to one number."""
        return on_images(inputs, self.rank, self.data_format, self._shaped)

    def _shaped(self, x: Tensor) -> Tensor:
        y = self.pooled(x)
        return y if self.keepdims else builder.reshape(y, (y.shape[0], y.shape[-1]))

    def pooled(self, x: Tensor) -> Tensor:
        """One number per channel of x, with the spatial axes kept at size 1."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")


class _GlobalMaxPooling(_GlobalPooling):
    def pooled(self, x: Tensor) -> Tensor:
        return builder.reduce_max(x, range(1, x.rank - 1), keepdims=True)


class _GlobalAveragePooling(_GlobalPooling):
    def pooled(self, x: Tensor) -> Tensor:
        return builder.reduce_mean(x, range(1, x.rank - 1), keepdims=True)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The largest value of each channel along the axis: (batch, length, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axis, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 3)), layers.GlobalMaxPooling1D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalMaxPooling1D, https://keras.io/api/layers/pooling_layers/global_max_pooling1d/
    """

    rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The largest value of each feature map: (batch, rows, columns, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((6, 6, 3)), layers.GlobalMaxPooling2D(keepdims=True)]).output_shape
        (None, 1, 1, 3)

    Source: keras.layers.GlobalMaxPooling2D, https://keras.io/api/layers/pooling_layers/global_max_pooling2d/
    """

    rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The largest value of each volume: (batch, depth, rows, columns, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4, 6, 6, 3)), layers.GlobalMaxPooling3D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalMaxPooling3D, https://keras.io/api/layers/pooling_layers/global_max_pooling3d/
    """

    rank = 3


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel along the axis: (batch, length, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axis, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 3)), layers.GlobalAveragePooling1D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalAveragePooling1D, https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
    """

    rank = 1


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each feature map: (batch, rows, columns, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((6, 6, 3)), layers.GlobalAveragePooling2D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalAveragePooling2D, https://keras.io/api/layers/pooling_layers/global_average_pooling2d/
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each volume: (batch, depth, rows, columns, channels) gives (batch, channels).

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4, 6, 6, 3)), layers.GlobalAveragePooling3D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalAveragePooling3D, https://keras.io/api/layers/pooling_layers/global_average_pooling3d/
    """

    rank = 3
