"""Programs on states that a test writes down as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid.engines import HostState, Program

Arrays = Mapping[str, np.ndarray]


def state_of(array: np.ndarray) -> HostState:
    """A state that holds these numbers, of their type."""
    state = HostState(array.size, array.dtype)
    state.write(0, array)
    return state


def run_on(program: Program, inputs: Arrays, arrays: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
    """Run a program on states that hold these arrays; what it leaves in the states is left in the arrays."""
    states = {name: state_of(array) for name, array in arrays.items()}
    outputs = program.run(inputs, states, seed=seed, step=step)
    for name, array in arrays.items():
        array[...] = states[name].read().reshape(array.shape)
    return outputs
