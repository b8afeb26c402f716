"""One number that a unit gives for each sample, as a function of the samples: its values and its gradients.

What is told of a unit in terms of the input (saliency, the input that excites it most, its composed kernel) is asked
here, and only here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pellucid.checks import several, whole
from pellucid.engines import Engine, NativeEngine
from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.graph.gradients import gradient
from pellucid.inspection.addresses import Place
from pellucid.inspection.answers import Answer, Answers, emit_answers
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.fields import arranged
from pellucid.inspection.given import no_call, no_position, one_of, path_of, place_of, unknown_layer
from pellucid.inspection.lint_answers import MOST_NUMBERS
from pellucid.inspection.map_records import STAGES
from pellucid.inspection.running import Runner
from pellucid.inspection.weighted_sums import axis_of, weighted_sum
from pellucid.layers import ELU, Activation, Layer, LeakyReLU, PReLU, ReLU, Softmax
from pellucid.models import Model

__all__ = [
    "OUTPUT",
    "SUM",
    "Measured",
    "Unit",
    "answer_of",
    "before_activation",
    "last_layer",
    "unit_of",
    "unit_value",
    "unit_values",
]

OUTPUT, SUM = STAGES[:2]
"""What a layer gives, and what its activation is applied to."""
HOW = {"activation_maximum": "shape=(32, 32, 3)", "composition": "x=sample"}
"""How a function is told how large an input is."""
_ACTIVATIONS = (Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax)

Backward = Callable[[Tensor, list[Tensor]], list[Tensor]]
"""What is propagated from a number of shape () back to tensors: `gradient`, or something like it."""


class Unit(Frozen):
    """Which number is meant.

    Attributes:
        layer: the path of the layer.
        number: of the unit, or filter.
        position: one number per axis of its map; None for the mean of the map.
        stage: "output", or "before activation".
        call: which use of the layer.
    """

    layer: str
    number: int
    position: tuple[int, ...] | None
    stage: str
    call: int = 0


def last_layer(model: Model) -> str:
    """The path of the layer that gives the model's output.

    Raises:
        ArgumentError: the model has several outputs.
    """
    network = model.built_network()
    if len(network.outputs) != 1:
        names = ", ".join(tensor.call.layer.name for tensor in network.outputs)
        raise ArgumentError(f"{model.name} has {len(network.outputs)} outputs; say which layer is meant: {names}")
    callee, path = network.outputs[0].call.layer, network.outputs[0].call.layer.name
    while isinstance(callee, Model) and callee.is_described and not callee.has_own_call:
        callee = callee.built_network().outputs[0].call.layer
        path = f"{path}/{callee.name}"
    return path


def unit_of(
    model: Model, layer: str | Layer | None, number: int, position: object, stage: str, call: int, function: str
) -> Unit:
    """A unit as it is told, as far as that can be checked without its layer's shape."""
    path = last_layer(model) if layer is None else path_of(model, layer)
    place = None if position is None else place_of(position, path)
    return Unit(path, number, place, one_of(f"stage of {function}", stage, (OUTPUT, SUM)), call)


def answer_of(answers: Answers, path: str, call: int, model: Model) -> Answer:
    """One use of a layer, of a model inside that of its last layer; raises `ArgumentError` where there is none."""
    path = _opened(model, path)
    found = [each for each in answers.each if each.path == path]
    if not found:
        raise unknown_layer(model, path, list(dict.fromkeys(each.path for each in answers.each)))
    if not 0 <= call < len(found):
        raise no_call(path, len(found), call)
    return found[call]


def _opened(model: Model, path: str) -> str:
    """The path to a layer; where a path leads to a model inside, which is opened, that to its last layer."""
    owner, inside = next(
        ((layer, layer.name) for layer in model.layers if f"{path}/".startswith(f"{layer.name}/")), (None, "")
    )
    if not isinstance(owner, Model) or not owner.is_described or owner.has_own_call:
        return path
    rest = path[len(inside) + 1 :]
    return f"{inside}/{_opened(owner, rest) if rest else last_layer(owner)}"


