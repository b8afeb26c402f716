"""What an engine is: something that computes the operations of a graph.

Three are foreseen: `reference` (NumPy, float64: the specification), `native` (C++, float32: the default) and `xla`
(JAX). Everything else in Pellucid knows only this protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from pellucid.engines.state import State
from pellucid.frozen import Frozen
from pellucid.graph import Graph

Arrays = Mapping[str, np.ndarray]
States = Mapping[str, State]
"""The states that a graph reads or updates, by the names by which it refers to them."""
RunSteps = Callable[[Arrays, np.ndarray, Arrays, int, int], None]
"""Runs a program many times in one call, see `engines.steps_of`."""


class ProgramMemory(Frozen):
    """What a program holds while it runs, besides the states that it is bound to [bytes].

    Attributes:
        activations: results on their way, those that are kept for the gradient among them.
        workspace: scratch memory of kernels, what they keep between runs, constant arrays.
        layers: what the results of each layer take, the largest first; several may lie in one place in turn.
    """

    activations: int
    workspace: int
    layers: dict[str, int]


class BoundProgram(Protocol):
    """A program on certain states."""

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        """Compute the graph's outputs and apply its updates to the states, with all of these held.

        Args:
            inputs: an array for each `Input` of the graph, of its shape; of any type that holds numbers.
            seed: of the model, 0 <= seed < 2^63: with `step` it decides what `RandomUniform` draws.
            step: number of the training step, >= 0.

        Returns:
            a new array for each output of the graph.
        """
        ...


class Program(Protocol):
    """One graph, prepared to be run many times; `memory` is what it holds for that between runs [bytes]."""

    memory: int

    def bind(self, states: States) -> BoundProgram:
        """The program on these states. What depends alone on states that the graph does not update is kept from run to
        run for as long as nobody writes to them."""
        ...

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, np.ndarray]:
        """Bind, and run once."""
        ...


class Engine(Protocol):
    """A way to compute graphs."""

    name: str
    dtype: np.dtype
    """The type that graphs are computed in."""

    def state(self, size: int) -> State:
        """A new state of so many elements, all 0."""
        ...

    def takes(self, state: State) -> bool:
        """Whether programs of this engine can be bound to a state as it is; another engine may have made it."""
        ...

    def prepare(self, graph: Graph) -> Program:
        """Get a verified graph ready to be run."""
        ...

    def memory_of(self, graph: Graph) -> ProgramMemory:
        """What a program of a verified graph would hold; it is not made."""
        ...
