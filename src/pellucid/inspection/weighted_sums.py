"""The sum that a layer is about: the last sum of products on the way to a result, what is added to it, what follows."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from math import prod

from pellucid import activations
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, movement, ops
from pellucid.inspection.addresses import MOVEMENTS, Place, broadcast_place, moved_from
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.rules import PRODUCTS, RULES, SUM
from pellucid.layers import Layer

FURTHER = "the further operations"
"""What follows a sum, where neither the layer nor the vocabulary has a name for it."""


class WeightedSum(Frozen):
    """Where the sum of an element of a layer's result is.

    Attributes:
        way: from the element back to the sum, the sum included.
        total: the element with the bias added: what the activation is applied to.
        bias: what is added; None for nothing.
        divisor: what the sum is divided by, as in a mean; 1 for nothing.
        tail: the elementwise operations behind the total.
    """

    way: tuple[Place, ...]
    total: Place
    bias: Place | None
    divisor: float
    tail: tuple[ops.Elementwise, ...]

    @property
    def at(self) -> Place:
        """The sum itself."""
        return self.way[-1]


def weighted_sum(emitted: EmittedLayer, output: Place) -> WeightedSum | None:
    """The sum that an element of a layer's result is made of; None if no single one is.

    That is the last sum of products with weights through which all goes that the result gets from the input; without
    any, the last sum, mean or maximum.
    """
    way = _way_back(emitted, output)
    waists = emitted.waists(output.tensor)
    passed = [number for number, place in enumerate(way) if place.tensor.node in waists]
    chosen = [number for number in passed if _has_weights(emitted, way[number].tensor)]
    chosen += [number for number in passed if type(way[number].tensor.node.op) in RULES]
    if not chosen:
        return None
    back = way[: chosen[0] + 1]
    return _followed(emitted, back)


def first_of(number: int, axis: int, rank: int) -> tuple[int, ...]:
    """The first place of a channel, batch included; 0 is the axis of no channels."""
    return tuple(number if place == axis > 0 else 0 for place in range(rank))


def axis_of(emitted: EmittedLayer, output: Tensor, axis: int, tensor: Tensor) -> int | None:
    """Along which axis of a tensor, on the way to a layer's sums, the channels lie; None if it is not of such a shape.

    Bias and activation may come before the channels are moved to the front. The sizes do not tell, for there may be
    as many channels as rows; where the last channel stands does.

    Args:
        emitted: the layer.
        output: its result.
        axis: of the channels in the result.
        tensor: on the way from the result to the sum.
    """
    count = output.shape[axis] if axis else 1
    found = weighted_sum(emitted, Place(output, first_of(count - 1, axis, output.rank)))
    index = next((place.index for place in found.way if place.tensor is tensor), None) if found else None
    if index is None:
        return None
    at = next((place for place, number in enumerate(index) if number), None)
    if at is None:  # one channel: its axis is the only one that can have another place
        at = axis if tensor.shape == output.shape else tensor.rank - 1
    moved = (*output.shape[:axis], *output.shape[axis + 1 :], count)
    return at if tensor.shape == (output.shape if at == axis else moved) else None


def _way_back(emitted: EmittedLayer, output: Place) -> list[Place]:
    """From an element through all that only moves it or works on it alone."""
    way = [output]
    while True:
        place = way[-1]
        node = place.tensor.node
        following: Place | None = None
        if type(node.op) in MOVEMENTS:
            following = moved_from(place)
        elif isinstance(node.op, ops.Elementwise):
            live = [tensor for tensor in node.inputs if emitted.is_live(tensor)]
            wide = [tensor for tensor in live if tensor.shape == place.tensor.shape]
            following = broadcast_place((wide or live)[0], place.index) if live else None
        if following is None or not following.inside:
            return way
        way.append(following)


def factors(emitted: EmittedLayer, tensor: Tensor) -> tuple[Tensor, Tensor] | None:
    """What is read, and what it is multiplied by, where a tensor is the product of its input with weights."""
    node = tensor.node
    if not (isinstance(node.op, ops.Elementwise) and node.op.function == "multiply"):
        return None
    a, b = node.inputs
    if emitted.is_live(a) and emitted.is_of_weights(b):
        return a, b
    return (b, a) if emitted.is_live(b) and emitted.is_of_weights(a) else None


def _has_weights(emitted: EmittedLayer, tensor: Tensor) -> bool:
    combination, _ = RULES.get(type(tensor.node.op), ("", None))
    return combination == PRODUCTS or factors(emitted, tensor) is not None


def _followed(emitted: EmittedLayer, way: Sequence[Place]) -> WeightedSum:
    """From the sum forward: the division of a mean, then the bias, then the tail."""
    divisor, bias, rest = 1.0, None, len(way) - 1
    combination, _ = RULES.get(type(way[-1].tensor.node.op), (PRODUCTS, None))
    can_divide = combination == SUM
    for number in range(len(way) - 2, -1, -1):
        place, before = way[number], way[number + 1]
        if type(place.tensor.node.op) not in MOVEMENTS:
            other = _other_operand(place, before)
            by = _divisor(place, other)
            if can_divide and by is not None:
                divisor, can_divide = by, False
            elif bias is None and _adds_weights(emitted, place, other):
                bias, can_divide = other, False
            else:
                break
        rest = number
    tail = [place.tensor.node.op for place in way[:rest]]
    behind = tuple(op for op in tail if isinstance(op, ops.Elementwise))
    return WeightedSum(tuple(way), way[rest], bias, divisor, behind)


def _other_operand(place: Place, before: Place) -> Place | None:
    """The second operand of a function of two, of which the first is known."""
    others = [tensor for tensor in place.tensor.node.inputs if tensor.node is not before.tensor.node]
    if len(place.tensor.node.inputs) != 2 or len(others) != 1:
        return None
    return broadcast_place(others[0], place.index)


def _divisor(place: Place, other: Place | None) -> float | None:
    """The number by which a sum is divided there."""
    if place.tensor.node.op != ops.Elementwise("divide") or other is None:
        return None
    is_second = other.tensor is place.tensor.node.inputs[1]
    return other.tensor.node.op.value if is_second and isinstance(other.tensor.node.op, ops.Constant) else None


def _adds_weights(emitted: EmittedLayer, place: Place, other: Place | None) -> bool:
    return place.tensor.node.op == ops.Elementwise("add") and other is not None and emitted.is_of_weights(other.tensor)


def activation_name(layer: Layer, found: WeightedSum) -> str:
    """What follows the total, by the name that the layer has for it."""
    if not found.tail:
        return "linear"
    function = getattr(layer, "activation", None)
    if isinstance(function, Layer):
        return type(function).__name__
    if callable(function):
        with contextlib.suppress(ArgumentError):  # a function without a name
            name = activations.serialize(function)
            return name if isinstance(name, str) else type(function).__name__
    return found.tail[0].function if len(found.tail) == 1 else FURTHER


def bare_sum(found: WeightedSum) -> Tensor:
    """Where in a layer its sums stand before the bias is added, in the order of axes that they have there."""
    if found.bias is None:
        return found.total.tensor
    added = next(place for place in found.way if any(t is found.bias.tensor for t in place.tensor.node.inputs))
    return next(each for each in added.tensor.node.inputs if each is not found.bias.tensor)


def is_reshaped(emitted: EmittedLayer, output: Tensor, tensor: Tensor) -> bool:
    """Whether a tensor, on the way to a layer's sums, is of another shape than its result, but in the same order.

    A dense layer makes rows of all axes but that of the channels, a wrapper makes samples of steps.
    """
    if (
        tensor.shape == output.shape
        or tensor.shape[-1:] != output.shape[-1:]
        or prod(tensor.shape) != prod(output.shape)
    ):
        return False
    found = weighted_sum(emitted, Place(output, (0,) * output.rank))
    way = [place.tensor for place in found.way] if found else []
    between = way[: way.index(tensor)] if tensor in way else []
    return bool(between) and all(isinstance(each.node.op, ops.Elementwise | movement.Reshape) for each in between)


def is_channels_to_front(op: ops.Op) -> bool:
    """Whether an operation only moves the channels from the end to the front, behind the batch."""
    if not isinstance(op, movement.Transpose):
        return False
    rank = len(op.permutation)
    return op.permutation == (0, rank - 1, *range(1, rank - 1))


def is_channels_to_end(op: ops.Op) -> bool:
    """Whether an operation only moves the channels from behind the batch to the end."""
    if not isinstance(op, movement.Transpose):
        return False
    rank = len(op.permutation)
    return op.permutation == (0, *range(2, rank), 1)


def lies_as_input(tensor: Tensor) -> bool:
    """Whether the axes of a tensor within a layer lie as those of the layer's input, not with the channels at the end.

    The sizes do not tell, for there may be as many channels as rows.
    """
    while tensor.node.inputs:
        if is_channels_to_front(tensor.node.op) or is_channels_to_end(tensor.node.op):
            return is_channels_to_front(tensor.node.op)
        tensor = next((each for each in tensor.node.inputs if each.rank == tensor.rank), tensor.node.inputs[0])
    return True
