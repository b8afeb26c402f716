"""Layers that mix each image of a batch with another, and their labels with it: Keras's CutMix and MixUp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from pellucid.checks import number
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.layers.boxes import BOXES, check_shapes
from pellucid.layers.distributions import symmetric_beta
from pellucid.layers.images import LABELS, MASKS
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.random_draws import Factor, numbers_along
from pellucid.warned import warn

ORDER, FIRST, SECOND, LEFT, TOP, ALPHA = range(6)
SMALL = 1e-6  # that keeps the parameter of a distribution off zero


class Mixed(Factor):
    """Images that are mixed with others of their batch, in another order."""

    belongs: ClassVar[tuple[str, ...]] = (LABELS, MASKS, BOXES)
    bounds = (0.0, 1.0)

    def __call__(self, inputs: Any = (), *further: Any, training: bool | None = None, **others: Any) -> Any:
        """See `Augmentation`; in a model, which has no labels to mix, this is worth a word."""
        if isinstance(inputs, SymbolicTensor):
            warn(
                f"{self.label} mixes images in a model, where their labels stay as they are; to mix labels too, call "
                'it where batches are made: dataset.map(lambda x, y: layer({"images": x, "labels": y}))'
            )
        return super().__call__(inputs, *further, training=training, **others)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Mix in training, pass otherwise; labels are numbers for each class."""
        labels = inputs.get(LABELS) if isinstance(inputs, Mapping) else None
        if labels is not None and labels.rank < 2:
            raise ShapeError(
                f"{self.label} mixes labels that have a number for each class, (batch, classes), got {labels.shape}; "
                "make them so first: keras.utils.to_categorical(labels, classes)"
            )
        return super().call(inputs, training)

    def others(self, x: Tensor) -> Tensor:
        """For each sample of a batch another, or itself: all of them in an order that is drawn."""
        count = x.shape[0]
        drawn = builder.random_uniform(x.graph, (1, count), self.stream_of(x.graph, ORDER))
        first, second = builder.reshape(drawn, (count, 1)), builder.reshape(drawn, (1, count))
        numbers = numbers_along(x, count, [count, 1]), numbers_along(x, count, [1, count])
        before = builder.greater(first, second) + builder.equal(first, second) * builder.greater(*numbers)
        order = builder.reshape(builder.reduce_sum(before, (1,)), (1, count))
        return builder.reshape(builder.gather_at(builder.reshape(x, (1, *x.shape)), order), x.shape)

    def uniform(self, graph: Graph, count: int, number: int) -> Tensor:
        """A number from 0 to below 1 for each sample, (batch, 1, 1, 1)."""
        return builder.random_uniform(graph, (count, 1, 1, 1), self.stream_of(graph, number))

    def share(self, x: Tensor) -> Tensor:
        """How much of each sample stays, (batch, 1, 1, 1)."""
        raise TypeError(f"{type(self).__name__} does not say how much is mixed")

    def relabelled(self, labels: Tensor) -> Tensor:
        """Labels in the shares of their images."""
        share = builder.reshape(self.share_of_labels(labels), (labels.shape[0], *(1,) * (labels.rank - 1)))
        return labels * share + self.others(labels) * (1.0 - share)

    def share_of_labels(self, labels: Tensor) -> Tensor:
        """How much each label counts."""
        return self.share(labels)

    def mask_varied(self, x: Tensor) -> Tensor:
        """Masks are mixed as images are."""
        return self.varied(x)


class MixUp(Mixed):
    """Images that are weighted means of two of their batch, and labels likewise; in training only.

    It is called on {"images": ..., "labels": ...} with a number for each class, where batches are made.

    Args:
        alpha: above 0: near 0 one of two images is nearly all of it, at 1 any share is as probable.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: alpha is not above 0.
        ShapeError: labels have no number for each class.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> both = {"images": np.arange(2.0).reshape(2, 1, 1, 1), "labels": np.eye(2)}
        >>> mixed = layers.MixUp(alpha=1.0, seed=2)(both)
        >>> np.allclose(mixed["labels"][:, 1], mixed["images"].ravel())
        True

    Source: keras.layers.MixUp; Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018.
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.alpha = number(self.label, "alpha", alpha, 0.0)
        if not self.alpha:
            raise ArgumentError(f"{self.label}: alpha must be above 0, got {shown(alpha)}")

    def share(self, x: Tensor) -> Tensor:
        """How much of each sample stays."""
        first, second = (self.uniform(x.graph, x.shape[0], each) for each in (FIRST, SECOND))
        return symmetric_beta(first, second, self.alpha)

    def of_boxes(self, boxes: Tensor, labels: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The boxes of both images."""
        check_shapes(self.label, boxes.shape, labels.shape)
        both = [builder.concatenate([each, self.others(each)], axis=1) for each in (boxes, labels)]
        return both[0], both[1]

    def varied(self, x: Tensor) -> Tensor:
        """Weighted means."""
        share = self.share(x)
        return x * share + self.others(x) * (1.0 - share)


class CutMix(Mixed):
    """Images into which a rectangle of another of their batch is pasted, and labels by its area; in training only.

    It is called on {"images": ..., "labels": ...} with a number for each class, where batches are made.

    Args:
        factor: from 0 to 1: a number is drawn between two limits; near 0 rectangles are nothing or all, at 1 any area
            is as probable. A number f stands for (0, f).
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the factor is out of range.
        ShapeError: labels have no number for each class.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> both = {"images": np.arange(2.0).reshape(2, 1, 1, 1).repeat(64, 1).repeat(64, 2), "labels": np.eye(2)}
        >>> mixed = layers.CutMix(seed=1)(both)
        >>> bool(np.abs(mixed["labels"][:, 1] - mixed["images"].mean(axis=(1, 2, 3))).max() < 0.05)
        True

    Source: keras.layers.CutMix; Yun et al., CutMix: regularization strategy to train strong classifiers with
    localizable features, ICCV 2019.
    """

    moves_no_boxes = "pastes parts of images, and says not what is left of bounding boxes"

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)

    def share(self, x: Tensor) -> Tensor:
        """How much of each sample stays."""
        first, second = (self.uniform(x.graph, x.shape[0], each) for each in (FIRST, SECOND))
        return symmetric_beta(first, second, self.drawn(x, self.factor, ALPHA) + SMALL)

    def varied(self, x: Tensor) -> Tensor:
        """Paste."""
        side = builder.sqrt(1.0 - self.share(x))
        covered = self._covered(x, 1, side, TOP) * self._covered(x, 2, side, LEFT)
        return builder.where(covered, self.others(x), x)

    def _covered(self, x: Tensor, axis: int, side: Tensor, number: int) -> Tensor:
        """1 for the places of an axis that the rectangle covers, else 0."""
        size = x.shape[axis]
        length = side * float(size)
        start = self.uniform(x.graph, x.shape[0], number) * (float(size) - length)
        places = numbers_along(x, size, [size if each == axis else 1 for each in range(4)])
        return builder.greater_equal(places, start) * builder.greater(start + length, places)
