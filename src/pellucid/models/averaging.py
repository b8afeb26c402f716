"""A model that looks at an image in several ways, and says the mean of what it finds."""

from __future__ import annotations

import math
from typing import Any

from pellucid import ops
from pellucid.calls import explained
from pellucid.checks import object_of, whole, word
from pellucid.errors import ArgumentError, ShapeError
from pellucid.layers import Input, arguments
from pellucid.models.model import Model

ROWS, COLUMNS = 0, 1
MIRRORED = {"horizontal": (COLUMNS,), "vertical": (ROWS,), "horizontal_and_vertical": (ROWS, COLUMNS)}


@explained
def averaged_over_views(
    model: Model, mirror: str | None = "horizontal", shift: int = 1, data_format: str | None = None
) -> Model:
    """A model that is the mean of what a model says of views of each image: the image, mirrored, and shifted.

    An image counts as much as its mirror image; the image where it is counts half, and by `shift` pixels up and to the
    left, and down and to the right, a quarter each (what comes in is reflected at the border). So there are six views,
    and predictions take six times as long. The weights are those of the model: what it learns later holds here too.

    Args:
        model: that takes images and says one thing, probabilities or logits.
        mirror: "horizontal" for left and right, "vertical" for up and down, "horizontal_and_vertical" for both at once;
            None for no mirror images.
        shift: by how many pixels, >= 0; 0 for no shifted views.
        data_format: of the images, "channels_last" or "channels_first"; None for that of `config`.

    Returns:
        a model that predicts, can be saved, and, once it is compiled, evaluated.

    Raises:
        ArgumentError: an argument is unknown or out of range, or there is one view alone.
        ShapeError: the model does not take one image (rows, columns, channels), or the shift is not smaller than it.

    Example:
        >>> import numpy as np
        >>> from pellucid import Input, Sequential, layers
        >>> left = Sequential([Input((1, 2, 1)), layers.Cropping2D(((0, 0), (0, 1))), layers.Flatten()])
        >>> both = averaged_over_views(left, shift=0)
        >>> both.predict(np.array([[[[2.0], [4.0]]]]), verbose=0).tolist()
        [[3.0]]

    Source: Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep CNNs, 2012, section 4.1; Jordan, arXiv
    2404.00498, section 3.5, for these views and weights.
    """
    owner = "averaged_over_views"
    object_of(owner, model, Model, "a model")
    axes = MIRRORED[word(owner, "mirror", mirror, MIRRORED)] if mirror is not None else ()
    shift = whole(owner, "shift", shift, 0)
    if not axes and not shift:
        raise ArgumentError(
            f"{owner}: with mirror=None and shift=0 there is one view alone, which the model has already"
        )
    first = 1 if arguments.data_format(data_format, owner) == "channels_last" else 2
    image = Input(_image_of(owner, model, shift, first))
    views = [
        (share * (0.5 if axes else 1.0), view)
        for share, moved in _shifted(image, shift, first)
        for view in ([moved, ops.flip(moved, [axis + first for axis in axes])] if axes else [moved])
    ]
    total = None
    for share, view in views:
        part = model(view) * share
        total = part if total is None else total + part
    return Model(image, total, name=f"{model.name}_over_{len(views)}_views")


def _image_of(owner: str, model: Model, shift: int, first: int) -> tuple[int | None, ...]:
    """The shape of the one image that the model takes."""
    network = model.network
    if network is None:
        raise ArgumentError(f"{owner}: {model.label} has not been built: give it an Input first")
    shapes = [tensor.shape for tensor in network.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or len(network.outputs) != 1:
        raise ShapeError(
            f"{owner} takes a model of one image, (rows, columns, channels), that says one thing; {model.label} takes "
            f"{', '.join(str(shape) for shape in shapes)} and says {len(network.outputs)}"
        )
    if shift >= min(size or math.inf for size in shapes[0][first : first + 2]):
        raise ShapeError(f"{owner}: shift={shift} must be smaller than the image, {shapes[0][1:]}")
    return shapes[0][1:]


def _shifted(image: Any, shift: int, first: int) -> list[tuple[float, Any]]:
    """The image as it is, and shifted, with what each counts."""
    if not shift:
        return [(1.0, image)]
    wide = _reflected(_reflected(image, first, shift), first + 1, shift)
    views = [_cut(_cut(wide, first, part), first + 1, part) for part in (slice(2 * shift, None), slice(-2 * shift))]
    return [(0.5, image), *((0.25, view) for view in views)]


def _reflected(x: Any, axis: int, width: int) -> Any:
    """x with so much of it mirrored at both ends of an axis, the border itself not twice."""
    before, behind = _cut(x, axis, slice(1, width + 1)), _cut(x, axis, slice(-width - 1, -1))
    return ops.concatenate([ops.flip(before, axis), x, ops.flip(behind, axis)], axis=axis)


def _cut(x: Any, axis: int, part: slice) -> Any:
    """A part of x along an axis."""
    return x[(slice(None),) * axis + (part,)]
