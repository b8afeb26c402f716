"""What an optimiser remembers of the weights of a model, and how these lie side by side: one pass serves many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.engines import Engine, State, all_held
from pellucid.frozen import Frozen
from pellucid.layers.weight import Weight, aligned
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import Pipeline

LARGE = 64 * 1024  # numbers of a weight: 256 KiB, worth a pass of its own


class Segment(Frozen):
    """A run of trained weights that lie side by side in one state: they are updated in one pass.

    A weight with a constraint is a run of its own, and so is a large one: it is updated as soon as its gradient is
    there, while that lies in the caches, and then the gradient's memory is free.

    `slot_offset` is where the optimiser's numbers for it begin in each slot; `pipeline` is how all of them are stepped.
    """

    weights: tuple[Weight, ...]
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
        return self.weights[-1].offset + self.weights[-1].size - self.start


class Slots:
    """For each slot (a momentum, say) one number for each number of each trained weight.

    Args:
        weights: the trained ones.
        optimizer: says what is kept for each.
        engine: where it is to live.

    Attributes:
        segments: the weights, in runs.
        states: of each slot, by its name.
    """

    def __init__(self, weights: Sequence[Weight], optimizer: Optimizer, engine: Engine) -> None:
        self.layout = layout(weights)
        self.segments = _segments(weights, optimizer)
        self.states: dict[str, State] = {}
        size = sum(aligned(segment.size) for segment in self.segments)
        for segment in self.segments:
            for name, slot in segment.pipeline.slots((segment.size,)).items():
                if name not in self.states:
                    self.states[name] = engine.state(size)
                if slot.initial:
                    self.states[name].write(segment.slot_offset, np.full(segment.size, slot.initial, np.float32))

    @property
    def by_name(self) -> dict[str, State]:
        """The states under the names by which graphs refer to them."""
        return {state.name: state for state in self.states.values()}

    def fits(self, weights: Sequence[Weight], optimizer: Optimizer, engine: Engine) -> bool:
        """Whether these are the slots of just these weights, stepped as now, where an engine can compute."""
        stepped = all(s.pipeline == optimizer.pipeline(weight) for s in self.segments for weight in s.weights)
        return stepped and self.layout == layout(weights) and all(map(engine.takes, self.states.values()))

    def read(self) -> dict[Weight, dict[str, np.ndarray]]:
        """Copies of what is remembered of each weight, by slot, in the weight's shape; all from between two steps."""
        with all_held(self.states.values()):
            return {
                weight: {name: state.read(at, weight.size).reshape(weight.shape) for name, state in self.states.items()}
                for weight, at in self._places()
            }

    def write(self, values: Mapping[Weight, Mapping[str, np.ndarray]]) -> None:
        """Take over what is given of the weights that are here, and of the slots that there are."""
        with all_held(self.states.values()):
            for weight, at in self._places():
                for name, array in values.get(weight, {}).items():
                    if name in self.states:
                        self.states[name].write(at, array)

    def read_one(self, slot: str, weight: Weight) -> np.ndarray:
        """A copy of what a slot holds of a weight, in its shape."""
        return self.states[slot].read(self._place(weight), weight.size).reshape(weight.shape)

    def write_one(self, slot: str, weight: Weight, values: np.ndarray) -> None:
        """Replace what a slot holds of a weight."""
        self.states[slot].write(self._place(weight), values)

    def _place(self, weight: Weight) -> int:
        return dict(self._places())[weight]

    def _places(self) -> list[tuple[Weight, int]]:
        """Where each weight's numbers begin in every slot."""
        return [(w, s.slot_offset + w.offset - s.start) for s in self.segments for w in s.weights]


def layout(weights: Sequence[Weight]) -> tuple[tuple[str, int, bool], ...]:
    """Where the weights live and which stand alone: what slots are made for."""
    return tuple((weight.state.name, weight.offset, _stands_alone(weight)) for weight in weights)


def _segments(weights: Sequence[Weight], optimizer: Optimizer) -> list[Segment]:
    ordered = sorted(weights, key=lambda weight: (weight.state.number, weight.offset))
    runs: list[list[Weight]] = []
    for weight in ordered:
        last = runs[-1][-1] if runs else None
        alone = _stands_alone(weight) or (last is not None and _stands_alone(last))
        alone = alone or (last is not None and optimizer.pipeline(last) != optimizer.pipeline(weight))
        if last and not alone and last.state is weight.state and last.offset + aligned(last.size) == weight.offset:
            runs[-1].append(weight)
        else:
            runs.append([weight])
    segments: list[Segment] = []
    offset = 0
    for run in runs:
        segments.append(Segment(tuple(run), offset, optimizer.pipeline(run[0])))
        offset += aligned(segments[-1].size)
    return segments


def _stands_alone(weight: Weight) -> bool:
    return weight.constraint is not None or weight.size >= LARGE
