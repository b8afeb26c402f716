"""The training images that made a prediction: TracIn, an estimate over the recorded states of a training."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from pellucid import schedules
from pellucid.callbacks.filter_history import FilterHistory
from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder, gradient
from pellucid.graph.ops import Input
from pellucid.inspection.image_samples import inputs_of, shown_input
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.replaying import recorded as checked_record
from pellucid.inspection.running import Runner
from pellucid.inspection.training_step import compiled, copied, samples_of
from pellucid.models import Model
from pellucid.optimizers import MultiOptimizer
from pellucid.training import stages
from pellucid.training.stepper import LocalStepper

FUNCTION = "influential_images"
AT_ONCE = 128  # samples


class InfluentialImages(Record, Frozen, eq=False):
    """How much each training sample lowered the loss of one prediction, by an estimate.

    Args:
        model: its name.
        sample: the sample whose prediction it is.
        loss: of that prediction, by the model as it is.
        scores: for each training sample; above 0 where it lowered the loss, below 0 where it raised it.
        steps: how many steps the model had made in each of the states over which it was summed.
        rates: the learning rate in each.
        images: the training samples that are kept here to be drawn: the strongest of both signs.
        kept: their numbers.
        labels: the target of each sample in `kept`, as text; () where targets are no classes.

    Raises:
        ShapeError: there are not as many images as numbers of them.

    Example:
        >>> scores, images = np.array([0.1, -0.2]), np.zeros((2, 2))
        >>> found = InfluentialImages("m", np.zeros(2), 0.5, scores, (0,), (0.1,), images, (0, 1), ())
        >>> found.helpful(5), found.harmful(5)
        ([0], [1])
    """

    model: str
    sample: np.ndarray
    loss: float
    scores: np.ndarray
    steps: tuple[int, ...]
    rates: tuple[float, ...]
    images: np.ndarray
    kept: tuple[int, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("sample", "scores", "images"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of {FUNCTION}"))
        if len(self.images) != len(self.kept) or len(self.labels) not in (0, len(self.kept)):
            raise ShapeError(f"{self.model}: {len(self.images)} images do not go with {len(self.kept)} numbers")

    @property
    def axes(self) -> tuple[str]:
        """What the axis of the scores stands for."""
        return ("sample",)

    def helpful(self, limit: int) -> list[int]:
        """The numbers of the samples that lowered the loss most, the strongest first."""
        order = np.argsort(-self.scores, kind="stable")[:limit]
        return [int(number) for number in order if self.scores[number] > 0]

    def harmful(self, limit: int) -> list[int]:
        """The numbers of those that raised it most."""
        order = np.argsort(self.scores, kind="stable")[:limit]
        return [int(number) for number in order if self.scores[number] < 0]


@explained
def influential_images(
    model: Model,
    x: Any,
    y: Any,
    image: Any,
    target: Any,
    *,
    recorded: FilterHistory,
    limit: int = 8,
) -> InfluentialImages:
    """Estimate which training samples made a prediction what it is, by TracIn.

    A small step of gradient descent on one sample changes the loss of another by minus the learning rate times the
    product of their gradients. Summed over the states that were recorded while the model trained, that is how much a
    sample lowered the loss of the prediction. It is an estimate: it knows the recorded states alone, takes each for
    many steps, follows the slope and no curve, and counts every sample alike in each state, whatever the optimizer
    makes of its gradient. What a sample did to a filter, exactly, `influence` tells.

    Args:
        model: that was trained and is compiled; it stays as it is.
        x: the training samples, as `fit` was given them.
        y: their targets.
        image: the sample whose prediction is asked about, without a batch axis.
        target: its target: the true one, or another, to ask what spoke for that.
        recorded: the `callbacks.FilterHistory` that was passed to `fit`; more `states` make a better estimate.
        limit: how many samples of each sign are kept to be drawn, >= 1.

    Returns:
        the scores of all training samples. Layers are in the form of a prediction: nothing is dropped.

    Raises:
        ArgumentError: nothing was recorded, or the loss gives no number for each sample.
        DataError: data do not fit the model.

    Example:
        >>> from pellucid import Sequential, callbacks, layers
        >>> layer = layers.Dense(2, activation="softmax", kernel_initializer="zeros", name="d")
        >>> model = Sequential([layers.Input((2,)), layer])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> x, y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]]), np.array([0, 1, 1])
        >>> history = callbacks.FilterHistory(layers=["d"], states=4)
        >>> _ = model.fit(x, y, epochs=8, batch_size=3, verbose=0, callbacks=history)
        >>> found = influential_images(model, x, y, x[0], 0, recorded=history)
        >>> found.helpful(1), found.harmful(1)  # itself; and the one like it of the other class
        ([0], [2])

    Source: Pruthi, Liu, Kale and Sundararajan, Estimating training data influence by tracing gradient descent, NeurIPS
    2020, arXiv 2002.08484, equation 1 for checkpoints.
    """
    model, own = compiled(model, FUNCTION)
    history, limit = checked_record(FUNCTION, recorded), whole(FUNCTION, "limit", limit, 1)
    given = inputs_of(model, image)
    samples, one = samples_of(own, x, y), samples_of(own, given if len(given) > 1 else given[0], [target])
    network = model.built_network()
    traced, stepper = copied(model, x)
    scores, rates = np.zeros(len(next(iter(samples.values())))), []
    gradients, products = _Gradients(traced, one), dict[int, _Products]()
    for _, state in history.states:
        stepper.restore(state)
        rate = _rate_of(stepper)
        rates.append(rate)
        _, along = gradients(one)
        for first in range(0, len(scores), AT_ONCE):
            part = {name: array[first : first + AT_ONCE] for name, array in samples.items()}
            size = len(next(iter(part.values())))
            if size not in products:
                products[size] = _Products(traced, part)
            scores[first : first + size] += rate * products[size](part, along)
    loss, _ = _Gradients(model, one)(one)
    kept = _strongest(scores, limit)
    labels = _labels(samples, kept)
    name = network.graph_names[shown_input(model)]
    images = samples[name][kept]
    steps = tuple(step for step, _ in history.states)
    return InfluentialImages(model.name, one[name][0], loss, scores, steps, tuple(rates), images, tuple(kept), labels)


def _strongest(scores: np.ndarray, limit: int) -> list[int]:
    best, worst = np.argsort(-scores, kind="stable")[:limit], np.argsort(scores, kind="stable")[:limit]
    chosen = [*(n for n in best.tolist() if scores[n] > 0), *(n for n in worst.tolist() if scores[n] < 0)]
    return list(dict.fromkeys(chosen))


def _labels(samples: Mapping[str, np.ndarray], kept: list[int]) -> tuple[str, ...]:
    """The classes of the kept samples, where targets are classes."""
    targets = [array for name, array in samples.items() if name.startswith("target")]
    if len(targets) != 1:
        return ()
    target = targets[0].reshape(len(targets[0]), -1)
    classes = target.argmax(axis=1) if target.shape[1] > 1 else target[:, 0]
    if not (classes == np.floor(classes)).all():
        return ()
    return tuple(str(int(classes[number])) for number in kept)


class _Losses:
    """The loss of each sample of a batch, as a model predicts, in a graph of its own."""

    def __init__(self, model: Model, batch: Mapping[str, np.ndarray]) -> None:
        assert isinstance(model.stepper, LocalStepper)
        self.model, runtime, plan = model, model.stepper.runtime, model.stepper.plan
        shapes = {name: array.shape for name, array in batch.items()}
        inputs = [shapes.pop(name) for name in runtime.built.graph_names]
        if plan.own_loss is not None or any(objective.further for objective in plan.objectives):
            raise ArgumentError(f"{FUNCTION}: {model.name} computes its loss itself, or of several outputs together")
        self.weights = runtime.placed().trained
        step = stages.forward(runtime.built, inputs, training=False)
        stages.add_loss(step, plan.objectives, self.weights, shapes, None, model.name)
        self.graph, size = step.graph, inputs[0][0]
        self.each = reduce(add, [self._each(step, number, size) for number in range(len(plan.objectives))])

    def _each(self, step: stages.StepGraph, number: int, size: int) -> Tensor:
        """What one output adds to the loss of each sample, (samples,)."""
        assert isinstance(self.model.stepper, LocalStepper)
        objective, target = self.model.stepper.plan.objectives[number], step.targets[number]
        if objective.loss is None or target is None:
            return self.graph.constant(0.0)
        values = objective.loss.per_sample(target, step.predictions[number])
        if values.rank == 0 or values.shape[0] != size:
            raise ArgumentError(f"{FUNCTION}: loss {objective.loss.name!r} gives no number for each sample")
        rest = list(range(1, values.rank))
        return (builder.reduce_mean(values, rest) if rest else values) * objective.weight

    def run(self, runner: Runner, batch: Mapping[str, np.ndarray], further: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The outputs of the graph."""
        assert isinstance(self.model.stepper, LocalStepper)
        names = self.model.stepper.runtime.built.graph_names
        given = {name: array for name, array in batch.items() if name not in names}
        return runner([batch[name] for name in names], None, {**given, **further})


