"""Images and arrays seen from other places, under Keras's names (keras.ops.image)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.checks import number, word
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.bending import SMALL
from pellucid.layers.channels import on_image_or_batch
from pellucid.layers.moving import grid
from pellucid.layers.sampling import FILL_MODES, INTERPOLATIONS, pixels_at

__all__ = ["affine_transform", "map_coordinates", "perspective_transform"]

NUMBERS = 8
"""Of a map of planes: all but the last of a matrix (3, 3), which is 1."""
CORNERS, PLANE = 4, 2


@anywhere("images", "transform", name="ops.image.affine_transform")
def affine_transform(
    images: Operand,
    transform: Operand,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Images turned, sheared, scaled, moved or seen in perspective, as eight numbers say for each or for all.

    Formula: what comes to stand in column x of row y is what stands in column (a0 x + a1 y + a2) / k of row (b0 x + b1
    y + b2) / k, with k = c0 x + c1 y + 1.

    Args:
        images: one, or a batch.
        transform: (8,), or (batch, 8): a0, a1, a2, b0, b1, b2, c0, c1. (Keras takes c0 and c1 for 0 but on TensorFlow.)
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies outside: "constant", "nearest", "wrap" or "reflect"; see `layers.RandomRotation`.
        fill_value: that constant.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: a word is unknown.
        ShapeError: images or transforms have another shape.

    Example:
        >>> affine_transform([[[1.0], [2.0], [3.0]]], [1, 0, 1, 0, 1, 0, 0, 0])[0, :, 0].tolist()
        [2.0, 3.0, 0.0]

    Source: keras.ops.image.affine_transform.
    """
    what = "ops.image.affine_transform"
    fits = transform.rank in (1, 2) and transform.shape[-1] == NUMBERS
    batch = images.shape[0] if images.rank == CORNERS else 1
    if not fits or (transform.rank == 2 and transform.shape[0] not in (1, batch)):
        raise ShapeError(f"{what}: transform has shape (8,), or (batch, 8) for {batch} images, got {transform.shape}")
    return _seen(what, images, transform, (interpolation, fill_mode, fill_value), data_format)


@anywhere("images", "start_points", "end_points", name="ops.image.perspective_transform")
def perspective_transform(
    images: Operand,
    start_points: Operand,
    end_points: Operand,
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Images in the perspective in which four points of each come to lie at four others.

    Args:
        images: one, or a batch.
        start_points: (4, 2), or (batch, 4, 2): columns and rows of the points; numbers that are known.
        end_points: where these come to lie, likewise.
        interpolation: "bilinear" or "nearest".
        fill_value: what lies outside.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: a word is unknown, points are a tensor, or three of four points lie on one line.
        ShapeError: images or points have another shape.

    Example:
        >>> corners = [[0, 0], [2, 0], [0, 1], [2, 1]]
        >>> mirrored = [[2, 0], [0, 0], [2, 1], [0, 1]]
        >>> perspective_transform([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]], corners, mirrored)[..., 0].tolist()
        [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]

    Source: keras.ops.image.perspective_transform; Heckbert, Fundamentals of texture mapping and image warping, 1989,
        section 2.2.
    """
    what = "ops.image.perspective_transform"
    ends = []
    for name, points in (("start_points", start_points), ("end_points", end_points)):
        known = known_values(points)
        if known is None:
            raise ArgumentError(f"{what}: {name} are numbers that are known, got a tensor of a model")
        if known.shape[-2:] != (CORNERS, PLANE) or known.ndim not in (2, 3):
            raise ShapeError(f"{what}: {name} have shape (4, 2), or (batch, 4, 2), got {known.shape}")
        ends.append(np.asarray(known, np.float64).reshape(-1, CORNERS, PLANE))
    count = images.shape[0] if images.rank == CORNERS else 1
    if ends[0].shape != ends[1].shape or len(ends[0]) not in (1, count):
        raise ShapeError(f"{what}: points for {count} images, as many of both, got {len(ends[0])} and {len(ends[1])}")
    maps = np.stack([_between_planes(what, *pair) for pair in zip(*ends, strict=True)])
    transform = builder.literal(images.graph, maps)
    return _seen(what, images, transform, (interpolation, "constant", fill_value), data_format)


def _between_planes(what: str, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The eight numbers by which the places `end`, (4, 2), are seen from `start`: two equations for each point."""
    (x, y), (u, v), one, zero = end.T, start.T, np.ones(CORNERS), np.zeros((3, CORNERS))
    across = np.stack([x, y, one, *zero, -u * x, -u * y], axis=1)
    down = np.stack([*zero, x, y, one, -v * x, -v * y], axis=1)
    try:
        return np.linalg.solve(np.concatenate([across, down]), np.concatenate([u, v]))
    except np.linalg.LinAlgError as error:
        raise ArgumentError(f"{what}: three of the points {shown(end.tolist())} lie on one line") from error


