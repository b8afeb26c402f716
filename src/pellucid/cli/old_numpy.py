"""Names that NumPy had for decades and has no more: `np.float`, `np.Inf`, `np.product`, as old scripts say them.

Each stood for exactly what it is given here. Sources: NumPy's release notes, 1.24 (names of Python's own types, which
were deprecated in 1.20) and 2.0 (second names of types, constants and functions).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["old_numpy"]

NAMES: dict[str, Any] = {
    **{name: getattr(builtins, name) for name in ("bool", "complex", "float", "int", "object", "str")},
    "long": int,
    "unicode": str,
    "complex_": np.complex128,
    "float_": np.float64,
    "string_": np.bytes_,
    "unicode_": np.str_,
    **dict.fromkeys(("Inf", "Infinity", "PINF", "infty"), np.inf),
    **dict.fromkeys(("NAN", "NaN"), np.nan),
    "NINF": -np.inf,
    "NZERO": -0.0,
    "PZERO": 0.0,
    "alltrue": np.all,
    "asscalar": lambda a: np.asarray(a).item(),
    "cumproduct": np.cumprod,
    "in1d": lambda ar1, ar2, **options: np.isin(np.ravel(ar1), ar2, **options),
    "msort": lambda a: np.sort(a, axis=0),
    "product": np.prod,
    "round_": np.round,
    "row_stack": np.vstack,
    "sometrue": np.any,
    "trapz": getattr(np, "trapezoid", None),
}


@contextmanager
def old_numpy() -> Iterator[None]:
    """Inside, NumPy has these names too; those that it still has stay what they are.

    Example:
        >>> with old_numpy():
        ...     np.zeros(2, np.float).dtype, np.product([2, 3]), np.Inf
        (dtype('float64'), np.int64(6), inf)
    """
    added = {name: value for name, value in NAMES.items() if name not in vars(np) and value is not None}
    vars(np).update(added)
    try:
        yield
    finally:
        for name, value in added.items():
            if vars(np).get(name) is value:
                del vars(np)[name]
