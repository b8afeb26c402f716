"""A layer that brings the bounding boxes of all images to one number; Keras's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from pellucid.checks import whole
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.boxes import BOXES, check_shapes
from pellucid.layers.images import ImageLayer
from pellucid.layers.layer_options import ImageOptions

MOST_BOXES = 2**16
LARGEST = 2**24  # whole number that float32 holds


class MaxNumBoundingBoxes(ImageLayer):
    """As many bounding boxes for each image: the first ones, filled up with one value.

    It is called on {"images": ..., "bounding_boxes": {"boxes": ..., "labels": ...}}; images alone pass as they are.

    Args:
        max_number: how many.
        fill_value: what boxes and labels that are added hold.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> boxes = {"boxes": np.array([[[0, 0, 4, 4]]]), "labels": np.array([[7]])}
        >>> sample = {"images": np.zeros((1, 8, 8, 3)), "bounding_boxes": boxes}
        >>> layers.MaxNumBoundingBoxes(2)(sample)["bounding_boxes"]["labels"].tolist()
        [[7, -1]]

    Source: keras.layers.MaxNumBoundingBoxes.
    """

    def __init__(
        self, max_number: int, fill_value: int = -1, data_format: str | None = None, **options: Unpack[ImageOptions]
    ) -> None:
        super().__init__(**options)
        self.bounding_box_format = self.bounding_box_format or "xyxy"  # whatever it is: no number is looked at
        self.data_format = arguments.data_format(data_format, self.label)
        self.max_number = whole(self.label, "max_number", max_number, 1, MOST_BOXES)
        self.fill_value = whole(self.label, "fill_value", fill_value, -LARGEST, LARGEST)

    def _sample(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """See `ImageLayer`; images of which none has a box are given one that only fills up."""
        sample = super()._sample(inputs)
        if BOXES not in inputs or BOXES in sample:
            return sample
        shape = np.shape(inputs[BOXES]["boxes"])[:-2]
        fills = {"boxes": np.full((*shape, 1, 4), self.fill_value), "labels": np.full((*shape, 1), self.fill_value)}
        return super()._sample({**inputs, BOXES: fills})

    def of_images(self, x: Tensor) -> Tensor:
        """As they are."""
        return x

    def of_boxes(self, boxes: Tensor, labels: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """The first ones, and what is added."""
        check_shapes(self.label, boxes.shape, labels.shape)
        return self._counted(boxes), self._counted(labels)

    def _counted(self, x: Tensor) -> Tensor:
        first = builder.slice_axis(x, 1, 0, min(x.shape[1], self.max_number))
        missing = self.max_number - first.shape[1]
        if not missing:
            return first
        value = builder.literal(x.graph, np.full((1,) * x.rank, float(self.fill_value)))
        filling = builder.broadcast_to(value, (x.shape[0], missing, *x.shape[2:]))
        return builder.concatenate([first, filling], axis=1)
