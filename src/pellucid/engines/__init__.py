"""How a graph is computed: one file per engine, and `default` for the one that is used unless another is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from pellucid.engines.base import Arrays, BoundProgram, Engine, Program
from pellucid.engines.native import NativeBoundProgram, NativeEngine, available_isas, get_threads, isa, set_threads
from pellucid.engines.reference import ReferenceEngine
from pellucid.engines.state import HostState, State, all_held
from pellucid.errors import ArgumentError, unknown_name

__all__ = [
    "ENGINES",
    "BoundProgram",
    "Engine",
    "HostState",
    "NativeEngine",
    "Program",
    "ReferenceEngine",
    "RunSteps",
    "State",
    "all_held",
    "available_isas",
    "get_engine",
    "get_threads",
    "isa",
    "quick_run",
    "set_threads",
    "steps_of",
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
        raise ArgumentError(
            "engine is 'native', 'reference' or an object of a class of engines, got an object of type "
            f"{type(engine).__name__}"
        )
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


RunSteps = Callable[[Arrays, np.ndarray, Arrays, int, int], None]


def steps_of(program: BoundProgram) -> RunSteps | None:
    """A way to run a program many times in one call, each time on other samples; None where there is none.

    Returns:
        a function of (columns, rows, scalars, seed, step). It runs a program without outputs once for each row of
        `rows`, int64 (steps, samples per step), which says what samples of the `columns` the step takes: an array
        (samples, ...) for each input, float32 or uint8. The inputs of one number are `scalars`, (steps,) each. The
        steps count on from `step`.

    Example:
        >>> from pellucid.graph import Graph, ops
        >>> graph, total = Graph(), get_engine().state(1)
        >>> before = graph.leaf(ops.Parameter((1,), total.name, 0))
        >>> _ = graph.apply(ops.Update(total.name, 0), before + graph.add(ops.Input((1,), "x")))
        >>> run = steps_of(get_engine().prepare(graph).bind({total.name: total}))
        >>> run({"x": np.float32([1, 10, 100])}, np.int64([[0], [2], [2]]), {}, 0, 0)
        >>> total.read().tolist()
        [201.0]
    """
    return program.steps if isinstance(program, NativeBoundProgram) else None
