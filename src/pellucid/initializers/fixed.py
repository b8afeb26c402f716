"""Initialisers without chance: one number, a given array, or whatever a function returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import shape_told
from pellucid.calls import called
from pellucid.checks import number
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer, finite
from pellucid.registry import describe


class Zeros(Initializer):
    """All values 0; what biases start with.

    Example:
        >>> Zeros()((3,)).tolist()
        [0.0, 0.0, 0.0]
    """

    def __init__(self) -> None:
        """It has no settings."""

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """All values 1.

    Example:
        >>> Ones()((3,)).tolist()
        [1.0, 1.0, 1.0]
    """

    def __init__(self) -> None:
        """It has no settings."""

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """All values the same number; or an array, repeated along the axes that it does not have or where its size is 1.

    Args:
        value: a finite number, an array of such, or an array as Keras writes it into a record.

    Raises:
        ArgumentError: it is neither.
        DataError: a number of the array is NaN or infinite.

    Example:
        >>> Constant(0.5)((3,)).tolist()
        [0.5, 0.5, 0.5]
        >>> Constant([1.0, 2.0])((2, 2)).tolist()
        [[1.0, 2.0], [1.0, 2.0]]

    Source: keras.initializers.Constant, which multiplies its value with an array of ones.
    """

    def __init__(self, value: npt.ArrayLike | Mapping[str, Any] = 0.0) -> None:
        if isinstance(value, Mapping):
            value = _read_array(value)
        several = isinstance(value, list | tuple) or bool(shape_told(value))
        self.value: float | np.ndarray = finite(value) if several else number("Constant", "value", value)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        try:
            return np.broadcast_to(self.value, shape)
        except ValueError:
            return self.value  # of which the message will tell the shape

    def get_config(self) -> dict[str, Any]:
        return {"value": array_record(self.value) if isinstance(self.value, np.ndarray) else self.value}

    def __repr__(self) -> str:
        return (
            f"Constant(<array of shape {self.value.shape}>)" if isinstance(self.value, np.ndarray) else describe(self)
        )


class Identity(Initializer):
    """The identity matrix, times `gain`: a dense layer that passes its input on. Where it is not square, ones on the
    main diagonal and zeros elsewhere.

    Args:
        gain: factor on all numbers.

    Raises:
        ArgumentError: `gain` is not a finite number.
        ShapeError: at the call, the weight has not exactly two axes.

    Example:
        >>> Identity(gain=2.0)((2, 3)).tolist()
        [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]

    Source: keras.initializers.Identity, https://keras.io/api/layers/initializers/
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = number("Identity", "gain", gain)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        if len(shape) != 2:
            raise ShapeError(
                f"Identity fills matrices, got the shape {shape}; a kernel that passes its input on is "
                "initializers.Filterbank('identity', channels='diagonal')"
            )
        return self.gain * np.eye(*shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


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
        function: takes a shape, returns an array of it; an argument `dtype` that it may have is "float32".

    Example:
        >>> FunctionInitializer(lambda shape: np.full(shape, 2.0))((2,)).tolist()
        [2.0, 2.0]
    """

    def __init__(self, function: Callable[[Shape], npt.ArrayLike]) -> None:
        if not callable(function):
            raise ArgumentTypeError(
                f"FunctionInitializer: function must be a function of a shape, got {shown(function)}"
            )
        self.function = function

    def draw(self, shape: Shape) -> npt.ArrayLike:
        options = {"dtype": "float32"} if "dtype" in _parameters(self.function) else {}
        return called(repr(self), self.function, shape, **options)

    def __repr__(self) -> str:
        return f"FunctionInitializer({getattr(self.function, '__name__', self.function)})"


def _parameters(function: Callable[..., Any]) -> Collection[str]:
    """The names of a function's arguments; none where Python cannot tell, as for some that are written in C."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()


def array_record(values: np.ndarray) -> dict[str, Any]:
    """An array as Keras writes it into a record."""
    return {"class_name": "__numpy__", "config": {"value": values.tolist(), "dtype": "float32"}}


def _read_array(record: Mapping[str, Any]) -> npt.ArrayLike:
    """The array that Keras (or `array_record`) wrote into a record."""
    inner = record.get("config")
    if (
        record.get("class_name") not in ("__numpy__", "__tensor__")
        or not isinstance(inner, Mapping)
        or "value" not in inner
    ):
        raise ArgumentError("Constant: its value must be a number or an array as Keras writes it")
    values: npt.ArrayLike = inner["value"]
    return values