def _seen(what: str, images: Tensor, transform: Tensor, how: tuple[str, str, float], data_format: str | None) -> Tensor:
    interpolation, fill_mode, fill_value = how
    order = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, what)
    mode, value = word(what, "fill_mode", fill_mode, FILL_MODES), number(what, "fill_value", fill_value)

    def seen(x: Tensor) -> Tensor:
        a0, a1, a2, b0, b1, b2, c0, c1 = _split(transform)
        down, across = grid(x)
        k = c0 * across + c1 * down + 1.0
        k = builder.where(builder.greater(builder.absolute(k), SMALL), k, SMALL)
        places = (b0 * across + b1 * down + b2) / k, (a0 * across + a1 * down + a2) / k
        return pixels_at(x, places, order, mode, value)

    return on_image_or_batch(images, 2, arguments.data_format(data_format, what), what, seen)


def _split(transform: Tensor) -> list[Tensor]:
    """The eight numbers, of all images in (batch, 1, 1) each."""
    rows = builder.reshape(transform, (1 if transform.rank == 1 else transform.shape[0], NUMBERS))
    return [
        builder.reshape(builder.slice_axis(rows, 1, place, place + 1), (rows.shape[0], 1, 1))
        for place in range(NUMBERS)
    ]


@anywhere("inputs", "coordinates", name="ops.image.map_coordinates")
def map_coordinates(
    inputs: Operand, coordinates: Operand, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> Any:
    """The numbers of an array of any rank at places that are given along each of its axes, between its elements too.

    Args:
        inputs: of any shape.
        coordinates: (axes of the inputs, ...): the places, along one axis after the other.
        order: 0 for the nearest element, 1 for straight lines between neighbours along each axis.
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: that constant.

    Returns:
        the shape of the coordinates without their first axis.

    Raises:
        ArgumentError: the order is neither, or a word is unknown.
        ShapeError: coordinates and inputs do not fit.

    Example:
        >>> map_coordinates([[0.0, 1.0], [2.0, 3.0]], [[0.0, 0.5], [1.0, 0.5]], order=1).tolist()
        [1.0, 1.5]

    Source: keras.ops.image.map_coordinates.
    """
    what = "ops.image.map_coordinates"
    if isinstance(order, bool) or order not in (0, 1):
        raise ArgumentError(f"{what}: order is 0 (nearest) or 1 (straight lines), got {shown(order)}")
    mode = word(what, "fill_mode", fill_mode, (*FILL_MODES, "mirror"))
    value = number(what, "fill_value", fill_value)
    if not inputs.rank or coordinates.rank < 2 or coordinates.shape[0] != inputs.rank:
        raise ShapeError(
            f"{what}: coordinates for inputs of shape {inputs.shape} are (axes, places...), here ({inputs.rank}, ...), "
            f"got {coordinates.shape}"
        )
    places = [builder.slice_axis(coordinates, 0, axis, axis + 1) for axis in range(inputs.rank)]
    x = builder.reshape(inputs, (1, *inputs.shape, 1))
    found = pixels_at(x, places, INTERPOLATIONS[1 - order], mode, value)
    return builder.reshape(found, coordinates.shape[1:])
