"""How a graph is computed: one file per engine, or a folder. `xla` comes at its first use: JAX is no small thing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from pellucid.absent import absent
from pellucid.engines.base import BoundProgram, Engine, Program, RunSteps, States
from pellucid.engines.native import (
    NativeBoundProgram,
    NativeEngine,
    NativeProgram,
    available_isas,
    get_threads,
    isa,
    set_threads,
)
from pellucid.engines.reference import ReferenceEngine
from pellucid.engines.state import HostState, State, all_held, staying
from pellucid.errors import ArgumentError, EngineError, unknown_name

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
    "XLAEngine",
    "all_held",
    "available_isas",
    "get_engine",
    "get_threads",
    "isa",
    "quick_run",
    "reusing",
    "set_threads",
    "states_for",
    "staying",
    "steps_of",
]

ENGINES = {"native": "NativeEngine", "reference": "ReferenceEngine", "xla": "XLAEngine"}
"""The class of each engine by the name that `compile(engine=...)` knows."""


def __getattr__(name: str) -> Any:
    """The engine that needs JAX, at its first use."""
    if name != "XLAEngine":
        raise absent(__name__, name)
    globals()[name] = of_jax("pellucid.engines.xla").XLAEngine
    return globals()[name]


OLDEST_JAX = (0, 7)
"""Before, JAX took no limit for its heartbeat."""


def of_jax(module: str) -> Any:
    """A module that needs JAX.

    Raises:
        EngineError: JAX is not installed, is too old, or cannot be loaded.
    """
    version = _jax_version()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("jax", "jaxlib"):
            raise
        raise EngineError(
            "the xla engine computes by JAX, which is not installed: pip install 'pellucid[jax]', or for GPUs "
            "'pellucid[jax-cuda]', for TPUs 'pellucid[jax-tpu]'"
        ) from error
    except (ImportError, AttributeError, OSError, RuntimeError) as error:  # jaxlib is of another version, or broken
        reason = str(error).partition("\n")[0]
        raise EngineError(
            f"JAX {version} is installed and cannot be loaded: {reason}. pip install --upgrade --force-reinstall jax "
            "jaxlib brings two that fit together"
        ) from error


def _jax_version() -> str:
    """Of JAX; "" where it is not installed, as far as can be seen."""
    from importlib import metadata  # late: it brings half of the standard library along

    try:
        version = metadata.version("jax")
    except metadata.PackageNotFoundError:
        return ""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_JAX:
        oldest = ".".join(map(str, OLDEST_JAX))
        raise EngineError(
            f"the xla engine needs JAX {oldest} or newer, and this is JAX {version}: "
            f"pip install --upgrade 'jax>={oldest}'"
        )
    return version


@cache
def _named(name: str) -> Engine:
    if name not in ENGINES:
        raise unknown_name("engine", name, ENGINES)
    engine: Engine = getattr(sys.modules[__name__], ENGINES[name])()
    return engine


def get_engine(engine: str | Engine = "native") -> Engine:
    """The engine of a name; an engine object is returned as it is.

    Args:
        engine: "native" (C++, float32), "reference" (NumPy, float64), "xla" (JAX, float32), or an object with the
            methods of `Engine`.

    Raises:
        ArgumentError: the name is unknown, or the object is no engine.
        EngineError: "xla", and JAX is not installed, or finds no device.

    Example:
        >>> get_engine("reference").dtype
        dtype('float64')
    """
    if isinstance(engine, str):
        return _named(engine)
    if not hasattr(engine, "prepare"):
        raise ArgumentError(
            "engine is 'native', 'reference', 'xla' or an object of a class of engines, got an object of type "
            f"{type(engine).__name__}"
        )
    return engine


def states_for(engine: Engine, states: States) -> States:
    """The states, with copies for one run in the place of those that an engine cannot compute on.

    Looking at a model with another engine than its own so leaves the weights where they are.
    """
    if all(map(engine.takes, states.values())):
        return states
    return {name: state if engine.takes(state) else _copied(engine, state) for name, state in states.items()}


def _copied(engine: Engine, state: State) -> State:
    copy = engine.state(state.size)
    copy.write(0, state.read())
    return copy


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
    return getattr(program, "steps", None)


def reusing(program: Program, states: States) -> BoundProgram:
    """A program bound to states, for who asks for large results again and again and lets go of them in between.

    Where the engine can, its results lie in the memory of earlier results that nobody holds any more, in whole or in
    part: to get fresh memory from the system takes longer than to fill it. Until the next run that memory stays.

    Example:
        >>> from pellucid.graph import Graph, ops
        >>> graph = Graph()
        >>> graph.outputs["y"] = graph.add(ops.Input((2,), "x")) * 2.0
        >>> run = reusing(get_engine().prepare(graph), {})
        >>> first = run({"x": np.float32([1, 2])})["y"]
        >>> run({"x": np.float32([3, 4])})["y"], first
        (array([6., 8.], dtype=float32), array([2., 4.], dtype=float32))
    """
    return program.bind_reusing(states) if isinstance(program, NativeProgram) else program.bind(states)
