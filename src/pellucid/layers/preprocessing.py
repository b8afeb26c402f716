"""Layers that bring images into the form that a network wants: size and range."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from types import MappingProxyType
from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid import config
from pellucid.arraylike import Array, array_of
from pellucid.checks import number
from pellucid.data.resampling import INTERPOLATIONS, count_of_taps, nearest, taps, weights
from pellucid.dispatch.arrangement import Arguments
from pellucid.dispatch.arrays import RECORDER
from pellucid.dispatch.symbolic import SymbolicShape, SymbolicTensor
from pellucid.engines import get_engine
from pellucid.engines.base import Program
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Input, RandomUniform, reserve
from pellucid.graph.tensor import HasTensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images
from pellucid.layers.layer_class import refuse_arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.on_arguments import call_on
from pellucid.layers.on_arrays import arrays_of, open_batch

MOST_PLACES = 2**24  # along an axis that is resized
LONG = 2**12  # elements of an axis that are repeated rather than looked up in a table as long as the axis
FEW_TAPS = 4  # of which the sum is faster than any product
FULL_FROM = 8  # a matrix of which such a part is no zeros is multiplied with: it is not much longer than its band
MOST_TAPS = 12  # that are added one by one; more are gathered at once


def resized(x: Tensor, axis: int, size: int, interpolation: str, *, antialias: bool = False) -> Tensor:
    """x with an axis brought to another length: each element made of the few that lie under its kernel."""
    inputs = x.shape[axis]
    if size == inputs:
        return x
    if size > MOST_PLACES:
        raise ShapeError(f"an axis of {inputs} cannot be resized to {size}: the most that is made is {MOST_PLACES}")
    if interpolation == "nearest":
        if size > LONG and size % inputs == 0:
            return builder.repeat(x, size // inputs, axis)
        reserve(8 * size)
        return builder.gather(x, nearest(inputs, size), axis)
    reserve(16 * count_of_taps(inputs, size, interpolation, antialias=antialias) * size)
    places, counts = taps(inputs, size, interpolation, antialias=antialias)
    behind = (1,) * (x.rank - axis - 1)
    if len(places) > FEW_TAPS and inputs <= FULL_FROM * len(places):
        return _by_matrix(x, axis, weights(inputs, size, interpolation, antialias=antialias))
    if len(places) > MOST_TAPS:
        form = (*x.shape[:axis], len(places), size, *x.shape[axis + 1 :])
        under = builder.reshape(builder.gather(x, places.ravel(), axis), form)
        return builder.reduce_sum(under * counts.reshape(*counts.shape, *behind), [axis])
    parts = [
        builder.gather(x, place, axis) * count.reshape(size, *behind)
        for place, count in zip(places, counts, strict=True)
    ]
    return reduce(operator.add, parts)


def _by_matrix(x: Tensor, axis: int, matrix: np.ndarray) -> Tensor:
    order = [*(i for i in range(x.rank) if i != axis), axis]
    last = builder.transpose(x, order)
    rows = builder.reshape(last, (math.prod(last.shape[:-1]), last.shape[-1]))
    y = builder.matmul(rows, builder.literal(x.graph, matrix))
    y = builder.reshape(y, (*last.shape[:-1], matrix.shape[1]))
    return builder.transpose(y, sorted(range(x.rank), key=order.__getitem__))


IMAGES, LABELS, MASKS, BOXES = "images", "labels", "segmentation_masks", "bounding_boxes"
RANK = 3  # of a single image
MOST_PREPARED = 4  # shapes of which one layer keeps what was prepared
MOST_CHANNELS = 4  # of one: more of them are grey images whose axis of channels is missing

STREAMS: ContextVar[dict[tuple[str, int], int] | None] = ContextVar("streams of draws", default=None)
"""Where images and what belongs to them are varied alike: the streams of the draws that were made for the images."""


@contextmanager
def alike() -> Iterator[None]:
    """Within: the same draws are the same numbers, however often they are made."""
    token = STREAMS.set({})
    try:
        yield
    finally:
        STREAMS.reset(token)


def proportional(x: Tensor, height: int, width: int) -> tuple[int, int]:
    """The rows that the columns of images would need to have the proportions of a size, and likewise the columns."""
    _, rows, columns, _ = x.shape
    return int(columns * height / width), int(rows * width / height)


def in_proportion(x: Tensor, height: int, width: int, *, corner: bool = False) -> Tensor:
    """The middle of images in the proportions of a size; or what that size holds of them, laid at its corner."""
    for axis, (most, piece) in enumerate(zip(proportional(x, height, width), (height, width), strict=True), start=1):
        size = max(min(x.shape[axis], most), 1)
        start = (x.shape[axis] - size) // 2
        x = builder.slice_axis(x, axis, start, min(start + piece, x.shape[axis]) if corner else start + size)
    return x


def widened(x: Tensor, height: int, width: int, value: float) -> Tensor:
    """x with a border, so that it has the proportions of a size.

    As much on both sides, as in Keras, so an odd remainder is left out.
    """
    wanted = proportional(x, height, width)
    amounts = [(size - x.shape[axis]) // 2 for axis, size in enumerate(wanted, start=1)]
    for axis, amount in enumerate(amounts, start=1):
        if amount > 0:
            x = builder.pad_axis(x - value, axis, amount, amount) + value
    return x


class ImageLayer(Layer):
    """A layer that takes images, and what belongs to them.

    It is called on a batch of images, or on one; or on a sample as Keras's data sets have them: a dictionary of
    "images", and "labels" or "segmentation_masks" that belong to them.
    """

    data_format: str
    belongs: ClassVar[tuple[str, ...]] = (MASKS,)
    """What of a sample is changed together with its images."""
    _prepared: Mapping[Any, tuple[bool, Program]] = MappingProxyType({})
    bookkeeping = Layer.bookkeeping | {"_prepared"}

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, 2, self.label, self.data_format)

    def call(self, inputs: Any) -> Any:
        """What becomes of images, or of a sample."""
        if not isinstance(inputs, Mapping):
            return self.of_images(inputs)
        changed = {IMAGES: self.of_images, MASKS: self.of_masks, LABELS: self.relabelled}
        with alike():
            return {name: changed[name](each) for name, each in inputs.items()}

    def of_images(self, x: Tensor) -> Tensor:
        """What becomes of images, in their order of axes."""
        raise TypeError(f"{type(self).__name__} does not say what becomes of images")

    def of_masks(self, x: Tensor) -> Tensor:
        """What becomes of masks, with their images."""
        return self.of_images(x)

    def _on_arrays(self, inputs: Any, training: bool | None) -> Any:
        """Computed at once, as for any layer; what was prepared for a shape is kept for the next image or batch."""
        if RECORDER.get() is not None or not self._is_ours or self.keeps_numbers or self.activity_regularizer:
            return super()._on_arrays(inputs, training)
        return self._of_arrays({IMAGES: inputs}, bool(training))[IMAGES]

    def _of_arrays(self, sample: Mapping[str, Any], training: bool) -> dict[str, Any]:
        arrays = dict(zip(sample, arrays_of(self.label, list(sample.values())), strict=True))
        self.ensure_built(open_batch(arrays[IMAGES]))
        key = (self.revision, training, tuple((name, array.shape) for name, array in arrays.items()))
        found = self._prepared.get(key)
        if found is None:
            kept = list(self._prepared.items())[1 - MOST_PREPARED :]
            found = self._prepare(arrays, training)
            self._prepared = {**dict(kept), key: found}
        is_random, program = found
        seed, step = self.next_draw() if is_random else (0, 0)
        return {name: each.view(Array) for name, each in program.run(arrays, {}, seed=seed, step=step).items()}

    def _prepare(self, arrays: Mapping[str, np.ndarray], training: bool) -> tuple[bool, Program]:
        """Whether it draws random numbers, and the program."""
        graph = Graph(training=training)
        tensors = {name: graph.add(Input(array.shape, name)) for name, array in arrays.items()}
        y = self.emit(tensors[IMAGES] if len(tensors) == 1 else Arguments((tensors,), {}))
        graph.outputs = {IMAGES: y} if len(tensors) == 1 else y
        is_random = any(isinstance(node.op, RandomUniform) for node in graph.nodes)
        return is_random, get_engine("native").prepare(graph)

    @property
    def keeps_numbers(self) -> bool:
        """Whether it has weights, which what was prepared would have to read."""
        return False

    def __getstate__(self) -> dict[str, Any]:
        """A copy prepares for itself."""
        return {**super().__getstate__(), "_prepared": {}}

    def relabelled(self, labels: Tensor) -> Tensor:
        """What becomes of labels, with their images."""
        return labels

    def ensure_built(self, input_shape: Any, **others: Any) -> None:
        """See `Layer`; of a sample the images count."""
        super().ensure_built(input_shape[IMAGES] if isinstance(input_shape, Mapping) else input_shape, **others)

    def __call__(self, inputs: Any, *further: Any, training: bool | None = None, **others: Any) -> Any:
        """See `Layer`; besides, a single image, or a dictionary of images and what belongs to them.

        Args:
            inputs: images, a batch or one; or a dictionary with them under "images". Of its other entries "labels" and
                "segmentation_masks" are changed along where the layer changes them; all others are handed back.
            training: True to vary; by default arrays are varied, and in a model the model decides.
        """
        if not isinstance(inputs, Mapping):
            if not is_one_image(inputs):
                return super().__call__(inputs, *further, training=training, **others)
            return super().__call__(array_of(inputs)[None], *further, training=training, **others)[0]
        sample, training = self._sample(inputs), further[0] if further else training
        if is_described(sample):
            return {**inputs, **call_on(self, (sample,), others, training)}
        single = is_one_image(sample[IMAGES])
        row = arrays_of(self.label, [array_of(each)[None] if single else each for each in sample.values()])
        sample = dict(zip(sample, row, strict=True))
        if others:
            refuse_arguments(self.label, others)
        form = training is None or bool(training)
        varied = call_on(self, (sample,), {}, form) if self.keeps_numbers else self._of_arrays(sample, form)
        return {**inputs, **({name: each[0] for name, each in varied.items()} if single else varied)}

    def _sample(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What of a dictionary is varied."""
        if IMAGES not in inputs:
            raise ArgumentError(
                f'{self.label} takes images, or a dictionary with them under "images", got the keys {list(inputs)}'
            )
        if BOXES in inputs:
            raise ArgumentError(f"{self.label} moves no bounding boxes with the images; leave the key {BOXES!r} out")
        return {name: inputs[name] for name in (IMAGES, *self.belongs) if name in inputs}


