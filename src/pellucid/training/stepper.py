"""Steps of a compiled network on this machine: each trains or tests on one batch; what is told of many is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from pellucid.data.sources.source import Batch, Stretch
from pellucid.elsewhere import elsewhere
from pellucid.engines import BoundProgram, RunSteps, State, steps_of
from pellucid.frozen import Frozen
from pellucid.graph import Graph
from pellucid.graph.ops import Shape
from pellucid.layers.epochs import KnowsEpochs
from pellucid.locks import lock
from pellucid.optimizers import Optimizer
from pellucid.optimizers.moved import Moved
from pellucid.training import stages
from pellucid.training.meters import Meters
from pellucid.training.objectives import TARGET, WEIGHTS
from pellucid.training.plan import Plan
from pellucid.training.programs import FEW
from pellucid.training.recorded import Recorded
from pellucid.training.runtime import Placed, Runtime
from pellucid.training.slots import Slots
from pellucid.variables import Variable

Given = tuple[tuple[str, Shape], ...]
"""The shapes of what a batch brings along for the loss and only it decides, by name."""


class _Ready(Frozen, eq=False):
    """A program for batches of certain shapes; the weights and, if it trains, the slots on which it works."""

    run: BoundProgram
    run_many: RunSteps | None
    placed: Placed
    slots: Slots | None
    counted: int  # the most that a metric can count in such a batch


APART = 0x1E3779B97F4A7C15
"""Between the seeds of two trainings of one model."""


class LocalStepper(Recorded):
    """Trains and tests one network on one machine (see `base.Stepper`); as a record, see `Recorded`.

    Args:
        runtime: of a built network.
        plan: how to train it.

    Attributes:
        slots: what the optimiser remembers; None before the first training step.
        newest_inputs: shapes of the inputs in the kind of batch that came newest.
    """

    def __init__(self, runtime: Runtime, plan: Plan) -> None:
        self.runtime, self.plan = runtime, plan
        self.trainings = -1
        self.slots: Slots | None = None
        self._rests_at: int | None = None
        if not self._take_over():
            runtime.step = 0
        self._begin()
        self._takes_any_targets = any(each.takes_any_targets or each.shows_targets for each in plan.objectives)
        self._start()
        plan.optimizer.attach(self)

    def _start(self) -> None:
        self.newest_inputs: tuple[Shape, ...] = ()
        self._free: dict[bool, list[Meters]] = {True: [], False: []}
        self._ready: dict[tuple[Any, ...], _Ready] = {}
        self._served: tuple[Placed, Slots] | None = None
        self._knowing: tuple[Placed, list[KnowsEpochs]] | None = None  # the layers that are told of epochs
        self._lock = lock()  # one step after the other, whichever thread makes it

    def forget(self) -> None:
        """Let go of programs; they are made again where they are needed."""
        with self._lock:
            self._ready.clear()

    def anew(self) -> LocalStepper:
        """See `base.Stepper`."""
        other = LocalStepper(self.runtime, self.plan)
        other.slots, other.trainings = self.slots, self.trainings
        return other

    def begin_training(self) -> None:
        """See `base.Stepper`."""
        self.trainings += 1

    def begin_epoch(self, turn: int) -> None:
        """See `base.Stepper`."""
        if self.runtime.network is None:
            return
        placed = self.runtime.placed()
        if self._knowing is None or self._knowing[0] is not placed:
            parts = (part for layer in self.runtime.network.layers for part in layer.with_parts())
            self._knowing = placed, [part for part in parts if isinstance(part, KnowsEpochs)]
        for part in self._knowing[1]:
            part.begin_epoch(turn)

    @contextmanager
    def tally(self, *, training: bool) -> Iterator[Meters]:
        """Meters for one pass over batches, from zero. They are lent again, for programs are made for them."""
        with self._lock:
            meters = self._free[training].pop() if self._free[training] else self._make_meters()
        meters.reset()
        try:
            yield meters
        finally:
            with self._lock:
                self._free[training].append(meters)

    def train(self, batch: Batch, tally: Meters, probes: Sequence[stages.Probe] = ()) -> None:
        """One training step; the tally counts what held before its update."""
        with self._lock:
            self._take_over()
            ready = self._prepared(*_described(batch), True, tally, tuple(probes))
            ready.run(self.inputs(batch), seed=self.runtime.seed, step=self.runtime.steps.step)
            self.runtime.steps.step += 1
            tally.count(ready.counted)

    def test(self, batch: Batch, tally: Meters, probes: Sequence[stages.Probe] = ()) -> None:
        """Loss and metrics of one batch, without training."""
        with self._lock:
            ready = self._prepared(*_described(batch), False, tally, tuple(probes))
            seed, step = self.runtime.draw_of_test(tally.batches)
            ready.run(batch.arrays, seed=seed, step=step)
            tally.count(ready.counted)

    def train_many(self, stretch: Stretch, tally: Meters) -> None:
        """A training step on each batch of a stretch, one after the other."""
        self._run_many(stretch, tally, training=True)

    def test_many(self, stretch: Stretch, tally: Meters) -> None:
        """Loss and metrics of each batch of a stretch, without training."""
        self._run_many(stretch, tally, training=False)

    def _run_many(self, stretch: Stretch, tally: Meters, *, training: bool) -> None:
        """All steps of a stretch. Who cuts stretches goes by the time that they take, so it ends when the last does."""
        with self._lock:
            if training:
                self._take_over()
            size = stretch.rows.shape[1]
            shapes = [(size, *array.shape[1:]) for array in stretch.arrays.values()]
            ready = self._prepared(tuple(stretch.arrays), tuple(shapes), training, tally, ())
            run_many = ready.run_many if all(_is_plain(array) for array in stretch.arrays.values()) else None
            if run_many is not None:
                self._run_at_once(run_many, stretch, ready.counted, tally, training)
        if run_many is None:
            for batch in stretch.batches():
                (self.train if training else self.test)(batch, tally)
        tally.wait()

    def _run_at_once(self, run: RunSteps, stretch: Stretch, counted: int, tally: Meters, training: bool) -> None:
        """As many steps in one call of the engine as the tally has room for, and again."""
        start, runtime = 0, self.runtime
        while start < len(stretch):
            rows = stretch.rows[start : start + tally.room(counted)]
            count = len(rows)
            seed, first = (runtime.seed, runtime.step) if training else runtime.draw_of_test(tally.batches)
            scalars = self._scalars(range(first, first + count)) if training else {}
            run(stretch.arrays, rows, scalars, seed, first)
            runtime.steps.step += count if training else 0
            tally.count(counted, count)
            start += count

    def _take_over(self) -> bool:
        """Go on where the optimiser stands, if another training has moved it on, as in Keras; whether any has."""
        before = self.plan.optimizer.progress
        if before is not self and isinstance(before, LocalStepper):
            self.runtime.step, self.slots = before.iterations, before.slots or self.slots
            self.plan.optimizer.attach(self)
        return isinstance(before, LocalStepper)

    def rest(self, made: int) -> None:
        """The model is trained in another way from now on; how many steps this optimiser made stays known."""
        self._rests_at = made

    @property
    def rests(self) -> bool:
        """See `base.Stepper`."""
        return self._rests_at is not None

    def _scalars(self, steps: range) -> dict[str, np.ndarray]:
        """The optimiser's numbers for these steps, float32 (steps,) each."""
        each = [self.plan.optimizer.scalars(step) for step in steps]
        return {name: np.array([scalars[name] for scalars in each], np.float32) for name in each[0]}

    def finish(self) -> None:
        """See `base.Stepper`."""
        if self.plan.optimizer.averages or self.optimizer.ends_in_its_own_way:
            with self._lock:
                self.optimizer.finalize_variable_values(self.weights)

    def inputs(self, batch: Batch) -> dict[str, np.ndarray]:
        """What the graph of a training step takes: a batch, and the optimiser's numbers for the next step."""
        scalars = self.plan.optimizer.scalars(self.runtime.steps.step)
        return {**batch.arrays, **{name: np.array(value, np.float32) for name, value in scalars.items()}}

    def described(self, batch: Batch) -> tuple[Graph, dict[str, State]]:
        """The graph of a training step on such a batch, and the states that it reads and updates."""
        placed, of_batch = self.runtime.placed(), dict(zip(*_described(batch), strict=True))
        slots = self.slots_for(placed.trained)
        with self.tally(training=True) as meters:
            graph = self._graph(self._of_inputs(of_batch), self._given(of_batch), placed.trained, meters, slots, ())
            return graph, {**placed.states, meters.state.name: meters.state, **slots.by_name}

    def _of_inputs(self, shapes: Mapping[str, Shape]) -> tuple[Shape, ...]:
        return tuple(shapes[name] for name in self.runtime.built.graph_names)

    def _given(self, shapes: Mapping[str, Shape]) -> Given:
        """The weights of samples in a batch, and the targets where no loss says their shape."""
        names = (WEIGHTS, TARGET) if self._takes_any_targets else WEIGHTS
        return tuple((name, shape) for name, shape in shapes.items() if name.startswith(names))

    def _prepared(
        self,
        names: tuple[str, ...],
        shapes: tuple[Shape, ...],
        training: bool,
        meters: Meters,
        probes: tuple[stages.Probe, ...],
    ) -> _Ready:
        """The program for batches of arrays of these names and shapes, on the weights as they are now."""
        key = training, names, shapes, meters, probes
        ready = self._ready.get(key)
        if ready is None or ready.placed is not self.runtime.placed() or (training and ready.slots is not self.slots):
            ready = self._prepare(dict(zip(names, shapes, strict=True)), training, meters, probes)
            if len(self._ready) >= FEW:
                self._ready.clear()  # the runtime has what is used most, and bounds the memory of all
            self._ready[key] = ready
        return ready

    def _prepare(
        self, of_batch: Mapping[str, Shape], training: bool, meters: Meters, probes: tuple[stages.Probe, ...]
    ) -> _Ready:
        shapes, given = self._of_inputs(of_batch), self._given(of_batch)
        self.newest_inputs = shapes
        placed = self.runtime.placed()
        slots = self.slots_for(placed.trained) if training else None
        if training:
            self.runtime.teach(placed)
        further: dict[str, State] = {meters.state.name: meters.state, **(slots.by_name if slots else {})}
        for probe in probes:
            further |= probe.states
        run = self.runtime.program(
            ("train" if training else "test", shapes, given, probes, *further),
            lambda: self._graph(shapes, given, placed.trained, meters, slots, probes),
            further,
        )
        return _Ready(run, steps_of(run), placed, slots, _counted(of_batch))

    def _graph(
        self,
        shapes: Sequence[Shape],
        given: Given,
        trained: Sequence[Variable],
        meters: Meters,
        slots: Slots | None,
        probes: Sequence[stages.Probe],
    ) -> Graph:
        """All stages: with slots a training step, without an evaluation."""
        is_training = slots is not None
        graph = Graph(training=is_training)
        with elsewhere(meters.standing(graph), for_these_alone=True) as held:
            step = stages.forward(self.runtime.built, shapes, training=is_training, graph=graph)
            stages.add_loss(step, self.plan.objectives, trained, dict(given), self.plan.own_loss, self.runtime.name)
        meters.emit(step, held)
        if slots is not None:
            segments = slots.segments(trained)
            trained = [weight for segment in segments for weight in segment.weights]
            stages.add_gradients(step, trained, self.plan.optimizer)
            stages.add_updates(step, self.plan.optimizer, slots, segments)
        else:
            step.graph.emit_assignments()  # what layers keep themselves: an evaluation keeps it, as in Keras
        for probe in probes:
            probe.emit(step)
        return step.graph

    def slots_for(self, trained: Sequence[Variable]) -> Slots:
        """What the optimiser remembers of these weights; that of weights that were trained before is kept."""
        engine, before = self.runtime.engine, self.slots
        if before is None:
            self.slots = Slots(trained, self.plan.optimizer, engine)
        elif not before.serves(trained, engine):
            self.slots = Slots(list(dict.fromkeys([*before.weights, *trained])), self.plan.optimizer, engine)
            self.slots.write(before.read())
        assert self.slots is not None
        return self.slots

    def _make_meters(self) -> Meters:
        outputs = [self.runtime.built.outputs[objective.number].shape for objective in self.plan.objectives]
        predictions = [tuple(size or 1 for size in shape) for shape in outputs]
        pairs = zip(self.plan.objectives, predictions, strict=True)
        targets = [objective.target_shape(shape) or shape for objective, shape in pairs]
        return Meters(self.plan.told, targets, predictions, self.runtime.engine)

    @property
    def optimizer(self) -> Optimizer:
        """See `base.Stepper`."""
        self._take_over()
        self.plan.optimizer.attach(self)
        return self.plan.optimizer

    @property
    def seed(self) -> int:
        """Decides the orders of samples: the model's own for the first training, for each later one another."""
        return (self.runtime.seed + max(self.trainings, 0) * APART) % 2**63

    # For the optimiser, whose progress this is (`optimizers.direct.Progress`).

    @property
    def iterations(self) -> int:
        """How many steps were made."""
        return self.runtime.step if self._rests_at is None else self._rests_at

    @iterations.setter
    def iterations(self, value: int) -> None:
        self.runtime.step = value

    @property
    def weights(self) -> list[Variable]:
        """What is trained; nothing before the network is known."""
        return self.runtime.placed().trained if self.runtime.network is not None else []

    def read(self, slot: str, weight: Moved) -> np.ndarray:
        """A copy of what is remembered of a weight."""
        return self._slots_now().read_one(slot, cast(Variable, weight))

    def write(self, slot: str, weight: Moved, value: np.ndarray) -> None:
        """Replace it."""
        self._slots_now().write_one(slot, cast(Variable, weight), value)

    def _slots_now(self) -> Slots:
        """What is remembered of the weights as they lie now; they are gone through where something has changed only."""
        placed = self.runtime.placed()
        if self.slots is None or self._served != (placed, self.slots):
            self._served = placed, self.slots_for(placed.trained)
        return self._served[1]

    def __getstate__(self) -> dict[str, Any]:
        """Copies make their own programs; what the optimiser remembers goes with them."""
        return {name: value for name, value in self.__dict__.items() if name not in _ITS_OWN} | {
            "callbacks": None,
            "epoch": None,
            "finite": None,
            "account": None,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()


_ITS_OWN = ("_free", "_ready", "_served", "_lock")  # what copies make anew


def _described(batch: Batch) -> tuple[tuple[str, ...], tuple[Shape, ...]]:
    """Names and shapes of a batch's arrays; where several processes bring parts, those of all of it."""
    shapes = [array.shape for array in batch.arrays.values()]
    if batch.parts > 1:
        shapes = [(batch.parts * shape[0], *shape[1:]) for shape in shapes]
    return tuple(batch.arrays), tuple(shapes)


def _counted(shapes: Mapping[str, Shape]) -> int:
    """The most that a metric can count in a batch: every number of the largest array of targets."""
    of_targets = [math.prod(shape) for name, shape in shapes.items() if name.startswith(TARGET)]
    return max(of_targets, default=next(iter(shapes.values()))[0])


def _is_plain(array: np.ndarray) -> bool:
    """Whether an engine takes samples from it as it lies."""
    return array.dtype in (np.float32, np.uint8) and array.flags.c_contiguous
