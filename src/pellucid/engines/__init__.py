"""How a graph is computed: one file per engine, and `default` for the one that is used unless another is asked for."""

from __future__ import annotations

from functools import cache

from pellucid.engines.base import BoundProgram, Engine, Program
from pellucid.engines.native import NativeEngine, available_isas, get_threads, isa, set_threads
from pellucid.engines.reference import ReferenceEngine
from pellucid.errors import unknown_name

__all__ = [
    "ENGINES",
    "BoundProgram",
    "Engine",
    "NativeEngine",
    "Program",
    "ReferenceEngine",
    "available_isas",
    "get_engine",
    "get_threads",
    "isa",
    "set_threads",
]

ENGINES: dict[str, type[NativeEngine] | type[ReferenceEngine]] = {"native": NativeEngine, "reference": ReferenceEngine}


@cache
def _named(name: str) -> Engine:
    if name not in ENGINES:
        raise unknown_name("engine", name, ENGINES)
    return ENGINES[name]()


def get_engine(engine: str | Engine = "native") -> Engine:
    """The engine of a name; an engine object is returned as it is.

    Args:
        engine: "native" (C++, float32), "reference" (NumPy, float64), or an object with the methods of `Engine`.

    Raises:
        ArgumentError: the name is unknown.

    Example:
        >>> get_engine("reference").dtype
        dtype('float64')
    """
    return _named(engine) if isinstance(engine, str) else engine
