"""Kernels of layer upon layer as one kernel on the pixels, where that is exact; refused where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, EngineError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Node, Tensor, movement, ops, windows
from pellucid.graph.gradients import nodes_before
from pellucid.inspection.answers import Answers
from pellucid.inspection.given import model_of, number_of, one_of
from pellucid.inspection.image_samples import OneSample
from pellucid.inspection.left_out import seen_with
from pellucid.inspection.map_records import SPATIAL_AXES
from pellucid.inspection.measured import (
    SUM,
    Measured,
    Unit,
    answer_of,
    before_activation,
    channel_axis,
    sample_shape,
    unit_of,
)  # fmt: skip
from pellucid.inspection.one_input import alone, at_one_input
from pellucid.inspection.own_calls import told_apart
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.records import FLOAT32_ROUNDING
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network.reach import reached

__all__ = ["Composition", "composition"]

EVERYWHERE, HERE = "everywhere", "for this sample"
_MOVES = (
    movement.Reshape, movement.BroadcastTo, movement.Transpose, movement.Concatenate, movement.Slice, movement.Pad,
    movement.Gather, movement.ScatterAdd, movement.Pack, ops.ReduceSum, windows.AveragePool,
)  # fmt: skip
"""What is linear in all that it is given."""
_PRODUCTS = (windows.Convolution, windows.ConvolutionInputGradient, ops.Matmul)
_CHOICES = (windows.MaxPool, ops.ReduceMax)
_ADDING, _CHOOSING = (
    {"add", "subtract", "negative"},
    {"relu", "maximum", "minimum", "absolute", "where", "greater", "greater_equal", "equal", "floor"},
)


class Composition(Record, Frozen, eq=False):
    """What a unit computes, as one kernel on the input: the sum of weights * input, plus a bias.

    Args:
        layer: the path of the layer.
        kind: its class.
        unit: number of the unit or filter.
        position: its place in the map.
        stage: "output", or "before activation".
        weights: of each number of the input (spatial..., channels), zero where it is not seen.
        bias: what is added.
        box: first and last place that is seen, along each spatial axis, within the input.
        exact: "everywhere", or "for this sample" and all others for which the same units are on.
        image: the sample for which it is exact (spatial..., channels); None where it is so everywhere.
        value: what the unit gives for the sample; None where there is none.
        through: the layers on the way.
        input: of a model with several inputs, the one that the kernel is on, the others being held; else "".

    Raises:
        ShapeError: the arrays do not fit together.

    Example:
        >>> kernel = np.array([[0.0], [1.0], [2.0]])
        >>> made = Composition("top", "Conv1D", 0, (1,), "output", kernel, 0.5, ((1, 2),), "everywhere", None, None, ())
        >>> made.kernel.tolist(), made.axes, made.at(np.ones((3, 1)))
        ([[1.0], [2.0]], ('steps', 'channel'), 3.5)
    """

    layer: str
    kind: str
    unit: int
    position: tuple[int, ...]
    stage: str
    weights: np.ndarray
    bias: float
    box: tuple[tuple[int, int], ...]
    exact: str
    image: np.ndarray | None
    value: float | None
    through: tuple[str, ...]
    input: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", snapshot(self.weights, "weights of a composition"))
        if not 2 <= self.weights.ndim <= 4 or len(self.box) != self.weights.ndim - 1:
            raise ShapeError(
                f"a composed kernel is (spatial..., channels), got {self.weights.shape} seen in {self.box}"
            )
        if self.image is not None:
            object.__setattr__(self, "image", snapshot(self.image, "the sample of a composition"))

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the weights stands for."""
        return (*SPATIAL_AXES[self.weights.ndim - 1], "channel")

    @property
    def kernel(self) -> np.ndarray:
        """The weights of what is seen (spatial..., channels)."""
        return self.weights[tuple(slice(first, last + 1) for first, last in self.box)]

    def at(self, image: np.ndarray) -> float:
        """What the composed kernel makes of an input (spatial..., channels)."""
        return float((self.weights * np.asarray(image, np.float64)).sum() + self.bias)


