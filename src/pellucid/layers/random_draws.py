"""What layers share that vary images while training: one draw for each image, by (seed, step, place in the batch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from pellucid.checks import is_number, number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.channels import on_images
from pellucid.layers.images import IMAGES, STREAMS, ImageLayer
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.regularization.noise import Noise
from pellucid.naming import is_ours

Range = tuple[float, float]
NOT_CALLED = ("transform_images", "transform_single_image", "get_random_transformation")
"""What Keras's classes of this kind call, in a class of the user's own."""
APART = 0x5851F42D  # between the streams of the draws of one layer that has a seed


class Augmentation(ImageLayer, Noise):
    """Images that are varied in training, each in its own way, and pass as they are otherwise.

    The draws follow from the model's seed, the step, and the place in the batch, on every engine and for any number of
    threads. A subclass says in `varied` what becomes of images (batch, rows, columns, channels).

    Args:
        seed: draws the same numbers wherever it is used; by default the layer draws numbers of its own.
        data_format: "channels_last", the default, or "channels_first".
        options: see `Layer`.
    """

    is_active = _varies = True
    always: ClassVar[bool] = False
    """Whether it acts outside of training too."""
    belongs: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """What Keras calls and this class does not is refused where it is written."""
        super().__init_subclass__(**options)
        for name in () if is_ours(cls) else NOT_CALLED:
            if name in vars(cls):
                raise ArgumentError(
                    f"{cls.__name__}: {name} would never be called; write varied(self, x), what becomes of images "
                    "(batch, rows, columns, channels), and draw by pellucid.backend.random_uniform"
                )

    def __init__(self, seed: int | None, data_format: str | None, **options: Unpack[ImageOptions]) -> None:
        super().__init__(seed, **options)
        self.data_format = arguments.data_format(data_format, self.label)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Vary images in training, pass them otherwise; what is no batch of images is refused either way."""
        images = inputs[IMAGES] if isinstance(inputs, Mapping) else inputs
        arguments.image_shape(images.shape, 2, self.label, self.data_format)
        with images.graph.mode(training):
            acts = (images.graph.training or self.always) and self.is_active
            return ImageLayer.call(self, inputs) if acts else inputs

    def of_images(self, x: Tensor) -> Tensor:
        """The images, varied."""
        return on_images(x, 2, self.data_format, self.varied)

    def of_masks(self, x: Tensor) -> Tensor:
        """The masks, varied as their images are."""
        return on_images(x, 2, self.data_format, self.mask_varied)

    def varied(self, x: Tensor) -> Tensor:
        """What becomes of images (batch, rows, columns, channels)."""
        raise TypeError(f"{type(self).__name__} does not say what becomes of images")

    def mask_varied(self, x: Tensor) -> Tensor:
        """What becomes of masks (batch, rows, columns, channels), whose numbers are classes; with their images."""
        return x

    def drawn(self, x: Tensor, limits: Range, number: int = 0) -> Tensor:
        """A number between two limits for each image: (batch, 1, 1, 1).

        Args:
            x: the images.
            limits: the smallest and the largest.
            number: which of the layer's draws it is: each has numbers of its own, also where the layer has a seed.
        """
        low, high = limits
        draw = builder.random_uniform(x.graph, (x.shape[0], 1, 1, 1), self.stream_of(x.graph, number))
        return draw * (high - low) + low

    def stream_of(self, graph: Graph, number: int) -> int:
        """The number of one of the layer's draws in a graph."""
        if self.seed is not None:
            return graph.stream_of_seed(self.seed + APART * number)
        streams = STREAMS.get()
        if streams is None:
            return graph.next_stream()
        if (self.name, number) not in streams:
            streams[self.name, number] = graph.next_stream()
        return streams[self.name, number]


class Factor(Augmentation):
    """One factor, which is drawn for each image."""

    bounds: ClassVar[Range] = (-1.0, 1.0)

    def factor_range(self, name: str, factor: object, bounds: Range | None = None) -> Range:
        """The limits that a factor stands for: itself and its opposite, or two numbers; within the bounds."""
        low, high = self.bounds if bounds is None else bounds
        if isinstance(factor, list | tuple) and len(factor) == 2:
            first, second = (number(self.label, name, each, low, high) for each in factor)
            return min(first, second), max(first, second)
        if not is_number(factor):
            raise ArgumentTypeError(
                f"{self.label}: {name} must be a number from {low:g} to {high:g}, or a list of two, got {shown(factor)}"
            )
        most = abs(number(self.label, name, factor, low, high))
        return max(-most, low), most


def plain(factor: float | Sequence[float]) -> float | list[float]:
    """A factor that was checked as it is kept: a number, or a list of two."""
    return [float(each) for each in factor] if isinstance(factor, list | tuple) else float(factor)  # type: ignore[arg-type]


def limits_of(label: str, value: object) -> Range:
    """The smallest and the largest value of a pixel."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ArgumentTypeError(f"{label}: value_range must be two numbers, such as (0, 255), got {shown(value)}")
    low, high = sorted(number(label, "value_range", each) for each in value)
    if low == high:
        raise ArgumentError(f"{label}: value_range must have two different numbers, got {shown(value)}")
    return low, high


def numbers_along(x: Tensor, count: int, form: Sequence[int]) -> Tensor:
    """0, 1, 2, ... as a tensor of a shape that broadcasts."""
    return builder.reshape(builder.literal(x.graph, [float(place) for place in range(count)]), tuple(form))
