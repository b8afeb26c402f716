"""Constraints: what a weight is projected to after each update.

A constraint is called with a tensor and returns one of the same shape. Functions of a tensor that do the same serve as
well; a file holds them by their name only, and needs `custom_objects` when it is read.

Source: keras.constraints, https://keras.io/api/layers/constraints/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from pellucid import custom, legacy, registry
from pellucid.absent import absent
from pellucid.calls import called, explained
from pellucid.checks import axes, mapping_of, number
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.registry import Registry, describe
from pellucid.settled import Settled

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

Axes = int | Sequence[int] | None


class Constraint(Settled):
    """The base of all constraints: subclass it, write `__call__` and, where it has arguments, `get_config`.

    Its arguments are fixed once it is made; a layer may be given another one at any time.

    Example:
        >>> from pellucid import layers, ops
        >>> class Bounded(Constraint):
        ...     def __call__(self, w):
        ...         return ops.clip(w, -1.0, 1.0)
        >>> layers.Dense(3, kernel_constraint=Bounded()).kernel_constraint
        Bounded()

    Source: keras.constraints.Constraint.
    """

    _instead: ClassVar[str] = "make a new constraint with {} and give it to the layer"

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """The projection of w, of the same shape; w itself, where a subclass says nothing else."""
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The constraint of which `get_config` gave this."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


def _checked_axes(owner: str, axis: Axes) -> int | list[int] | None:
    """The axis, or a list of them, as plain numbers; None for all."""
    return None if axis is None else axes(owner, "axis", axis)


def _norms(owner: str, w: Tensor, axis: int | list[int] | None) -> Tensor:
    """The length of each vector along the axes, with these at size 1."""
    several = [*range(w.rank)] if axis is None else axis if isinstance(axis, list) else [axis]
    if any(not -w.rank <= item < w.rank for item in several):
        raise ShapeError(f"{owner}: axis={shown(axis)} does not exist in a weight of shape {w.shape}")
    return builder.sqrt(builder.reduce_sum(builder.square(w), several, keepdims=True))


class MaxNorm(Constraint):
    """Vectors that are longer than `max_value` are shortened to it: w * min(|w|, max_value) / (|w| + 1e-7).

    Args:
        max_value: the greatest length, >= 0.
        axis: along which a vector lies: 0 for the inputs of each unit of a Dense kernel, [0, 1, 2] for each filter of
            a Conv2D kernel; None for all weights as one vector.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.Conv2D(3, 3, kernel_constraint=MaxNorm(1.5, axis=[0, 1, 2])).kernel_constraint
        MaxNorm(max_value=1.5, axis=[0, 1, 2])

    Source: keras.constraints.MaxNorm; Srivastava et al., Dropout, JMLR 15 (2014), section 5.1.
    """

    @legacy.accepts_old_spelling("MaxNorm")
    def __init__(self, max_value: float = 2, axis: Axes = 0) -> None:
        self.max_value = number("MaxNorm", "max_value", max_value, 0.0)
        self.axis = _checked_axes("MaxNorm", axis)

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """See the class."""
        norms = _norms("MaxNorm", w, self.axis)
        return w * (builder.minimum(norms, self.max_value) / (norms + EPSILON))

    def get_config(self) -> dict[str, Any]:
        """Limit and axis."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Negative weights become 0.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, kernel_constraint="non_neg").kernel_constraint
        NonNeg()

    Source: keras.constraints.NonNeg.
    """

    def __init__(self) -> None:
        """It has no settings."""

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """See the class."""
        return builder.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Each vector gets length 1: w / (|w| + 1e-7).

    Args:
        axis: along which a vector lies (see `MaxNorm`).

    Raises:
        ArgumentError: the axis is not a whole number or a list of them.

    Example:
        >>> UnitNorm(axis=[0, 1, 2])
        UnitNorm(axis=[0, 1, 2])

    Source: keras.constraints.UnitNorm.
    """

    def __init__(self, axis: Axes = 0) -> None:
        self.axis = _checked_axes("UnitNorm", axis)

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """See the class."""
        return w / (_norms("UnitNorm", w, self.axis) + EPSILON)

    def get_config(self) -> dict[str, Any]:
        """The axis."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """The length of each vector moves towards the range from `min_value` to `max_value`.

    The new length is rate * clip(|w|, min_value, max_value) + (1 - rate) * |w|.

    Args:
        min_value: the least length, >= 0.
        max_value: the greatest length, >= `min_value`.
        rate: how far, from 0 (not at all) to 1 (at once).
        axis: along which a vector lies (see `MaxNorm`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> MinMaxNorm(0.5, 1.5, rate=0.9)
        MinMaxNorm(min_value=0.5, max_value=1.5, rate=0.9, axis=0)

    Source: keras.constraints.MinMaxNorm.
    """

    @legacy.accepts_old_spelling("MinMaxNorm")
    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axes = 0) -> None:
        self.min_value = number("MinMaxNorm", "min_value", min_value, 0.0)
        self.max_value = number("MinMaxNorm", "max_value", max_value, self.min_value)
        self.rate = number("MinMaxNorm", "rate", rate, 0.0, 1.0)
        self.axis = _checked_axes("MinMaxNorm", axis)

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """See the class."""
        norms = _norms("MinMaxNorm", w, self.axis)
        clipped = builder.clip(norms, self.min_value, self.max_value)
        return w * ((clipped * self.rate + norms * (1.0 - self.rate)) / (norms + EPSILON))

    def get_config(self) -> dict[str, Any]:
        """Limits, rate and axis."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class FunctionConstraint(Constraint):
    """A function of the user's own that returns the projection."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self.function = function

    @anywhere("w")
    def __call__(self, w: Operand) -> Any:
        """What the function returns."""
        projected = called(f"constraint {self!r}", self.function, w)
        if not isinstance(projected, Tensor) or projected.shape != w.shape:
            raise ArgumentError(
                f"constraint {self.function!r} must return a tensor of shape {w.shape}, got {shown(projected)}"
            )
        return projected

    def __repr__(self) -> str:
        return f"FunctionConstraint({getattr(self.function, '__name__', self.function)})"


# Under the names of functions, as Keras has them too.
max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

# Under the names that Keras 1 had.
maxnorm = legacy.OldName("maxnorm", MaxNorm)
nonneg = legacy.OldName("nonneg", NonNeg)
unitnorm = legacy.OldName("unitnorm", UnitNorm)

CONSTRAINTS: Registry[Constraint] = Registry(
    kind="constraint",
    module="keras.constraints",
    base=Constraint,
    classes={"max_norm": MaxNorm, "min_max_norm": MinMaxNorm, "non_neg": NonNeg, "unit_norm": UnitNorm},
    aliases={"maxnorm": "max_norm", "nonneg": "non_neg", "unitnorm": "unit_norm"},
)


@explained
def get(identifier: str | Mapping[str, Any] | Callable[[Tensor], Tensor] | None) -> Constraint | None:
    """The constraint that is meant.

    Args:
        identifier: a name ("max_norm", "MaxNorm", Keras 1's "maxnorm"), a record as `serialize` or Keras writes it, a
            constraint or its class, a function of a tensor, or None for none.

    Returns:
        something that is called with a tensor and returns its projection, or None.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("unit_norm"), get(None)
        (UnitNorm(axis=0), None)

    Source: keras.constraints.get.
    """
    if identifier is None:
        return None
    if isinstance(identifier, legacy.OldName):
        return get(identifier())
    found = custom.function_of("constraint", identifier)
    if found is not None:
        return found if isinstance(found, Constraint) else FunctionConstraint(found)
    return CONSTRAINTS.get(identifier)


@explained
def serialize(constraint: Constraint) -> dict[str, Any]:
    """The record of a constraint, which `get` and Keras read.

    Args:
        constraint: a constraint; functions and classes of your own are written by their names, to be passed as
            `custom_objects` when the file is read.

    Returns:
        plain data that JSON can hold.

    Raises:
        ArgumentError: a function has no name of its own, or `get_config` of a class leaves out an argument.

    Example:
        >>> serialize(UnitNorm(1))["config"]
        {'axis': 1}

    Source: keras.constraints.serialize.
    """
    if isinstance(constraint, FunctionConstraint):
        return custom.function_record("constraint", constraint.function)
    return CONSTRAINTS.serialize(constraint)


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Constraint | None:
    """The constraint of a record from a file; `get` under Keras's other name.

    Args:
        config: a record.
        custom_objects: functions and classes of your own, by the names that the file uses.

    Returns:
        see `get`.

    Raises:
        ArgumentError: see `get`.

    Example:
        >>> deserialize({"class_name": "MaxNorm", "config": {"max_value": 3}})
        MaxNorm(max_value=3.0, axis=0)

    Source: keras.constraints.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