@explained
def composition(
    model: Model,
    layer: str | Layer,
    unit: int = 0,
    position: int | Sequence[int] | None = None,
    x: OneSample | None = None,
    *,
    stage: str = SUM,
    call: int = 0,
    input: str | None = None,
    engine: str | Engine | None = "reference",
) -> Composition:
    """What a unit of a deep layer computes, as one kernel on the pixels, where that is exact.

    Convolutions, sums, means, normalisation (as it predicts), padding and the like are linear, and a chain of such
    is one kernel and one bias: exact everywhere. Behind ReLUs, maxima and what else chooses it is exact for one
    sample, and for all others for which the same is chosen: pass it. Behind what bends (sigmoid, softmax) nothing is
    exact: refused.

    Args:
        model: a built model.
        layer: whose unit.
        unit: its number.
        position: place in its map; by default the middle.
        x: the sample for which it is to be exact; not needed where everything on the way is linear. Of a model with
            several inputs a list of arrays, or a dictionary by the names of the inputs.
        stage: "before activation", or "output".
        call: which use of the layer, where it is used several times.
        input: of a model with several inputs, the name of the one that is composed to; by default the first that leads
            to the unit. The others are held at what `x` gives for them.
        engine: who computes; "reference", in float64, by default.

    Returns:
        the kernel, the bias and where they are exact; `views.composition_figure` and `views.composition_text` draw it.

    Raises:
        ArgumentError: something on the way is not linear, and which; layer, unit or position do not exist.
        DataError: the sample does not fit the model.
        EngineError: the kernel does not give what the model gives.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((5, 1)), layers.Conv1D(1, 2, name="a"), layers.Conv1D(1, 2, name="b")])
        >>> model.set_weights([np.array([[[1.0]], [[2.0]]]), np.ones(1), np.array([[[3.0]], [[1.0]]]), np.zeros(1)])
        >>> made = composition(model, "b")
        >>> made.kernel[:, 0].tolist(), made.bias, made.exact  # 1 2 convolved with 3 1, from tap to tap
        ([3.0, 7.0, 2.0], 4.0, 'everywhere')
    """
    owner = "composition"
    one_of(f"stage of {owner}", stage, ("output", SUM))
    model, x = seen_with(told_apart(model_of(model, owner), layer), x)
    meant = unit_of(model, layer, number_of("unit", unit, owner), position, stage,
                    number_of("call", call, owner), owner)  # fmt: skip
    if x is None:
        (model, name), sample = alone(model, x, input, meant.layer, meant.call, owner), None
    else:
        seen = at_one_input(model, x, input, meant.layer, meant.call)
        model, name, sample = seen.model, seen.input, seen.sample
    shape = sample_shape(model, None, owner) if sample is None else sample.shape[1:]
    meant = _placed(model, meant, shape)
    asked = Measured(model, meant, shape, engine)
    answers = asked.emitted(1)
    value = asked.value_at(answers, stage)
    _refuse(model, answers, value, has_sample=sample is not None)
    is_linear = not list(_choosing(answers, value))
    at = np.zeros((1, *shape), np.float32) if sample is None or is_linear else sample.astype(np.float32)
    (value_there,), (weights,) = asked.values_and_gradients(at)
    bias = float(value_there) - float((weights * at[0]).sum())
    _check(asked, weights, bias, at, is_linear)
    named = dict.fromkeys(each.path for each in answers.each if set(each.nodes) & nodes_before(value))
    return Composition(
        meant.layer, asked.kind, meant.number, asked.unit.position or (), stage, asked.arranged(weights), bias,
        _seen(asked, answers), EVERYWHERE if is_linear else HERE, None if sample is None else asked.arranged(sample[0]),
        None if sample is None else float(asked.values(sample)[0]), tuple(named), name,
    )  # fmt: skip


