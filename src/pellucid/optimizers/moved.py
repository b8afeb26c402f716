"""What an optimiser moves: weights of the library, variables of Keras's kind, NumPy arrays."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph.ops import Shape

__all__ = ["ArrayVariable", "Moved", "Stepped", "movable", "stands_for"]


class Stepped(Protocol):
    """A weight, as far as an optimiser must know it to say how it is stepped."""

    @property
    def name(self) -> str:
        """ "kernel", "bias", ..."""
        ...

    @property
    def path(self) -> str:
        """The owner's name and the weight's: "conv2d/kernel"."""
        ...

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        ...


class Moved(Stepped, Protocol):
    """What an optimiser can move: a weight of the library, a variable of Keras's kind, an array (`ArrayVariable`)."""

    def numpy(self) -> np.ndarray:
        """The values."""
        ...

    def assign(self, value: Any) -> Any:
        """Replace all values."""
        ...


class ArrayVariable:
    """An array that steps change in place.

    Args:
        array: floating point and writable.
        name: for messages.

    Raises:
        ArgumentError: it cannot be changed in place.
    """

    def __init__(self, array: np.ndarray, name: str) -> None:
        if array.dtype.kind != "f" or not array.flags.writeable:
            kind = f"of {array.dtype}" if array.dtype.kind != "f" else "that is read-only"
            raise ArgumentError(
                f"{name}: a step changes an array in place, so it must hold floating point numbers and be writable; "
                f"got an array {kind}"
            )
        self.array, self.name, self.path = array, name, name

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return self.array.shape

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        return self.array.copy()

    def assign(self, value: npt.ArrayLike) -> None:
        """Replace all values."""
        self.array[...] = value


def movable(variable: Any, number: int) -> Moved:
    """What stands for a variable that a user gave, the `number`-th of several; raises `ArgumentError` for others."""
    if isinstance(variable, np.ndarray):
        return ArrayVariable(variable, f"variable_{number}")
    if not all(hasattr(variable, name) for name in ("name", "path", "shape", "numpy", "assign")):
        raise ArgumentError(
            f"variable {number}: an optimizer moves weights and NumPy arrays, got {type(variable).__name__}"
        )
    moved: Moved = variable
    return moved


def items_of(owner: str, what: str, value: Any) -> list[Any]:
    """What is in a list, or in anything else that can be gone through; raises `ArgumentTypeError` for other things."""
    try:
        items = iter(value)
    except Exception as error:  # whatever an object of a user's own says that cannot be gone through
        raise ArgumentTypeError(f"{owner}: {what} are in a list, got {shown(value)}") from error
    return list(items)


def stands_for(weight: Stepped, variable: object) -> bool:
    """Whether a weight is what a user gave, or was made from it by `movable`."""
    return weight is variable or (isinstance(weight, ArrayVariable) and weight.array is variable)
