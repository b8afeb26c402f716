"""NumPy's functions under SciPy's name: `scipy.interp`, `scipy.sqrt`, `scipy.array`, as old scripts say them.

SciPy handed on all that NumPy had; what took roots and logarithms answered negative numbers with complex ones. Source:
scipy/__init__.py of SciPy 1.0; its release notes, 1.4 (deprecated) and 1.12 (removed).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["old_scipy"]

OF_RANDOM = ("rand", "randn")


def _handed_on(name: str) -> Any:
    """What SciPy had under a name of NumPy's, or None if it had nothing."""
    if name in np.lib.scimath.__all__:
        return getattr(np.lib.scimath, name)
    if name in OF_RANDOM:
        return getattr(np.random, name)
    return getattr(np, name) if name in np.__all__ and not isinstance(getattr(np, name), ModuleType) else None


@contextmanager
def old_scipy() -> Iterator[None]:
    """Inside, SciPy has NumPy's functions too, where it is installed; what it has of its own stays what it is.

    Example:
        >>> with old_scipy():
        ...     from scipy import interp
        >>> float(interp(0.5, [0.0, 1.0], [10.0, 20.0]))
        15.0
    """
    try:
        import scipy  # type: ignore[import-untyped]
    except ImportError:
        yield
        return
    own = vars(scipy)["__getattr__"]

    def found(name: str) -> Any:
        try:
            return own(name)
        except AttributeError:
            value = _handed_on(name)
            if value is None:
                raise
            return value

    vars(scipy)["__getattr__"] = found
    try:
        yield
    finally:
        vars(scipy)["__getattr__"] = own