def before_activation(answer: Answer) -> Tensor:
    """What the activation of a layer is applied to; what the layer gives, where it has none."""
    callee, tensor = answer.callee, answer.tensor
    if isinstance(callee, _ACTIVATIONS) and len(answer.given) == 1:
        return answer.given[0]
    if not isinstance(callee, Layer) or len(answer.given) != 1 or answer.is_input or isinstance(callee, Model):
        return tensor
    alone = EmittedLayer(callee, [answer.given[0].shape], behind=answer.behind)
    if len(alone.outputs) != 1:
        return tensor
    found = weighted_sum(alone, Place(alone.outputs[0], (0,) * alone.outputs[0].rank))
    if found is None or not found.tail:
        return tensor
    mine, its = ([node for node in nodes if node.inputs] for nodes in (answer.nodes, alone.graph.nodes))
    if [type(node.op) for node in mine] != [type(node.op) for node in its]:
        return tensor
    total, axis = found.total.tensor, channel_axis(answer)
    at = axis_of(alone, alone.outputs[0], axis, total)
    if at is None:
        return tensor
    same = mine[its.index(total.node)].outputs[total.index]
    if at == axis:
        return same
    spatial = [number for number in range(1, same.rank) if number != at]  # as the layer's own result lies
    return builder.transpose(same, [0, *spatial[: axis - 1], at, *spatial[axis - 1 :]])


def unit_values(answer: Answer, position: tuple[int, ...] | None, stage: str) -> Tensor:
    """What each unit of a layer gives for each sample (batch, units): at a position, or the mean over its map.

    Raises:
        ArgumentError: the layer has no such position.
    """
    tensor = before_activation(answer) if stage == SUM else answer.tensor
    shape, axis = tensor.shape, channel_axis(answer)
    spatial = [number for number in range(1, len(shape)) if number != axis]
    places = tuple(shape[number] for number in spatial)
    if position is None:
        tensor = builder.reduce_mean(tensor, spatial, keepdims=True) if spatial else tensor
    elif len(position) != len(places) or any(not 0 <= i < n for i, n in zip(position, places, strict=True)):
        raise no_position(answer.path, places, position)
    for number, place in zip(spatial, position or (), strict=False):
        tensor = builder.slice_axis(tensor, number, place, place + 1)
    return builder.reshape(tensor, (shape[0], shape[axis] if axis else 1))


def unit_value(answer: Answer, unit: Unit, stage: str) -> Tensor:
    """What one of them gives for each sample (batch,).

    Raises:
        ArgumentError: the layer has no such unit or position.
    """
    every = unit_values(answer, unit.position, stage)
    if not 0 <= unit.number < every.shape[1]:
        raise ArgumentError(f"{unit.layer} has units 0 to {every.shape[1] - 1}, there is no unit {shown(unit.number)}")
    return builder.reshape(builder.slice_axis(every, 1, unit.number, unit.number + 1), every.shape[:1])


def channel_axis(answer: Answer) -> int:
    """Which axis of a layer's answers holds the channels, batch included; 0 where there is one number per sample."""
    rank = answer.tensor.rank
    if rank == 1:
        return 0
    return rank - 1 - answer.behind if rank - 1 > answer.behind else rank - 1


