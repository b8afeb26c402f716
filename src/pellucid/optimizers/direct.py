"""Steps that an optimiser makes at once, on weights and arrays: a graph of its own with the stages of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of, floats_of
from pellucid.engines import BoundProgram, get_engine
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Input
from pellucid.locks import lock
from pellucid.optimizers.moved import Moved, stands_for
from pellucid.optimizers.stages import ACCUMULATOR, AVERAGE, Pipeline, Slot
from pellucid.optimizers.update_rule import UpdateRule
from pellucid.variables import Variable, held

__all__ = ["Direct", "Progress", "train_to"]

FEW = 8  # programs are kept: of steps on some of the weights in turn


class Progress(Protocol):
    """Who makes an optimiser's steps, and keeps what it remembers: a model in training, or the optimiser itself.

    Attributes:
        iterations: how many steps were made.
    """

    iterations: int

    @property
    def weights(self) -> Sequence[Moved]:
        """What is moved, in order."""
        ...

    def read(self, slot: str, weight: Moved) -> np.ndarray:
        """A copy of what is kept for a weight under the name of a slot."""
        ...

    def write(self, slot: str, weight: Moved, value: np.ndarray) -> None:
        """Replace it, by an array of the same shape."""
        ...


class Direct:
    """The progress of steps that an optimiser makes at once.

    Attributes:
        iterations: how many steps were made.
        lock: held by whoever builds it or makes a step, from the first question to the last answer, so that one step
            comes after the other, whichever thread makes it.
    """

    def __init__(self) -> None:
        self.iterations = 0
        self._weights: list[Moved] = []
        self._pipelines: list[Pipeline] = []
        self._slots: list[dict[str, np.ndarray]] = []
        self._start()

    def _start(self) -> None:
        self._programs: dict[object, tuple[BoundProgram, list[Any]]] = {}
        self.lock = lock()

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the programs, which are made again when they are needed."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_programs", "lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    @property
    def built(self) -> bool:
        """Whether it is known what is moved."""
        return bool(self._weights)

    @property
    def weights(self) -> Sequence[Moved]:
        """What is moved, in order."""
        return self._weights

    @property
    def has_begun(self) -> bool:
        """Whether steps were made, or something was written into the arrays: there is something to be lost."""
        each = zip(self._weights, self._pipelines, self._slots, strict=True)
        return self.iterations > 0 or any(
            not np.array_equal(kept[name], _first(slot, weight))
            for weight, pipeline, kept in each
            for name, slot in pipeline.slots(tuple(weight.shape)).items()
        )

    def build(self, weights: Sequence[Moved], pipelines: Sequence[Pipeline]) -> None:
        """Say what is moved, and begin to keep arrays for it."""
        self._pipelines, self._slots = list(pipelines), []
        for weight, pipeline in zip(weights, pipelines, strict=True):
            kept = pipeline.slots(tuple(weight.shape))
            self._slots.append({name: _first(slot, weight) for name, slot in kept.items()})
        self._weights = list(weights)  # last, for they say to other threads that all of it is there

    def add(self, weight: Moved, name: str, slot: Slot) -> None:
        """Begin to keep a further array for a weight."""
        self._slots[self.number_of(weight)][name] = _first(slot, weight)

    def number_of(self, variable: object) -> int:
        """Which of the weights a variable is; raises `ArgumentError` if it is none of them."""
        for number, weight in enumerate(self._weights):
            if stands_for(weight, variable):
                return number
        shown = getattr(variable, "path", type(variable).__name__)
        raise ArgumentError(
            f"the optimizer has made steps for other variables and knows no {shown}; what it remembers belongs to "
            "those, so make a new optimizer for new variables"
        )

    def read(self, slot: str, weight: Moved) -> np.ndarray:
        """See `Progress.read`."""
        return self._slots[self.number_of(weight)][slot].copy()

    def write(self, slot: str, weight: Moved, value: np.ndarray) -> None:
        """See `Progress.write`."""
        with self.lock:
            self._slots[self.number_of(weight)][slot][...] = value

    def step(
        self, numbers: Sequence[int], gradients: Sequence[npt.ArrayLike], scalars: Mapping[str, float], rule: UpdateRule
    ) -> None:
        """Move some of the weights once; all of them, or none if a new value is not finite. Hold the `lock`.

        Args:
            numbers: which of the weights.
            gradients: for each of them, of its shape.
            scalars: the numbers of the step (`Optimizer.scalars`).
            rule: the optimiser.

        Raises:
            ShapeError: a gradient has another shape than its weight.
            DataError: a new value would be NaN or infinite.
        """
        with np.errstate(over="ignore"):  # what comes of a number that is too large is refused below
            inputs = {name: np.array(value, np.float32) for name, value in scalars.items()}
        for number, gradient in zip(numbers, gradients, strict=True):
            weight = self._weights[number]
            try:
                array = floats_of(array_of(gradient))
            except NoNumbers as error:
                raise ArgumentError(f"{weight.path}: its gradient must be numbers, got {error}") from error
            if array.shape != tuple(weight.shape):
                raise ShapeError(f"{weight.path} has shape {tuple(weight.shape)}, its gradient {array.shape}")
            inputs[f"gradient {number}"] = array
            inputs[f"weight {number}"] = np.asarray(weight.numpy(), np.float32)
            inputs |= {f"{name} {number}": kept for name, kept in self._slots[number].items()}
        results = self._program(numbers, list(scalars), rule)(inputs)
        for number in numbers:
            if not np.isfinite(results[f"weight {number}"]).all():
                raise DataError(
                    f"{self._weights[number].path}: a value would become NaN or infinite in this step; no weight was "
                    "changed. Look at the gradients, or lower the learning rate"
                )
        for number in numbers:
            self._slots[number] = {name: results[f"{name} {number}"] for name in self._slots[number]}
            train_to(self._weights[number], results[f"weight {number}"], 1)
        self.iterations += 1

    def _program(self, numbers: Sequence[int], scalars: Sequence[str], rule: UpdateRule) -> BoundProgram:
        constraints = [getattr(self._weights[number], "constraint", None) for number in numbers]
        frozen = [_frozen_part(self._weights[number]) for number in numbers]
        parts = tuple(None if part is None else (part.shape, part.tobytes()) for part in frozen)
        key = (tuple(numbers), tuple(map(id, constraints)), tuple(scalars), parts)
        if key not in self._programs:
            if len(self._programs) >= FEW:
                del self._programs[next(iter(self._programs))]
            program = get_engine("native").prepare(self._emit(numbers, scalars, rule, constraints))
            self._programs[key] = program.bind({}), constraints  # which must live on, for no other may get their ids
        return self._programs[key][0]

    def _emit(
        self, numbers: Sequence[int], scalars: Sequence[str], rule: UpdateRule, constraints: Sequence[Any]
    ) -> Graph:
        """The graph of one step: everything goes in as an input and comes out as an output."""
        graph, weights = Graph(), [self._weights[number] for number in numbers]
        rates = {name: graph.add(Input((), name)) for name in scalars}
        frozen = [_frozen_part(weight) for weight in weights]
        raw = [graph.add(Input(tuple(w.shape), f"gradient {n}")) for n, w in zip(numbers, weights, strict=True)]
        slots = [
            {name: graph.add(Input(array.shape, f"{name} {n}")) for name, array in self._slots[n].items()}
            for n in numbers
        ]
        before = [kept.get(ACCUMULATOR) for kept in slots]
        trained = [held(part, 0.0, gradient) for part, gradient in zip(frozen, rule.unscale(raw), strict=True)]
        along, gathered = rule.gradients(weights, trained, before, rates)
        for at, (number, gradient, constraint) in enumerate(zip(numbers, along, constraints, strict=True)):
            weight = graph.add(Input(gradient.shape, f"weight {number}"))
            new, kept = self._pipelines[number].update(weight, gradient, slots[at], rates)
            if constraint is not None:
                new = builder.reshape(constraint(held(frozen[at], weight, new)), gradient.shape)
            total = gathered[at]
            if total is not None:
                kept[ACCUMULATOR] = total
            graph.outputs[f"weight {number}"] = held(frozen[at], weight, new)
            was = {**slots[at], AVERAGE: weight}  # the average of what does not change is what it is
            graph.outputs |= {f"{name} {number}": _kept(frozen[at], was[name], v) for name, v in kept.items()}
        return graph


def train_to(weight: Moved, value: np.ndarray, steps: int = 0) -> None:
    """Give a weight what a training made of it; one of ours counts the steps."""
    if isinstance(weight, Variable):
        weight.train_to(value, steps)
    else:
        weight.assign(value)


def _frozen_part(weight: Moved) -> np.ndarray | None:
    """Where steps leave a weight alone (`Variable.frozen_part`); variables of other kinds have nothing of that."""
    part: np.ndarray | None = getattr(weight, "frozen_part", None)
    return part


def _kept(part: np.ndarray | None, old: Tensor, new: Tensor) -> Tensor:
    """A slot after a step; of one that has the weight's shape, what is frozen stays."""
    fits = part is not None and len(part.shape) == old.rank
    return held(part if fits else None, old, new)


def _first(slot: Slot, weight: Moved) -> np.ndarray:
    """What a slot holds before the first step."""
    return np.array(
        weight.numpy() if slot.initial is None else np.full(slot.shape, slot.initial), np.float32, copy=True
    )
