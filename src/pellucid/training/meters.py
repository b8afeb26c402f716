"""Loss and metrics of many batches: counted inside the graph, told when somebody asks.

Each number that is told keeps a few sums in a state (a mean: a total and a count). A step adds to them; nothing crosses
to Python batch by batch. The state is of float32, where a count stands still at 2^24 and a total loses its last digits,
so the sums are drained into float64 from time to time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.engines import Engine, State
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.graph.ops import Parameter, Shape, Update
from pellucid.metrics import Mean, Metric
from pellucid.training.objectives import Objective
from pellucid.training.run_state import Sums
from pellucid.training.stages import StepGraph

MOST_STEPS = 32  # between two drains: a total of so many batches still has its digits
MOST_COUNTED = 2**22  # numbers that are counted between two drains, far below 2^24


class _Window(Frozen):
    """Where one of the sums lies in the state."""

    start: int
    shape: Shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class _Meter(Frozen, eq=False):
    """One number that is told.

    Args:
        name: under which.
        statistic: what it is: the mean of a loss, or a metric.
        objective: number of the objective that it sees; None for the loss as a whole.
        windows: of its sums, by name.
    """

    name: str
    statistic: Mean | Metric
    objective: int | None
    windows: dict[str, _Window]

    def parts_of(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """Its sums in an array of all sums; views."""
        return {part: flat[w.start : w.start + w.size].reshape(w.shape) for part, w in self.windows.items()}

    def emit(self, step: StepGraph, old: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The sums after a batch: a metric sees its samples; a loss counts as often as there are samples."""
        if isinstance(self.statistic, Metric):
            assert self.objective is not None
            target = step.targets[self.objective]
            assert target is not None
            return self.statistic.update(old, target, step.predictions[self.objective])
        loss = step.loss if self.objective is None else step.losses[self.objective]
        assert loss is not None
        return self.statistic.update(old, loss, step.graph.constant(float(step.samples)))


class Meters:
    """The numbers that training, or evaluation, tells about one compiled network.

    Args:
        objectives: what it is compiled for.
        targets: shape of the targets of each objective, with a batch axis.
        predictions: shape of each objective's output, likewise.
        engine: where the state lives.

    Attributes:
        watch: is called when sums have been put aside, between two steps.
    """

    def __init__(
        self, objectives: Sequence[Objective], targets: Sequence[Shape], predictions: Sequence[Shape], engine: Engine
    ) -> None:
        self._meters: list[_Meter] = []
        self._size = 0
        self._add("loss", Mean(), None, {"total": (), "count": ()})
        if len(objectives) > 1:
            for number, objective in enumerate(objectives):
                if objective.loss is not None:
                    self._add(objective.loss_name, Mean(), number, {"total": (), "count": ()})
        for number, objective in enumerate(objectives):
            for metric in objective.metrics:
                name, kept = objective.prefix + metric.name, metric.state(targets[number], predictions[number])
                self._add(name, metric, number, kept)
        self.state: State = engine.state(self._size)
        self._drained, self._zeros = np.zeros(self._size), np.zeros(self._size, np.float32)
        self._steps = self._counted = 0
        self.watch: Callable[[], None] | None = None

    def _add(self, name: str, statistic: Mean | Metric, objective: int | None, kept: Mapping[str, Shape]) -> None:
        windows = {}
        for part, shape in kept.items():
            windows[part] = _Window(self._size, shape)
            self._size += windows[part].size
        self._meters.append(_Meter(name, statistic, objective, windows))

    def emit(self, step: StepGraph) -> None:
        """Add the sums of a batch to the state: a stage behind the loss."""
        graph = step.graph
        for meter in self._meters:
            with graph.scope(meter.name):
                old = {
                    part: graph.leaf(Parameter(window.shape, self.state.name, window.start))
                    for part, window in meter.windows.items()
                }
                for part, value in meter.emit(step, old).items():
                    graph.apply(Update(self.state.name, meter.windows[part].start), value)

    def count(self, numbers: int) -> None:
        """Say that a step has added to the sums; `numbers` bounds what was counted in it."""
        self._steps += 1
        self._counted += numbers
        if self._steps >= MOST_STEPS or self._counted >= MOST_COUNTED:
            self._drain()

    def _drain(self) -> None:
        with self.state.held():
            self._drained += self.state.read()
            self.state.write(0, self._zeros)
        self._steps = self._counted = 0
        if self.watch is not None:
            self.watch()

    @property
    def is_finite(self) -> bool:
        """Whether the loss of all batches since the last reset is."""
        loss = self._meters[0]
        return math.isfinite(loss.statistic.result(loss.parts_of(self._drained + self.state.read())))

    def reset(self) -> None:
        """Begin anew."""
        self.state.write(0, self._zeros)
        self._drained[:] = 0.0
        self._steps = self._counted = 0

    def results(self) -> dict[str, Any]:
        """What is told of all batches since the last reset: the loss, then the losses of several outputs, metrics."""
        sums = self._drained + self.state.read()  # nothing is drained: whoever looks does not change what comes later
        return {meter.name: meter.statistic.result(meter.parts_of(sums)) for meter in self._meters}

    def capture(self) -> Sums:
        """Copies of all sums so far; nothing is drained for it, so that what is told later does not change by a bit."""
        live = self.state.read()
        return Sums(
            {meter.name: meter.parts_of(self._drained.copy()) for meter in self._meters},
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
        for meter in self._meters:
            for given, flat in ((sums.drained, self._drained), (sums.live, live)):
                for part, array in meter.parts_of(flat).items():
                    array[...] = given[meter.name][part]
        self.state.write(0, live)
        self._steps, self._counted = sums.steps, sums.counted