class _Gradients:
    """The loss of one sample, and its gradient for each trained weight."""

    def __init__(self, model: Model, batch: Mapping[str, np.ndarray]) -> None:
        self._losses = _Losses(model, batch)
        loss = builder.reduce_sum(self._losses.each)
        graph = self._losses.graph
        found = gradient(loss, [weight.tensor(graph) for weight in self._losses.weights])
        graph.outputs = {"loss": loss, **{f"g{number}": each for number, each in enumerate(found)}}
        self._run = Runner(model, graph, None)

    def __call__(self, batch: Mapping[str, np.ndarray]) -> tuple[float, list[np.ndarray]]:
        found = self._losses.run(self._run, batch, {})
        return float(found["loss"]), [found[f"g{number}"] for number in range(len(self._losses.weights))]


class _Products:
    """The products of the gradients of each sample of a batch with given directions.

    With u standing for how much each sample counts, the gradient of the weighted loss times the direction is linear in
    u, and what it grows by with u is the product for each sample: two walks backwards for the whole batch.
    """

    def __init__(self, model: Model, batch: Mapping[str, np.ndarray]) -> None:
        self._losses = _Losses(model, batch)
        graph, weights, each = self._losses.graph, self._losses.weights, self._losses.each
        counts = graph.add(Input(each.shape, "counts"))
        found = gradient(builder.reduce_sum(each * counts), [weight.tensor(graph) for weight in weights])
        along = [graph.add(Input(weight.shape, f"v{number}")) for number, weight in enumerate(weights)]
        total = reduce(add, [builder.reduce_sum(g * v) for g, v in zip(found, along, strict=True)])
        (graph.outputs["products"],) = gradient(total, [counts])
        self._run = Runner(model, graph, None)

    def __call__(self, batch: Mapping[str, np.ndarray], along: list[np.ndarray]) -> np.ndarray:
        size = len(next(iter(batch.values())))
        further = {"counts": np.ones(size, np.float32)} | {f"v{number}": each for number, each in enumerate(along)}
        return self._losses.run(self._run, batch, further)["products"].astype(np.float64)


def _rate_of(stepper: LocalStepper) -> float:
    """The learning rate of the next step.

    Raises:
        ArgumentError: there are several.
    """
    if isinstance(stepper.plan.optimizer, MultiOptimizer):
        raise ArgumentError(f"{FUNCTION}: several optimizers have several learning rates; it tells of trainings by one")
    return float(schedules.at(stepper.plan.optimizer.schedule, stepper.runtime.step))
