"""How large the gradient is that reaches each layer while a model trains; of several models, beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import whole
from pellucid.data.sources.source import Batch
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder, gradient
from pellucid.inspection.given import described
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.running import Runner
from pellucid.inspection.training_step import TrainingStep, compiled, copied, samples_of
from pellucid.models import Model
from pellucid.training.given import Pass, source_of_arrays
from pellucid.training.stepper import LocalStepper

FUNCTION = "gradient_flow"
MOST_EPOCHS = 1_000_000


class Flow(Record, Frozen, eq=False):
    """The norms of the gradients of one model.

    Args:
        model: its name, or what it was called.
        layers: names of the layers that train, in the order of computation.
        norms: of the gradient of all weights of each layer (points, layers), the root of the sum of squares.
        sizes: how many weights each layer has.

    Example:
        >>> flow = Flow("relu", ("a", "b"), np.array([[3.0, 1.0]]), (9, 1))
        >>> flow.typical.tolist()  # of one weight
        [[1.0, 1.0]]
    """

    model: str
    layers: tuple[str, ...]
    norms: np.ndarray
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "norms", snapshot(self.norms, f"norms of {self.model}"))
        if self.norms.ndim != 2 or self.norms.shape[1] != len(self.layers) or len(self.sizes) != len(self.layers):
            raise ShapeError(f"{self.model}: expected norms (points, {len(self.layers)}), got {self.norms.shape}")

    @property
    def typical(self) -> np.ndarray:
        """The gradient of a typical weight of each layer (points, layers): the norm over the root of their number."""
        found: np.ndarray = self.norms / np.sqrt(self.sizes)
        return found

    @property
    def kept(self) -> np.ndarray:
        """How much of the gradient of the last layer's typical weight one of the first layer has, at each point."""
        typical = self.typical
        with np.errstate(divide="ignore", invalid="ignore"):
            found: np.ndarray = typical[:, 0] / typical[:, -1]
        return found


class GradientFlow(Record, Frozen, eq=False):
    """How large the gradients of each layer are over a training, of one model or of several.

    Args:
        steps: how many training steps had been made at each point.
        flows: of each model.

    Raises:
        ShapeError: a flow has not a point for each step.

    Example:
        >>> flow = Flow("relu", ("a", "b"), np.ones((2, 2)), (1, 1))
        >>> GradientFlow((0, 5), (flow,)).axes
        ('step', 'layer')
    """

    steps: tuple[int, ...]
    flows: tuple[Flow, ...]

    def __post_init__(self) -> None:
        for flow in self.flows:
            if len(flow.norms) != len(self.steps):
                raise ShapeError(f"{flow.model}: expected {len(self.steps)} points, got {len(flow.norms)}")

    @property
    def axes(self) -> tuple[str, str]:
        """What each axis of the norms stands for."""
        return ("step", "layer")


@explained
def gradient_flow(
    models: Model | Mapping[str, Model],
    x: Any,
    y: Any,
    *,
    epochs: int = 1,
    batch_size: int = 32,
    points: int = 50,
    sample_weight: Any = None,
) -> GradientFlow:
    """Train copies of models, and measure the gradient that reaches each of their layers; the models stay as they are.

    What comes out of a layer is multiplied by the slope of its activation on the way back: at most 1/4 for a sigmoid, 1
    for ReLU where it is not 0. So behind many sigmoids little is left for the first layers. Two models that differ in
    nothing else show it in one picture.

    Args:
        models: a compiled model, or several by name, such as {"sigmoid": ..., "relu": ...}.
        x: samples, arrays.
        y: their targets.
        epochs: how long each copy is trained, >= 1.
        batch_size: samples in a step, >= 1.
        points: at how many steps norms are measured at most, >= 1, at equal distances.
        sample_weight: how much each sample counts.

    Returns:
        the norm of the gradient of each layer at each point.

    Raises:
        ArgumentError: a model is not compiled, a number is out of range, or nothing is trained.
        DataError: the data do not fit a model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> def deep(activation):
        ...     hidden = [layers.Dense(8, activation, kernel_initializer="glorot_uniform") for _ in range(6)]
        ...     model = Sequential([layers.Input((4,)), *hidden, layers.Dense(1)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> x = np.random.default_rng(0).normal(size=(64, 4))
        >>> flow = gradient_flow({"sigmoid": deep("sigmoid"), "relu": deep("relu")}, x, x[:, :1])
        >>> sigmoid, relu = flow.flows
        >>> bool(sigmoid.kept[0] < 0.01 < relu.kept[0])
        True

    Source: Hochreiter, Untersuchungen zu dynamischen neuronalen Netzen, 1991; Glorot and Bengio, AISTATS 2010.
    """
    epochs, batch_size = whole(FUNCTION, "epochs", epochs, 1, MOST_EPOCHS), whole(FUNCTION, "batch_size", batch_size, 1)
    points = whole(FUNCTION, "points", points, 1)
    if not isinstance(models, Mapping):
        model, _ = compiled(models, FUNCTION)
        models = {model.name: model}
    if not models or not all(isinstance(name, str) for name in models):
        raise ArgumentTypeError(f"{FUNCTION}: models are given by name, at least one, got {described(dict(models))}")
    steps: list[int] = []
    flows = []
    for name, model in models.items():
        steps, layers, norms, sizes = _measured(model, x, y, sample_weight, (epochs, batch_size, points))
        flows.append(Flow(name, tuple(layers), np.array(norms), tuple(sizes)))
    return GradientFlow(tuple(steps), tuple(flows))


