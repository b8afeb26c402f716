"""Values that no argument was made for, by how they read; each is made anew for each try."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import Input, initializers, layers, optimizers


def _itself() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = [1]
    found.append(found)
    return found


class Unwilling:
    """An object that cannot be compared, counted, converted or shown."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("this object does nothing")

    __eq__ = __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = __repr__ = __lt__ = __array__ = _refuse  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


VALUES: dict[str, Callable[[], Any]] = {
    "10**400": lambda: 10**400,
    "-10**400": lambda: -(10**400),
    "10**5000": lambda: 10**5000,
    "2**31-1": lambda: 2**31 - 1,
    "2**63": lambda: 2**63,
    "-2**63-1": lambda: -(2**63) - 1,
    "-1": lambda: -1,
    "0": lambda: 0,
    "1": lambda: 1,
    "7": lambda: 7,
    "1.5": lambda: 1.5,
    "-0.0": lambda: -0.0,
    "1e300": lambda: 1e300,
    "1e-320": lambda: 1e-320,
    "1e38": lambda: 1e38,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: -float("inf"),
    "'3'": lambda: "3",
    "''": lambda: "",
    "b'x'": lambda: b"x",
    "a surrogate": lambda: "\ud800\n\x00",
    "long text": lambda: "x" * 1_000_000,
    "None": lambda: None,
    "True": lambda: True,
    "...": lambda: ...,
    "[]": list,
    "()": tuple,
    "[1, None]": lambda: [1, None],
    "[1, [2]]": lambda: [1, [2]],
    "(2, 3)": lambda: (2, 3),
    "[nan]": lambda: [float("nan")],
    "['a', 2]": lambda: ["a", 2],
    "[10**400]": lambda: [10**400],
    "1,000 numbers": lambda: list(range(1_000)),
    "a list in itself": _itself,
    "{}": dict,
    "{'a': 1}": lambda: {"a": 1},
    "{1: None}": lambda: {1: None},
    "a record of nothing": lambda: {"class_name": None, "config": 3},
    "a set": lambda: {1, 2},
    "range": lambda: range(3),
    "a generator": lambda: (item for item in (1, 2)),
    "object()": object,
    "an unwilling object": Unwilling,
    "array": lambda: np.ones((2, 2)),
    "array of nothing": lambda: np.zeros((0,)),
    "array of one": lambda: np.array([0.5]),
    "array ()": lambda: np.array(2),
    "array of objects": lambda: np.array([object(), None], dtype=object),
    "array of text": lambda: np.array(["a", "b"]),
    "array of times": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "complex": lambda: 1 + 2j,
    "np.complex64": lambda: np.complex64(1j),
    "class": lambda: int,
    "class of ours": lambda: layers.Dense,
    "function": lambda: len,
    "lambda": lambda: lambda: None,
    "method": lambda: "a".join,
    "module": lambda: np,
    "exception": lambda: ValueError("no"),
    "np.float32": lambda: np.float32(0.5),
    "np.float32 nan": lambda: np.float32("nan"),
    "np.float16 inf": lambda: np.float16("inf"),
    "np.int64": lambda: np.int64(3),
    "np.uint64": lambda: np.uint64(2**64 - 1),
    "np.bool": lambda: np.bool_(True),
    "np.str": lambda: np.str_("valid"),
    "np.datetime64": lambda: np.datetime64("2020-01-01"),
    "datetime": lambda: datetime.datetime(2020, 1, 1),
    "timedelta": lambda: datetime.timedelta(days=1),
    "a layer": lambda: layers.Dense(2),
    "symbolic": lambda: Input((3,)),
    "initializer": lambda: initializers.Zeros(),
    "optimizer": lambda: optimizers.SGD(),
}
"""By how they read."""
