"""Pooling layers that reduce each feature map to one number: its maximum or its mean. They learn nothing."""

from __future__ import annotations

from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images
from pellucid.layers.layer_options import LayerOptions


class GlobalPooling(Layer):
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
        y = self.pooled(x, range(1, x.rank - 1))
        return y if self.keepdims else builder.reshape(y, (y.shape[0], y.shape[-1]))

    def pooled(self, x: Tensor, axes: range) -> Tensor:
        """One number per channel of x, with the spatial axes kept at size 1."""
        raise TypeError(f"{type(self).__name__} does not say how it pools")


class _GlobalMaxPooling(GlobalPooling):
    def pooled(self, x: Tensor, axes: range) -> Tensor:
        return builder.reduce_max(x, axes, keepdims=True)


class _GlobalAveragePooling(GlobalPooling):
    def pooled(self, x: Tensor, axes: range) -> Tensor:
        return builder.reduce_mean(x, axes, keepdims=True)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The largest value of each channel along the axis: (batch, length, channels) gives (batch, channels).

    y[n, c] = max over i of x[n, i, c]. Equal maxima share the gradient, as in Keras on JAX.

    Arguments are those of `GlobalMaxPooling2D`; different are:

    Args:
        keepdims: keep the pooled axis, with size 1.

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 1)), layers.GlobalMaxPooling1D()])
        >>> model.predict(np.array([1, 5, 3, 2]).reshape(1, 4, 1), verbose=0).tolist()
        [[5.0]]

    Source: keras.layers.GlobalMaxPooling1D, https://keras.io/api/layers/pooling_layers/global_max_pooling1d/
    """

    rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The largest value of each feature map: (batch, rows, columns, channels) gives (batch, channels).

    y[n, c] = max over i, j of x[n, i, j, c]. Equal maxima share the gradient, as in Keras on JAX.

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 2)), layers.GlobalMaxPooling2D(keepdims=True)])
        >>> model.predict(np.arange(8).reshape(1, 2, 2, 2), verbose=0).tolist()
        [[[[6.0, 7.0]]]]

    Source: keras.layers.GlobalMaxPooling2D, https://keras.io/api/layers/pooling_layers/global_max_pooling2d/
    """

    rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The largest value of each volume: (batch, depth, rows, columns, channels) gives (batch, channels).

    As `GlobalMaxPooling2D`, with a depth axis before rows and columns.

    Arguments are those of `GlobalMaxPooling2D`.

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4, 6, 6, 3)), layers.GlobalMaxPooling3D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalMaxPooling3D, https://keras.io/api/layers/pooling_layers/global_max_pooling3d/
    """

    rank = 3


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel along the axis: (batch, length, channels) gives (batch, channels).

    y[n, c] = mean over i of x[n, i, c].

    Arguments are those of `GlobalAveragePooling2D`; different are:

    Args:
        keepdims: keep the pooled axis, with size 1.

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4, 1)), layers.GlobalAveragePooling1D()])
        >>> model.predict(np.array([1, 5, 4, 2]).reshape(1, 4, 1), verbose=0).tolist()
        [[3.0]]

    Source: keras.layers.GlobalAveragePooling1D, https://keras.io/api/layers/pooling_layers/global_average_pooling1d/
    """

    rank = 1


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each feature map: (batch, rows, columns, channels) gives (batch, channels).

    y[n, c] = mean over i, j of x[n, i, j, c].

    Args:
        data_format: "channels_last", the default, or "channels_first".
        keepdims: keep the pooled axes, with size 1.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 2, 2)), layers.GlobalAveragePooling2D()])
        >>> model.predict(np.arange(8).reshape(1, 2, 2, 2), verbose=0).tolist()
        [[3.0, 4.0]]

    Source: keras.layers.GlobalAveragePooling2D, https://keras.io/api/layers/pooling_layers/global_average_pooling2d/
    """

    rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each volume: (batch, depth, rows, columns, channels) gives (batch, channels).

    As `GlobalAveragePooling2D`, with a depth axis before rows and columns.

    Arguments are those of `GlobalAveragePooling2D`.

    Raises:
        ArgumentError: an argument is unknown or of the wrong type.
        ShapeError: the input has too few axes.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4, 6, 6, 3)), layers.GlobalAveragePooling3D()]).output_shape
        (None, 3)

    Source: keras.layers.GlobalAveragePooling3D, https://keras.io/api/layers/pooling_layers/global_average_pooling3d/
    """

    rank = 3