def _measured(
    model: Model, x: Any, y: Any, sample_weight: Any, how: tuple[int, int, int]
) -> tuple[list[int], list[str], list[list[float]], list[int]]:
    """The steps at which it was measured, the names of the layers, the norms, and how many weights each layer has."""
    model, stepper = copied(compiled(model, FUNCTION)[0], x)
    epochs, size, points = how
    samples = samples_of(stepper, x, y, sample_weight)
    source = source_of_arrays(samples, Pass("fit", size, None, True))
    every = -(-epochs * len(source) // points)
    measure = Norms(model, stepper)
    steps: list[int] = []
    norms: list[list[float]] = []
    batches = (batch for epoch in range(epochs) for batch in source.batches(epoch, seed=stepper.seed))
    with stepper.tally(training=True) as tally:
        for number, batch in enumerate(batches):
            if number % every == 0:
                steps.append(number)
                norms.append(measure(batch))
            stepper.train(batch, tally)
    return steps, list(measure.layers), norms, list(measure.layers.values())


class Norms:
    """Measures the norm of the gradient of each layer that trains.

    Attributes:
        layers: for each the number of its weights.
    """

    def __init__(self, model: Model, stepper: LocalStepper) -> None:
        self._model, self._stepper = model, stepper
        trained = stepper.runtime.placed().trained
        self._weights = {
            path: own for path, layer in _in_order(model) if (own := [w for w in layer.weights if w in trained])
        }
        if not self._weights:
            raise ArgumentError(f"{FUNCTION}: {model.name} has no weight that is trained")
        self.layers = {path: sum(weight.size for weight in own) for path, own in self._weights.items()}
        self._programs: dict[int, tuple[Runner, TrainingStep]] = {}

    def __call__(self, batch: Batch) -> list[float]:
        """The norms on a batch, before a step."""
        if len(batch) not in self._programs:
            self._programs[len(batch)] = self._program(batch)
        run, _ = self._programs[len(batch)]
        names = self._stepper.runtime.built.graph_names
        further = {name: array for name, array in batch.arrays.items() if name not in names}
        found = run([batch.arrays[name] for name in names], None, further)
        return [float(np.sqrt(found[path])) for path in self.layers]

    def _program(self, batch: Batch) -> tuple[Runner, TrainingStep]:
        step = TrainingStep(self._model, self._stepper, batch.arrays)
        flat = [weight for own in self._weights.values() for weight in own]
        found = dict(zip(flat, gradient(step.loss, [weight.tensor(step.graph) for weight in flat]), strict=True))
        step.graph.outputs = {
            path: reduce(add, [_square(found[weight]) for weight in own]) for path, own in self._weights.items()
        }
        return Runner(self._model, step.graph, None), step


def _square(tensor: Tensor) -> Tensor:
    return builder.reduce_sum(tensor * tensor)


def _in_order(model: Any, inside: str = "") -> Iterator[tuple[str, Any]]:
    """The layers in the order of computation, each with the path to it; models inside are gone through."""
    for layer in model.layers:
        if isinstance(layer, Model):
            yield from _in_order(layer, f"{inside}{layer.name}/")
        else:
            yield inside + layer.name, layer
