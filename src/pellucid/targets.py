"""Training targets at the model's door: are they numbers, of the right shape, within range?

Losses call these once for the whole array, before the first step, since what is wrong here trains silently into
nonsense later. Messages name the first bad value and what would be right. Nothing is ever broadcast.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import DataError
from pellucid.graph.ops import Shape


def as_array(y: npt.ArrayLike, name: str = "") -> np.ndarray:
    """Targets as an array of numbers; raises `DataError` where they are none, beginning with a name if there is one."""
    try:
        return array_of(y)
    except NoNumbers as error:
        if error.parts_differ:
            where = f"{name}: " if name else ""
            raise DataError(
                f"{where}the targets are not an array: its parts have different shapes ({error.advice})"
            ) from error
        hint = "; np.unique(y, return_inverse=True)[1] turns class names into numbers" if error.are_names else ""
        raise DataError(f"targets must be numbers, got {error}{hint}") from error


def as_numbers(given: npt.ArrayLike) -> np.ndarray:
    """Return targets that are finite numbers, at least one; raise `DataError` otherwise."""
    y = as_array(given)
    if y.ndim == 0 or len(y) == 0:
        raise DataError(f"there are no targets: expected one or more for each sample, got shape {y.shape}")
    if y.dtype.kind == "f":
        with np.errstate(over="ignore"):
            bad = ~np.isfinite(y.astype(np.float32))
        if bad.any():
            raise DataError(
                f"target {first(y, bad)} is not a finite 32-bit number ({int(bad.sum())} of {y.size} are not); remove "
                "or repair these samples"
            )
    return y


def first(y: np.ndarray, bad: np.ndarray) -> str:
    """The first value where `bad` is true, with its place, as messages name it.

    Example:
        >>> first(np.array([1, 14]), np.array([False, True])), first(np.array([[0.5]]), np.array([[True]]))
        ('14 at index 1', '0.5 at index (0, 0)')
    """
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return f"{y[place]} at index {place[0] if len(place) == 1 else place}"


def reshaped(y: np.ndarray, sample: Shape) -> np.ndarray | None:
    """Targets as (samples, *sample), where they differ from it in a last axis of size 1 at most; None otherwise.

    Example:
        >>> reshaped(np.zeros((8,)), (1,)).shape, reshaped(np.zeros((8, 1)), ()).shape, reshaped(np.zeros((8, 2)), ())
        ((8, 1), (8,), None)
    """
    came = y.shape[1:]
    fits = came == sample or came == (*sample, 1) or (*came, 1) == sample
    return y.reshape((len(y), *sample)) if fits else None


def misfit(y: np.ndarray, sample: Shape, prediction: Shape, layer: str, hint: str) -> DataError:
    """The error for targets of a wrong shape.

    Args:
        y: what came.
        sample: the shape that each target should have.
        prediction: the shape of one prediction.
        layer: the last layer's name.
        hint: what to do, as the end of the message; may be empty.
    """
    outputs = f"the last layer {layer!r} gives {_sizes(prediction)} for each sample"
    said = _pooling_is_missing(y, prediction) or hint
    return DataError(f"targets have shape {y.shape}, expected {(len(y), *sample)}: {outputs}{said}")


def _pooling_is_missing(y: np.ndarray, prediction: Shape) -> str:
    """What to do where maps are predicted and targets are one for each sample, as the end of a message; else empty."""
    axes = len(prediction) - 1
    if axes < 1 or y.ndim > 2:
        return ""
    pooling = f"GlobalAveragePooling{axes}D" if axes <= 3 else "a global pooling"
    return f"; probably a Flatten (or {pooling}) is missing between these maps and the layer that decides"


def _sizes(shape: Shape) -> str:
    return f"{shape[0]} number{'s' * (shape[0] != 1)}" if len(shape) == 1 else f"an array of shape {shape}"


def check_labels(y: np.ndarray, classes: int, origin: str) -> None:
    """Raise `DataError` unless every label is a whole number from 0 to `classes` - 1.

    Args:
        y: the labels.
        classes: how many classes there are.
        origin: what has so many outputs, as it reads in a message ("the last layer 'dense'").
    """
    outputs = f"({origin} has {classes} output{'s' * (classes != 1)})"
    fractional = y != np.floor(y) if y.dtype.kind == "f" else np.zeros(y.shape, bool)
    if fractional.any():
        raise DataError(f"label {first(y, fractional)} is not a whole number; classes are 0..{classes - 1} {outputs}")
    outside = (y < 0) | (y >= classes)
    if outside.any():
        hint = ""
        if classes == 1:
            hint = "; for two classes and one output use binary_crossentropy with a sigmoid"
        elif y.min() == 1 and y.max() == classes:
            hint = "; the labels count from 1: use y - 1"
        raise DataError(f"label {first(y, outside)} is outside 0..{classes - 1} {outputs}{hint}")


def check_probabilities(y: np.ndarray, layer: str, hint: str) -> None:
    """Raise `DataError` unless every target lies from 0 to 1."""
    outside = (y < 0) | (y > 1)
    if outside.any():
        raise DataError(f"target {first(y, outside)} is outside 0..1, where the targets of {layer!r} must lie{hint}")
