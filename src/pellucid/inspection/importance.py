"""How much each filter of a layer matters: the loss with its answers put to zero, less the loss with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, DataError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node, Tensor, builder, ops
from pellucid.inspection.answers import Answer, emit_answers, key_of
from pellucid.inspection.given import model_of, path_of
from pellucid.inspection.measured import answer_of, channel_axis
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.passing import passed
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import Runner
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.training import stages
from pellucid.training.samples import prepare_samples
from pellucid.training.stepper import LocalStepper

__all__ = ["Importance", "importance"]

_LOSS, _KEPT = "loss", "kept"


class Importance(Record, Frozen, eq=False):
    """How much each filter of a layer matters.

    Args:
        layer: the path of the layer.
        kind: its class.
        loss: over the samples, penalties included.
        without: the loss with the answers of one filter put to zero (filters,).
        samples: how many there were.

    Raises:
        ShapeError: there is not one loss for each filter.

    Example:
        >>> found = Importance("conv", "Conv2D", 0.5, np.array([0.5, 0.75, 0.25]), 100)
        >>> found.added.tolist(), found.order
        ([0.0, 0.25, -0.25], (1, 0, 2))
    """

    layer: str
    kind: str
    loss: float
    without: np.ndarray
    samples: int

    def __post_init__(self) -> None:
        without = snapshot(self.without, "losses without a filter")
        if without.ndim != 1 or not without.size:
            raise ShapeError(f"expected one loss for each filter of {self.layer}, got shape {without.shape}")
        object.__setattr__(self, "without", without)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of `without` stands for."""
        return ("filter",)

    @property
    def added(self) -> np.ndarray:
        """What the loss gains without each filter (filters,); negative where it is better without."""
        return np.asarray(self.without - self.loss)

    @property
    def order(self) -> tuple[int, ...]:
        """The filters, that which matters most first."""
        return tuple(np.argsort(-self.added, kind="stable").tolist())


@explained
def importance(
    model: Model,
    data: Any,
    layer: str | Layer,
    y: Any = None,
    *,
    samples: int = 1000,
    batch_size: int = 128,
    engine: str | Engine | None = None,
) -> Importance:
    """How much each filter of a layer matters: what the loss gains if its answers are zero and all else stays.

    What is put to zero is what the layer gives, activation included, in every use of it. Filters that stand in for each
    other may each seem to matter little.

    Args:
        model: a compiled model.
        data: (x, y), samples with `y` beside, or what batches of (x, y) come from, as `evaluate` takes them.
        layer: whose filters or units.
        y: targets of samples that are arrays.
        samples: how many are used, the first ones.
        batch_size: how many at a time.
        engine: who computes, the model's own by default.

    Returns:
        the record; `views.importance_figure` and `views.importance_text` draw it.

    Raises:
        ArgumentError: the model is not compiled, or there is no such layer.
        DataError: the data do not fit the model, or there are no targets.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Dense(2, use_bias=False, name="both"), layers.Dense(1)])
        >>> model.set_weights([np.eye(2), np.array([[1.0], [0.0]]), np.zeros(1)])
        >>> model.compile("sgd", "mse")
        >>> importance(model, np.array([[2.0, 1.0], [4.0, 1.0]]), "both", np.array([[2.0], [4.0]])).added.tolist()
        [10.0, 0.0]

    Source: P. Molchanov, S. Tyree, T. Karras, T. Aila, J. Kautz, "Pruning Convolutional Neural Networks for Resource
        Efficient Inference", ICLR 2017, where this is the oracle that other measures are held to.
    """
    path = path_of(model_of(model, "importance"), layer)
    model.require_built()
    most, size = whole("importance", "samples", samples, 1), whole("importance", "batch_size", batch_size, 1)
    stepper = model.stepper
    if not isinstance(stepper, LocalStepper):
        raise ArgumentError(f"importance: {model.name} must be compiled first: model.compile(loss=...)")
    batches = [_prepared(model, stepper, *each) for each in _batches(model, data, y, size, most)]
    runs: dict[tuple[tuple[int, ...], ...], tuple[Runner, Answer]] = {}
    total: np.ndarray | None = None
    for given, further in batches:
        shapes = tuple(array.shape for array in given)
        if shapes not in runs:
            runs[shapes] = _without(model, stepper, path, shapes, further, engine)
        run, answer = runs[shapes]
        channels = answer.tensor.shape[channel_axis(answer)] if channel_axis(answer) else 1
        losses = np.empty(channels + 1)
        for number in range(channels + 1):
            kept = np.ones(channels, np.float32)
            kept[number : number + 1] = 0.0  # of the last run nothing
            losses[number] = float(run(given, None, {**further, _KEPT: kept})[_LOSS])
        total = losses * len(given[0]) if total is None else total + losses * len(given[0])
    count = sum(len(given[0]) for given, _ in batches)
    assert total is not None
    mean = total / count
    return Importance(path, answer.kind, float(mean[-1]), mean[:-1], count)


