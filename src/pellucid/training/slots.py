"""What an optimiser remembers of the weights of a model, and how these lie side by side: one pass serves many."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.engines import Engine, State, all_held
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import Pipeline, Slot
from pellucid.training.shares import Shares
from pellucid.variables import Variable, aligned

LARGE = 64 * 1024  # numbers of a weight: 256 KiB, worth a pass of its own


class Segment(Frozen):
    """A run of trained weights that lie side by side in one state: they are updated in one pass.

    A weight with a constraint is a run of its own, one that the optimiser steps as a whole too, and so is a large one:
    that is updated as soon as its gradient is there, while it lies in the caches, and then the gradient's memory is
    free.

    `slot_offset` is where the optimiser's numbers for it begin in each slot; `pipeline` is how all of them are stepped.
    """

    weights: tuple[Variable, ...]
    slot_offset: int
    pipeline: Pipeline

    @property
    def state(self) -> State:
        """Where the weights live."""
        return self.weights[0].state

    @property
    def start(self) -> int:
        """First element in the state."""
        return self.weights[0].offset

    @property
    def size(self) -> int:
        """Elements from the first weight's first to the last weight's last."""
        return _size(self.weights)


class Slots:
    """For each slot (a momentum, say) one number for each number of each weight that has been trained.

    What an optimiser keeps in a smaller shape than the weight's takes the first numbers of the weight's place.

    Args:
        weights: those that have a place here.
        optimizer: says what is kept for each.
        engine: where it is to live.

    Attributes:
        states: of each slot, by its name.
    """

    def __init__(self, weights: Sequence[Variable], optimizer: Optimizer, engine: Engine) -> None:
        self._optimizer = optimizer
        self._places: dict[Variable, int] = {}
        self._kept: dict[Variable, dict[str, Slot]] = {}
        self.states: dict[str, State] = {}
        optimizer.begin(weights)
        runs = _runs(weights, optimizer)
        size = sum(aligned(_size(run)) for run in runs)
        start = 0
        for run in runs:
            pipeline = optimizer.pipeline(run[0])
            for name, slot in pipeline.slots((_size(run),) if not pipeline.whole else run[0].shape).items():
                if name not in self.states:
                    self.states[name] = engine.state(size)
                if slot.initial:
                    self.states[name].write(start, np.full(math.prod(slot.shape), slot.initial, np.float32))
            for weight in run:
                self._places[weight] = place = start + weight.offset - run[0].offset
                self._kept[weight] = pipeline.slots(weight.shape)
                for name in (name for name, slot in self._kept[weight].items() if slot.initial is None):
                    self.states[name].write(place, weight.numpy())
            start += aligned(_size(run))
        self._layout = layout(self.weights)

    def segments(self, trained: Sequence[Variable]) -> list[Segment]:
        """The weights that are trained now, in runs."""
        runs = _runs(trained, self._optimizer)
        return [Segment(tuple(run), self._places[run[0]], self._optimizer.pipeline(run[0])) for run in runs]

    @property
    def weights(self) -> list[Variable]:
        """Those that have a place here."""
        return list(self._places)

    @property
    def by_name(self) -> dict[str, State]:
        """The states under the names by which graphs refer to them."""
        return {state.name: state for state in self.states.values()}

    def serves(self, trained: Sequence[Variable], engine: Engine) -> bool:
        """Whether all these weights have a place here, where an engine can compute, and lie as they lay."""
        stayed = self._layout == layout(self.weights) and all(map(engine.takes, self.states.values()))
        return stayed and all(weight in self._places for weight in trained)

    def read(self) -> dict[Variable, dict[str, np.ndarray]]:
        """Copies of what is remembered of each weight, by slot, in the weight's shape; all from between two steps."""
        return self._by_weight(self._read)

    def read_shares(self, shares: Shares) -> dict[Variable, dict[str, Any]]:
        """The same, each as `Shares.read` gives it."""
        return self._by_weight(lambda name, slot, at: shares.read(self.states[name], at, slot.shape))

    def _by_weight(self, read: Callable[[str, Slot, int], Any]) -> dict[Variable, dict[str, Any]]:
        with all_held(self.states.values()):
            return {
                weight: {name: read(name, slot, at) for name, slot in self._kept[weight].items()}
                for weight, at in self._places.items()
            }

    def _read(self, name: str, slot: Slot, at: int) -> np.ndarray:
        return self.states[name].read(at, math.prod(slot.shape)).reshape(slot.shape)

    def check(self, values: Mapping[Variable, Mapping[str, np.ndarray]]) -> None:
        """Raise `ArgumentError` if these are not what this optimiser remembers."""
        for weight, given in values.items():
            kept = self._kept[weight]
            if set(given) != set(kept):
                mine, theirs = (", ".join(names) or "nothing" for names in (kept, given))
                raise ArgumentError(
                    f"{weight.path}: this optimizer remembers {mine} of each weight, the state {theirs}: compile the "
                    "model with the optimizer of that training"
                )

    def write(self, values: Mapping[Variable, Mapping[str, np.ndarray]]) -> None:
        """Take over what is given of the weights that are here, and of the slots that there are."""
        with all_held(self.states.values()):
            for weight, at in self._places.items():
                for name, array in values.get(weight, {}).items():
                    if name in self.states:
                        self.states[name].write(at, array)

    def read_one(self, slot: str, weight: Variable) -> np.ndarray:
        """A copy of what a slot holds of a weight."""
        return self._read(slot, self._kept[weight][slot], self._places[weight])

    def place(self, weight: Variable) -> int:
        """Where the optimiser's numbers for a weight begin in each slot."""
        return self._places[weight]

    def write_one(self, slot: str, weight: Variable, values: np.ndarray) -> None:
        """Replace what a slot holds of a weight."""
        self.states[slot].write(self._places[weight], values)


def layout(weights: Sequence[Variable]) -> tuple[tuple[str, int, bool], ...]:
    """Where the weights live and which stand alone: what slots are made for."""
    return tuple((weight.state.name, weight.offset, _stands_alone(weight)) for weight in weights)


def _runs(weights: Sequence[Variable], optimizer: Optimizer) -> list[list[Variable]]:
    """The weights that can be stepped in one pass, as they lie."""
    ordered = sorted(weights, key=lambda weight: (weight.state.number, weight.offset))
    runs: list[list[Variable]] = []
    for weight in ordered:
        last = runs[-1][-1] if runs else None
        if last is not None and _go_together(last, weight, optimizer):
            runs[-1].append(weight)
        else:
            runs.append([weight])
    return runs


def _go_together(first: Variable, second: Variable, optimizer: Optimizer) -> bool:
    side_by_side = first.state is second.state and first.offset + aligned(first.size) == second.offset
    if not side_by_side or _stands_alone(first) or _stands_alone(second):
        return False
    pipeline = optimizer.pipeline(first)
    return not pipeline.whole and pipeline == optimizer.pipeline(second)


def _size(run: Sequence[Variable]) -> int:
    """Elements from the first weight's first to the last weight's last."""
    return run[-1].offset + run[-1].size - run[0].offset


def _stands_alone(weight: Variable) -> bool:
    return weight.constraint is not None or weight.size >= LARGE
