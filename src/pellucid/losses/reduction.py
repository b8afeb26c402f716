"""From one number per sample to the one number of a batch."""

from __future__ import annotations

import math

from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor, builder
from pellucid.measures import weight_like

Reduction = str | None
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def checked_reduction(owner: str, reduction: Reduction) -> Reduction:
    """Return the name of a reduction if there is one of this name; raise `ArgumentError` otherwise."""
    if not isinstance(reduction, str | None) or reduction not in REDUCTIONS:
        error = ArgumentError if isinstance(reduction, str) else ArgumentTypeError
        known = ", ".join(map(repr, REDUCTIONS))
        raise error(f"{owner}: Invalid value for argument `reduction`: {shown(reduction)}; it is one of {known}")
    return reduction


def reduced(
    values: Tensor, weight: Tensor | None, reduction: Reduction, owner: str, counted: Tensor | None = None
) -> Tensor:
    """Emit the number that a reduction makes of values, each times its weight.

    Args:
        values: (batch, ...).
        weight: one number per sample, or per value; None for 1 each.
        reduction: "sum"; "sum_over_batch_size" or "mean", the sum over the number of values, whatever the weights;
            "mean_with_sample_weight", the sum over the sum of the weights; "none" or None for the values themselves.
        owner: as messages begin.
        counted: 1 for values that count, 0 for those that do not (they are 0); None where all do.

    Returns:
        shape (), or that of the values.
    """
    if weight is not None:
        if weight.rank and not values.rank:
            raise ArgumentError(
                f"{owner} gives one number for the whole batch, so weights of samples mean nothing to it; let it give "
                "one for each sample, (batch,): Dice and Tversky by axis=(1, 2, 3), functions by ops.mean(..., axis=-1)"
            )
        weight = weight_like(weight, values.shape, owner)
        values = values * weight
    if reduction in (None, "none") or not values.rank:
        return values
    total = builder.reduce_sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weight is not None:
        counted = weight if counted is None else weight * counted
    if counted is None:
        return total / math.prod(values.shape)
    size = builder.reduce_sum(counted)
    is_nothing = builder.equal(size, 0.0)
    return builder.where(is_nothing, 0.0, total / builder.where(is_nothing, 1.0, size))