def _batches(model: Model, data: Any, y: Any, size: int, most: int) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    for batch in passed(model, data, y, "importance", size, most):
        if batch.y is None:
            raise DataError("importance: there are no targets with the data; pass (x, y), or batches of (x, y)")
        yield batch.given, batch.y


def _prepared(
    model: Model, stepper: LocalStepper, given: list[np.ndarray], y: np.ndarray
) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """A batch, and its targets under the names by which a graph takes them."""
    network = model.built_network()
    found = prepare_samples(network, stepper.plan.objectives, model.name, given if len(given) > 1 else given[0], y)
    further = {name: array for name, array in found.items() if name not in network.graph_names}
    return [found[name] for name in network.graph_names], further


def _without(
    model: Model,
    stepper: LocalStepper,
    path: str,
    given: Sequence[tuple[int, ...]],
    further: Mapping[str, np.ndarray],
    engine: str | Engine | None,
) -> tuple[Runner, Answer]:
    """The loss of a batch, in which each answer of a layer is multiplied by what is kept of it."""
    answers = emit_answers(told_apart(model), given)
    graph, plan = answers.graph, stepper.plan
    shapes = {name: array.shape for name, array in further.items()}
    step = stages.StepGraph(graph, model.built_network(), answers.inputs, answers.outputs)
    trained = [weight for weight in model.weights if weight.trainable]
    loss = stages.add_loss(step, plan.objectives, trained, shapes, plan.own_loss, model.name)
    first = answer_of(answers, path, 0, model)  # of a model inside its last layer
    used = [each for each in answers.each if each.path == first.path]
    masked, copies = replaced(graph, used)
    masked.outputs = {_LOSS: copies[loss.node][loss.index]}
    return Runner(model, masked, engine), used[0]


def replaced(graph: Graph, used: list[Answer]) -> tuple[Graph, dict[Node, tuple[Tensor, ...]]]:
    """A copy of a graph in which some answers are multiplied, channel by channel, by an input called "kept"; and what
    became of each node."""
    copy = Graph(training=graph.training)
    axis = channel_axis(used[0])
    channels = used[0].tensor.shape[axis] if axis else 1
    kept = copy.add(ops.Input((channels,), _KEPT))
    keys = {key_of(each.tensor): each for each in used}
    copies: dict[Node, tuple[Tensor, ...]] = {}
    for node in graph.nodes:
        results = list(copy.repeat(node, tuple(copies[each.node][each.index] for each in node.inputs)))
        for number, tensor in enumerate(results):
            if (node, number) in keys:
                at = channel_axis(keys[node, number])
                ones = (*(1,) * at, channels, *(1,) * (tensor.rank - at - 1)) if at else (1,) * tensor.rank
                results[number] = tensor * builder.reshape(kept, ones)
        copies[node] = tuple(results)
    return copy, copies