def is_one_image(inputs: Any) -> bool:
    """Whether an array is one image rather than a batch: of three axes, and of as many channels as images have."""
    if isinstance(inputs, SymbolicTensor | Tensor | HasTensor):
        return False
    shape = np.shape(inputs)
    return len(shape) == RANK and min(shape[0], shape[-1]) <= MOST_CHANNELS


def is_described(sample: Mapping[str, Any]) -> bool:
    """Whether a sample stands in a model or a graph, rather than being numbers."""
    return any(isinstance(each, SymbolicTensor | Tensor | HasTensor) for each in sample.values())


class Resizing(ImageLayer):
    """Images of another size.

    Args:
        height: rows of the result.
        width: columns of the result.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: whether the middle of the image is cut to the new proportions first, so that nothing is
            distorted.
        pad_to_aspect_ratio: whether the image is widened to the new proportions first; not together with cropping.
        fill_mode: "constant".
        fill_value: what the padding holds.
        antialias: whether every input pixel counts where the image shrinks.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((480, 640, 3)), layers.Resizing(64, 64)]).output_shape
        (None, 64, 64, 3)

    Source: keras.layers.Resizing, https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.crop_to_aspect_ratio = arguments.flag("crop_to_aspect_ratio", crop_to_aspect_ratio, self.label)
        self.pad_to_aspect_ratio = arguments.flag("pad_to_aspect_ratio", pad_to_aspect_ratio, self.label)
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, ("constant",), self.label)
        self.fill_value = number(self.label, "fill_value", fill_value)
        self.antialias = arguments.flag("antialias", antialias, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ArgumentError(f"{self.label}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")

    def of_images(self, x: Tensor) -> Tensor:
        """Crop or pad, then resize rows and columns."""
        return on_images(x, 2, self.data_format, lambda images: self._resized(images, self.interpolation))

    def of_masks(self, x: Tensor) -> Tensor:
        """Likewise, but by the nearest pixel: numbers of masks are classes."""
        return on_images(x, 2, self.data_format, lambda masks: self._resized(masks, "nearest"))

    def _resized(self, x: Tensor, interpolation: str) -> Tensor:
        if self.crop_to_aspect_ratio:
            x = in_proportion(x, self.height, self.width)
        if self.pad_to_aspect_ratio:
            x = widened(x, self.height, self.width, self.fill_value)
        x = resized(x, 1, self.height, interpolation, antialias=self.antialias)
        return resized(x, 2, self.width, interpolation, antialias=self.antialias)


class Rescaling(Layer):
    """x * scale + offset: pixels of 0..255 become 0..1 with scale=1/255, or -1..1 with scale=1/127.5, offset=-1.

    Args:
        scale: a number, or one per channel.
        offset: likewise.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: something that is no finite number.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Rescaling(scale=0.5, offset=1)])
        >>> model.predict([[0.0, 255.0]]).tolist()
        [[1.0, 128.5]]

    Source: keras.layers.Rescaling, https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
    """

    def __init__(
        self, scale: float | Sequence[float], offset: float | Sequence[float] = 0.0, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.scale, self.offset = self._numbers("scale", scale), self._numbers("offset", offset)
        self.data_format = config.image_data_format()

    def _numbers(self, name: str, value: float | Sequence[float]) -> float | list[float]:
        if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
            return [number(self.label, name, item) for item in value]
        return number(self.label, name, value.item() if isinstance(value, np.ndarray) else value)

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply and add."""
        return inputs * self._factor(inputs, self.scale) + self._factor(inputs, self.offset)

    def _factor(self, x: Tensor, value: float | list[float]) -> float | np.ndarray:
        if not isinstance(value, list):
            return value
        last = self.data_format == "channels_last" or x.rank < 3
        return np.array(value).reshape((-1,) if last else (-1,) + (1,) * (x.rank - 2))
