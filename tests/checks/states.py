"""Programs on states that a test writes down as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid.engines import Engine, HostState, Program, State

Arrays = Mapping[str, np.ndarray]


def state_of(array: np.ndarray) -> HostState:
    """A state that holds these numbers, of their type."""
    state = HostState(array.size, array.dtype)
    state.write(0, array)
    return state


def taken_by(engine: Engine, array: np.ndarray) -> State:
    """A state of an engine's own that holds these numbers; in main memory, where it computes there, of their type."""
    state = state_of(array)
    if not hasattr(engine, "takes") or engine.takes(state):  # an engine that a test has written may say nothing
        return state
    own = engine.state(array.size)
    own.write(0, array)
    return own


def run_on(
    program: Program, inputs: Arrays, arrays: Arrays, *, seed: int = 0, step: int = 0, engine: Engine | None = None
) -> dict[str, np.ndarray]:
    """Run a program on states that hold these arrays; what it leaves in the states is left in the arrays."""
    states = {name: state_of(a) if engine is None else taken_by(engine, a) for name, a in arrays.items()}
    outputs = program.run(inputs, states, seed=seed, step=step)
    for name, array in arrays.items():
        array[...] = states[name].read().reshape(array.shape)
    return outputs
