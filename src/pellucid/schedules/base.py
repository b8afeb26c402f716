"""What a schedule is, and what a function is that says the learning rate."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from pellucid.arraylike import Array, NoNumbers, array_of, floats_of
from pellucid.calls import Explained
from pellucid.checks import mapping_of, number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.registry import custom_object, describe

__all__ = ["Called", "Curve", "LearningRateSchedule"]


class LearningRateSchedule(Explained):
    """The base of all schedules: subclass it, write `__call__` and, to save models, `get_config`.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 / 2 ** (step // 100)
        >>> Halving()(250)
        0.025

    Source: keras.optimizers.schedules.LearningRateSchedule.
    """

    def __call__(self, step: int) -> float:
        """The learning rate after `step` steps."""
        raise ArgumentError(f"{type(self).__name__} has no __call__(): a schedule must say what the learning rate is")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A schedule from what `get_config` returned."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


class Curve(LearningRateSchedule):
    """A schedule of the library's own: its `_at` says the learning rate after a number of steps.

    Example:
        >>> class Falling(Curve):
        ...     def _at(self, step):
        ...         return 1 / (1 + step)
        >>> Falling()(3), Falling()([0, 1, 3])
        (0.25, array([1.  , 0.5 , 0.25], dtype=float32))
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate after `step` steps; of an array of numbers of steps an array, such as a drawing needs.

        Args:
            step: a number, what holds one (an array of no axes, a `Variable`), or an array of numbers.

        Returns:
            a float, or an array of float32 of the shape of `step`.

        Raises:
            ArgumentError: it is none, or not finite; or the rate would be larger than any number.
        """
        if isinstance(step, int | float | np.integer | np.floating):
            return self._rate(step)
        try:
            steps = array_of(step).astype(np.float64)
        except NoNumbers as error:
            raise ArgumentTypeError(
                f"{type(self).__name__}: step must be a number, or an array of them, got {error.shown}"
            ) from None
        if steps.ndim == 0:
            return self._rate(steps[()])
        rates = np.array([self._rate(each) for each in steps.ravel()], np.float32)
        return floats_of(rates.reshape(steps.shape)).view(Array)

    def _rate(self, step: Any) -> float:
        counted = number(type(self).__name__, "step", step)
        try:
            return float(self._at(counted))
        except (OverflowError, ZeroDivisionError):
            raise ArgumentError(
                f"{type(self).__name__}: the learning rate after {counted:g} steps is larger than any number"
            ) from None

    def _at(self, step: float) -> float:
        raise NotImplementedError


class Called(LearningRateSchedule):
    """The learning rate that a function says: of nothing, as in Keras, or of the number of steps made so far.

    Args:
        function: takes no argument, or one.
        owner: whose learning rate it is, for messages.

    Raises:
        ArgumentTypeError: the function takes more.

    Example:
        >>> Called(lambda: 0.5, "SGD")(7), Called(lambda step: 1 / (1 + step), "SGD")(3)
        (0.5, 0.25)
    """

    def __init__(self, function: Callable[..., Any], owner: str) -> None:
        self.function, self.name = function, getattr(function, "__name__", type(function).__name__)
        self._takes_step = _takes_step(function, owner)

    def __call__(self, step: int) -> Any:
        """What the function says."""
        try:
            return self.function(step) if self._takes_step else self.function()
        except TypeError as error:
            raise ArgumentTypeError(
                f"the function that says the learning rate, {self.name}, fails after {step} steps: {error}"
            ) from error

    def record(self) -> dict[str, Any]:
        """See `record_of_function`."""
        return record_of_function(self.function)

    def get_config(self) -> dict[str, Any]:
        """The function."""
        return {"function": self.function}

    def __repr__(self) -> str:
        return str(self.name)


def _takes_step(function: Callable[..., Any], owner: str) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a function written in C, which does not tell
        return False
    for arguments in ((), (0,)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return bool(arguments)
    raise ArgumentTypeError(
        f"{owner}: a function that says the learning rate takes no argument, or the number of steps so far; "
        f"{shown(function)} takes {signature}"
    )


def record_of_function(function: Callable[..., Any]) -> dict[str, Any]:
    """A function by its name, as Keras writes it down; it is found again among `custom_objects`."""
    name = getattr(function, "__name__", type(function).__name__)
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def function_of(record: Mapping[str, Any], owner: str) -> Callable[..., Any]:
    """The function that a record names; raises `ArgumentError` if it is not among `custom_objects`."""
    name = record.get("config")
    found = custom_object(name)
    if not callable(found):
        raise ArgumentError(f"{owner} is a function of the writer's own: pass custom_objects={{{name!r}: {name}}}")
    function: Callable[..., Any] = found
    return function


def rate_of(value: Any, what: object, step: int) -> float:
    """The number that a schedule or a function gave, of whatever type that holds one.

    Raises:
        ArgumentError: it is none, or not finite.
    """
    try:
        found = float(value)
    except Exception as error:  # whatever an object of the user's says
        raise ArgumentTypeError(
            f"{shown(what)}: the learning rate after {step} steps must be a number, got {shown(value)}"
        ) from error
    if not math.isfinite(found):
        raise ArgumentError(f"{shown(what)}: the learning rate after {step} steps is {found}, no finite number")
    return found
