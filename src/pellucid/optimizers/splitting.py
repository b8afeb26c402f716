"""A step of an optimiser taken apart: what each stage added, and what the step makes of a part of its gradient."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.optimizers.stages import Pipeline, Stage, Step, numbers_with

__all__ = ["Response", "carried_slot", "parts_by_stage", "response", "why_tangled"]


def parts_by_stage(
    pipeline: Pipeline,
    weight: Tensor,
    gradient: Tensor,
    causes: Mapping[str, Tensor],
    slots: Mapping[str, Tensor],
    scalars: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """Emit what each stage adds to a step: the new weight is the old one and the sum of these.

    The step begins as the causes, each times the rates by which stages stretch every step; then a stage's part is what
    came out of it less what went in, under the name that the stage `adds`.

    Args:
        pipeline: of the weight.
        weight, gradient, causes, slots, scalars: as for `Pipeline.explain`.

    Returns:
        contributions by name, in the order of the stages; then "weight_decay" and "averaging".
    """
    scalars = numbers_with(pipeline.prefix, scalars)
    decayed, lost = pipeline.decayed(weight, scalars)
    step, parts = Step(decayed, gradient, gradient), dict(causes)
    for stage in pipeline.stages:
        before, step, rate = step.step, stage.emit(step, slots, scalars), stage.rate(scalars)
        if rate is not None:
            parts, before = {name: part * rate for name, part in parts.items()}, before * rate
        if stage.adds:
            part = step.step - before
            parts[stage.adds] = parts[stage.adds] + part if stage.adds in parts else part
    return pipeline.completed(parts, lost, step.stepped, weight, slots, scalars)


def why_tangled(pipeline: Pipeline) -> str:
    """Why a step is no sum of what parts of its gradient make of it; "" where it is (see `Stage.tangles`)."""
    return next((stage.tangles for stage in pipeline.stages if stage.tangles), "")


def carried_slot(pipeline: Pipeline) -> str | None:
    """The slot in which earlier steps are carried on, if any is."""
    return next((stage.carries for stage in pipeline.stages if stage.carries), None)


class Response(Frozen, eq=False):
    """How a step that is linear in its gradient answers to a part of it, number by number.

    A part of the gradient g of which c is carried takes `of_gradient * g + of_carried * c` off the weight, and is
    carried on as `carried_of_gradient * g + carried_of_carried * c`. Tensors of the weight's shape, or of ().
    """

    of_gradient: Tensor
    of_carried: Tensor
    carried_of_gradient: Tensor
    carried_of_carried: Tensor


def response(
    pipeline: Pipeline,
    weight: Tensor,
    gradient: Tensor,
    slots: Mapping[str, Tensor],
    scalars: Mapping[str, Tensor],
) -> Response:
    """Emit how a step answers to parts of its gradient, where it is linear in them (`why_tangled` says nothing).

    Args:
        pipeline: of the weight.
        weight, gradient, slots, scalars: as for `Pipeline.update`.
    """
    scalars = numbers_with(pipeline.prefix, scalars)
    graph, step = weight.graph, Step(pipeline.decayed(weight, scalars)[0], gradient, gradient)
    one, zero = graph.constant(1.0), graph.constant(0.0)
    of_gradient, of_carried = one, zero
    carried_of_gradient, carried_of_carried = zero, one
    for stage in pipeline.stages:
        before, step = step, stage.emit(step, slots, scalars)
        if stage.carries:
            from_gradient = _through(stage, before, of_gradient, zero, slots, scalars)
            from_carried = _through(stage, before, of_carried, one, slots, scalars)
            (of_gradient, carried_of_gradient), (of_carried, carried_of_carried) = from_gradient, from_carried
        else:
            of_gradient, of_carried = step.share(of_gradient), step.share(of_carried)
    return Response(of_gradient, of_carried, carried_of_gradient, carried_of_carried)


def _through(
    stage: Stage,
    step: Step,
    part: Tensor,
    carried: Tensor,
    slots: Mapping[str, Tensor],
    scalars: Mapping[str, Tensor],
) -> tuple[Tensor, Tensor]:
    """What a stage that carries steps on makes of a part of the step and of what it carries."""
    assert stage.carries is not None
    found = stage.emit(Step(step.weight, step.gradient, part), {**slots, stage.carries: carried}, scalars)
    return found.step, found.slots[stage.carries]
