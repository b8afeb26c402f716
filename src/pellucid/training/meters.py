"""Loss and metrics of many batches: counted inside the graph, told when somebody asks.

Each number that is told keeps a few sums in a state (a mean: a total and a count). A step adds to them; nothing crosses
to Python batch by batch. The state is of float32, where a count stands still at 2^24 and a total loses its last digits,
so the sums are drained into float64 from time to time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from pellucid.engines import Engine, State
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Parameter, Shape, Update
from pellucid.training.objectives import Objective
from pellucid.training.stages import StepGraph

MOST_STEPS = 32  # between two drains: a total of so many batches still has its digits
MOST_COUNTED = 2**22  # numbers that are counted between two drains, far below 2^24


class Sums(Protocol):
    """What keeps sums over samples: a metric, or the mean of a loss."""

    def state(self, target: Shape, prediction: Shape) -> dict[str, Shape]:
        """The sums that it keeps, all 0 at first."""
        ...

    def update(
        self, state: Mapping[str, Tensor], target: Tensor, prediction: Tensor, weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Emit the sums with those of a batch added."""
        ...

    def result(self, arrays: Mapping[str, np.ndarray]) -> Any:
        """What is told, from the sums."""
        ...


class _LossMean:
    """The mean of a number that each batch gives as the mean over its samples."""

    def state(self, target: Shape, prediction: Shape) -> dict[str, Shape]:
        return {"total": (), "count": ()}

    def update(
        self, state: Mapping[str, Tensor], target: Tensor, prediction: Tensor, weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        """`target` is the number, `prediction` something with as many samples."""
        samples = float(prediction.shape[0])
        return {"total": state["total"] + target * samples, "count": state["count"] + samples}

    def result(self, arrays: Mapping[str, np.ndarray]) -> float:
        return float(arrays["total"] / arrays["count"]) if arrays["count"] else 0.0


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
        sums: what it is made from.
        objective: number of the objective whose target and prediction it sees; None for the loss as a whole.
        is_loss: whether it sees that objective's loss instead.
        windows: of its sums, by name.
    """

    name: str
    sums: Sums
    objective: int | None
    is_loss: bool
    windows: dict[str, _Window]


class Meters:
    """The numbers that training, or evaluation, tells about one compiled network.

    Args:
        objectives: what it is compiled for.
        targets: shape of the targets of each objective, with a batch axis.
        predictions: shape of each objective's output, likewise.
        engine: where the state lives.
    """

    def __init__(
        self, objectives: Sequence[Objective], targets: Sequence[Shape], predictions: Sequence[Shape], engine: Engine
    ) -> None:
        self._meters: list[_Meter] = []
        self._size = 0
        self._add("loss", _LossMean(), None, True, (), ())
        if len(objectives) > 1:
            for number, objective in enumerate(objectives):
                self._add(objective.loss_name, _LossMean(), number, True, (), ())
        for number, objective in enumerate(objectives):
            for metric in objective.metrics:
                name = objective.prefix + metric.name
                self._add(name, metric, number, False, targets[number], predictions[number])
        self.state: State = engine.state(self._size)
        self._drained = np.zeros(self._size)
        self._steps = self._counted = 0

    def _add(
        self, name: str, sums: Sums, objective: int | None, is_loss: bool, target: Shape, prediction: Shape
    ) -> None:
        windows = {}
        for part, shape in sums.state(target, prediction).items():
            windows[part] = _Window(self._size, shape)
            self._size += windows[part].size
        self._meters.append(_Meter(name, sums, objective, is_loss, windows))

    def emit(self, step: StepGraph) -> None:
        """Add the sums of a batch to the state: a stage behind the loss."""
        assert step.loss is not None
        for meter in self._meters:
            number, windows = meter.objective, meter.windows
            prediction = step.outputs[0] if number is None else step.predictions[number]
            if meter.is_loss:
                target = step.loss if number is None else step.losses[number]
            else:
                assert number is not None
                target = step.targets[number]
            with step.graph.scope(meter.name):
                old = {
                    part: step.graph.leaf(Parameter(window.shape, self.state.name, window.start))
                    for part, window in windows.items()
                }
                for part, value in meter.sums.update(old, target, prediction).items():
                    flat = builder.reshape(value, (windows[part].size,))
                    step.graph.apply(Update(self.state.name, windows[part].start), flat)

    def count(self, numbers: int) -> None:
        """Say that a step has added to the sums; `numbers` bounds what was counted in it."""
        self._steps += 1
        self._counted += numbers
        if self._steps >= MOST_STEPS or self._counted >= MOST_COUNTED:
            self._drain()

    def _drain(self) -> None:
        with self.state.held():
            self._drained += self.state.read()
            self.state.write(0, np.zeros(self._size, np.float32))
        self._steps = self._counted = 0

    def reset(self) -> None:
        """Begin anew."""
        self._drain()
        self._drained[:] = 0.0

    def results(self) -> dict[str, Any]:
        """What is told of all batches since the last reset: the loss, then the losses of several outputs, metrics."""
        self._drain()
        return {meter.name: meter.sums.result(self._arrays(meter)) for meter in self._meters}

    def _arrays(self, meter: _Meter) -> dict[str, np.ndarray]:
        return {
            part: self._drained[window.start : window.start + window.size].reshape(window.shape)
            for part, window in meter.windows.items()
        }

    def read(self) -> dict[str, dict[str, np.ndarray]]:
        """Copies of all sums so far, by the name of the number and of the sum."""
        self._drain()
        return {m.name: {part: array.copy() for part, array in self._arrays(m).items()} for m in self._meters}

    def write(self, sums: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Go on from sums that `read` gave."""
        self.reset()
        for meter in self._meters:
            for part, array in self._arrays(meter).items():
                array[...] = sums[meter.name][part]
