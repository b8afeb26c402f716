"""Where a loss stopped being a number: the step, the layer, and whether it began in weights, outputs or a gradient.

While a training runs its states are copied from time to time, which takes a five-hundredth of it at most. (The first
copy is made in any case, and those of small models are. Who calls `fit` again and again for a step or two of a large
model may be told of the epoch alone.) When the loss is found to be no number, the steps since the last copy are made
again, one by one, from the same batches; the first one at which something is not finite is looked into, and the
training is put back to where it was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np

from pellucid.arraylike import first_odd
from pellucid.data.sources.source import Batch, Source
from pellucid.engines import all_held
from pellucid.frozen import Frozen
from pellucid.graph import Graph
from pellucid.network.paths import weights_by_path
from pellucid.training import stages
from pellucid.training.domains import first_outside, watch_domains
from pellucid.training.growth import Growth, is_much_larger
from pellucid.training.meters import Meters
from pellucid.training.objectives import TARGET, WEIGHTS
from pellucid.training.run_state import Sums
from pellucid.training.runtime import Placed, prepare
from pellucid.training.slots import Slots
from pellucid.training.stepper import LocalStepper
from pellucid.variables import Variable, read_all
from pellucid.warned import warn

EVERY = 512  # steps, from one copy to the next: so many are made again at most, and those up to the next drain
MOST_BYTES = 256 * 2**20  # of a copy; a larger model is told of its epoch alone
FREE_BYTES = 2**20  # of a copy that takes no time worth counting
LOSS = "loss"  # the name of that output
REMEDY = "lower the learning rate"
BACK = (
    "model.stepper.restore(model.stepper.finite) goes back to before it, and callbacks.RestoreOnNaN() does so by itself"
)


class _Moment(Frozen, eq=False):
    """A training between two steps, as it lies in its states."""

    placed: Placed
    slots: Slots
    numbers: Mapping[Any, np.ndarray]  # of each state
    step: int
    sums: Sums


class _Event(Frozen, eq=False):
    """A step at which something that was finite is no longer."""

    epoch: int
    number: int  # of the batch
    batch: Batch
    steps: int  # from the copy to before it


class Watch:
    """Watches over one `fit`.

    Args:
        stepper: makes its steps.
        source: of its batches.
        sparing: whether copies are left out that would take more than their share of the time (`recorded.Copying`).
    """

    def __init__(self, stepper: LocalStepper, source: Source, *, sparing: bool = False) -> None:
        self.stepper, self.runtime, self.source = stepper, stepper.runtime, source
        self.sparing, self._counted_until = sparing, 0.0
        self._moment: _Moment | None = None
        self._passages: list[tuple[int, int, int]] = []  # epoch, batch and step at which each begins since the copy
        self._rates: list[tuple[int, Any]] = []  # learning rates, and the steps from which on they held
        self._told = self._is_busy = False
        self._growth, self._sizes = Growth(), list[float]()  # of the weights when the training began

    @contextmanager
    def over(self, tally: Any) -> Iterator[None]:
        """Inside, the pass of that tally is watched."""
        self._tally: Meters = tally
        self._tally.watch, self.stepper.finite = self._drained, None
        self._counted_until = time.perf_counter()
        try:
            yield
        finally:
            self._tally.watch = None
            self._count()

    def begins(self, epoch: int, batch: int) -> None:
        """An epoch begins, or goes on at a batch."""
        if self._told:
            return
        step, moment = self.runtime.step, self._moment
        self._passages.append((epoch, batch, step))
        is_due = moment is None or step - moment.step >= EVERY or moment.placed is not self.runtime.placed()
        if self.notes_rate() or is_due:  # `placed` is another where layers were frozen, say
            self._copy(epoch, batch)

    def notes_rate(self) -> bool:
        """Note the learning rate of the next step, where somebody may have changed it; whether it is a new one."""
        rate = self.stepper.plan.optimizer.captured_rate()
        if self._rates and self._rates[-1][1] == rate:
            return False
        self._rates.append((self.runtime.step, rate))
        return True

    def comes_next(self) -> None:
        """Batches come: note the learning rate, and what the loss of the first one was."""
        if self._growth.first is None and not self._tally.is_fresh:
            self._growth.first = self._tally.loss
        self.notes_rate()

    def _drained(self) -> None:
        """The tally has put its sums aside, between two steps."""
        if self._is_busy or self._told or not self._passages or self.runtime.step - self._since() < EVERY:
            return
        if self._tally.is_finite:
            epoch, batch, step = self._passages[-1]
            self._copy(epoch, batch + self.runtime.step - step)

    def _since(self) -> int:
        """The step before which the last copy was made, or before which this training began."""
        return self._passages[0][2] if self._moment is None else self._moment.step

    def _count(self) -> None:
        """Count what was trained up to now."""
        now = time.perf_counter()
        self.stepper.copying.trained += now - self._counted_until
        self._counted_until = now

    def _copy(self, epoch: int, batch: int) -> None:
        placed = self.runtime.placed()
        slots = self.stepper.slots_for(placed.trained)
        states = [*placed.states.values(), *slots.by_name.values()]
        size = sum(state.size * state.dtype.itemsize for state in states)
        if size > MOST_BYTES:
            self._moment, self._passages = None, []
            return
        self._count()
        # By the clock one process would bring together what lies in shares, and another not: they would wait for ever.
        by_all = any(getattr(state, "lies_in_shares", False) for state in states)
        if self.sparing and size > FREE_BYTES and (by_all or not self.stepper.copying.is_cheap):
            return
        if self._moment is not None and self._odd_weight(placed) is not None:
            return  # it has begun; the copy from before it is wanted
        self._sizes = self._sizes or _largest_in(self._moment)
        begin = time.perf_counter()
        self._moment = self._now(placed, slots)
        self.stepper.copying.copied(time.perf_counter() - begin)
        self._passages, self._rates = [(epoch, batch, self.runtime.step)], self._rates[-1:]

    def _now(self, placed: Placed, slots: Slots) -> _Moment:
        states = [*placed.states.values(), *slots.by_name.values()]
        with all_held(states):
            numbers = {state: state.read() for state in states}
        return _Moment(placed, slots, numbers, self.runtime.step, self._tally.capture())

    def _put(self, moment: _Moment) -> None:
        with all_held(moment.numbers):
            for state, numbers in moment.numbers.items():
                state.write(0, numbers)
        self.runtime.steps.step = moment.step  # as if what was made since had not been
        self._tally.restore(moment.sums)

    def ends(self, epoch: int, loss: float) -> None:
        """An epoch has ended with this loss: warn, once, if it grows, or is no number, and say where that began."""
        said = self.said(epoch, loss)
        if said is not None:
            warn(said + ("" if self.stepper.finite is None else f". {BACK}"))

    def said(self, epoch: int, loss: float) -> str | None:
        """Where a loss stopped being a number, in a sentence, once; None while it is one. That it grows is warned of.

        The stepper learns the state before it (`finite`), where that can be found.
        """
        if self._told:
            return None
        if math.isfinite(loss):
            said = self._growth.said(epoch, loss, self._have_grown)
            if said:
                self.runtime.say_once("growth", f"the loss grows: {said}")
            return None
        self._told = True
        what = self._found() or f"the weights have grown out of all bounds; {REMEDY}"
        return f"{self.runtime.name}: the loss is {loss} since epoch {epoch + 1}: {what}"

    def _have_grown(self) -> bool:
        """Whether some weight is several times as large as when the training began."""
        moment, placed = self._moment, self.runtime.placed()
        if moment is None or moment.placed is not placed:
            return False
        return is_much_larger(self._sizes or _largest_in(moment), _sizes(read_all(placed.weights)))

    def _found(self) -> str | None:
        """Where it began, in words; None where that cannot be found. The stepper learns the state before it."""
        moment, optimizer = self._moment, self.stepper.plan.optimizer
        if moment is None or moment.placed is not self.runtime.placed() or moment.slots is not self.stepper.slots:
            return None
        now, rate = self._now(moment.placed, moment.slots), optimizer.captured_rate()
        position = self.stepper.position
        self._is_busy = True
        try:
            self._put(moment)
            odd = self._odd_weight(moment.placed)
            if odd is not None:
                return f"the weights were not finite when the training began, {odd}; give the model finite ones"
            count = now.step - moment.step if getattr(self.source, "repeats", False) else 0
            event = self._searched(moment, count)
            self._go_to(moment, count, event)
            self.stepper.finite = self.stepper.capture()
            return None if event is None else self._told_of(event)
        finally:
            self._put(now)
            optimizer.restore_rate(rate)
            self.stepper.position = position
            self._is_busy = False

    def _batches(self, count: int) -> Iterator[tuple[int, int, Batch]]:
        """The batches of so many steps since the copy, with epochs and numbers; the learning rate of each is set."""
        last = self._passages[0][2] + count
        ends = [*(step for _, _, step in self._passages[1:]), last]
        for (epoch, start, step), end in zip(self._passages, ends, strict=True):
            batches = self.source.batches(epoch, seed=self.stepper.seed, start=start)
            for number, batch in enumerate(islice(batches, max(0, min(end, last) - step)), start):
                self._set_rate(step + number - start)
                yield epoch, number, batch

    def _set_rate(self, step: int) -> None:
        rate = next((rate for since, rate in reversed(self._rates) if since <= step), self._rates[0][1])
        self.stepper.plan.optimizer.restore_rate(rate)

    def _searched(self, moment: _Moment, count: int) -> _Event | None:
        """The first step since the copy at which the loss, or a weight behind it, is not finite."""
        for steps, (epoch, number, batch) in enumerate(self._batches(count)):
            self._tally.reset()
            self.stepper.train(batch, self._tally)
            if not self._tally.is_finite or self._odd_weight(moment.placed) is not None:
                return _Event(epoch, number, batch, steps)
        return None

    def _go_to(self, moment: _Moment, count: int, event: _Event | None) -> None:
        """The training as it was before an event; as it was copied where there is none."""
        self._put(moment)
        self.stepper.position = self._passages[0][:2] if event is None else (event.epoch, event.number)
        for _, number, batch in islice(self._batches(count), 0 if event is None else event.steps):
            if number == 0:
                self._tally.reset()
            self.stepper.train(batch, self._tally)
        self._set_rate(self.runtime.step)

    def _odd_weight(self, placed: Placed) -> str | None:
        """The first weight that is not finite, and where."""
        for weight, values in zip(placed.weights, read_all(placed.weights), strict=True):
            odd = first_odd(values)
            if odd is not None:
                return f"{self._paths([weight])[0]} {odd}"
        return None

    def _paths(self, weights: Sequence[Variable]) -> list[str]:
        """How weights are called from outside, in one walk through the model."""
        found = {id(each): path for path, each in weights_by_path(self.runtime.built.layers).items()}
        return [found.get(id(weight), weight.path) for weight in weights]

    def _told_of(self, event: _Event) -> str:
        """What happens in a step, from the state before it."""
        where = f"in batch {event.number + 1} of epoch {event.epoch + 1} (step {self.runtime.step + 1} of the training)"
        return f"{where}, {self._cause(event.batch)}"

    def _cause(self, batch: Batch) -> str:
        """What is the first not to be finite in a step, and what helps."""
        for name, array in batch.arrays.items():
            odd = first_odd(np.asarray(array, np.float64)) if array.dtype.kind == "f" else None
            if odd is not None:
                return f"the data is not finite, {name} {odd}; leave such samples out"
        return self._cause_of_finite(batch)

    def _cause_of_finite(self, batch: Batch) -> str:
        """The first that is not finite, of finite data: an output of a layer, the loss, a gradient, new weights."""
        placed = self.runtime.placed()
        graph, gradients = self._graph(batch, placed.trained)
        for name, value in self._run(graph, batch).items():
            odd = first_odd(value)
            if odd is None:
                continue
            largest = self._largest_weight(placed)
            if name in gradients:
                what = f"the gradient of the loss for {gradients[name]} {odd}; loss and outputs are finite"
            elif name == LOSS:
                what = f"the loss of finite outputs is {value}; {largest}"
            else:
                what = f"the output of {name} is the first that is not finite, {odd}; {largest}"
            return f"{what}; {self._remedy(graph, batch)}"
        largest = self._largest_weight(placed)
        return f"the step takes the weights out of all bounds, though its gradient is finite; {largest}; {REMEDY}"

    def _remedy(self, graph: Graph, batch: Batch) -> str:
        """What helps: another learning rate, unless it is the first step; what keeps numbers where functions are."""
        watch_domains(graph)
        found = first_outside(graph, self._run(graph, batch))
        if found is None:
            return REMEDY
        domain, number = found
        said = f"something {domain.operation} {number:.3g}"
        return f"{said}: {domain.remedy}" if self.runtime.step == 0 else f"{said}; {REMEDY}, or {domain.remedy}"

    def _run(self, graph: Graph, batch: Batch) -> Mapping[str, np.ndarray]:
        """The outputs of a graph for a batch of the step that comes next."""
        states, seed, step = self.runtime.placed().states, self.runtime.seed, self.runtime.step
        return prepare(self.runtime.engine, graph).run(batch.arrays, states, seed=seed, step=step)

    def _graph(self, batch: Batch, trained: Sequence[Variable]) -> tuple[Graph, dict[str, str]]:
        """A step without its updates: what each layer makes, the loss, and gradients, those of the last layer first."""
        shapes = [batch.arrays[name].shape for name in self.runtime.built.graph_names]
        given = {name: array.shape for name, array in batch.arrays.items() if name.startswith((TARGET, WEIGHTS))}
        step, plan = stages.forward(self.runtime.built, shapes, training=True), self.stepper.plan
        made = {node.name: node.outputs[0] for node in step.graph.nodes if node.name and node.outputs and node.inputs}
        loss = stages.add_loss(step, plan.objectives, trained, given, plan.own_loss, self.runtime.name)
        stages.add_gradients(step, trained)
        step.graph.outputs.update(made)
        step.graph.outputs[LOSS] = loss
        gradients = {f"gradient {number}": path for number, path in enumerate(self._paths(trained))}
        for name, tensor in reversed(list(zip(gradients, step.gradients.values(), strict=True))):
            step.graph.outputs[name] = tensor
        return step.graph, gradients

    def _largest_weight(self, placed: Placed) -> str:
        sizes = dict(zip(self._paths(placed.weights), _sizes(read_all(placed.weights)), strict=True))
        largest = max(sizes, key=lambda path: sizes[path], default="none")
        return f"the largest weight before it is {sizes.get(largest, 0.0):.3g} ({largest})"


def _largest_in(moment: _Moment | None) -> list[float]:
    """The largest size of a number in each weight, then; nothing of no moment."""
    if moment is None:
        return []
    return _sizes([moment.numbers[w.state][w.offset : w.offset + w.size] for w in moment.placed.weights])


def _sizes(arrays: Sequence[np.ndarray]) -> list[float]:
    return [float(np.abs(array).max(initial=0.0)) for array in arrays]
