"""What is told of a pass over batches: the loss, the losses of several outputs, the metrics; each under its name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from pellucid.frozen import Frozen
from pellucid.metrics import Mean, Metric
from pellucid.training.objectives import Objective


class Reported(Frozen, eq=False):
    """One number that is told.

    Args:
        name: under which.
        statistic: what it is: the mean of a loss, or a metric; what was counted last is told by its `result`, too.
        objective: number of the objective that it sees; None for the loss as a whole.
        is_weighted: whether it sees the weights of the samples.
        further: number of a further loss (see `Objective.further`) among all of them; None for none.
    """

    name: str
    statistic: Mean | Metric
    objective: int | None
    is_weighted: bool = False
    further: int | None = None


def reported(objectives: Sequence[Objective]) -> tuple[Reported, ...]:
    """What is told of a model with these objectives, in Keras's order.

    The loss; the loss of each output where several have one; the metrics of all outputs; those that see weights. A name
    that is taken gets "weighted_" before it where weights are seen, and then a number behind it.

    Source: keras.src.trainers.compile_utils.CompileMetrics.result.
    """
    found = [Reported("loss", Mean("loss"), None)]
    numbers = [number for number, objective in enumerate(objectives) if objective.loss is not None]
    terms = [term for objective in objectives for term in objective.further]
    for number in numbers if len(numbers) + len(terms) > 1 else []:
        name = objectives[number].loss_name
        found.append(Reported(name, Mean(name), number))
    for place, term in enumerate(terms):
        name = f"{term.name}_loss"  # of several losses of one output the last is told, as in Keras
        found = [each for each in found if each.name != name]
        found.append(Reported(name, Mean(name), None, further=place))
    for is_weighted in (False, True):
        for number, objective in enumerate(objectives):
            for metric in objective.weighted_metrics if is_weighted else objective.metrics:
                taken = [each.name for each in found]
                name = objective.prefix + metric.name
                if is_weighted and name in taken:
                    name = f"{objective.prefix}weighted_{metric.name}"
                found.append(Reported(_free(name, taken), metric, number, is_weighted))
    return tuple(found)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or the first of name_1, name_2, ... that is not taken."""
    tries = (name if number == 0 else f"{name}_{number}" for number in count())
    return next(each for each in tries if each not in taken)
