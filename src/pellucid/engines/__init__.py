"""How a graph is computed: one file per engine, and `default` for the one that is used unless another is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from pellucid.engines.base import BoundProgram, Engine, Program
from pellucid.engines.native import NativeBoundProgram, NativeEngine, available_isas, get_threads, isa, set_threads
from pellucid.engines.reference import ReferenceEngine
from pellucid.engines.state import HostState, State, all_held
from pellucid.errors import ArgumentError, shown, unknown_name

__all__ = [
    "ENGINES",
    "BoundProgram",
    "Engine",
    "HostState",
    "NativeEngine",
    "Program",
    "ReferenceEngine",
    "State",
    "all_held",
    "available_isas",
    "get_engine",
    "get_threads",
    "isa",
    "quick_run",
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
        ArgumentError: the name is unknown, or the object is no engine.

    Example:
        >>> get_engine("reference").dtype
        dtype('float64')
    """
    if isinstance(engine, str):
        return _named(engine)
    if not hasattr(engine, "prepare"):
        raise ArgumentError(f"engine is 'native', 'reference' or an object of a class of engines, got {shown(engine)}")
    return engine


QuickRun = Callable[[object, int, int], np.ndarray | None]


def quick_run(program: BoundProgram) -> QuickRun | None:
    """A shorter way to run a program for who predicts one small sample after the other; None where there is none.

    Returns:
        a function of (x, seed, step) that gives the only output for the only input. It gives None, and nothing has run,
        where there are several, or where `x` is not just what the program takes: an array of the input's shape and the
        engine's type, with finite numbers, one behind the other.

    Example:
        >>> from pellucid.graph import Graph, ops
        >>> graph = Graph()
        >>> graph.outputs["y"] = graph.add(ops.Input((2,), "x")) * 2.0
        >>> run = quick_run(get_engine().prepare(graph).bind({}))
        >>> run(np.ones(2, np.float32), 0, 0), run([1.0, 1.0], 0, 0)
        (array([2., 2.], dtype=float32), None)
    """
    return program.try_array if isinstance(program, NativeBoundProgram) else None
