"""Which shapes of targets, predictions and weights go together. Nothing is broadcast but weights,
along later axes, and one number that is the target of all."""

from __future__ import annotations

from pellucid.checks import whole
from pellucid.errors import ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape


def same_rank(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors, the one without a last axis of size 1 that the other has; otherwise as they came.

    (8,) beside (8, 1) gets that axis; of (8, 5) beside (8, 5, 1) it is dropped.

    Source: keras.src.losses.loss.squeeze_or_expand_to_same_rank.
    """
    if b.rank == a.rank + 1:
        return same_rank(b, a)[::-1]
    if a.rank != b.rank + 1 or a.shape[-1] != 1:
        return a, b
    if b.rank == 1:
        return a, builder.reshape(b, (*b.shape, 1))
    return builder.reshape(a, a.shape[:-1]), b


def labels_beside(labels: Tensor, prediction: Tensor, axis: int = -1) -> Tensor:
    """Class numbers without the axis of size 1 that they may have where the predictions have their classes."""
    if labels.rank != prediction.rank or labels.shape[place_of(axis, labels.shape)] != 1:
        return labels
    return builder.reshape(labels, without_axis(labels.shape, axis))


def check_same(owner: str, target: Tensor, prediction: Tensor, expected: Shape) -> None:
    """Raise `ShapeError` unless the targets have the shape that is expected for these predictions.

    Args:
        owner: what takes them, as messages begin ("mean_squared_error", "metric 'accuracy'").
        target: what came.
        prediction: (batch, ..., outputs).
        expected: the shape of the targets.
    """
    if not prediction.rank:
        raise ShapeError(f"{owner} takes predictions (batch, ...), got a single number; put it in a list")
    if target.shape != expected:
        alike = "; both must have the same shape" if expected == prediction.shape else ""
        raise ShapeError(
            f"{owner} takes targets of shape {expected} for predictions of shape {prediction.shape}, got "
            f"{target.shape}{alike}"
        )


def paired(owner: str, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
    """Targets and predictions of one shape, by `same_rank`; raises `ShapeError` where they cannot be.

    A single number is the target of every prediction.
    """
    target = target if target.rank or not prediction.rank else builder.broadcast_to(target, prediction.shape)
    target, prediction = same_rank(target, prediction)
    check_same(owner, target, prediction, prediction.shape)
    return target, prediction


def weight_like(weight: Tensor, shape: Shape, owner: str) -> Tensor:
    """Weights beside values of a shape: further axes are added at the end, with size 1; a surplus one goes.

    Args:
        weight: one number for each sample (batch,), or for each value; () for all.
        shape: of the values, (batch, ...).
        owner: what takes them, as messages begin.

    Raises:
        ShapeError: the weights do not broadcast to the values.
    """
    own = weight.shape
    if len(own) == len(shape) + 1 and own[-1] == 1:
        own = own[:-1]
    aligned = (*own, *(1 for _ in shape[len(own) :]))
    if len(aligned) != len(shape) or any(size not in (1, full) for size, full in zip(aligned, shape, strict=True)):
        raise ShapeError(
            f"{owner}: weights of shape {weight.shape} do not fit values of shape {shape}; give one number for each "
            f"sample, shape {shape[:1]}, or one for each value"
        )
    return builder.reshape(weight, aligned)


def place_of(axis: int, shape: Shape) -> int:
    """An axis counted from 0; raises `ShapeError` where predictions of the shape have none such."""
    axis = whole("", "axis", axis)
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"axis={shown(axis)} is no axis of predictions of shape {shape}")
    return axis % len(shape)


def without_axis(shape: Shape, axis: int) -> Shape:
    """The shape of predictions without one of its axes (negative counts from the end); see `place_of`."""
    place = place_of(axis, shape)
    return (*shape[:place], *shape[place + 1 :])
