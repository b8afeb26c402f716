"""Loss and metrics of many batches: counted inside the graph, told when somebody asks.

Each number that is told keeps a few sums in a state (a mean: a total and a count). A step adds to them; nothing crosses
to Python batch by batch. The state is of float32, where a count stands still at 2^24 and a total loses its last digits,
so the sums are drained from time to time: put aside, and added up in float64 when somebody looks, so that a device is
not waited for in the middle of an epoch. What metrics of users' own keep need not be sums: it stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from pellucid.engines import Engine, State
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Parameter, Shape, Update
from pellucid.metrics import Mean
from pellucid.metrics.traced import Held, InGraph
from pellucid.network import described_by
from pellucid.training.reported import Reported
from pellucid.training.run_state import Sums
from pellucid.training.stages import StepGraph

MOST_STEPS = 32  # between two drains: a total of so many batches still has its digits
MOST_COUNTED = 2**22  # numbers that are counted between two drains, far below 2^24
MOST_ASIDE = 2**18  # numbers that are put aside at most, where they take memory of a device
LEAST_ASIDE = 2**10  # as many are counted for each time


class _Window(Frozen):
    """Where one of the sums lies in the state."""

    start: int
    shape: Shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class _Meter(Frozen, eq=False):
    """One number that is told, and where it is counted.

    Args:
        told: what it is.
        statistic: the mean of a loss, or the metric as a graph sees it.
        windows: of its sums, by name.
    """

    told: Reported
    statistic: Mean | InGraph
    windows: dict[str, _Window]

    @property
    def name(self) -> str:
        return self.told.name

    def parts_of(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """Its sums in an array of all sums; views."""
        return {part: flat[w.start : w.start + w.size].reshape(w.shape) for part, w in self.windows.items()}

    def old(self, graph: Graph, state: str) -> dict[str, Tensor]:
        """Its sums before a batch."""
        return {part: graph.leaf(Parameter(each.shape, state, each.start)) for part, each in self.windows.items()}

    def emit(self, step: StepGraph, old: Mapping[str, Tensor], held: Mapping[Any, Any]) -> Mapping[str, Tensor]:
        """The sums after a batch: a metric sees its samples; a loss counts as often as there are samples."""
        number = self.told.objective
        if isinstance(self.statistic, Held):
            return self.statistic.counted(held)
        if isinstance(self.statistic, InGraph):
            assert number is not None
            target = (step.shown if self.statistic.is_own else step.targets)[number]
            assert target is not None
            weight = step.weights[number] if self.told.is_weighted else None
            return self.statistic.update(old, target, step.predictions[number], weight)
        if self.told.further is not None:
            loss: Tensor | None = step.further[self.told.further]
        else:
            loss = step.loss if number is None else step.losses[number]
        assert loss is not None
        return self.statistic.update(old, loss, step.graph.constant(float(step.samples)))

    def results(self, flat: np.ndarray) -> Mapping[str, Any]:
        """What it tells, by name, of an array of all sums; a metric may tell of several numbers by names of its own.

        The object that was named in `compile` keeps these sums, so that it tells the same.
        """
        parts = self.parts_of(flat)
        self.statistic.keep(parts)
        value = self.statistic.read(parts) if isinstance(self.statistic, InGraph) else self.statistic.value(parts)
        return value if isinstance(value, Mapping) else {self.name: value}


class Meters:
    """The numbers that training, or evaluation, tells about one compiled network.

    Args:
        told: what they are.
        targets: shape of the targets of each objective, with a batch axis.
        predictions: shape of each objective's output, likewise.
        engine: where the state lives.

    Attributes:
        batches: how many were counted since the last reset.
        watch: is called when sums have been put aside, between two steps.
    """

    def __init__(
        self, told: Sequence[Reported], targets: Sequence[Shape], predictions: Sequence[Shape], engine: Engine
    ) -> None:
        self._size = 0
        found: dict[Reported, tuple[Mean | InGraph, Mapping[str, Shape]]] = {}
        for each in told:
            number, statistic = each.objective, each.statistic
            if each.is_held:
                own = Held(statistic)
                found[each] = own, own.state()
            elif number is None or type(statistic) is Mean:  # of a loss; what users derive from it sees targets
                assert isinstance(statistic, Mean)
                found[each] = statistic, {"total": (), "count": ()}
            else:
                in_graph = InGraph(statistic)
                found[each] = in_graph, _kept_by(in_graph, targets[number], predictions[number])
        windows = {each: self._place(kept) for each, (one, kept) in found.items() if _only_adds(one)}
        self._summed = self._size  # what lies behind is not summed up
        windows |= {each: self._place(kept) for each, (one, kept) in found.items() if not _only_adds(one)}
        self._meters = [_Meter(each, one, windows[each]) for each, (one, _) in found.items()]
        # Whole in each of several processes: the one that shows a line of progress reads it when the others do not.
        self.state: State = getattr(engine, "whole_state", engine.state)(self._size)
        self._total, self._first = np.zeros(self._size), self._first_values()
        self._aside: list[Callable[[], np.ndarray]] = []
        self.state.write(0, self._first)
        self._is_fresh = True
        self._steps = self._counted = self.batches = 0
        self.watch: Callable[[], None] | None = None

    def _first_values(self) -> np.ndarray:
        """What the state holds before the first batch: zeros, but for what metrics of users' own begin with."""
        first = np.zeros(self._size, np.float32)
        for meter in self._meters:
            if isinstance(meter.statistic, InGraph):
                parts = meter.parts_of(first)
                for part, value in meter.statistic.first().items():
                    parts[part][...] = value
        return first

    def _place(self, kept: Mapping[str, Shape]) -> dict[str, _Window]:
        """Room behind what has its place already."""
        windows = {}
        for part, shape in kept.items():
            windows[part] = _Window(self._size, shape)
            self._size += windows[part].size
        return windows

    def standing(self, graph: Graph) -> dict[Any, Any]:
        """What stands for the values of metrics that the model's own code counts with, while that is emitted."""
        values: dict[Any, Any] = {}
        for meter in self._meters:
            if isinstance(meter.statistic, Held):
                values |= meter.statistic.standing(meter.old(graph, self.state.name))
        return values

    def emit(self, step: StepGraph, held: Mapping[Any, Any]) -> None:
        """Add the sums of a batch to the state: a stage behind the loss.

        Args:
            step: behind the loss.
            held: what `standing` gave, with what the code of the model has made of it.
        """
        graph = step.graph
        for meter in self._meters:
            with graph.scope(meter.name), described_by(step.results):
                old = meter.old(graph, self.state.name)
                for part, value in meter.emit(step, old, held).items():
                    if value is not old[part]:
                        graph.apply(Update(self.state.name, meter.windows[part].start), value)

    def room(self, numbers: int) -> int:
        """How many steps, each of which counts so much at most, may be made before `count` must hear of them."""
        return max(1, min(MOST_STEPS - self._steps, math.ceil((MOST_COUNTED - self._counted) / max(numbers, 1))))

    def count(self, numbers: int, steps: int = 1) -> None:
        """Say that steps have added to the sums; `numbers` bounds what was counted in each."""
        self._is_fresh = False
        self.batches += steps
        self._steps += steps
        self._counted += numbers * steps
        if self._steps >= MOST_STEPS or self._counted >= MOST_COUNTED:
            self._drain()

    def _drain(self) -> None:
        with self.state.held():
            self._aside.append(self.state.read_later(0, self._summed))
            self.state.write(0, self._first[: self._summed])
        self._steps = self._counted = 0
        if len(self._aside) * max(self._summed, LEAST_ASIDE) >= MOST_ASIDE:
            self._drained()
        if self.watch is not None:
            self.watch()

    def _drained(self) -> np.ndarray:
        """All sums that were put aside, added up."""
        with self.state.held():
            while self._aside:
                self._total[: self._summed] += self._aside.pop(0)()
        return self._total

    def wait(self) -> None:
        """Until the steps that were made have ended: a device may still be at them."""
        self.state.read(0, 1)

    @property
    def loss(self) -> float:
        """The mean of all batches since the last reset, as `results` tells it; no object of the user's learns of it."""
        meter = self._meters[0]
        assert isinstance(meter.statistic, Mean)
        return float(meter.statistic.result(meter.parts_of(self._drained() + self.state.read())))

    @property
    def is_finite(self) -> bool:
        """Whether the loss of all batches since the last reset is."""
        return math.isfinite(self.loss)

    @property
    def is_fresh(self) -> bool:
        """Whether no batch was counted since the last reset."""
        return self._is_fresh

    def reset(self) -> None:
        """Begin anew; a metric whose `reset_state` is the user's own with what that leaves."""
        own = [each for each in self._meters if isinstance(each.statistic, InGraph) and each.statistic.is_own_reset]
        sums = self._drained() + self.state.read() if own else self._first
        first = self._first.copy()
        self._aside.clear()
        self._total[:] = 0.0
        for meter in own:
            assert isinstance(meter.statistic, InGraph)
            flat = self._total if meter.statistic.only_adds else first
            kept = meter.parts_of(sums)
            for part, value in (kept if self._is_fresh else meter.statistic.after_reset(kept)).items():
                meter.parts_of(flat)[part][...] = value
        self.state.write(0, first)
        self._is_fresh = True
        self._steps = self._counted = self.batches = 0

    def results(self) -> dict[str, Any]:
        """What is told of all batches since the last reset: the loss, then the losses of several outputs, metrics."""
        sums = self._drained() + self.state.read()  # nothing is drained: whoever looks does not change what comes later
        told: dict[str, Any] = {}
        for meter in self._meters:
            for name, value in meter.results(sums).items():
                if name in told:
                    raise ArgumentError(
                        f"metric {meter.name!r} tells of {name!r}, a name that is taken; give it another"
                    )
                told[name] = value
        return told

    def capture(self) -> Sums:
        """Copies of all sums so far; nothing is drained for it, so that what is told later does not change by a bit."""
        live = self.state.read()
        return Sums(
            {meter.name: meter.parts_of(self._drained().copy()) for meter in self._meters},
            {meter.name: meter.parts_of(live) for meter in self._meters},
            self._steps,
            self._counted,
        )

    def check(self, sums: Sums) -> None:
        """Raise `ArgumentError` if these are not sums of the same numbers."""
        mine = {meter.name: {part: window.shape for part, window in meter.windows.items()} for meter in self._meters}
        theirs = {name: {part: array.shape for part, array in parts.items()} for name, parts in sums.live.items()}
        if mine != theirs:
            raise ArgumentError(
                f"this state tells of {', '.join(theirs)}, the model of {', '.join(mine)} (or their sums have other "
                "shapes): compile it with the same loss and metrics"
            )

    def restore(self, sums: Sums) -> None:
        """Go on from what `capture` gave; `check` it first."""
        live = np.zeros(self._size, np.float32)
        self._aside.clear()
        for meter in self._meters:
            for given, flat in ((sums.drained, self._total), (sums.live, live)):
                for part, array in meter.parts_of(flat).items():
                    array[...] = given[meter.name][part]
        self.state.write(0, live)
        self._is_fresh = False
        self._steps, self._counted = sums.steps, sums.counted


def _kept_by(metric: InGraph, target: Shape, prediction: Shape) -> Mapping[str, Shape]:
    """What a metric keeps; code of the user's own may count on class numbers with an axis of size 1 at the end."""
    try:
        return metric.state(target, prediction)
    except ArgumentError:
        if not metric.is_own or len(target) == len(prediction):
            raise
        with suppress(ArgumentError):
            return metric.state((*target, 1), prediction)
        raise


def _only_adds(statistic: Mean | InGraph) -> bool:
    return isinstance(statistic, Mean) or statistic.only_adds
