"""Regularisers: penalties on weights or outputs that are added to the loss.

A regulariser is called with a tensor and returns one number. Functions of a tensor that do the same serve as well; a
file holds them by their name only, and needs `custom_objects` when it is read.

Source: keras.regularizers, https://keras.io/api/layers/regularizers/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from pellucid import custom, legacy, registry
from pellucid.absent import absent
from pellucid.calls import called, explained
from pellucid.checks import mapping_of, number
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, bare, shown
from pellucid.graph import Tensor, builder
from pellucid.registry import Registry, describe
from pellucid.settled import Settled

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


class Regularizer(Settled):
    """The base of all regularisers: subclass it, write `__call__` and, where it has arguments, `get_config`.

    Its arguments are fixed once it is made; a layer may be given another one at any time.

    Example:
        >>> from pellucid import layers, ops
        >>> class Cubed(Regularizer):
        ...     def __call__(self, x):
        ...         return ops.sum(ops.absolute(x) * x * x)
        >>> layers.Dense(3, kernel_regularizer=Cubed()).kernel_regularizer
        Cubed()

    Source: keras.regularizers.Regularizer.
    """

    _instead: ClassVar[str] = "make a new regularizer with {} and give it to the layer"

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """The penalty on x, of shape ()."""
        raise ArgumentError(f"{type(self).__name__} has no __call__(): a regularizer must say what the penalty is")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regulariser."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The regulariser of which `get_config` gave this."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


class L1L2(Regularizer):
    """`l1` times the sum of |x| plus `l2` times the sum of x².

    Args:
        l1: factor of the magnitudes, >= 0: drives weights to 0. The gradient at 0 is 0 (see `L1`). None is 0.
        l2: factor of the squares, >= 0: keeps weights small. None is 0.

    Raises:
        ArgumentError: a factor is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, kernel_regularizer=L1L2(l1=0.01, l2=0.02)).kernel_regularizer
        L1L2(l1=0.01, l2=0.02)

    Source: keras.regularizers.L1L2; Zou and Hastie, Regularization and variable selection via the elastic net, 2005.
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = number("L1L2", "l1", 0.0 if l1 is None else l1, 0.0)
        self.l2 = number("L1L2", "l2", 0.0 if l2 is None else l2, 0.0)

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """See the class."""
        penalty = x.graph.constant(0.0)
        if self.l1:
            penalty = penalty + builder.reduce_sum(builder.absolute(x)) * self.l1
        if self.l2:
            penalty = penalty + builder.reduce_sum(builder.square(x)) * self.l2
        return penalty

    def get_config(self) -> dict[str, Any]:
        """The factors."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """`l1` times the sum of |x|.

    The gradient at 0 is 0, as in Keras on PyTorch; on JAX it is `l1`, which moves weights that start at 0.

    Args:
        l1: the factor, >= 0. None is 0.01.

    Raises:
        ArgumentError: it is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Dense(3, bias_regularizer="l1").bias_regularizer
        L1(l1=0.01)

    Source: keras.regularizers.L1.
    """

    @legacy.accepts_old_spelling("L1")
    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = number("L1", "l1", 0.01 if l1 is None else l1, 0.0)

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """See the class."""
        return builder.reduce_sum(builder.absolute(x)) * self.l1

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2` times the sum of x².

    Args:
        l2: the factor, >= 0. None is 0.01.

    Raises:
        ArgumentError: it is negative or not finite.

    Example:
        >>> from pellucid import layers
        >>> layers.Conv2D(3, 3, kernel_regularizer=L2(0.001)).kernel_regularizer
        L2(l2=0.001)

    Source: keras.regularizers.L2.
    """

    @legacy.accepts_old_spelling("L2")
    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = number("L2", "l2", 0.01 if l2 is None else l2, 0.0)

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """See the class."""
        return builder.reduce_sum(builder.square(x)) * self.l2

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| of the angles between all pairs of rows (or columns) of a matrix.

    A single row has no pairs: its penalty is 0 (in Keras it is NaN). A row of zeros has cosine 0 and no gradient.

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
        if not isinstance(mode, str) or mode not in ("rows", "columns"):
            expected = 'Expected one of {"rows", "columns"}'
            raise ArgumentError(f"Invalid value for argument `mode`. {expected}. Received: mode={bare(mode)}")
        self.mode = mode

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """See the class."""
        if x.rank != 2:
            raise ShapeError(f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={x.shape}")
        rows = x if self.mode == "rows" else builder.transpose(x, (1, 0))
        count = rows.shape[0]
        if count < 2:
            return x.graph.constant(0.0)
        # Keras takes no length for less than 1e-7; so a row of zeros stays one.
        squares = builder.reduce_sum(builder.square(rows), [1], keepdims=True)
        unit = rows / builder.sqrt(builder.maximum(squares, EPSILON**2))
        cosines = builder.matmul(unit, unit, transpose_b=True) * (1.0 - np.eye(count))
        return builder.reduce_sum(builder.absolute(cosines)) * (self.factor / (count * (count - 1)))

    def get_config(self) -> dict[str, Any]:
        """Factor and mode."""
        return {"factor": self.factor, "mode": self.mode}


class FunctionRegularizer(Regularizer):
    """A function of the user's own that returns the penalty."""

    def __init__(self, function: Callable[[Tensor], Tensor | float]) -> None:
        self.function = function

    @anywhere("x")
    def __call__(self, x: Operand) -> Any:
        """What the function returns."""
        found = called(f"regularizer {self!r}", self.function, x)
        penalty = x.graph.constant(found) if isinstance(found, int | float | np.number) else found
        if not isinstance(penalty, Tensor) or math.prod(penalty.shape) != 1:
            raise ArgumentError(f"regularizer {self.function!r} must return one number as a tensor, got {shown(found)}")
        return builder.reshape(penalty, ())

    def __repr__(self) -> str:
        return f"FunctionRegularizer({getattr(self.function, '__name__', self.function)})"


# Under the names of functions, as Keras has them too.
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

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
    aliases={"l1l2": "l1_l2", "activity_l1": "l1", "activity_l2": "l2", "activity_l1l2": "l1_l2"},
)


