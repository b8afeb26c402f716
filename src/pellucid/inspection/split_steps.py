"""Steps of one filter split by who made them: the gradient by groups of samples, through the optimiser's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Input
from pellucid.inspection.replaying import Replay
from pellucid.inspection.running import Runner
from pellucid.inspection.training_step import TrainingStep
from pellucid.optimizers.splitting import carried_slot, parts_by_stage, response, why_tangled
from pellucid.optimizers.stages import ACCUMULATOR
from pellucid.variables import Variable, held

AT_ONCE = 16  # groups whose gradients one program computes
ADDS_UP = 1e-3  # of the sizes of the parts, up to which a sum of float32 gradients may differ from the whole

EARLIER = "what the optimizer held before"
SET = "what was set at the end"
BESIDES = ("weight_decay", "constraint", "averaging", SET)


def check_linear(function: str, replay: Replay, weight: Variable) -> None:
    """Raise `ArgumentError` unless the steps of a weight are sums of what samples make of them."""
    plan = replay.stepper.plan
    why = why_tangled(plan.optimizer.pipeline(weight))
    if why:
        raise ArgumentError(
            f"{function}: the steps of {type(plan.optimizer).__name__} cannot be split by samples: {why}"
        )
    if plan.own_loss is not None or any(objective.further for objective in plan.objectives):
        raise ArgumentError(
            f"{function}: {replay.model.name} computes its loss itself, or of several outputs together, so that "
            "nothing tells which sample a part of it belongs to"
        )


class SplitSteps:
    """Follows a filter through the steps of a training, and what each group of samples did to it.

    Args:
        function: who wants it, for messages.
        replay: the training.
        chosen: the filter, its bias, or a whole weight, of the replay's model.
        weight: in which it lies.
        groups: how many groups of samples there are.

    Attributes:
        names: of the further parts: the penalties, `EARLIER`, and `BESIDES`.
        totals: what each part has added to the filter so far (groups + names, *kernel), in float64.
    """

    def __init__(self, function: str, replay: Replay, chosen: Any, weight: Variable, groups: int) -> None:
        self.function, self.replay, self.chosen, self.weight, self.groups = function, replay, chosen, weight, groups
        self.pipeline = replay.stepper.plan.optimizer.pipeline(weight)
        self._programs: dict[tuple[tuple[str, tuple[int, ...]], ...], _Program] = {}
        self._begun = False
        self._stepped: np.ndarray | None = None

    def ends_with_averages(self, stepped: np.ndarray) -> None:
        """Told of the filter behind the last step, where its average is to take its place."""
        self._stepped = stepped.astype(np.float64)

    def ended(self, after: np.ndarray) -> np.ndarray | None:
        """Told of the filter as the training left it; gives what it was before its average took its place, if so."""
        if self._stepped is not None:
            self.totals[self.groups + self.names.index("averaging")] += after - self._stepped
        return self._stepped

    def set_at_end(self, change: np.ndarray) -> None:
        """Told of what somebody added to the filter when the last step was made."""
        self.totals[self.groups + self.names.index(SET)] += change

    def _begin(self, penalties: Sequence[str]) -> None:
        """The parts, all 0, but for what the optimiser holds already."""
        shape, slots = self.chosen.kernel.shape, self.replay.stepper.slots_for(self.replay.stepper.weights)
        self.names = (*penalties, EARLIER, *BESIDES)
        self.linear = self.groups + len(penalties) + 1
        self.totals = np.zeros((self.groups + len(self.names), *shape))
        self._carried, self._gathered = np.zeros((2, self.linear, *shape))
        slot = carried_slot(self.pipeline)
        if slot is not None:
            self._carried[-1] = slots.read_one(slot, self.weight)[self.chosen.place]
        if self.pipeline.accumulates:
            self._gathered[-1] = slots.read_one(ACCUMULATOR, self.weight)[self.chosen.place]
        self._begun = True

    def follow(self, batch: Mapping[str, np.ndarray], members: Mapping[int, np.ndarray]) -> None:
        """Split the step that the replay makes next.

        Args:
            batch: its samples.
            members: for each group that is among them, 1 for each sample that belongs to it, else 0.
        """
        program = self._program(batch)
        if not self._begun:
            self._begin(program.penalties)
        numbers, gradients = list(members), np.zeros((self.linear, *self.chosen.kernel.shape))
        found: dict[str, np.ndarray] = {}
        for first in range(0, len(numbers), AT_ONCE):
            part = numbers[first : first + AT_ONCE]
            found = program(batch, [members[number] for number in part])
            for place, number in enumerate(part):
                gradients[number] = self._mine(found[f"group{place}"])
        for place in range(len(program.penalties)):
            gradients[self.groups + place] = self._mine(found[f"penalty{place}"])
        self._check_sum(gradients, self._mine(found["own"]))
        self._step(gradients, found, program.batches)

    def _mine(self, array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, self.weight.shape)[self.chosen.place].astype(np.float64)

    def _check_sum(self, gradients: np.ndarray, whole: np.ndarray) -> None:
        sizes = float(np.abs(gradients).sum(axis=0).max(initial=0.0))
        error = float(np.abs(gradients.sum(axis=0) - whole).max(initial=0.0))
        if not error <= ADDS_UP * sizes + 1e-30:
            raise ArgumentError(
                f"{self.function}: the gradients of the samples do not add up to that of the batch ({error:.3g} of "
                f"{sizes:.3g} are missing): a loss that divides by the weights of the samples, or whose numbers are "
                "not finite, cannot be split by samples"
            )

    def _step(self, gradients: np.ndarray, found: Mapping[str, np.ndarray], batches: int) -> None:
        """Send the parts of the gradient through the optimiser, as its response says."""
        for place, name in enumerate(BESIDES):
            if name in found:
                self.totals[self.groups + len(self.names) - len(BESIDES) + place] += self._mine(found[name])
        if self.pipeline.accumulates:
            self._gathered += gradients
            if not float(found["acts"]):
                return
            gradients, self._gathered = self._gathered / batches, np.zeros_like(self._gathered)
        gradients = gradients * _factor(found["mean"], found["along"])
        of_gradient, of_carried, next_of_gradient, next_of_carried = (self._mine(found[f"r{k}"]) for k in range(4))
        frozen = self.weight.frozen_part
        free = np.ones(()) if frozen is None else 1.0 - self._mine(frozen)
        self.totals[: self.linear] -= free * (of_gradient * gradients + of_carried * self._carried)
        carried = next_of_gradient * gradients + next_of_carried * self._carried
        self._carried = np.where(np.broadcast_to(free, carried.shape) > 0, carried, self._carried)

    def _program(self, batch: Mapping[str, np.ndarray]) -> _Program:
        key = tuple((name, array.shape) for name, array in batch.items())
        if key not in self._programs:
            self._programs[key] = _Program(self, batch)
        return self._programs[key]


def _factor(mean: np.ndarray, along: np.ndarray) -> float:
    """By how much clipping by a norm shortens a gradient: one number for all of it."""
    own, clipped = mean.astype(np.float64), along.astype(np.float64)
    square = float(np.vdot(own, own))
    return float(np.vdot(clipped, own)) / square if square else 1.0


class _Program:
    """What a step makes of a batch of certain shapes: gradients by group, and how the step answers to a gradient.

    Attributes:
        penalties: their names.
        batches: of how many batches the gradients make one step.
    """

    def __init__(self, of: SplitSteps, batch: Mapping[str, np.ndarray]) -> None:
        replay, weight = of.replay, of.weight
        step = TrainingStep(replay.model, replay.stepper, batch)
        step.needs_trained(of.chosen.layer, weight, of.function)
        self._at_once = min(of.groups, AT_ONCE)
        self._replay, self._size = replay, len(next(iter(batch.values())))
        self.penalties, self.batches = [name for name, _ in step.penalties()], step.batches(weight)
        slots, scalars = replay.stepper.slots_for(step.trained), step.scalars()
        self._states = step.states(slots)
        leaves, old, frozen = step.slot_leaves(slots, weight), weight.tensor(step.graph), weight.frozen_part
        own, mean, along = step.moved_along(weight, slots, scalars)
        outputs = {"own": own, "mean": mean, "along": along}
        answer = response(of.pipeline, old, along, leaves, scalars)
        tensors = answer.of_gradient, answer.of_carried, answer.carried_of_gradient, answer.carried_of_carried
        outputs |= {f"r{number}": tensor for number, tensor in enumerate(tensors)}
        outputs |= {f"group{place}": held(frozen, 0.0, each) for place, each in enumerate(self._by_group(step, weight))}
        for place, (_, penalty) in enumerate(step.penalties()):
            outputs[f"penalty{place}"] = held(frozen, 0.0, step.gradient_of(penalty, weight))
        if of.pipeline.accumulates:
            outputs["acts"] = scalars[f"{of.pipeline.prefix}acts"] + 0.0
        parts = parts_by_stage(of.pipeline, old, along, {}, leaves, scalars)
        outputs |= {name: held(frozen, 0.0, parts[name]) for name in BESIDES if name in parts}
        if weight.constraint is not None:
            new, _ = of.pipeline.update(old, along, leaves, scalars)
            stepped = held(frozen, old, new)
            kept = builder.reshape(weight.constraint(stepped), weight.shape)
            outputs["constraint"] = held(frozen, old, kept) - stepped
        step.graph.outputs = outputs
        self._run = Runner(replay.model, step.graph, None)

    def _by_group(self, step: TrainingStep, weight: Variable) -> list[Tensor]:
        """The gradient of what each group of samples adds to the loss."""
        found = []
        for place in range(self._at_once):
            member = step.graph.add(Input((self._size,), f"member{place}"))
            losses = []
            for number, objective in enumerate(step.stepper.plan.objectives):
                target, of_samples = step.stages.targets[number], step.stages.weights[number]
                if objective.loss is None or target is None:
                    continue
                mine = member
                if of_samples is not None:
                    mine = of_samples * builder.reshape(member, (self._size, *(1,) * (of_samples.rank - 1)))
                loss = objective.loss.batch_loss(target, step.stages.predictions[number], mine)
                losses.append(loss * objective.weight)
            found.append(step.gradient_of(sum(losses[1:], start=losses[0]), weight))
        return found

    def __call__(self, batch: Mapping[str, np.ndarray], members: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        stepper = self._replay.stepper
        names = stepper.runtime.built.graph_names
        nobody = np.zeros(self._size, np.float32)
        further = {name: array for name, array in batch.items() if name not in names}
        for place in range(self._at_once):
            further[f"member{place}"] = members[place].astype(np.float32) if place < len(members) else nobody
        numbers = stepper.plan.optimizer.scalars(stepper.runtime.step)
        further |= {name: np.array(value, np.float32) for name, value in numbers.items()}
        return self._run([batch[name] for name in names], self._states, further)
