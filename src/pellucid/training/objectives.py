"""What a model is trained for: for each output a loss with its weight, and the metrics that are told besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid import legacy, losses, metrics
from pellucid.checks import number as checked_number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape
from pellucid.metrics import MeanMetricWrapper, Metric
from pellucid.metrics.traced import writes
from pellucid.network import ONE, Arrangement
from pellucid.training.loss_structure import Term, is_arranged, terms

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
        loss: how far predictions are from their targets; None where the model's own `compute_loss` says it, or where
            there are metrics alone.
        weight: factor of the loss in the sum over all outputs.
        metrics: what is told besides the loss.
        weighted_metrics: what is told with the weights of the samples.
        place: how its own loss is called, where losses are arranged as the outputs are.
        further: more losses of this output, and those of several outputs of which this is the first.
        is_given_on: whether the model's own `compute_loss` gets the targets.
    """

    number: int
    prefix: str
    loss: losses.Loss | None
    weight: float
    metrics: tuple[Metric, ...]
    weighted_metrics: tuple[Metric, ...] = ()
    place: str = ""
    further: tuple[Term, ...] = ()
    is_given_on: bool = False

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
    def shows_targets(self) -> bool:
        """Whether code of the user's own sees the targets: class numbers in the shape that they came in.

        A loss takes them with an axis of size 1 at the end, or without; such code may count on it, as it does in Keras.
        """
        each = (*self.metrics, *self.weighted_metrics)
        return self.is_given_on or any(
            writes(metric, "update_state") or isinstance(metric, MeanMetricWrapper) for metric in each
        )

    @property
    def needs_targets(self) -> bool:
        """Whether there is something that predictions are compared in."""
        return self.loss is not None or bool(self.metrics or self.weighted_metrics or self.further)

    @property
    def loss_name(self) -> str:
        """The name of this output's own loss among several."""
        return f"{self.place}_loss" if self.place else f"{self.prefix}loss"


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
    gives: Arrangement = ONE,
    layers: Sequence[str] | None = None,
    named: bool = True,
) -> list[Objective]:
    """The objectives of a model; none where penalties are all that is made small.

    Args:
        model: its name, for messages.
        outputs: the names of its outputs; None for one output of a model that is not built yet.
        loss: one for all outputs, a list with one for each, or a dictionary by output name; None (or no entry) for an
            output that is not trained. Or structures of losses, see `loss_structure`.
        weights: factors of the losses, as a list or by output name; 1 by default.
        named_metrics: a list; with several outputs a list of lists, or a dictionary by output name.
        weighted_metrics: those that see the weights of samples, likewise.
        takes_targets: whether outputs without a loss have targets all the same, for a loss of the model's own.
        gives: how the outputs are arranged.
        layers: the names of the layers that give them; those of the outputs by default.
        named: whether the outputs have names of their own; else their losses are told by theirs.

    Raises:
        ArgumentError: an output is unknown, or a list has the wrong length.
    """
    names = list(outputs) if outputs is not None else ["output"]
    if isinstance(weights, str) or (isinstance(weights, list | tuple) and any(isinstance(w, str) for w in weights)):
        raise ArgumentError(
            f"{model}: loss_weights are numbers, got {shown(weights)}; metrics are named: metrics={shown(weights)}"
        )
    of_losses, of_weights, places, further = _losses_of_each(model, loss, weights, names, gives, layers or names)
    of_metrics = _metrics_of_each(model, "metrics", named_metrics, names)
    of_weighted = _metrics_of_each(model, "weighted_metrics", weighted_metrics, names)
    found = []
    for number, name in enumerate(names):
        prefix = f"{name}_" if len(names) > 1 and named else ""
        more = [term for term in further if number in term.numbers]
        if of_losses[number] is None and not (of_metrics[number] or of_weighted[number] or more or takes_targets):
            continue
        chosen = None if of_losses[number] is None else losses.loss_of(of_losses[number])
        weight = 1.0 if of_weights[number] is None else checked_number(model, "a loss weight", of_weights[number])
        plain, weighted = (
            tuple(metrics.get(metric, chosen or _AnyTargets()) for metric in given)
            for given in (of_metrics[number], of_weighted[number])
        )
        if chosen is not None and not named and not places[number]:
            places[number] = of_losses[number] if isinstance(of_losses[number], str) else chosen.name
        own = tuple(term for term in more if term.numbers[0] == number)
        found.append(Objective(number, prefix, chosen, weight, plain, weighted, places[number], own, takes_targets))
    _check_objects(model, found)
    return found


def _losses_of_each(
    model: str, loss: Any, weights: Any, names: Sequence[str], gives: Arrangement, layers: Sequence[str]
) -> tuple[list[Any], list[Any], list[str], list[Term]]:
    """The loss of each output, its weight, and its place; and further losses, of an output or of several."""
    places = [""] * len(names)
    if not is_arranged(loss):
        return _of_each(model, "loss", loss, names), _of_each(model, "loss_weights", weights, names), places, []
    of_losses: list[Any] = [None] * len(names)
    of_weights, further = list(of_losses), []
    for term in terms(model, gives.form, names, layers, loss, weights):
        number = term.form
        if isinstance(number, int) and of_losses[number] is None:
            of_losses[number], of_weights[number], places[number] = term.loss, term.weight, term.name
        else:
            further.append(term)
    if further and len(names) == 1:
        raise _several_for_one(model, loss)
    return of_losses, of_weights, places, further


def _several_for_one(model: str, loss: Any) -> ArgumentError:
    """Keras takes such a list, tells a number for each loss, and makes the first small alone."""
    return ArgumentError(
        f"{model} has one output, and {shown(loss)} are several losses for it, of which Keras 3 computes the first "
        "alone; add them in one function: loss=lambda y_true, y_pred: "
        "losses.mean_squared_error(y_true, y_pred) + losses.mean_absolute_error(y_true, y_pred)"
    )


def _of_each(model: str, what: str, value: Any, names: Sequence[str]) -> list[Any]:
    """A setting for each output, from one for all, a list, or a dictionary by name."""
    if isinstance(value, Mapping) and not {"class_name", "config"} <= set(value):
        for name in value:
            if name not in names:
                raise unknown_name(f"output of {model} in {what}", name, names)
        return [value.get(name) for name in names]
    if isinstance(value, list | tuple):
        if what == "loss" and len(names) == 1 and len(value) > 1:
            raise _several_for_one(model, value)
        if len(value) != len(names):
            each = f"; for the same of each: {what}=[{', '.join([shown(list(value))] * len(names))}]"
            hint = each if "metrics" in what and all(isinstance(item, str) for item in value) else ""
            raise ArgumentError(
                f"{model} has {len(names)} outputs ({', '.join(names)}), got {len(value)} in {what}{hint}"
            )
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
    if legacy.is_old() and not isinstance(value, Mapping) and not any(isinstance(each, list) for each in value):
        return [list(value) for _ in names]  # up to Keras 2 one list was for each output
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