@explained
def get(identifier: str | Mapping[str, Any] | Callable[[Tensor], Tensor] | None) -> Regularizer | None:
    """The regulariser that is meant.

    Args:
        identifier: a name ("l2", "L1L2"), a record as `serialize` or Keras writes it, a regulariser or its class, a
            function of a tensor, or None for none. A name alone means factors of 0.01, as Keras documents it (Keras
            3.15 gives "l1l2" factors of 0, hence no penalty at all, and does not know "l1_l2").

    Returns:
        something that is called with a tensor and returns the penalty, or None.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("l2"), get("l1_l2"), get(None)
        (L2(l2=0.01), L1L2(l1=0.01, l2=0.01), None)

    Source: keras.regularizers.get.
    """
    if identifier is None:
        return None
    if isinstance(identifier, legacy.OldName):
        return get(identifier())
    found = custom.function_of("regularizer", identifier)
    if found is not None:
        return found if isinstance(found, Regularizer) else FunctionRegularizer(found)
    if isinstance(identifier, str) and REGULARIZERS.find(identifier) is L1L2:
        return L1L2(0.01, 0.01)
    return REGULARIZERS.get(identifier)


@explained
def serialize(regularizer: Regularizer) -> dict[str, Any]:
    """The record of a regulariser, which `get` and Keras read.

    Args:
        regularizer: a regulariser; functions and classes of your own are written by their names, to be passed as
            `custom_objects` when the file is read.

    Returns:
        plain data that JSON can hold.

    Raises:
        ArgumentError: a function has no name of its own, or `get_config` of a class leaves out an argument.

    Example:
        >>> serialize(L2(0.5))["config"]
        {'l2': 0.5}

    Source: keras.regularizers.serialize.
    """
    if isinstance(regularizer, FunctionRegularizer):
        return custom.function_record("regularizer", regularizer.function)
    return REGULARIZERS.serialize(regularizer)


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Regularizer | None:
    """The regulariser of a record from a file; `get` under Keras's other name.

    Args:
        config: a record.
        custom_objects: functions and classes of your own, by the names that the file uses.

    Returns:
        see `get`.

    Raises:
        ArgumentError: see `get`.

    Example:
        >>> deserialize({"class_name": "L1", "config": {"l1": 0.5}})
        L1(l1=0.5)

    Source: keras.regularizers.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
