"""What a model is trained for: for each output a loss with its weight, and the metrics that are told besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid import losses, metrics
from pellucid.checks import number as checked_number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape
from pellucid.metrics import Metric

LossLike = str | losses.Loss | type[losses.Loss] | Callable[..., Any] | Mapping[str, Any] | None
Losses = LossLike | Sequence[LossLike]
Weights = Sequence[float] | Mapping[str, float] | float | None
MetricLike = str | Metric | type[Metric] | Callable[..., Any] | Mapping[str, Any]
Metrics = Sequence[MetricLike | Sequence[MetricLike] | None] | Mapping[str, Any] | None

TARGET = "target"  # what the names of targets begin with in a graph
WEIGHTS = "weight"  # and those of the weights of samples


class Objective(Frozen):
    """What is asked of one output.

    Attributes:
        number: of the output among the model's outputs.
        prefix: what the names of its results begin with; "" where the model has one output.
        loss: how far predictions are from their targets; None where the model's own `compute_loss` says it.
        weight: factor of the loss in the sum over all outputs.
        metrics: what is told besides the loss.
        weighted_metrics: what is told with the weights of the samples.
    """

    number: int
    prefix: str
    loss: losses.Loss | None
    weight: float
    metrics: tuple[Metric, ...]
    weighted_metrics: tuple[Metric, ...] = ()

    @property
    def needs_targets(self) -> bool:
        """Whether something cannot be told without them."""
        return self.loss is not None or bool(self.metrics or self.weighted_metrics)

    def target_shape(self, prediction: Shape) -> Shape | None:
        """That of the targets for predictions of a shape, by the loss or the metrics; None where any will do."""
        if self.loss is not None:
            return self.loss.target_shape(prediction)
        wanting = (each for each in (*self.metrics, *self.weighted_metrics) if not each.takes_any_targets)
        return next((each.target_shape(prediction) for each in wanting), None)

    @property
    def target(self) -> str:
        """The name under which a graph gets the targets of this output."""
        return f"{TARGET}{self.number}"

    @property
    def weights(self) -> str:
        """The name under which a graph gets the weights of the samples, for this output."""
        return f"{WEIGHTS}{self.number}"

    @property
    def takes_any_targets(self) -> bool:
        """Whether only the targets themselves tell their shape: for a loss, or a model, of the user's own."""
        return self.loss is None or self.loss.takes_any_targets

    @property
    def loss_name(self) -> str:
        """The name of this output's own loss among several."""
        return f"{self.prefix}loss"


class _AnyTargets:
    """Stands for a loss of the model's own, which says nothing of its targets, beside metrics."""

    name = "compute_loss"

    def target_shape(self, prediction: Shape) -> Shape | None:
        """Any will do."""
        return None


def objectives(
    model: str,
    outputs: Sequence[str] | None,
    loss: Losses,
    weights: Weights,
    named_metrics: Metrics,
    weighted_metrics: Metrics = None,
    *,
    takes_targets: bool = False,
) -> list[Objective]:
    """The objectives of a model; none where penalties are all that is made small.

    Args:
        model: its name, for messages.
        outputs: the names of its outputs; None for one output of a model that is not built yet.
        loss: one for all outputs, a list with one for each, or a dictionary by output name; None (or no entry) for an
            output that is not trained.
        weights: factors of the losses, as a list or by output name; 1 by default.
        named_metrics: a list; with several outputs a list of lists, or a dictionary by output name.
        weighted_metrics: those that see the weights of samples, likewise.
        takes_targets: whether outputs without a loss have targets all the same, for a loss of the model's own.

    Raises:
        ArgumentError: an output is unknown, a list has the wrong length, or an output has metrics but neither a loss
            nor, by `takes_targets`, targets.
    """
    names = list(outputs) if outputs is not None else ["output"]
    if isinstance(weights, str) or (isinstance(weights, list | tuple) and any(isinstance(w, str) for w in weights)):
        raise ArgumentError(
            f"{model}: loss_weights are numbers, got {shown(weights)}; metrics are named: metrics={shown(weights)}"
        )
    of_losses = _of_each(model, "loss", loss, names)
    of_weights = _of_each(model, "loss_weights", weights, names)
    of_metrics = _metrics_of_each(model, "metrics", named_metrics, names)
    of_weighted = _metrics_of_each(model, "weighted_metrics", weighted_metrics, names)
    found = []
    for number, name in enumerate(names):
        prefix = f"{name}_" if len(names) > 1 else ""
        if of_losses[number] is None and not takes_targets:
            if of_metrics[number] or of_weighted[number]:
                raise ArgumentError(f"{model}: output {name!r} has metrics but no loss; give it one")
            continue
        chosen = None if of_losses[number] is None else losses.loss_of(of_losses[number])
        weight = 1.0 if of_weights[number] is None else checked_number(model, "a loss weight", of_weights[number])
        plain, weighted = (
            tuple(metrics.get(metric, chosen or _AnyTargets()) for metric in given)
            for given in (of_metrics[number], of_weighted[number])
        )
        found.append(Objective(number, prefix, chosen, weight, plain, weighted))
    _check_objects(model, found)
    return found


def _of_each(model: str, what: str, value: Any, names: Sequence[str]) -> list[Any]:
    """A setting for each output, from one for all, a list, or a dictionary by name."""
    if isinstance(value, Mapping) and not {"class_name", "config"} <= set(value):
        for name in value:
            if name not in names:
                raise unknown_name(f"output of {model} in {what}", name, names)
        return [value.get(name) for name in names]
    if isinstance(value, list | tuple):
        if len(value) != len(names):
            raise ArgumentError(f"{model} has {len(names)} outputs ({', '.join(names)}), got {len(value)} in {what}")
        return list(value)
    if what == "loss_weights" and value is not None and len(names) > 1:
        raise ArgumentError(f"{model}: loss_weights is a list or a dictionary by output, got {shown(value)}")
    return [value] * len(names)


def _metrics_of_each(model: str, what: str, value: Metrics, names: Sequence[str]) -> list[list[MetricLike]]:
    if isinstance(value, str):
        raise ArgumentError(f"{model}: {what} is a list, got {shown(value)}; write [{shown(value)}]")
    if value is None:
        return [[] for _ in names]
    if not isinstance(value, list | tuple | Mapping):
        raise ArgumentTypeError(f"{model}: {what} is a list or a dictionary by output, got {shown(value)}")
    if len(names) == 1 and not isinstance(value, Mapping):
        return [[item for entry in value for item in _listed(entry)]]
    found = _of_each(model, what, value, names)
    return [_listed(item) for item in found]


def _listed(value: Any) -> list[MetricLike]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_objects(model: str, found: Sequence[Objective]) -> None:
    """One object tells one number: refuse one that is given in two places."""
    each = [metric for objective in found for metric in (*objective.metrics, *objective.weighted_metrics)]
    for number, metric in enumerate(each):
        if any(metric is other for other in each[:number]):
            raise ArgumentError(f"{model}: the metric {metric.name!r} is given twice; make a new object for each place")
