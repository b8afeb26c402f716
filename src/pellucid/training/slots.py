"""What an optimiser remembers of the weights of a model, and how these lie side by side: one pass serves many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.engines import Engine, State, all_held
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import Pipeline
from pellucid.variables import Variable, aligned

LARGE = 64 * 1024  # numbers of a weight: 256 KiB, worth a pass of its own


class Segment(Frozen):
    """A run of trained weights that lie side by side in one state: they are updated in one pass.

    A weight with a constraint is a run of its own, and so is a large one: it is updated as soon as its gradient is
    there, while that lies in the caches, and then the gradient's memory is free.

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
        self.states: dict[str, State] = {}
        runs = _runs(weights, optimizer)
        size = sum(aligned(_size(run)) for run in runs)
        start = 0
        for run in runs:
            self._places |= {weight: start + weight.offset - run[0].offset for weight in run}
            for name, slot in optimizer.pipeline(run[0]).slots((_size(run),)).items():
                if name not in self.states:
                    self.states[name] = engine.state(size)
                if slot.initial:
                    self.states[name].write(start, np.full(_size(run), slot.initial, np.float32))
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
        with all_held(self.states.values()):
            return {
                weight: {name: state.read(at, weight.size).reshape(weight.shape) for name, state in self.states.items()}
                for weight, at in self._places.items()
            }

    def check(self, values: Mapping[Variable, Mapping[str, np.ndarray]]) -> None:
        """Raise `ArgumentError` if these are not what this optimiser remembers."""
        for weight, given in values.items():
            if set(given) != set(self.states):
                mine, theirs = (", ".join(names) or "nothing" for names in (self.states, given))
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
        """A copy of what a slot holds of a weight, in its shape."""
        return self.states[slot].read(self._places[weight], weight.size).reshape(weight.shape)

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
    alone = _stands_alone(first) or _stands_alone(second)
    return side_by_side and not alone and optimizer.pipeline(first) == optimizer.pipeline(second)


def _size(run: Sequence[Variable]) -> int:
    """Elements from the first weight's first to the last weight's last."""
    return run[-1].offset + run[-1].size - run[0].offset


def _stands_alone(weight: Variable) -> bool:
    return weight.constraint is not None or weight.size >= LARGE
