"""Where the channels of each tensor of a network are: first, in the layers that say so and in what keeps their axes."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch.symbolic import Call, SymbolicTensor
from pellucid.layers import (
    BatchNormalization,
    Flatten,
    GroupNormalization,
    Layer,
    LayerNormalization,
    Normalization,
    Permute,
    PReLU,
    Reshape,
    RMSNormalization,
    SpectralNormalization,
    TimeDistributed,
    UnitNormalization,
)
from pellucid.layers.layer_class import option_names
from pellucid.models import Model
from pellucid.network import Network

_NEW_ORDER = (Permute, Reshape)
_ALONG_CHANNELS = (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    Normalization,
    RMSNormalization,
    UnitNormalization,
)
"""Layers whose `axis`, where it is one, is that of the channels. Of `Softmax` and `Concatenate` it may be another."""
_Known = dict[Call, int]


def axes_behind(network: Network) -> _Known:
    """How many axes lie behind that of the channels, in the result of each call of which it is known.

    A layer with a `data_format` says so itself, for what it is given and for what it returns; a model inside by its
    own layers. What lies between (activations, normalisation, sums) keeps the axes of its neighbours. Where no
    `data_format` reaches, a layer whose `axis` names that of the channels, and not the last, tells it: a
    `BatchNormalization(axis=1)` alone, say.

    Args:
        network: whose inputs are among the calls.

    Example:
        >>> from pellucid import Sequential, layers
        >>> conv = layers.Conv2D(4, 3, data_format="channels_first", name="conv")
        >>> model = Sequential([layers.Input((3, 8, 8), name="image"), layers.ReLU(name="re_lu"), conv])
        >>> {call.layer.name: axes for call, axes in axes_behind(model.network).items()}
        {'image': 2, 're_lu': 2, 'conv': 2}
        >>> model = Sequential([layers.Input((3, 8, 8), name="image"), layers.BatchNormalization(axis=1, name="norm")])
        >>> {call.layer.name: axes for call, axes in axes_behind(model.network).items()}
        {'image': 2, 'norm': 2}
    """
    given, known = _Known(), _Known()
    for call in network.calls:
        said = _says(call)
        if said is not None:
            known[call] = said[1]
            given.update({tensor.call: said[0] for tensor in call.inputs})
    kept = [(call, tensor.call) for call in network.calls for tensor in call.inputs if _keeps_axes(call, tensor)]
    _spread(known, kept)
    known, both = given | known, [*kept, *((before, call) for call, before in kept)]
    _spread(known, both)
    along = [(call, axes) for call in network.calls if call.inputs and (axes := _along_channels(call)) is not None]
    for call, axes in along:
        if call not in known:
            known[call] = axes
            _spread(known, both)
    return {call: known[call] for call in network.calls if call in known}


def _spread(known: _Known, pairs: list[tuple[Call, Call]]) -> None:
    """Tell each first of a pair what is known of the second, until nobody learns anything."""
    while found := {to: known[of] for to, of in pairs if to not in known and of in known}:
        known.update(found)


def _says(call: Call) -> tuple[int, int] | None:
    """The axes behind the channels in what a layer is given and in what it returns; None where it does not say."""
    layer = _within(call.layer)
    if isinstance(layer, Model) and layer.network is not None and not layer.has_own_call:
        inside = axes_behind(layer.network)
        ends = (layer.network.inputs[0].call, layer.network.outputs[0].call)
        return (inside[ends[0]], inside[ends[1]]) if all(end in inside for end in ends) else None
    if not isinstance(layer, Layer) or isinstance(layer, Flatten) or "data_format" not in option_names(type(layer)):
        return None
    axes = own_axes_behind(layer, len(call.inputs[0].shape))
    return axes, axes


def _within(layer: Any) -> Any:
    """The layer within wrappers, of which the channels have as many axes behind them as those of the wrapper."""
    while isinstance(layer, TimeDistributed | SpectralNormalization):
        layer = layer.layer
    return layer


def _along_channels(call: Call) -> int | None:
    """The axes behind the one that a layer names as that of the channels; None where it names none, or the last."""
    layer, rank = call.layer, len(call.inputs[0].shape)
    if isinstance(layer, PReLU):  # one slope for each place along the axes that are left
        shared = {axis % rank for axis in layer.shared_axes or ()}
        axes = [axis for axis in range(1, rank) if axis not in shared]
    elif isinstance(layer, _ALONG_CHANNELS):
        given = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
        axes = [axis % rank for axis in given if axis is not None]
    else:
        return None
    return rank - 1 - axes[0] if rank > 2 and len(axes) == 1 and 0 < axes[0] < rank - 1 else None


def own_axes_behind(layer: Layer, rank: int) -> int:
    """What a layer says itself of a tensor of so many axes, batch included: 0, the channels are last, if nothing."""
    layer = _within(layer)
    spatial = getattr(layer, "rank", rank - 2)
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return spatial if first and rank >= spatial + 2 else 0


def _keeps_axes(call: Call, tensor: SymbolicTensor) -> bool:
    """Whether the axes of a result mean what those of this input mean."""
    is_one = not isinstance(call.shape, list) and not isinstance(call.layer, _NEW_ORDER)
    return is_one and len(call.shape) == len(tensor.shape) > 2
