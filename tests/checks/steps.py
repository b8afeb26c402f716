"""Steps of an optimiser on several weights, in float64: what it emits, computed by the reference engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.engines.reference import ReferenceEngine
from pellucid.graph import Graph, Tensor, ops
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import ACCUMULATOR
from pellucid.variables import Variable


class Stepper:
    """An optimiser and weights that it moves.

    Args:
        optimizer: makes the steps.
        values: of the weights at first.
        names: of the weights, as `exclude_from_weight_decay` sees them.

    Attributes:
        values: of the weights now.
        slots: what is kept for each weight, by name.
        parts: what each cause contributed to the last step, for each weight.
        graph: of one step.
    """

    def __init__(self, optimizer: Optimizer, values: Sequence[np.ndarray], names: Sequence[str] = ()) -> None:
        self.optimizer, self.iterations = optimizer, 0
        self.values = [np.array(value, np.float64) for value in values]
        self.weights = [
            Variable(value, name=name, owner="layer")
            for name, value in zip(names or ["kernel"] * len(values), self.values, strict=True)
        ]
        kept = [optimizer.pipeline(weight).slots(weight.shape) for weight in self.weights]
        self.slots = [
            {
                name: value.copy() if slot.initial is None else np.full(slot.shape, slot.initial)
                for name, slot in each.items()
            }
            for each, value in zip(kept, self.values, strict=True)
        ]
        self.parts: list[dict[str, np.ndarray]] = []
        self.graph = self._emit()
        self._program = ReferenceEngine().prepare(self.graph)

    def _emit(self) -> Graph:
        graph, optimizer = Graph(), self.optimizer

        def leaf(shape: tuple[int, ...], name: str) -> Tensor:
            return graph.add(ops.Input(shape, name))

        raw = [leaf(weight.shape, f"gradient{i}") for i, weight in enumerate(self.weights)]
        scalars = {name: leaf((), name) for name in optimizer.scalars(0)}
        kept_of = [optimizer.pipeline(weight).slots(weight.shape) for weight in self.weights]
        slots_of = [{n: leaf(slot.shape, f"{n}{i}") for n, slot in each.items()} for i, each in enumerate(kept_of)]
        before = [slots.get(ACCUMULATOR) for slots in slots_of]
        raw = optimizer.unscale(raw)
        clipped, gathered = optimizer.gradients(self.weights, raw, before, scalars)
        for i, weight in enumerate(self.weights):
            old, pipeline, slots = leaf(weight.shape, f"weight{i}"), optimizer.pipeline(weight), slots_of[i]
            new, kept = pipeline.update(old, clipped[i], slots, scalars)
            total = gathered[i]
            if total is not None:
                kept[ACCUMULATOR] = total
            assert kept.keys() == slots.keys()
            causes = {"loss": clipped[i]}
            if clipped[i] is not raw[i] and total is None:
                causes = {"loss": raw[i], "clipping": clipped[i] - raw[i]}
            parts = pipeline.explain(old, clipped[i], causes, slots, scalars)
            graph.outputs[f"new weight{i}"] = new
            graph.outputs.update({f"new {name}{i}": value for name, value in kept.items()})
            graph.outputs.update({f"part {name}{i}": value for name, value in parts.items()})
        return graph

    def step(self, gradients: Sequence[np.ndarray]) -> None:
        """Move all weights once."""
        inputs: dict[str, np.ndarray] = dict(self.optimizer.scalars(self.iterations))  # type: ignore[arg-type]
        for i, (value, gradient) in enumerate(zip(self.values, gradients, strict=True)):
            inputs |= {f"weight{i}": value, f"gradient{i}": gradient}
            inputs |= {f"{name}{i}": array for name, array in self.slots[i].items()}
        results = self._program.run(inputs, {})
        for i in range(len(self.values)):
            self.values[i] = results[f"new weight{i}"]
            self.slots[i] = {name: results[f"new {name}{i}"] for name in self.slots[i]}
        self.parts = [_named(results, "part ", str(i)) for i in range(len(self.values))]
        self.iterations += 1


def _named(results: dict[str, np.ndarray], begin: str, end: str) -> dict[str, np.ndarray]:
    """Results whose names begin and end so, without that."""
    return {
        name.removeprefix(begin).removesuffix(end): value
        for name, value in results.items()
        if name.startswith(begin) and name.endswith(end)
    }
