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
assert_near = _compared("assert_near", np.isclose)


def assert_all_finite(x: Any, message: Any = "", name: Any = None) -> Any:
    """An error where a number is none."""
    if not np.isfinite(np.asarray(x)).all():
        raise ArgumentError(f"tf.debugging.assert_all_finite: {message or 'there are numbers that are not finite'}")
    return x


check_numerics = assert_all_finite


def enable_check_numerics(*levels: Any) -> None:
    """Nothing: `fit` says where a loss stops being a number."""


def set_log_device_placement(enabled: bool) -> None:
    """Nothing: there is one device."""
