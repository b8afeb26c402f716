"""Results of functions as arrays whose arithmetic a running tape sees."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.tape.recording import Eager


def eager(found: Any) -> Any:
    """An array as one whose arithmetic a tape sees; all else as it is."""
    return found.view(Eager) if isinstance(found, np.ndarray) else found


def eagerly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result is such an array; the `name` that TensorFlow's functions take means nothing."""

    @functools.wraps(function)
    def called(*args: Any, name: str | None = None, **options: Any) -> Any:
        return eager(function(*args, **options))

    return called
