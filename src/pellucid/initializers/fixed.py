"""Initialisers without chance: one number, a given array, or whatever a function returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer, finite
from pellucid.registry import number


class Zeros(Initializer):
    """All values 0; what biases start with.

    Example:
        >>> Zeros()((3,)).tolist()
        [0.0, 0.0, 0.0]
    """

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """All values 1.

    Example:
        >>> Ones()((3,)).tolist()
        [1.0, 1.0, 1.0]
    """

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """All values the same number; it must be finite (`ArgumentError`).

    Example:
        >>> Constant(0.5)((3,)).tolist()
        [0.5, 0.5, 0.5]
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = number("Constant", "value", value)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return np.full(shape, self.value)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value}


class ArrayInitializer(Initializer):
    """Exactly these values: a handcrafted filter, or the weights of another network.

    Args:
        values: numbers of the weight's shape; copied.

    Raises:
        ArgumentError: they are not numbers.
        DataError: one is NaN or infinite; the message says which.

    Example:
        >>> bump = ArrayInitializer(np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1))
        >>> bump((3, 1, 1)).ravel().tolist()
        [0.0, 1.0, 0.0]
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        self.values = finite(values)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return self.values

    def __repr__(self) -> str:
        return f"ArrayInitializer(<array of shape {self.values.shape}>)"


class FunctionInitializer(Initializer):
    """Whatever a function returns for the weight's shape.

    Args:
        function: takes a shape, returns an array of it.

    Example:
        >>> FunctionInitializer(lambda shape: np.full(shape, 2.0))((2,)).tolist()
        [2.0, 2.0]
    """

    def __init__(self, function: Callable[[Shape], npt.ArrayLike]) -> None:
        self.function = function

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return self.function(shape)

    def __repr__(self) -> str:
        return f"FunctionInitializer({getattr(self.function, '__name__', self.function)})"
