"""What a unit of each layer sees of the model's input: size, step and start along each spatial axis.

Followed layer by layer from what each says of itself (`Layer.sees`). Where layers meet, a unit sees all that either of
them sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pellucid.dispatch.symbolic import Call, Callee, SymbolicShape, SymbolicTensor
from pellucid.geometry import ReceptiveField, Window
from pellucid.network.network import Network

Fields = tuple[ReceptiveField, ...]
"""One per spatial axis; an empty tuple while no layer has told how many axes are spatial."""


@runtime_checkable
class Windowed(Protocol):
    """A layer that slides a window."""

    rank: int
    data_format: str

    def window(self, spatial: Sequence[int]) -> Window:
        """How the window lies on an input of these spatial sizes."""
        ...


def receptive_fields(network: Network) -> dict[Call, Fields | None]:
    """The receptive fields of the units of each layer call of a network.

    Args:
        network: that of a built model.

    Returns:
        for each call one field per spatial axis; None where a unit sees everything, or where a layer does not say.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.MaxPooling2D(2)])
        >>> list(receptive_fields(model.network).values())[-1]
        (ReceptiveField(size=4, jump=2, start=0), ReceptiveField(size=4, jump=2, start=0))

    Source: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019.
    """
    found: dict[Call, Fields | None] = {}
    for call in network.calls:
        if not call.inputs:
            found[call] = ()
            continue
        before = _meeting([found[tensor.call] for tensor in call.inputs])
        found[call] = None if before is None else _through(call.layer, before, call.inputs)
    return found


def _meeting(several: Sequence[Fields | None]) -> Fields | None:
    """What a unit sees that looks at one unit of each of these."""
    known = [fields for fields in several if fields]
    if any(fields is None for fields in several) or len({len(fields) for fields in known}) > 1:
        return None
    if not known:
        return ()
    joined = []
    for axis in zip(*known, strict=True):
        if len({field.jump for field in axis}) > 1:
            return None
        start = min(field.start for field in axis)
        end = max(field.start + field.size for field in axis)
        joined.append(ReceptiveField(end - start, axis[0].jump, start))
    return tuple(joined)


def _through(layer: Callee, before: Fields, inputs: Sequence[SymbolicTensor]) -> Fields | None:
    if layer.sees == "point":
        return before
    if layer.sees != "window" or not isinstance(layer, Windowed):
        return None
    spatial = spatial_sizes(layer, inputs[0].shape)
    if any(size is None for size in spatial) and getattr(layer, "padding", "valid") == "same":
        return None  # where "same" puts its zeros depends on the size
    window = layer.window([size or 1 for size in spatial])
    fields = before or (ReceptiveField(),) * layer.rank
    if len(fields) != layer.rank:
        return None
    return tuple(
        field.through(window=size, stride=stride, dilation=dilation, before=padding[0])
        for field, size, stride, dilation, padding in zip(
            fields, window.size, window.strides, window.dilation, window.padding, strict=True
        )
    )


def spatial_sizes(layer: Windowed, shape: SymbolicShape) -> SymbolicShape:
    """The spatial sizes of the input of a windowed layer."""
    return shape[-layer.rank - 1 : -1] if layer.data_format == "channels_last" else shape[-layer.rank :]