class Measured:
    """A unit of a model, asked again and again about batches of samples of one shape.

    Args:
        model: a built model with one input.
        unit: which.
        shape: of the samples, without the batch.
        engine: who computes; the native engine with exact sums by default.
    """

    def __init__(
        self, model: Model, unit: Unit, shape: Sequence[int], engine: str | Engine | None, back: Backward = gradient
    ) -> None:
        self.model, self.unit, self.shape, self._back = model, unit, tuple(shape), back
        self._engine = NativeEngine(exact=True) if engine is None and model.engine.name == "native" else engine
        self._runs: dict[tuple[int, str], Runner] = {}
        answers = self.emitted(1)
        numbers = sum(math.prod(each.tensor.shape) for each in answers.each)
        self.most = max(1, min(64, MOST_NUMBERS // max(2 * numbers, 1)))
        answer = answer_of(answers, unit.layer, unit.call, model)
        self.kind, self.behind = answer.kind, answers.each[0].behind
        if answer.tensor.rank <= 2 and unit.position is None:
            self.unit = replace(unit, position=())  # there is no map to take a mean of
        self.value_at(answers, unit.stage)

    def emitted(self, count: int) -> Answers:
        """The model for so many samples."""
        return emit_answers(self.model, [(count, *self.shape)])

    def value_at(self, answers: Answers, stage: str) -> Tensor:
        """The unit's number for each sample, in a graph."""
        return unit_value(answer_of(answers, self.unit.layer, self.unit.call, self.model), self.unit, stage)

    def values(self, batch: np.ndarray, stage: str | None = None) -> np.ndarray:
        """What the unit gives for each sample (batch,), in float64."""
        return self._in_parts(batch, stage or self.unit.stage)["found"]

    def gradients(self, batch: np.ndarray) -> np.ndarray:
        """How each number of each sample acts on the unit (batch, ...), in float64."""
        return self.values_and_gradients(batch)[1]

    def values_and_gradients(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both, by one program: who needs both need not compute the values twice."""
        found = self._in_parts(batch, "gradient")
        return found["value"], found["found"]

    def run(self, answers: Answers, batch: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of a graph that `emitted` gave, for a batch of its size."""
        return Runner(self.model, answers.graph, self._engine)([batch])

    @property
    def spatial(self) -> tuple[int, ...]:
        """The shape of a sample (spatial..., channels)."""
        return self.arranged(np.zeros(self.shape, np.int8)).shape

    def arranged(self, sample: np.ndarray) -> np.ndarray:
        """A sample as (spatial..., channels); numbers without spatial order become a row of one channel."""
        return arranged(sample, self.behind)

    def disarranged(self, batch: np.ndarray) -> np.ndarray:
        """Samples (batch, spatial..., channels) in the order of axes in which the model takes them."""
        return batch[..., 0] if len(self.shape) == 1 else np.moveaxis(batch, -1, -1 - self.behind)

    def path(self, layer: Layer) -> str:
        """The path of a layer of the model."""
        return path_of(self.model, layer)

    def _in_parts(self, batch: np.ndarray, what: str) -> dict[str, np.ndarray]:
        parts = []
        for start in range(0, len(batch), self.most):
            part = np.ascontiguousarray(batch[start : start + self.most], np.float32)
            key = len(part), what
            if key not in self._runs:
                self._runs[key] = self._runner(*key)
            parts.append(self._runs[key]([part]))
        return {name: np.concatenate([part[name] for part in parts]).astype(np.float64) for name in parts[0]}

    def _runner(self, count: int, what: str) -> Runner:
        answers = self.emitted(count)
        if what == "gradient":
            value = self.value_at(answers, self.unit.stage)
            total = builder.reduce_sum(value)
            found = self._back(builder.reshape(total, ()), answers.inputs)[0]
            answers.graph.outputs = {"found": found, "value": value}
        else:
            answers.graph.outputs = {"found": self.value_at(answers, what)}
        return Runner(self.model, answers.graph, self._engine)


def sample_shape(model: Model, told: Sequence[int] | None, function: str) -> tuple[int, ...]:
    """The shape of a sample of a model: as it says, or where its sizes are open, as it is told.

    Raises:
        ArgumentError: the model has several inputs, sizes are open and nothing is told, or what is told does not fit.
    """
    if len(model.inputs) != 1:
        raise ArgumentError(f"{function} takes models with one input, {model.name} has {len(model.inputs)}")
    expected = model.inputs[0].shape[1:]
    if told is None:
        known = tuple(size for size in expected if size is not None)
        if len(known) < len(expected):
            raise ArgumentError(
                f"{model.name} takes samples of shape {expected}, whose sizes are open; say how large the input is to "
                f"be: {function}(..., {HOW[function]})"
            )
        return known
    sizes = [whole(function, "a size in shape", size, 1, 4096)
             for size in several(function, "shape", told, "sizes")]  # fmt: skip
    fits = len(sizes) == len(expected) and all(b in (None, a) for a, b in zip(sizes, expected, strict=True))
    if not fits:
        raise ArgumentError(f"{model.name} takes samples of shape {expected}, got shape={tuple(sizes)}")
    return tuple(sizes)
