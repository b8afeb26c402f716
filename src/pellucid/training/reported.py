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
        is_held: whether it is a metric that the code of the model counts with itself (see `metrics.traced.Held`).
    """

    name: str
    statistic: Mean | Metric
    objective: int | None
    is_weighted: bool = False
    further: int | None = None
    is_held: bool = False

    @property
    def is_metric(self) -> bool:
        """Whether it is no loss."""
        return self.objective is not None and type(self.statistic) is not Mean


def reported(
    objectives: Sequence[Objective], order: Sequence[str] = (), held: Sequence[Metric] = ()
) -> tuple[Reported, ...]:
    """What is told of a model with these objectives, in Keras's order.

    The loss; the loss of each output where several have one, those named in `order` first; the metrics of all outputs;
    those that see weights. A name that is taken gets "weighted_" before it where weights are seen, and then a
    number behind it. Of several losses, metrics that are told under their own names come before those of outputs; the
    others last, in the order of the alphabet. Metrics that the model holds itself come behind those of `compile`.

    Source: keras.src.trainers.compile_utils.CompileMetrics.result.
    """
    found = [Reported("loss", Mean("loss"), None)]
    numbers = [number for number, objective in enumerate(objectives) if objective.loss is not None]
    first = [f"{name}_loss" for name in order]
    numbers.sort(key=lambda number: _place(first, objectives[number].loss_name))
    terms = [term for objective in objectives for term in objective.further]
    for number in numbers if len(numbers) + len(terms) > 1 else []:
        name = objectives[number].loss_name
        found = [each for each in found if each.name != name]  # of several that bear one name the last, as in Keras
        found.append(Reported(name, Mean(name), number))
    for place, term in enumerate(terms):
        name = f"{term.name}_loss"
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
    known = {id(each.statistic) for each in found}
    for own in held:
        if id(own) not in known:
            found.append(Reported(_free(own.name, [each.name for each in found]), own, None, is_held=True))
    if not numbers[1:] and not terms:
        return tuple(found)
    metrics = [each for each in found if each.is_metric]
    plain = [each for each in metrics if each.name == each.statistic.name]
    others = sorted((each for each in metrics if each not in plain), key=lambda each: each.name)
    of_losses = [each for each in found if not each.is_metric and not each.is_held]
    return (of_losses[0], *plain, *of_losses[1:], *(each for each in found if each.is_held), *others)


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or the first of name_1, name_2, ... that is not taken."""
    tries = (name if number == 0 else f"{name}_{number}" for number in count())
    return next(each for each in tries if each not in taken)
