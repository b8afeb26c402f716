"""Unpooling layers: values go back to the places that a max pooling took its maxima from."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch.arrangement import ONE, Arrangement
from pellucid.dispatch.symbolic import InputShape, SymbolicShape
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder, windows
from pellucid.layers import arguments
from pellucid.layers.channels import to_channels_last, to_format
from pellucid.layers.windowed_pooling import SlidingWindow


class _MaxUnpooling(SlidingWindow):
    joins = True

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks the shapes."""
        self._matched(input_shape)

    def _inferred(self, shape: InputShape) -> tuple[Arrangement, list[Any]]:
        """That of x. Open sizes are not tried out, as they are elsewhere: those of y follow from those of x."""
        _, x = self._matched(shape)
        self.ensure_built(shape)
        return ONE, [(None, *x[1:])]

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Put each value of y at the place of its window's maximum in x."""
        self._matched([tensor.shape for tensor in inputs] if isinstance(inputs, list) else inputs.shape)
        y, x = inputs
        batch = math.prod(x.shape[: -self.rank - 1])
        values, images = (
            to_channels_last(builder.reshape(tensor, (batch, *tensor.shape[-self.rank - 1 :])), self.data_format)
            for tensor in (y, x)
        )
        window = self.window(images.shape[1:-1])
        largest = builder.max_pool(images, window)
        placed = x.graph.add(windows.MaxPoolGradient(window), images, largest, values)
        return builder.reshape(to_format(placed, self.data_format), x.shape)

    def _matched(self, shapes: InputShape) -> tuple[SymbolicShape, SymbolicShape]:
        """The shapes of y and x; raises unless y can be a pooling of x."""
        if not isinstance(shapes, list) or len(shapes) != 2:
            raise ArgumentError(
                f"{self.label} is called on a list of two, [y, x]: the values, and the input of the pooling; got "
                + (f"a list of {len(shapes)}" if isinstance(shapes, list) else "one tensor")
            )
        y, x = shapes
        arguments.image_shape(y, self.rank, self.label, self.data_format)
        expected = self._pooled_shape(x)
        differs = [None not in pair and pair[0] != pair[1] for pair in zip(y, expected, strict=False)]
        if len(y) != len(expected) or any(differs):
            raise ShapeError(
                f"{self.label}: x of shape {x} is pooled to {expected}, but y has the shape {y}; call it on [y, x], "
                "with pool_size, strides and padding of the pooling that made y from x"
            )
        return y, x

    def _pooled_shape(self, x: SymbolicShape) -> SymbolicShape:
        """The shape of the pooling of an input of shape `x`, None where that is open."""
        spatial, channels = arguments.image_shape(x, self.rank, self.label, self.data_format)
        sizes = [pool if size is None else size for size, pool in zip(spatial, self.pool_size, strict=True)]
        try:
            counts = self.window(sizes).output_shape(sizes)
        except ShapeError as error:
            raise ShapeError(f"{self.label}: {error}; got x of shape {x}") from error
        pooled = [None if size is None else count for size, count in zip(spatial, counts, strict=True)]
        batch = x[: -self.rank - 1]
        return (*batch, *pooled, channels) if self.data_format == "channels_last" else (*batch, channels, *pooled)


class MaxUnpooling1D(_MaxUnpooling):
    """Put values back where a max pooling along one axis took its maxima from: the way back of `MaxPooling1D`.

    Called on a list [y, x] of the values, one for each window, and of what the pooling was given. The result has the
    shape of x: y[n, o, c] stands where x has the first maximum of window o, and 0 everywhere else. Where windows
    overlap and share a maximum, their values add up. So the pooling of x, unpooled, is x without all but its maxima.
    The gradient flows to y, from the places that were filled, and not to x.

    Arguments are those of `MaxUnpooling2D`; different are:

    Args:
        pool_size: length of the window [elements], >= 1, as in the pooling.
        strides: step of the window [elements], >= 1; the pool size by default.
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown, or the layer is not called on a list of two.
        ShapeError: y has not the shape that the pooling gives x.

    Example:
        >>> import numpy as np
        >>> from pellucid import Input, Model, layers
        >>> y, x = Input((3, 1)), Input((6, 1))
        >>> model = Model([y, x], layers.MaxUnpooling1D()([y, x]))
        >>> places = np.array([1, 5, 3, 2, -4, -1]).reshape(1, 6, 1)
        >>> model.predict([np.array([7, 8, 9]).reshape(1, 3, 1), places], verbose=0).ravel().tolist()
        [0.0, 7.0, 8.0, 0.0, 0.0, 9.0]

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 2.1;
        torch.nn.MaxUnpool1d, which is handed indices and leaves overlapping windows undefined.
    """

    rank = 1


class MaxUnpooling2D(_MaxUnpooling):
    """Put values back where a max pooling of rows and columns took its maxima from: the way back of `MaxPooling2D`.

    Called on a list [y, x]; y[n, i, j, c] stands where x has the first maximum, row by row, of window (i, j), and 0
    everywhere else (see `MaxUnpooling1D`). An encoder-decoder keeps the input x of each pooling; its decoder thus
    knows where things were (SegNet).

    Args:
        pool_size: rows and columns of the window [pixels], >= 1, as in the pooling; one number counts for both.
        strides: step of the window [pixels], >= 1; the pool size by default.
        padding: "valid" or "same", or amounts, as in the pooling.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the layer is not called on a list of two.
        ShapeError: y has not the shape that the pooling gives x.

    Example:
        >>> import numpy as np
        >>> from pellucid import Input, Model, layers
        >>> x = Input((2, 4, 1))
        >>> small = layers.MaxPooling2D()(x)
        >>> decoded = layers.Conv2D(1, 1, weights=[np.full((1, 1, 1, 1), 10), [0]])(small)
        >>> model = Model(x, layers.MaxUnpooling2D()([decoded, x]))
        >>> model.predict(np.array([[1, 5, 0, 2], [3, 2, 4, 1]]).reshape(1, 2, 4, 1), verbose=0)[0, ..., 0].tolist()
        [[0.0, 50.0, 0.0, 0.0], [0.0, 0.0, 40.0, 0.0]]

    Source: Badrinarayanan, Kendall and Cipolla, SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image
        Segmentation, IEEE TPAMI 39 (2017), section 3; torch.nn.MaxUnpool2d.
    """

    rank = 2


class MaxUnpooling3D(_MaxUnpooling):
    """Put values back where a max pooling over three axes took its maxima from: the way back of `MaxPooling3D`.

    As `MaxUnpooling2D`, with a depth axis before rows and columns.

    Arguments are those of `MaxUnpooling2D`; different are:

    Args:
        pool_size: size of the window per axis [voxels], >= 1, as in the pooling; one number counts for all.
        strides: step of the window [voxels], >= 1; the pool size by default.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an argument is out of range or unknown, or the layer is not called on a list of two.
        ShapeError: y has not the shape that the pooling gives x.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((None, 6, 8, 3))
        >>> Model(x, layers.MaxUnpooling3D()([layers.MaxPooling3D()(x), x])).output_shape
        (None, None, 6, 8, 3)

    Source: as `MaxUnpooling1D`; torch.nn.MaxUnpool3d.
    """

    rank = 3
