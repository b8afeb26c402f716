"""The base of layers for images, and for what belongs to images: masks, labels, bounding boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid.arraylike import Array, array_of
from pellucid.data.images.boxes import NAMES as BOX_FORMATS
from pellucid.dispatch.arrangement import Arguments
from pellucid.dispatch.arrays import RECORDER
from pellucid.dispatch.symbolic import SymbolicShape, SymbolicTensor
from pellucid.engines import get_engine
from pellucid.engines.base import Program
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input, RandomUniform
from pellucid.graph.tensor import HasTensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.boxes import (
    BOX_LABELS,
    BOXES,
    arranged,
    changed,
    check_shapes,
    opened,
    refused,
)
from pellucid.layers.channels import to_channels_last
from pellucid.layers.layer_class import refuse_arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.on_arguments import call_on
from pellucid.layers.on_arrays import arrays_of, open_batch

IMAGES, LABELS, MASKS = "images", "labels", "segmentation_masks"
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


class ImageLayer(Layer):
    """A layer that takes images, and what belongs to them.

    It is called on a batch of images, or on one; or on a sample as Keras's data sets have them: a dictionary of
    "images", and "labels", "segmentation_masks" or "bounding_boxes" that belong to them.

    Args:
        settings: of the bases.
        bounding_box_format: what the four numbers of a box are: "xyxy" for left, top, right and bottom, "yxyx", "xywh"
            for left, top, width and height, "center_xywh", "center_yxhw"; with "rel_" before one of them (but the
            last) shares of the image's sides, and not pixels.
        options: see `Layer`.
    """

    data_format: str
    belongs: ClassVar[tuple[str, ...]] = (MASKS, BOXES)
    """What of a sample is changed together with its images."""
    _prepared: Mapping[Any, tuple[bool, Program]] = MappingProxyType({})
    bookkeeping = Layer.bookkeeping | {"_prepared"}
    moves_no_boxes: ClassVar[str] = ""
    """Why it cannot change bounding boxes with its images, where it cannot."""

    def __init__(self, *settings: Any, bounding_box_format: str | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(*settings, **options)
        given = bounding_box_format is not None
        self.bounding_box_format = (
            arguments.in_any_case("bounding_box_format", bounding_box_format, BOX_FORMATS, self.label)
            if given
            else None
        )

    def get_config(self) -> dict[str, Any]:
        """See `Layer.get_config`; the format of boxes stands there where it is set, as in Keras."""
        form = self.bounding_box_format
        return super().get_config() | ({} if form is None else {"bounding_box_format": form})

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, 2, self.label, self.data_format)

    def call(self, inputs: Any) -> Any:
        """What becomes of images, or of a sample."""
        if not isinstance(inputs, Mapping):
            return self.of_images(inputs)
        changed = {IMAGES: self.of_images, MASKS: self.of_masks, LABELS: self.relabelled}
        with alike():
            found = {name: changed[name](each) for name, each in inputs.items() if name in changed}
            if BOXES in inputs:
                x = to_channels_last(inputs[IMAGES], self.data_format)
                found |= zip((BOXES, BOX_LABELS), self.of_boxes(inputs[BOXES], inputs[BOX_LABELS], x), strict=True)
        return found

    def of_images(self, x: Tensor) -> Tensor:
        """What becomes of images, in their order of axes."""
        raise TypeError(f"{type(self).__name__} does not say what becomes of images")

    def of_masks(self, x: Tensor) -> Tensor:
        """What becomes of masks, with their images."""
        return self.of_images(x)

    def of_boxes(self, boxes: Tensor, labels: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """What becomes of boxes and their labels, with their images (batch, rows, columns, channels)."""
        check_shapes(self.label, boxes.shape, labels.shape)
        _, rows, columns, _ = x.shape
        return changed(
            boxes, labels, self.bounding_box_format or "", (rows, columns), self.size_after(rows, columns),
            lambda corners: self.corners_moved(corners, x),
        )  # fmt: skip

    def size_after(self, rows: int, columns: int) -> tuple[int, int]:
        """Rows and columns of what becomes of images."""
        return rows, columns

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """Where corners (batch, boxes, 4) of boxes come to lie, in pixels, with their images."""
        raise refused(self.label, "does not say what becomes of bounding boxes")

    def _on_arrays(self, inputs: Any, training: bool) -> Any:
        """Computed at once, as for any layer; what was prepared for a shape is kept for the next image or batch."""
        if RECORDER.get() is not None or not self._is_ours or self.keeps_numbers or self.activity_regularizer:
            return super()._on_arrays(inputs, training)
        return self._of_arrays({IMAGES: inputs}, training)[IMAGES]

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

    def __call__(self, inputs: Any = (), *further: Any, training: bool | None = None, **others: Any) -> Any:
        """See `Layer`; besides, a single image, or a dictionary of images and what belongs to them.

        Args:
            inputs: images, a batch or one; or a dictionary with them under "images". Of its other entries "labels",
                "segmentation_masks" and "bounding_boxes" are changed along where the layer changes them; all others
                are handed back.
            training: True to vary; by default arrays are varied, and in a model the model decides.
        """
        if not isinstance(inputs, Mapping):
            if not is_one_image(inputs):
                return super().__call__(inputs, *further, training=training, **others)
            return super().__call__(array_of(inputs)[None], *further, training=training, **others)[0]
        sample, training = self._sample(inputs), further[0] if further else training
        if is_described(sample):
            return arranged(inputs, call_on(self, (sample,), others, training))
        single = is_one_image(sample[IMAGES])
        row = arrays_of(self.label, [array_of(each)[None] if single else each for each in sample.values()])
        sample = dict(zip(sample, row, strict=True))
        if others:
            refuse_arguments(self.label, others)
        form = training is None or bool(training)
        varied = call_on(self, (sample,), {}, form) if self.keeps_numbers else self._of_arrays(sample, form)
        return arranged(inputs, {name: each[0] for name, each in varied.items()} if single else varied)

    def _sample(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What of a dictionary is varied."""
        if IMAGES not in inputs:
            raise ArgumentError(
                f'{self.label} takes images, or a dictionary with them under "images", got the keys {list(inputs)}'
            )
        sample = {name: inputs[name] for name in (IMAGES, *self.belongs) if name in inputs and name != BOXES}
        if BOXES not in inputs or BOXES not in self.belongs:
            return sample
        if self.moves_no_boxes:
            raise refused(self.label, self.moves_no_boxes)
        if self.bounding_box_format is None:
            raise ArgumentError(
                f"{self.label}: say what the four numbers of a bounding box are, for example "
                f"{type(self).__name__}(..., bounding_box_format='xyxy') for left, top, right, bottom"
            )
        boxes = opened(self.label, inputs[BOXES])
        return sample if 0 in np.shape(boxes[BOXES]) else sample | boxes  # nothing is to be seen on an empty street


def is_one_image(inputs: Any) -> bool:
    """Whether an array is one image rather than a batch: of three axes, and of as many channels as images have."""
    if isinstance(inputs, SymbolicTensor | Tensor | HasTensor):
        return False
    shape = np.shape(inputs)
    return len(shape) == RANK and min(shape[0], shape[-1]) <= MOST_CHANNELS


def is_described(sample: Mapping[str, Any]) -> bool:
    """Whether a sample stands in a model or a graph, rather than being numbers."""
    return any(isinstance(each, SymbolicTensor | Tensor | HasTensor) for each in sample.values())
