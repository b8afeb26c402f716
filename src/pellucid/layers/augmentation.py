"""Layers that vary images while training, in their light and by mirrors: Keras's, with a draw for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from pellucid.checks import SMALLEST, is_number, number
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.initializers import RandomNormal
from pellucid.layers import arguments
from pellucid.layers.boxes import BOXES, parts, refused
from pellucid.layers.epochs import EPOCH, KnowsEpochs
from pellucid.layers.images import MASKS
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.random_draws import Augmentation, Factor, Range, limits_of, numbers_along
from pellucid.variables import Variable

HORIZONTAL, VERTICAL, BOTH = "horizontal", "vertical", "horizontal_and_vertical"
RED_GREEN_BLUE = 3


CELLS = 16.0  # into so many parts the unit of what images are told by is cut; every second one is mirrored first


class RandomFlip(KnowsEpochs, Augmentation):
    """Images of which every second one, at random, is mirrored; in training only.

    With `alternating` an image that is mirrored in one epoch is not in the next: after two epochs a training has seen
    both sides of each, where chance would have shown half of them one side twice. The layer knows an image by its
    pixels, so the order of samples does not matter, but what comes before the layer must not vary them: put it first.
    Images that are equal are mirrored alike. Of two programs, for batches of other sizes say, one in some thousand
    images may be told apart by its last digit. The epoch is what `fit` counts from `initial_epoch` on, or, with
    `steps_per_epoch`, turns through the data (epochs, where nobody knows how many batches these have); where steps are
    made otherwise, `layer.epoch.assign(number)` says it.

    Args:
        mode: "horizontal" for left and right, "vertical" for up and down, "horizontal_and_vertical" for both at once.
        seed: see `Dropout`; with `alternating` it decides who is mirrored first.
        data_format: "channels_last", the default, or "channels_first".
        alternating: whether each image is mirrored in every second epoch. Keras has no such thing.
        options: name, trainable, input_shape (see `Layer`).

    Attributes:
        key: with `alternating`, the random numbers by which images are told apart; with the `epoch` a weight of the
            layer, so that files and records hold it.

    Raises:
        ArgumentError: an argument is unknown or out of range.
        ShapeError: with `alternating`, when the input is known, its sizes are open.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.arange(3.0).reshape(1, 1, 3, 1).repeat(8, axis=0)
        >>> y = layers.RandomFlip("horizontal", seed=2)(x, training=True)
        >>> sorted({tuple(row.ravel().tolist()) for row in y})
        [(0.0, 1.0, 2.0), (2.0, 1.0, 0.0)]

    Source: keras.layers.RandomFlip; for `alternating` Jordan, arXiv 2404.00498, section 3.6.
    """

    belongs = (MASKS, BOXES)
    key: Variable

    def __init__(
        self,
        mode: str = BOTH,
        seed: int | None = None,
        data_format: str | None = None,
        alternating: bool = False,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.mode = arguments.one_of("mode", mode, (HORIZONTAL, VERTICAL, BOTH), self.label)
        self.alternating = arguments.flag("alternating", alternating, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Where images alternate, the numbers by which they are told apart, and the epoch."""
        super().build(input_shape)
        if not self.alternating:
            return
        sizes = input_shape[-3:]
        if None in sizes:
            raise ShapeError(
                f"{self.label}: alternating=True tells images apart by their pixels and needs images of one size, got "
                f"{input_shape}: give Input the size, or resize first"
            )
        drawn = RandomNormal(0.0, 1.0, self.seed)
        self.key = self.add_weight((sum(size or 0 for size in sizes),), drawn, name="key", trainable=False)
        self.epoch = self.add_weight((), "zeros", name=EPOCH, dtype="int32", trainable=False)

    def get_config(self) -> dict[str, Any]:
        """See `Layer.get_config`; `alternating` stands there where it is set, for Keras does not know it."""
        config = super().get_config()
        return config if self.alternating else {name: config[name] for name in config if name != "alternating"}

    def mask_varied(self, x: Tensor) -> Tensor:
        """Mirror the masks of those that are drawn."""
        if self.alternating:
            raise ArgumentError(
                f"{self.label}: alternating=True tells images apart by their pixels, and moves no masks"
            )
        return self.varied(x)

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """Mirror the boxes of those that are drawn."""
        if self.alternating:
            raise refused(self.label, "tells images apart by their pixels (alternating=True), and moves no boxes")
        left, top, right, bottom = parts(corners)
        if self.mode in (HORIZONTAL, BOTH):
            left, right = float(x.shape[2]) - right, float(x.shape[2]) - left
        if self.mode in (VERTICAL, BOTH):
            top, bottom = float(x.shape[1]) - bottom, float(x.shape[1]) - top
        chosen = builder.reshape(self._chosen(x), (x.shape[0], 1, 1))
        return builder.where(chosen, builder.concatenate([left, top, right, bottom], axis=2), corners)

    @property
    def keeps_numbers(self) -> bool:
        """Whether it has weights: where images alternate."""
        return self.alternating

    def varied(self, x: Tensor) -> Tensor:
        """Mirror those that are drawn."""
        mirrored = x
        for axis, modes in ((1, (VERTICAL, BOTH)), (2, (HORIZONTAL, BOTH))):
            mirrored = builder.flip(mirrored, axis) if self.mode in modes else mirrored
        return builder.where(self._alternated(x) if self.alternating else self._chosen(x), mirrored, x)

    def _chosen(self, x: Tensor) -> Tensor:
        """1 for about every second image, anew in each step, else 0: (batch, 1, 1, 1)."""
        return builder.greater_equal(self.drawn(x, (0.0, 1.0)), 0.5)

    def _alternated(self, x: Tensor) -> Tensor:
        """1 for those whose turn it is in this epoch, else 0.

        An image's product with a random pattern, as a share of its length, lies in one of many cells; a random number
        that stays the same as long as the image does is whether the cell is an even one.
        """
        if "key" not in vars(self):
            raise ArgumentError(f"{self.label}: it was built without alternating=True; make another layer with it")
        key, sizes, start, pattern = self.key.tensor(x.graph), x.shape[1:], 0, builder.literal(x.graph, 1.0)
        if sum(sizes) != key.shape[0]:
            raise ShapeError(
                f"{self.label}: alternating=True needs images of one size; it has met others than those of {sizes}"
            )
        for axis, size in enumerate(sizes, 1):
            part = builder.slice_axis(key, 0, start, start + size)
            pattern = pattern * builder.reshape(part, tuple(size if each == axis else 1 for each in range(4)))
            start += size
        product = builder.reduce_sum(x * pattern, (1, 2, 3), keepdims=True)
        length = builder.sqrt(builder.reduce_sum(builder.square(x), (1, 2, 3), keepdims=True) + SMALLEST)
        turn = builder.floor(product / length * CELLS) + self.epoch.tensor(x.graph)
        return builder.greater_equal(turn - builder.floor(turn * 0.5) * 2.0, 0.5)


