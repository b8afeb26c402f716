"""What a model is trained for: for each output a loss with its weight, and the metrics that are told besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid import losses, metrics
from pellucid.checks import number as checked_number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.naming import repeated

LossLike = str | losses.Loss | type[losses.Loss] | Callable[..., Any] | Mapping[str, Any] | None
Losses = LossLike | Sequence[LossLike]
Weights = Sequence[float] | Mapping[str, float] | float | None
MetricLike = str | metrics.Metric | type[metrics.Metric] | Callable[..., Any] | Mapping[str, Any]
Metrics = Sequence[MetricLike | Sequence[MetricLike] | None] | Mapping[str, Any] | None

TARGET = "target"  # what the names of targets begin with in a graph


class Objective(Frozen):
    """What is asked of one output.

    Attributes:
        number: of the output among the model's outputs.
        prefix: what the names of its results begin with; "" where the model has one output.
        loss: how far predictions are from their targets; None where the model's own `compute_loss` says it.
        weight: factor of the loss in the sum over all outputs.
        metrics: what is told besides the loss.
    """

    number: int
    prefix: str
    loss: losses.Loss | None
    weight: float
    metrics: tuple[metrics.Metric, ...]

    @property
    def target(self) -> str:
        """The name under which a graph gets the targets of this output."""
        return f"{TARGET}{self.number}"

    @property
    def takes_any_targets(self) -> bool:
        """Whether only the targets themselves tell their shape: for a loss, or a model, of the user's own."""
        return self.loss is None or self.loss.takes_any_targets

    @property
    def loss_name(self) -> str:
        """The name of this output's own loss among several."""
        return f"{self.prefix}loss"


def objectives(
    model: str,
    outputs: Sequence[str] | None,
    loss: Losses,
    weights: Weights,
    named_metrics: Metrics,
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
        takes_targets: whether outputs without a loss have targets all the same, for a loss of the model's own.

    Raises:
        ArgumentError: an output is unknown, has metrics but no loss, or a list has the wrong length.
    """
    names = list(outputs) if outputs is not None else ["output"]
    if isinstance(weights, str) or (isinstance(weights, list | tuple) and any(isinstance(w, str) for w in weights)):
        raise ArgumentError(
            f"{model}: loss_weights are numbers, got {shown(weights)}; metrics are named: metrics={shown(weights)}"
        )
    of_losses = _of_each(model, "loss", loss, names)
    of_weights = _of_each(model, "loss_weights", weights, names)
    of_metrics = _metrics_of_each(model, named_metrics, names)
    found = []
    for number, name in enumerate(names):
        if of_losses[number] is None:
            if of_metrics[number]:
                raise ArgumentError(f"{model}: output {name!r} has metrics but no loss; give it one")
            if takes_targets:
                found.append(Objective(number, f"{name}_" if len(names) > 1 else "", None, 1.0, ()))
            continue
        chosen = losses.loss_of(of_losses[number])
        weight = 1.0 if of_weights[number] is None else checked_number(model, "a loss weight", of_weights[number])
        chosen_metrics = tuple(metrics.get(metric, chosen) for metric in of_metrics[number])
        prefix = f"{name}_" if len(names) > 1 else ""
        found.append(Objective(number, prefix, chosen, weight, chosen_metrics))
    _check_names(model, found, len(names))
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


def _metrics_of_each(model: str, value: Metrics, names: Sequence[str]) -> list[list[MetricLike]]:
    if isinstance(value, str):
        raise ArgumentError(f"{model}: metrics is a list, got {shown(value)}; write [{shown(value)}]")
    if value is None:
        return [[] for _ in names]
    if not isinstance(value, list | tuple | Mapping):
        raise ArgumentTypeError(f"{model}: metrics is a list or a dictionary by output, got {shown(value)}")
    if len(names) == 1 and not isinstance(value, Mapping):
        return [[item for entry in value for item in _listed(entry)]]
    found = _of_each(model, "metrics", value, names)
    return [_listed(item) for item in found]


def _listed(value: Any) -> list[MetricLike]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_names(model: str, found: Sequence[Objective], outputs: int) -> None:
    names = ["loss"] + [objective.loss_name for objective in found if outputs > 1 and objective.loss is not None]
    names += [objective.prefix + metric.name for objective in found for metric in objective.metrics]
    twice = repeated(names)
    if twice:
        raise ArgumentError(f"{model}: metrics need names of their own, and 'loss' is taken; twice: {twice}")
