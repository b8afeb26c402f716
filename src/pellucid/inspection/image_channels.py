"""Whether a layer reads the colours of an image: then its input channels are red, green and blue."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.graph import Tensor, movement, ops
from pellucid.inspection.emitted import EmittedLayer
from pellucid.layers import Flatten, InputLayer, Layer, Permute, Reshape

__all__ = ["COLORS", "channel_names", "color_names", "has_channels_of_input"]

COLORS = ("red", "green", "blue")
_OTHER_ORDER = (Flatten, Permute, Reshape)


def color_names(layer: Layer, spatial: int, channels: int) -> tuple[str, ...] | None:
    """The names of a layer's input channels, where it reads an image of three; None for all others.

    Between input and layer may stand whatever has no weights and leaves the channels what they are: rescaling,
    cropping, padding, pooling, noise.

    Args:
        layer: in a model.
        spatial: how many axes its filters have.
        channels: how many each of them reads.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 3)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3)])
        >>> color_names(model.layers[1], 2, 3)
        ('red', 'green', 'blue')
    """
    if spatial != 2 or channels != len(COLORS) or not layer.calls or len(layer.calls[0].inputs) != 1:
        return None
    return COLORS if _is_image(layer.calls[0].inputs[0]) else None


def has_channels_of_input(emitted: EmittedLayer, tensor: Tensor) -> bool:
    """Whether the channels of what a layer computes are still those of its input, as of what its first filters read.

    A layer that holds others has filters behind filters: three maps of theirs are no colours. Between may stand what
    has no weights and leaves the channels what they are; see `color_names`.
    """
    while not isinstance(tensor.node.op, ops.Input):
        live = [each for each in tensor.node.inputs if emitted.is_live(each)]
        is_moved = isinstance(tensor.node.op, movement.Transpose)
        if len(live) != 1 or emitted.is_weighted(tensor):
            return False
        if not is_moved and (live[0].shape[-1:] != tensor.shape[-1:] or _is_reordered(tensor)):
            return False
        (tensor,) = live
    return True


def _is_reordered(tensor: Tensor) -> bool:
    """Whether the last axis is another choice of what it was, such as blue before green before red."""
    op = tensor.node.op
    return isinstance(op, movement.Gather) and op.axis == tensor.rank - 1


def channel_names(shape: Sequence[int]) -> tuple[str, ...]:
    """What the channels of a sample (spatial..., channels) are called where each is drawn: those of a picture of three
    by their colours, those of signals and volumes by their numbers.

    Example:
        >>> channel_names((8, 8, 3)), channel_names((20, 3))
        (('red', 'green', 'blue'), ('channel 0', 'channel 1', 'channel 2'))
    """
    if len(shape) == 3 and shape[-1] == len(COLORS):
        return COLORS
    return tuple(f"channel {number}" for number in range(shape[-1]))


def _is_image(tensor: SymbolicTensor) -> bool:
    while True:
        callee, given, shape = tensor.call.layer, tensor.call.inputs, tensor.shape
        if len(shape) != 4 or len(COLORS) not in (shape[1], shape[-1]):
            return False
        if isinstance(callee, InputLayer):
            return True
        if not isinstance(callee, Layer) or callee.weights or len(given) != 1 or isinstance(callee, _OTHER_ORDER):
            return False
        (tensor,) = given
