"""Which use of a layer is meant, and which element of its output: as it is told by call, position and filter."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.errors import ArgumentError, shown
from pellucid.inspection.addresses import Place
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import no_call, no_position, number_of, place_of
from pellucid.inspection.running import Use
from pellucid.layers import Layer


def chosen_use(found: Sequence[Use], call: int, layer: str) -> Use:
    """One of the uses of a layer; raises `ArgumentError` where there are not so many, or none is known."""
    if not found:
        raise not_told_apart(layer)
    if not 0 <= number_of("call", call, repr(layer)) < len(found):
        raise no_call(layer, len(found), call)
    return found[call]


def not_told_apart(layer: str) -> ArgumentError:
    """The error for a layer of which it is not known what it is called on: a class of the user's own does that.

    Example:
        >>> str(not_told_apart("block/conv")).partition(":")[2]
        " look into it by itself, model.get_layer('block'), or into a Model(inputs, outputs) of the same layers"
    """
    around, _, _ = layer.rpartition("/")
    if not around:
        return ArgumentError(
            f"{layer!r} is used in a call() of the user's own, which needs numbers and cannot be told layer by layer; "
            "look into a Model(inputs, outputs) of the same layers"
        )
    itself = "".join(f".get_layer({name!r})" for name in around.split("/"))
    return ArgumentError(
        f"{layer!r} is used in the call() of {around!r}, a model of the user's own, which is told as one operation "
        f"within another one: look into it by itself, model{itself}, or into a Model(inputs, outputs) of the same "
        "layers"
    )


def told_call(found: Sequence[Use], call: int) -> int | None:
    """The number of a use as records tell it: None where the layer is used once."""
    return int(call) if len(found) > 1 else None


def several_results(layer: Layer, count: int) -> ArgumentError:
    """The error for a layer that is to be explained and gives more than one result."""
    return ArgumentError(f"{layer.label} has {count} results; layers with one are explained")


def chosen_element(layer: Layer, emitted: EmittedLayer, position: int | Sequence[int], filter: int) -> Place:
    """The element, checked against the layer's output.

    Raises:
        ArgumentError: the layer has several results, or no such position or filter.
    """
    if len(emitted.outputs) > 1:
        raise several_results(layer, len(emitted.outputs))
    (output,) = emitted.outputs
    axis = emitted.channel_axis(output.rank) if output.rank > 1 else 0  # one number for each sample has no channels
    spatial, channels = (*output.shape[1:axis], *output.shape[axis + 1 :]), output.shape[axis] if axis else 1
    place, number = place_of(position, layer.label), number_of("filter", filter, layer.label)
    if len(place) != len(spatial) or any(not 0 <= i < n for i, n in zip(place, spatial, strict=True)):
        raise no_position(layer.label, spatial, place)
    if not 0 <= number < channels:
        raise ArgumentError(f"{layer.label} has filters 0 to {channels - 1}, there is no filter {shown(number)}")
    index = (0, *place[: axis - 1], number, *place[axis - 1 :]) if axis else (0,) * output.rank
    return Place(output, index)