def _placed(model: Model, unit: Unit, shape: tuple[int, ...]) -> Unit:
    """The same with the middle of the map for no position."""
    asked = Measured(model, unit, shape, "reference")
    if unit.position is not None or asked.unit.position is not None:
        return asked.unit
    answer = answer_of(asked.emitted(1), unit.layer, unit.call, model)
    places = answer.channels_last(np.zeros(answer.tensor.shape, np.int8)).shape[1:-1]
    return Unit(unit.layer, unit.number, tuple(size // 2 for size in places), unit.stage, unit.call)


def _live(answers: Answers) -> set[Node]:
    """All operations that depend on the input."""
    found = {tensor.node for tensor in answers.inputs}
    for node in answers.graph.nodes:
        if any(tensor.node in found for tensor in node.inputs):
            found.add(node)
    return found


def _kind(node: Node, live: set[Node]) -> str:
    """ "linear", "choosing" or "bending", in what depends on the input."""
    count = sum(tensor.node in live for tensor in node.inputs)
    match node.op:
        case ops.Elementwise(function=name) if name in _ADDING:
            return "linear"
        case ops.Elementwise(function="multiply") if count == 1:
            return "linear"
        case ops.Elementwise(function="divide") if node.inputs[1].node not in live:
            return "linear"
        case ops.Elementwise(function=name) if name in _CHOOSING:
            return "choosing"
        case op if isinstance(op, _MOVES) or (isinstance(op, _PRODUCTS) and count == 1):
            return "linear"
        case op if isinstance(op, _CHOICES):
            return "choosing"
    return "bending"


def _of_kind(answers: Answers, value: Tensor, kind: str) -> Iterator[Node]:
    live, before = _live(answers), nodes_before(value)
    sources = {tensor.node for tensor in answers.inputs}
    for node in answers.graph.nodes:
        if node in before and node in live and node not in sources and _kind(node, live) == kind:
            yield node


def _choosing(answers: Answers, value: Tensor) -> Iterator[Node]:
    return _of_kind(answers, value, "choosing")


def _refuse(model: Model, answers: Answers, value: Tensor, *, has_sample: bool) -> None:
    """Raise `ArgumentError` where nothing is exact, or nothing without a sample."""
    bends = list(_of_kind(answers, value, "bending"))
    if bends:
        raise ArgumentError(
            f"composition: {_named(answers, bends[0])} bends what goes through it, so no kernel on the input of "
            f"{model.name} is exact; saliency(model, x) tells the slope at a sample"
        )
    chooses = list(_choosing(answers, value))
    if chooses and not has_sample:
        raise ArgumentError(
            f"composition: {_named(answers, chooses[0])} chooses by its input, so one kernel is not exact everywhere; "
            "pass a sample, composition(..., x=sample), for that of all inputs for which it chooses alike"
        )


def _named(answers: Answers, node: Node) -> str:
    """The operation, and the layer that it is of."""
    what = node.op.function if isinstance(node.op, ops.Elementwise) else type(node.op).__name__
    layer = next((f" in {each.path}" for each in answers.each if node in each.nodes), "")
    return f"{what}{layer}"


def _check(asked: Measured, weights: np.ndarray, bias: float, at: np.ndarray, is_linear: bool) -> None:
    """Raise `EngineError` where the kernel does not give what the model gives: everywhere, or near the sample."""
    draws = np.random.default_rng(0)
    tried = draws.normal(size=(3, *asked.shape)) if is_linear else at + 0.0
    for each, value in zip(tried.astype(np.float32), asked.values(tried.astype(np.float32)), strict=True):
        parts = weights * each
        size = float(np.abs(parts).sum() + abs(bias) + abs(value))
        if abs(parts.sum() + bias - value) > 64 * FLOAT32_ROUNDING * size + 1e-6 * abs(bias):
            raise EngineError(
                f"composition of {asked.unit.layer}: the kernel gives {parts.sum() + bias:.6g}, the model {value:.6g}; "
                "one of them is wrong, please report it"
            )


def _seen(asked: Measured, answers: Answers) -> tuple[tuple[int, int], ...]:
    """First and last place of the input that the unit sees, along each spatial axis."""
    answer = answer_of(answers, asked.unit.layer, asked.unit.call, asked.model)
    tensor = before_activation(answer) if asked.unit.stage == SUM else answer.tensor
    axis, index = channel_axis(answer), [0, *(asked.unit.position or ())]
    index[axis:axis] = [asked.unit.number] if axis else []
    mask = reached(answers.graph.nodes, tensor, tuple(index)).get(answers.inputs[0].node)
    if mask is None or not mask.any():
        raise ArgumentError(f"composition: this unit of {asked.unit.layer} depends on nothing of the input")
    places = np.nonzero(asked.arranged(mask[0]).any(axis=-1))
    return tuple((int(each.min()), int(each.max())) for each in places)
