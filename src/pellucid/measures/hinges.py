"""Margins: how far predictions are from lying clearly on the right side."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder
from pellucid.measures.shapes import paired


@anywhere("y_true", "y_pred", name="losses.hinge")
def hinge(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of max(1 - target * prediction, 0) along the last axis.

    Args:
        y_true: -1 or 1 for each output, of the shape of the predictions; where all are 0 or 1, 0 stands for -1.
        y_pred: (batch, ..., outputs), of any size.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> hinge([[1.0, -1.0], [0.0, 1.0]], [[0.5, -2.0], [0.0, 0.0]]).tolist()
        [0.25, 1.0]

    Source: keras.losses.hinge.
    """
    return builder.reduce_mean(_shortfall(*paired("losses.hinge", y_true, y_pred)), [-1])


@anywhere("y_true", "y_pred", name="losses.squared_hinge")
def squared_hinge(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of max(1 - target * prediction, 0)^2 along the last axis.

    Args:
        y_true: see `hinge`; so are `y_pred`, what is returned and what is raised.
        y_pred: (batch, ..., outputs), of any size.

    Example:
        >>> squared_hinge([[1.0, -1.0]], [[0.5, -2.0]]).tolist()
        [0.125]

    Source: keras.losses.squared_hinge.
    """
    return builder.reduce_mean(builder.square(_shortfall(*paired("losses.squared_hinge", y_true, y_pred))), [-1])


@anywhere("y_true", "y_pred", name="losses.categorical_hinge")
def categorical_hinge(y_true: Operand, y_pred: Operand) -> Any:
    """max(1 + the largest prediction of a wrong class - that of the right one, 0), along the last axis.

    As in Keras, the right class stands among the wrong ones with 0.

    Args:
        y_true: one-hot, of the shape of the predictions.
        y_pred: (batch, ..., classes), of any size.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> categorical_hinge([[0.0, 1.0, 0.0]], [[0.5, 2.0, 1.5]]).tolist()
        [0.5]

    Source: keras.losses.categorical_hinge.
    """
    target, prediction = paired("losses.categorical_hinge", y_true, y_pred)
    right = builder.reduce_sum(target * prediction, [-1])
    wrong = builder.reduce_max((1.0 - target) * prediction, [-1])
    return builder.maximum(wrong - right + 1.0, 0.0)


def _shortfall(target: Tensor, prediction: Tensor) -> Tensor:
    """What each output lacks of a margin of 1."""
    # As in Keras it is a matter of the whole batch whether targets are bits: where -1 may occur, 0 is no class.
    is_bit = builder.maximum(builder.equal(target, 0.0), builder.equal(target, 1.0))
    signs = builder.where(builder.reduce_min(is_bit), 2.0 * target - 1.0, target)
    return builder.maximum(1.0 - signs * prediction, 0.0)
