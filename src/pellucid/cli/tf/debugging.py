"""`tf.debugging`: what has to be so, or an error says that it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, shown


def _compared(name: str, holds: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def compared(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        if not np.all(holds(np.asarray(x), np.asarray(y))):
            raise ArgumentError(f"tf.debugging.{word}: {message or f'{shown(x)} and {shown(y)}'}")

    word = compared.__name__ = name
    return compared


assert_equal = _compared("assert_equal", np.equal)
assert_none_equal = _compared("assert_none_equal", np.not_equal)
assert_greater = _compared("assert_greater", np.greater)
assert_greater_equal = _compared("assert_greater_equal", np.greater_equal)
assert_less = _compared("assert_less", np.less)
assert_less_equal = _compared("assert_less_equal", np.less_equal)


def assert_near(
    x: Any, y: Any, rtol: float | None = None, atol: float | None = None, message: Any = None, summarize: Any = None,
    name: Any = None,
) -> None:  # fmt: skip
    """An error where two numbers differ by more than `atol + rtol |y|`, each ten times the rounding of their type."""
    one, other = np.asarray(x), np.asarray(y)
    rounding = 10 * float(np.finfo(one.dtype if one.dtype.kind == "f" else np.float64).eps)
    relative, absolute = (rounding if each is None else float(each) for each in (rtol, atol))
    if not np.all(np.abs(one - other) <= absolute + relative * np.abs(other)):
        raise ArgumentError(f"tf.debugging.assert_near: {message or f'{shown(x)} and {shown(y)}'}")


def assert_all_finite(x: Any, message: Any = "", name: Any = None) -> Any:
    """An error where a number is none."""
    if not np.isfinite(np.asarray(x)).all():
        raise ArgumentError(f"tf.debugging.assert_all_finite: {message or 'there are numbers that are not finite'}")
    return x


def check_numerics(tensor: Any, message: Any = "", name: Any = None) -> Any:
    """The same, with TensorFlow's other word for what is looked at."""
    return assert_all_finite(tensor, message)


def enable_check_numerics(*levels: Any) -> None:
    """Nothing: `fit` says where a loss stops being a number."""


def set_log_device_placement(enabled: bool) -> None:
    """Nothing: there is one device."""