def contrasted(x: Tensor, factor: Tensor, value_range: Range) -> Tensor:
    """Images with their differences from the mean of each channel times a factor."""
    mean = builder.reduce_mean(x, (1, 2), keepdims=True)
    return builder.clip((x - mean) * factor + mean, *value_range)


def brightened(x: Tensor, share: Tensor, value_range: Range) -> Tensor:
    """Images with a share of the range added."""
    low, high = value_range
    return builder.clip(x + share * (high - low), low, high)


class RandomContrast(Factor):
    """Images with their differences from the mean of each channel made larger or smaller; in training only.

    Args:
        factor: differences are multiplied by a number from 1 - low to 1 + high, where the factor is (low, high); a
            number f is (0, f), as in Keras.
        value_range: smallest and largest value of a pixel; results are brought into it.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomContrast((0.5, 0.5), seed=1).factor
        (0.5, 0.5)

    Source: keras.layers.RandomContrast.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Stretch around the mean."""
        factor = self.drawn(x, (1.0 - self.factor[0], 1.0 + self.factor[1]))
        return contrasted(x, factor, self.value_range)


class RandomBrightness(Factor):
    """Images that are made brighter or darker; in training only.

    Args:
        factor: from -1 to 1: that share of the range is added; a number f stands for (-f, f).
        value_range: smallest and largest value of a pixel; results are brought into it.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.full((1, 1, 2, 1), 100.0)
        >>> layers.RandomBrightness((0.2, 0.2), seed=1)(x, training=True).ravel().tolist()
        [151.0, 151.0]

    Source: keras.layers.RandomBrightness.
    """

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Add a share of the range."""
        return brightened(x, self.drawn(x, self.factor), self.value_range)


class RandomErasing(Factor):
    """Images in which a rectangle is painted over; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        scale: the rectangle's share of the area, likewise.
        fill_value: what it is filled with: a number, three for red, green and blue, or None for noise.
        value_range: smallest and largest value of a pixel: the noise is as wide as the largest.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=7.0, seed=1)
        >>> int((layer(np.zeros((1, 8, 8, 1)), training=True) == 7).sum())
        16

    Source: keras.layers.RandomErasing.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = (0.02, 0.33),
        fill_value: float | Sequence[float] | None = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.scale = self.factor_range("scale", scale)
        self.fill_value = self._filling(fill_value)
        self.value_range = limits_of(self.label, value_range)

    def _filling(self, value: object) -> float | list[float] | None:
        if value is None or is_number(value):
            return None if value is None else number(self.label, "fill_value", value)
        if not isinstance(value, list | tuple) or len(value) != RED_GREEN_BLUE:
            raise ArgumentTypeError(f"{self.label}: fill_value must be a number, three, or None, got {shown(value)}")
        return [number(self.label, "fill_value", each) for each in value]

    def varied(self, x: Tensor) -> Tensor:
        """Paint over what is drawn."""
        rows, columns = self._covered(x, 1), self._covered(x, 2)
        probable = self.drawn(x, self.factor)
        drawn = builder.greater(probable, self.drawn(x, (0.0, 1.0), 1))
        return builder.where(rows * columns * drawn, self._painted(x), x)

    def _covered(self, x: Tensor, axis: int) -> Tensor:
        """1 for the places of an axis that the rectangle covers, else 0."""
        size = x.shape[axis]
        length = builder.sqrt(self.drawn(x, self.scale, 2 * axis)) * float(size)
        start = self.drawn(x, (0.0, 1.0), 2 * axis + 1) * (float(size) - length)
        places = numbers_along(x, size, [size if each == axis else 1 for each in range(4)])
        return builder.greater_equal(places, start) * builder.greater(start + length, places)

    def _painted(self, x: Tensor) -> Tensor | float:
        if self.fill_value is None:
            return builder.random_normal(x.graph, x.shape, self.stream_of(x.graph, 6)) * self.value_range[1]
        if not isinstance(self.fill_value, list):
            return self.fill_value
        channels = x.shape[-1]
        if channels != RED_GREEN_BLUE:
            raise ArgumentTypeError(
                f"{self.label}: three fill_values are for three channels, the images have {channels}"
            )
        return builder.broadcast_to(builder.literal(x.graph, self.fill_value), x.shape)
