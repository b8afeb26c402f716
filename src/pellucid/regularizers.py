"""Regularisers: penalties on weights or outputs that are added to the loss.

A regulariser is called with a tensor and returns one number. Functions of a tensor that do the same serve as well; a
file holds them by their name only, and needs `custom_objects` when it is read.

Source: keras.regularizers, https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError, ShapeError, unknown_name
from pellucid.graph import Tensor, builder
from pellucid.registry import Registry, custom_object, describe, number

__all__ = ["L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "get", "l1", "l1_l2", "l2", "serialize"]


class Regularizer:
    """The base of all regularisers: subclass it, write `__call__` and, to save models, `get_config`.

    Example:
        >>> from pellucid import layers, ops
        >>> class Cubed(Regularizer):
        ...     def __call__(self, x):
        ...         return ops.sum(ops.absolute(x) * x * x)
        >>> layers.Dense(3, kernel_regularizer=Cubed()).kernel_regularizer
        Cubed()

    Source: keras.regularizers.Regularizer.
    """

    def __call__(self, x: Tensor) -> Tensor:
        """The penalty on x, of shape ()."""
        raise ArgumentError(f"{type(self).__name__} has no __call__(): a regularizer must say what the penalty is")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regulariser."""
        return {}

    def __repr__(self) -> str:
        return describe(self)


class L1L2(Regularizer):
    """`l1` times the sum of |x| plus `l2` times the sum of x².

    Args:
        l1: factor of the magnitudes, >= 0: drives weights to exactly 0. The gradient at 0 is 0.
        l2: factor of the squares, >= 0: keeps weights small.

    Raises:
        ArgumentError: a factor is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, kernel_regularizer=L1L2(l1=0.01, l2=0.02)).kernel_regularizer
        L1L2(l1=0.01, l2=0.02)

    Source: keras.regularizers.L1L2; Zou and Hastie, Regularization and variable selection via the elastic net, 2005.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = number("L1L2", "l1", l1, 0.0)
        self.l2 = number("L1L2", "l2", l2, 0.0)

    def __call__(self, x: Tensor) -> Tensor:
        """See the class."""
        penalty = x.graph.constant(0.0)
        if self.l1:
            penalty = penalty + builder.reduce_sum(builder.absolute(x)) * self.l1
        if self.l2:
            penalty = penalty + builder.reduce_sum(x * x) * self.l2
        return penalty

    def get_config(self) -> dict[str, Any]:
        """The factors."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """`l1` times the sum of |x|; the gradient at 0 is 0.

    Args:
        l1: the factor, >= 0.

    Raises:
        ArgumentError: it is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, bias_regularizer="l1").bias_regularizer
        L1(l1=0.01)

    Source: keras.regularizers.L1.
    """

    @legacy.accepts_old_spelling("L1")
    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = number("L1", "l1", 0.01 if l1 is None else l1, 0.0)

    def __call__(self, x: Tensor) -> Tensor:
        """See the class."""
        return builder.reduce_sum(builder.absolute(x)) * self.l1

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2` times the sum of x².

    Args:
        l2: the factor, >= 0.

    Raises:
        ArgumentError: it is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Conv2D(3, 3, kernel_regularizer=L2(0.001)).kernel_regularizer
        L2(l2=0.001)

    Source: keras.regularizers.L2.
    """

    @legacy.accepts_old_spelling("L2")
    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = number("L2", "l2", 0.01 if l2 is None else l2, 0.0)

    def __call__(self, x: Tensor) -> Tensor:
        """See the class."""
        return builder.reduce_sum(x * x) * self.l2

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between all pairs of different rows (or columns) of a matrix.

    Args:
        factor: >= 0.
        mode: "rows" or "columns"; the columns of a Dense kernel are its units.

    Raises:
        ArgumentError: the factor is negative or not finite, or the mode is neither.
        ShapeError: when it is called on something else than a matrix.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, kernel_regularizer="orthogonal_regularizer").kernel_regularizer
        OrthogonalRegularizer(factor=0.01, mode='rows')

    Source: keras.regularizers.OrthogonalRegularizer.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = number("OrthogonalRegularizer", "factor", factor, 0.0)
        if mode not in ("rows", "columns"):
            raise unknown_name("mode of OrthogonalRegularizer", mode, ("rows", "columns"))
        self.mode = mode

    def __call__(self, x: Tensor) -> Tensor:
        """See the class."""
        if x.rank != 2:
            raise ShapeError(f"OrthogonalRegularizer takes a matrix, got a weight of shape {x.shape}")
        rows = x if self.mode == "rows" else builder.transpose(x, (1, 0))
        count = rows.shape[0]
        if count < 2:
            return x.graph.constant(0.0)
        # A row of zeros stays one; Keras takes no length for less than 1e-7.
        norms = builder.sqrt(builder.maximum(builder.reduce_sum(rows * rows, [1], keepdims=True), EPSILON**2))
        unit = rows / norms
        cosines = builder.matmul(unit, unit, transpose_b=True) * (1.0 - np.eye(count))
        return builder.reduce_sum(builder.absolute(cosines)) * (self.factor / (count * (count - 1)))

    def get_config(self) -> dict[str, Any]:
        """Factor and mode."""
        return {"factor": self.factor, "mode": self.mode}


