"""What an optimiser keeps, in the order and the words of Keras: for its files, and for `Optimizer.variables`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid import legacy
from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape

__all__ = ["Count", "KerasVariable", "OptimizerVariable", "Rate"]


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

    @property
    def value(self) -> np.ndarray:
        """The same, as Keras's variables have it."""
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


class _Told:
    """What a number of an optimiser's can do besides: set it anew, and be NumPy's, as a variable of Keras can."""

    shape: Shape = ()
    name: str
    dtype: str
    _plain: Any  # float or int
    _setting: str
    _owner: Any

    def __new__(cls, value: float, owner: Any) -> Any:
        """Made as any number is; the owner stands beside it."""
        made = cls._plain.__new__(cls, value)
        made._owner = owner
        return made

    def __reduce__(self) -> tuple[type, tuple[Any]]:
        return self._plain, (self._plain(self),)

    def assign(self, value: Any) -> None:
        """Let it be another from the next step on; as setting it at the optimiser."""
        setattr(self._owner, self._setting, value)

    def numpy(self) -> Any:
        """The number as NumPy has it."""
        return np.dtype(self.dtype).type(self)

    @property
    def value(self) -> Any:
        """The number as NumPy has it; see `numpy`."""
        return self.numpy()


class Rate(_Told, float):
    """A learning rate as it was when somebody asked for it: a number, that can also set the optimiser's.

    Args:
        value: the number.
        owner: the optimiser.

    Example:
        >>> from pellucid import optimizers
        >>> optimizer = optimizers.SGD(0.5)
        >>> optimizer.learning_rate.assign(0.25)
        >>> optimizer.learning_rate, optimizer.learning_rate.numpy()
        (0.25, np.float32(0.25))
    """

    name, dtype, _plain, _setting = "learning_rate", "float32", float, "learning_rate"


class Count(_Told, int):
    """How many steps an optimiser had made when somebody asked: a number, that can also set the optimiser's.

    Args:
        value: the number.
        owner: the optimiser.

    Example:
        >>> from pellucid import optimizers
        >>> optimizer = optimizers.SGD()
        >>> optimizer.iterations.assign(7)
        >>> optimizer.iterations, optimizer.iterations.numpy()
        (7, np.int64(7))
    """

    name, dtype, _plain, _setting = "iteration", "int64", int, "iterations"


class Shrinking:
    """How fast Keras 1 and 2 made the learning rate smaller; a class of a user's own may keep what it likes there."""

    def __get__(self, optimizer: Any, owner: type | None = None) -> Any:
        if optimizer is None:
            return self
        if not (legacy.is_old() or legacy.are_collected()):
            raise AttributeError(
                "optimizers have no decay since Keras 2.11: schedules.InverseTimeDecay(rate, 1, decay)"
            )
        decayed = optimizer._decayed
        return 0.0 if decayed is None else decayed.decay_rate


class RateOfBefore:
    """What Keras 1 and 2 called the learning rate of an optimiser, and how fast it shrinks."""

    learning_rate: Any
    decay = Shrinking()

    @property
    def lr(self) -> Any:
        """What Keras 1 and 2 called the `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value
