"""What an optimiser keeps, in the order and the words of Keras: for its files, and for `Optimizer.variables`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape

__all__ = ["KerasVariable", "OptimizerVariable"]


class KerasVariable(Frozen, eq=False):
    """One of the numbered arrays that Keras keeps for an optimiser.

    Attributes:
        kind: "iterations", "learning_rate", or the name of a slot.
        weight: whose slot it is; None for the first two.
        sign: 1, or -1 where Keras keeps the array with the other sign.
    """

    kind: str
    weight: Any = None
    sign: int = 1

    def converted(self, array: np.ndarray) -> np.ndarray:
        """Keras's array from ours, and ours from Keras's; exact."""
        return array if self.sign == 1 else -array


class OptimizerVariable:
    """An array that an optimiser keeps, as Keras shows it. Compares, element by element, as its array does.

    Args:
        name: "iteration", "learning_rate", "conv2d_kernel_momentum", ...
        owner: name of the optimiser.
        read: gives the values.
        write: takes new ones, of the same shape.

    Attributes:
        path: the owner's name and the array's.
    """

    def __init__(
        self, name: str, owner: str, read: Callable[[], np.ndarray], write: Callable[[np.ndarray], None]
    ) -> None:
        self.name, self.path = name, f"{owner}/{name}"
        self._read, self._write = read, write

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return self._read().shape

    @property
    def dtype(self) -> np.dtype:
        """float32; int64 for the number of steps."""
        return self._read().dtype

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        return self._read()

    def assign(self, value: npt.ArrayLike) -> None:
        """Replace all values; raises `ShapeError` if the shape differs."""
        try:
            array = array_of(value).astype(self.dtype)
        except NoNumbers as error:
            raise ArgumentError(f"{self.path} takes numbers, got {error}") from error
        if array.shape != self.shape:
            raise ShapeError(f"{self.path} has shape {self.shape}, got {array.shape}")
        self._write(array)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        return self._read().astype(dtype or self.dtype, copy=False)

    def __float__(self) -> float:
        return float(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __eq__(self, other: object) -> Any:
        return self._read() == np.asarray(other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<OptimizerVariable {self.path}, shape {self.shape}>"
