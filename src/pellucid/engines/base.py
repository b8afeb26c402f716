"""What an engine is: something that computes the operations of a graph.

Three are foreseen: `reference` (NumPy, float64: the specification), `native` (C++, float32: the default) and `xla`
(JAX). Everything else in Pellucid knows only this protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from pellucid.graph import Graph

Arrays = Mapping[str, np.ndarray]


class BoundProgram(Protocol):
    """A program on a state that stays the same arrays."""

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0, version: int = 0) -> dict[str, np.ndarray]:
        """See `Program.run`."""
        ...

    def try_array(self, x: object, *, seed: int, step: int, version: int) -> np.ndarray | None:
        """The only output for the only input, for who predicts one small sample after the other.

        None, and nothing has run, where there are several, or `x` is not just what the program takes: an array of the
        input's shape and the engine's type, with finite numbers, one behind the other. An engine may always say None.
        """
        ...


class Program(Protocol):
    """One graph, prepared to be run many times."""

    def run(
        self, inputs: Arrays, state: Arrays, *, seed: int = 0, step: int = 0, version: int = 0
    ) -> dict[str, np.ndarray]:
        """Compute the graph's outputs and apply its updates to the state.

        Args:
            inputs: an array for each `Input` of the graph, of its shape.
            state: a flat array for each state that the graph reads or updates; updated in place.
            seed: of the model, 0 <= seed < 2^63: with `step` it decides what `RandomUniform` draws.
            step: number of the training step, >= 0.
            version: another number >= 1 whenever the state may have changed since the last run, or 0 where nobody
                knows. What depends on the state alone is not computed again while the version stays the same.

        Returns:
            a new array for each output of the graph.
        """
        ...

    def bind(self, state: Arrays) -> BoundProgram:
        """The program on this state, for who runs it again and again: what can be looked up once is."""
        ...


class SimplyBound:
    """A bound program of an engine that looks up nothing beforehand.

    Args:
        program: runs on the state.
        state: the arrays.
    """

    def __init__(self, program: Program, state: Arrays) -> None:
        self._program, self._state = program, state

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0, version: int = 0) -> dict[str, np.ndarray]:
        """See `Program.run`."""
        return self._program.run(inputs, self._state, seed=seed, step=step, version=version)

    def try_array(self, x: object, *, seed: int, step: int, version: int) -> None:
        """Never: there is no hurry."""


class Engine(Protocol):
    """A way to compute graphs."""

    name: str
    dtype: np.dtype
    """The type that inputs and state are computed in."""

    def prepare(self, graph: Graph) -> Program:
        """Get a verified graph ready to be run."""
        ...
