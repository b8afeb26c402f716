"""Layers that drop: set elements, or whole feature maps, to a fixed value in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from pellucid.activations.smooth import SELU_ALPHA, SELU_SCALE
from pellucid.checks import is_whole
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.regularization.noise import Noise, checked_rate


class _Dropping(Noise):
    """The rate, and which elements are kept. What is dropped becomes 0, what is kept is scaled."""

    leaves_some: ClassVar[bool] = False
    """Whether something must be left over, so that the rate must be below 1."""

    def __init__(
        self,
        *,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, **options)
        self.rate = checked_rate(rate, self.label, below_one=self.leaves_some)
        self.noise_shape = None if noise_shape is None else self._checked_shape(noise_shape)

    def _checked_shape(self, shape: object) -> tuple[int | None, ...]:
        begin = f"{self.label}: Invalid value received for argument `noise_shape`. Expected"
        if not isinstance(shape, list | tuple):
            raise ArgumentError(f"{begin} a tuple or list of integers, such as (None, 1, 1, 8), got {shown(shape)}")
        if not all(size is None or is_whole(size) for size in shape):
            raise ArgumentTypeError(f"{begin} all elements to be integers or None, got {shown(shape)}")
        if not all(size is None or 0 < size <= MAX_SIZE for size in shape):
            raise ArgumentError(f"{begin} all dimensions to be positive integers or None, got {shown(shape)}")
        return tuple(None if size is None else int(size) for size in shape)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks that the mask fits."""
        self.mask_shape(input_shape)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Drop in training, pass otherwise; the mask must fit either way, but for the number of samples."""
        self.mask_shape((None, *inputs.shape[1:]))
        return super().call(inputs, training)

    @property
    def is_active(self) -> bool:
        """Whether anything is dropped."""
        return self.rate > 0

    def kept(self, x: Tensor) -> Tensor:
        """1 with probability 1 - rate, else 0, in a shape that broadcasts to that of x."""
        mask = tuple(size or 1 for size in self.mask_shape(x.shape))
        return builder.greater_equal(builder.random_uniform(x.graph, mask, self.stream(x.graph)), self.rate)

    def mask_shape(self, shape: SymbolicShape) -> SymbolicShape:
        """The shape of the mask for an input of that shape; raises `ArgumentError` where the layer's does not fit."""
        if self.noise_shape is None:
            return shape
        mask = tuple(size if wanted is None else wanted for wanted, size in zip(self.noise_shape, shape, strict=False))
        fits = all(size is None or wanted in (1, size) for wanted, size in zip(mask, shape, strict=False))
        if len(self.noise_shape) != len(shape) or not fits:
            raise ArgumentError(
                f"{self.label}: noise_shape={self.noise_shape} must have 1 or the input's size on each of the axes of "
                f"{shape}"
            )
        return mask

    def disturbed(self, x: Tensor) -> Tensor:
        """Drop."""
        scale = 1.0 / (1.0 - self.rate) if self.rate < 1 else 0.0
        return builder.where(self.kept(x), x * scale, 0.0)


class _ElementDropout(_Dropping):
    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(rate=rate, noise_shape=noise_shape, seed=seed, **options)


class Dropout(_ElementDropout):
    """In training, set each element to 0 with probability `rate` and scale the others by 1 / (1 - rate).

    So the sum over all elements stays what it was, on average. Outside training the layer does nothing. Which elements
    are dropped follows from the model's seed, the step and the layer's place in the model, never from the number of
    threads.

    Args:
        rate: probability to drop, 0 to 1.
        noise_shape: shape of the mask, with 1 (or the batch as None) where it is to be shared along an axis; the
            input's shape by default.
        seed: draws the same masks wherever it is used; by default the layer draws masks of its own.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the rate is not in 0..1, or the noise shape does not fit the input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dropout(0.5)], seed=1)
        >>> x = np.ones((1, 4))
        >>> model.predict(x, verbose=0).tolist(), model(x, training=True).tolist()
        ([[1.0, 1.0, 1.0, 1.0]], [[2.0, 2.0, 0.0, 0.0]])

    Source: Srivastava et al., Dropout, JMLR 15 (2014); keras.layers.Dropout.
    """


