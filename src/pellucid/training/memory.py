"""How much memory training and prediction take, from the plans of their programs: nothing is run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from pellucid.checks import several, whole
from pellucid.data.sources.source import Batch
from pellucid.engines import Engine, State
from pellucid.engines.base import ProgramMemory
from pellucid.errors import ArgumentError, OutOfMemoryError, PellucidError, ShapeError
from pellucid.frozen import Frozen
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Graph, verify
from pellucid.graph.ops import Shape
from pellucid.network import forward_graph
from pellucid.training.door import Data, prepare_inputs
from pellucid.training.plan import Plan
from pellucid.training.predicting import check_batch_size
from pellucid.training.runtime import Runtime

PARTS = {
    "weights": "weights",
    "slots": "what the optimizer remembers",
    "activations": "activations and gradients",
    "workspace": "workspace of kernels",
    "batch": "the batch",
}
"""The parts of a `MemoryUse`, and what they are called where people read them."""
MOST_SAMPLES = 2**40
MARGIN = 1.1  # of what is free: the rest of the process needs some too


class DescribesSteps(Protocol):
    """What is asked of a stepper."""

    runtime: Runtime
    plan: Plan
    slots: Any

    def described(self, batch: Batch) -> tuple[Graph, dict[str, State]]:
        """The graph of a training step on such a batch, and the states that it reads and updates."""
        ...


class MemoryUse(Frozen):
    """What one way to run a model takes at its peak [bytes].

    Attributes:
        weights: all weights.
        slots: what the optimiser remembers of them; 0 without training.
        activations: results on their way, and gradients.
        workspace: scratch memory of kernels, and weights as these want them.
        batch: what comes out of a batch; in training the samples and targets that were taken for it. (What is predicted
            is read where it lies.)
        layers: what the results of each layer take, the largest first.
    """

    weights: int
    slots: int
    activations: int
    workspace: int
    batch: int
    layers: dict[str, int]

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(getattr(self, part) for part in PARTS)


class MemoryEstimate(Frozen):
    """What a model takes for batches of one size; printed, it is a table in MB.

    Attributes:
        batch_size: samples in a batch.
        prediction: for `predict`.
        training: for `fit`; None where the model is not compiled.
    """

    batch_size: int
    prediction: MemoryUse
    training: MemoryUse | None

    @property
    def total(self) -> int:
        """For training, or for prediction where the model is not compiled [bytes]."""
        return (self.training or self.prediction).total

    def __str__(self) -> str:
        uses = {"prediction": self.prediction} | ({"training": self.training} if self.training else {})
        width = max(map(len, PARTS.values()))
        lines = [f"{f'batches of {self.batch_size}, MB':<{width}}" + "".join(f"{name:>12}" for name in uses)]
        for part, name in (*PARTS.items(), ("total", "in all")):
            lines.append(f"{name:<{width}}" + "".join(f"{getattr(use, part) / 2**20:12.2f}" for use in uses.values()))
        largest = next(iter((self.training or self.prediction).layers.items()), None)
        if largest is not None:
            lines.append(f"most of it for {largest[0]}: {largest[1] / 2**20:.2f}")
        return "\n".join(lines)


def estimate(
    runtime: Runtime, stepper: Any, batch_size: int | None, input_shape: Sequence[int] | Sequence[Sequence[int]] | None
) -> MemoryEstimate:
    """What a built model takes; see `Model.memory_estimate`.

    Args:
        runtime: of the model.
        stepper: trains it; None if it is not compiled.
        batch_size: samples in a batch.
        input_shape: of one sample, or of one of each input; where all sizes are known not needed.
    """
    size = whole("", "batch_size", check_batch_size(batch_size), 1, MOST_SAMPLES)
    shapes = [(size, *shape) for shape in _sample_shapes(runtime, input_shape)]
    training = None if stepper is None else training_memory(stepper, shapes)
    return MemoryEstimate(size, prediction_memory(runtime, shapes), training)


def _sample_shapes(runtime: Runtime, given: Any) -> list[Shape]:
    known = [tensor.shape[1:] for tensor in runtime.built.inputs]
    if given is None:
        for shape in known:
            if None in shape:
                raise ArgumentError(
                    f"{runtime.name}: the sizes of the input {(None, *shape)} are open; say which samples are meant: "
                    "memory_estimate(batch_size, input_shape=(64, 64, 3))"
                )
        return [tuple(size for size in shape if size is not None) for shape in known]
    listed = several(runtime.name, "input_shape", given, "sizes")
    shapes = listed if listed and all(isinstance(each, list | tuple) for each in listed) else [listed]
    said = runtime.name, "a size in input_shape"
    found = [tuple(whole(*said, size, 1, MAX_SIZE) for size in shape) for shape in shapes]
    fits = len(found) == len(known) and all(map(_fits, found, known))
    if not fits:
        inputs = [(None, *shape) for shape in known]
        raise ShapeError(f"{runtime.name}: its inputs are {inputs}, got samples of {found}")
    return found


def _fits(shape: Shape, known: Sequence[int | None]) -> bool:
    return len(shape) == len(known) and all(
        size is None or size == mine for mine, size in zip(shape, known, strict=True)
    )


def prediction_memory(runtime: Runtime, shapes: Sequence[Shape]) -> MemoryUse:
    """What a prediction on batches of these shapes takes."""
    graph = forward_graph(runtime.built, shapes)
    program = _program_memory(runtime.engine, graph)
    return _use(runtime, program, 0, _bytes([tensor.shape for tensor in graph.outputs.values()]))


def training_memory(stepper: DescribesSteps, shapes: Sequence[Shape]) -> MemoryUse:
    """What training steps on batches of these shapes take."""
    runtime = stepper.runtime
    outputs = [tensor.shape for tensor in forward_graph(runtime.built, shapes).outputs.values()]
    arrays = dict(zip(runtime.built.graph_names, map(_array_of_nothing, shapes), strict=True))
    for objective in stepper.plan.objectives:
        prediction = outputs[objective.number]
        arrays[objective.target] = _array_of_nothing(objective.target_shape(prediction) or prediction)
    batch = Batch(arrays)
    graph, _ = stepper.described(batch)
    slots = sum(state.size * state.dtype.itemsize for state in stepper.slots.states.values())
    given = _bytes([array.shape for array in arrays.values()])
    return _use(runtime, _program_memory(runtime.engine, graph), slots, given)


def _array_of_nothing(shape: Shape) -> np.ndarray:
    """An array of a shape that takes no memory."""
    return np.broadcast_to(np.float32(0), shape)


def _program_memory(engine: Engine, graph: Graph) -> ProgramMemory:
    verify(graph)
    return engine.memory_of(graph)


def _use(runtime: Runtime, program: ProgramMemory, slots: int, batch: int) -> MemoryUse:
    weights = _bytes([weight.shape for weight in runtime.placed().weights])
    return MemoryUse(weights, slots, program.activations, program.workspace, batch, program.layers)


def _bytes(shapes: Sequence[Shape]) -> int:
    return sum(4 * math.prod(shape) for shape in shapes)


# Where there is not enough.


@contextmanager
def shortage_told(stepper: Any, *, training: bool) -> Iterator[None]:
    """Inside, whoever runs out of memory is told which layer takes most, how much was needed, and what would fit.

    Args:
        stepper: trains or tests; knows for what kind of batch it made its newest program.
        training: whether training steps were to be made.

    Raises:
        OutOfMemoryError: there was not enough.
    """
    try:
        yield
    except MemoryError as error:
        shapes = stepper.newest_inputs
        if not shapes:
            raise
        raise shortage(stepper.runtime, stepper, shapes, error, training=training) from error


def shortage(
    runtime: Runtime, stepper: Any, shapes: Sequence[Shape], error: MemoryError, *, training: bool
) -> OutOfMemoryError:
    """What is to be said where memory was short for batches of these shapes.

    Programs that are kept for other batches are let go first: perhaps that is enough.
    """
    runtime.forget()
    if stepper is not None:
        stepper.forget()
    doing = "a training step" if training else "a prediction"
    size, trained = shapes[0][0], stepper if training else None
    try:
        need = _need(runtime, trained, shapes)
        fits = batch_that_fits(runtime, trained, shapes)
    except (MemoryError, PellucidError):  # not even for the plan
        return OutOfMemoryError(
            f"{runtime.name}: there is not enough memory for {doing} on {size} samples: {error}; take fewer at a time"
        )
    name, part = next(iter(need.layers.items()), ("", 0))
    most = f", most of it for {name} ({_readable(part)})" if name else ""
    hint = f"batch_size={fits} would fit{' now: kept programs were let go' if fits == size else ''}"
    if not fits:
        hint = "not even one sample fits: take smaller samples, or fewer filters"
    return OutOfMemoryError(
        f"{runtime.name}: there is not enough memory for {doing} on {size} samples, which takes about "
        f"{_readable(need.total)}{most}; {hint}"
    )


def shortage_of_prediction(model: Any, x: Data, batch_size: int | None, error: MemoryError) -> OutOfMemoryError:
    """What is to be said where memory was short for a model's prediction on such data; by default all is one batch."""
    arrays = prepare_inputs(x, model.runtime.built, model.runtime.name)
    size = len(arrays[0]) if batch_size is None else min(batch_size, len(arrays[0]))
    return shortage(model.runtime, model.stepper, [(size, *a.shape[1:]) for a in arrays], error, training=False)


def _need(runtime: Runtime, trained: Any, shapes: Sequence[Shape]) -> MemoryUse:
    return prediction_memory(runtime, shapes) if trained is None else training_memory(trained, shapes)


def batch_that_fits(runtime: Runtime, trained: Any, shapes: Sequence[Shape]) -> int:
    """The batch, or the largest half, quarter, ... of it, for which there is memory now; 0 if one sample is too much.

    Args:
        runtime: of the model.
        trained: the stepper, for training steps; None for predictions.
        shapes: of the inputs of a batch.
    """
    size = shapes[0][0]
    while size:
        need = _need(runtime, trained, [(size, *shape[1:]) for shape in shapes])
        if _can_have(int(MARGIN * (need.activations + need.workspace + 2 * need.batch))):
            return size
        size //= 2
    return 0


def _can_have(size: int) -> bool:
    """Whether the system would give so much memory [bytes]; none of it is touched."""
    try:
        np.empty(size, np.uint8)
    except MemoryError:
        return False
    return True


def _readable(size: int) -> str:
    return f"{size / 2**30:.2f} GB" if size >= 2**30 else f"{max(size / 2**20, 0.01):.2f} MB"