class FunctionRegularizer(Regularizer):
    """A function of the user's own that returns the penalty."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self.function = function

    def __call__(self, x: Tensor) -> Tensor:
        """What the function returns."""
        penalty = self.function(x)
        if not isinstance(penalty, Tensor) or penalty.shape != ():
            raise ArgumentError(f"regularizer {self.function!r} must return a tensor of shape (), got {penalty!r}")
        return penalty


def l1(l1: float = 0.01) -> L1:
    """`L1`, under the name of a function, as in Keras 1 and 2.

    Example:
        >>> l1(0.1)
        L1(l1=0.1)
    """
    return L1(l1)


def l2(l2: float = 0.01) -> L2:
    """`L2`, under the name of a function, as in Keras 1 and 2.

    Example:
        >>> l2(0.1)
        L2(l2=0.1)
    """
    return L2(l2)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """`L1L2` with both factors at 0.01, under the name of a function, as in Keras 2.

    Example:
        >>> l1_l2()
        L1L2(l1=0.01, l2=0.01)
    """
    return L1L2(l1, l2)


# Under the names that Keras 1 had.
l1l2 = legacy.OldName("l1l2", L1L2)
activity_l1, activity_l2 = legacy.OldName("activity_l1", L1), legacy.OldName("activity_l2", L2)
activity_l1l2 = legacy.OldName("activity_l1l2", L1L2)
WeightRegularizer = legacy.OldName("WeightRegularizer", L1L2)
ActivityRegularizer = legacy.OldName("ActivityRegularizer", L1L2)
L1L2Regularizer = legacy.OldName("L1L2Regularizer", L1L2)

REGULARIZERS: Registry[Regularizer] = Registry(
    kind="regularizer",
    module="keras.regularizers",
    base=Regularizer,
    classes={"l1": L1, "l1_l2": L1L2, "l2": L2, "orthogonal_regularizer": OrthogonalRegularizer},
    aliases={"l1l2": "l1_l2"},
)


def get(identifier: str | Mapping[str, Any] | Callable[[Tensor], Tensor] | None) -> Regularizer | None:
    """The regulariser that is meant.

    Args:
        identifier: a name ("l2", "L1L2"; "l1_l2" has both factors at 0.01), a record as `serialize` or Keras writes
            it, a regulariser or its class, a function of a tensor, or None for none.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("l2"), get(None)
        (L2(l2=0.01), None)
    """
    if identifier is None:
        return None
    own = custom_object(identifier)
    if own is not None:
        identifier = own
    if identifier == "l1_l2":
        return l1_l2()
    if callable(identifier) and not isinstance(identifier, Regularizer | type):
        return FunctionRegularizer(identifier)
    return REGULARIZERS.get(identifier)


def serialize(regularizer: Regularizer) -> dict[str, Any] | str:
    """The record of a regulariser, which `get` and Keras read; the name, where it is a function of your own.

    Example:
        >>> serialize(L2(0.5))["config"]
        {'l2': 0.5}
    """
    if isinstance(regularizer, FunctionRegularizer):
        return str(getattr(regularizer.function, "__name__", regularizer.function))
    return REGULARIZERS.serialize(regularizer)