class _SpatialDropping(_Dropping):
    rank: ClassVar[int]

    def __init__(
        self, *, rate: float, data_format: str | None, seed: int | None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(rate=rate, seed=seed, **options)
        self.data_format = arguments.data_format(data_format, self.label)

    def mask_shape(self, shape: SymbolicShape) -> SymbolicShape:
        """One number per sample and channel."""
        if len(shape) != self.rank + 2:
            axes = (
                "batch, spatial..., channels" if self.data_format == "channels_last" else "batch, channels, spatial..."
            )
            raise ShapeError(f"{self.label}: expected an input of {self.rank + 2} axes ({axes}), got {shape}")
        ones = (1,) * self.rank
        return (shape[0], *ones, shape[-1]) if self.data_format == "channels_last" else (*shape[:2], *ones)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again; without `trainable`, which Keras's layer does not take."""
        return {name: value for name, value in super().get_config().items() if name != "trainable"}


class _SpatialDropout(_SpatialDropping):
    def __init__(
        self, rate: float, data_format: str | None = None, seed: int | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(rate=rate, data_format=data_format, seed=seed, **options)


class SpatialDropout1D(_SpatialDropping):
    """In training, set each channel of each sample to 0 with probability `rate`; scale the others by 1 / (1 - rate).

    As `Dropout`, but all elements of a channel share their fate. Neighbours in a feature map are much alike, so one of
    them tells what another would have: to drop single elements disturbs little there.

    Arguments are those of `SpatialDropout2D`, without data_format.

    Raises:
        ArgumentError: the rate is not in 0..1.
        ShapeError: the input is not (batch, length, channels).

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2, 4)), layers.SpatialDropout1D(0.5)], seed=1)
        >>> model(np.ones((1, 2, 4)), training=True).tolist()
        [[[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]]

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015, arXiv 1411.4280,
        section 3.2; keras.layers.SpatialDropout1D.
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(rate=rate, data_format="channels_last", seed=seed, **options)


class SpatialDropout2D(_SpatialDropout):
    """In training, set each feature map to 0 with probability `rate` and scale the others by 1 / (1 - rate).

    As `SpatialDropout1D`, for images.

    Args:
        rate: probability to drop, 0 to 1.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        seed: draws the same masks wherever it is used; by default the layer draws masks of its own.
        options: name, input_shape (see `Layer`).

    Raises:
        ArgumentError: the rate is not in 0..1, or the format is unknown.
        ShapeError: the input does not have four axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1, 2, 4)), layers.SpatialDropout2D(0.5)], seed=1)
        >>> model(np.ones((1, 1, 2, 4)), training=True).tolist()
        [[[[2.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0]]]]

    Source: as `SpatialDropout1D`; keras.layers.SpatialDropout2D.
    """

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """In training, set each volume to 0 with probability `rate` and scale the others by 1 / (1 - rate).

    As `SpatialDropout1D`, for volumes.

    Arguments are those of `SpatialDropout2D`; different are:

    Args:
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: the rate is not in 0..1, or the format is unknown.
        ShapeError: the input does not have five axes.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1, 1, 1, 4)), layers.SpatialDropout3D(0.5)], seed=1)
        >>> model(np.ones((1, 1, 1, 1, 4)), training=True).ravel().tolist()
        [2.0, 0.0, 0.0, 0.0]

    Source: as `SpatialDropout1D`; keras.layers.SpatialDropout3D.
    """

    rank = 3


class AlphaDropout(_ElementDropout):
    """In training, set each element to what SELU tends to with probability `rate`; mean and variance stay 0 and 1.

    y = a * (x or low) + b, where low = -1.0507 * 1.6733 is the least value of SELU, a = ((1 - rate)
    (1 + rate low^2))^(-1/2) and b = -a rate low, so that an input of mean 0 and variance 1 stays one. Meant for
    networks of SELU units, whose outputs are such.

    Args:
        rate: probability to drop, from 0 to below 1.
        noise_shape: shape of the mask, with 1 (or the batch as None) where it is to be shared along an axis; the
            input's shape by default.
        seed: draws the same masks wherever it is used; by default the layer draws masks of its own.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the rate is not in 0..1 or is 1, or the noise shape does not fit the input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.AlphaDropout(0.5)], seed=1)
        >>> print(model(np.zeros((1, 4)), training=True).round(3))
        [[ 0.779 -0.779 -0.779 -0.779]]

    Source: Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks, NIPS 2017, arXiv 1706.02515,
        section "New Dropout Technique"; keras.layers.AlphaDropout.
    """

    leaves_some = True

    def disturbed(self, x: Tensor) -> Tensor:
        """Drop to SELU's least value."""
        low = -SELU_ALPHA * SELU_SCALE
        a = ((1.0 - self.rate) * (1.0 + self.rate * low**2)) ** -0.5
        return builder.where(self.kept(x), x, low) * a - a * self.rate * low
