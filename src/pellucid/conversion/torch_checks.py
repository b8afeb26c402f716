"""What a state dictionary does not say, and PyTorch and Keras do differently: said where a model may be meant so.

Arrays fit whatever a layer does with them. Padding, epsilon and sizes of windows are in a module's code, not in its
file; where a layer does what no module of PyTorch's does, or what its default is not, whoever loads should know.
"""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.conversion.flow import Flow
from pellucid.dispatch.symbolic import Callee, SymbolicShape
from pellucid.geometry import same_padding
from pellucid.layers import BatchNormalization, GroupNormalization, LayerNormalization
from pellucid.layers.transposed import TransposedConvolution

__all__ = ["doubts"]

TORCH_EPSILON = 1e-5


def doubts(flow: Flow) -> Iterator[str]:
    """Sentences about layers that PyTorch would hardly have had like this.

    Args:
        flow: of the model.
    """
    for use in flow.uses:
        layer = use.callee
        if isinstance(layer, BatchNormalization | LayerNormalization | GroupNormalization):
            if abs(layer.epsilon - TORCH_EPSILON) > TORCH_EPSILON / 10:
                yield (
                    f"{use.label} has epsilon={layer.epsilon:g}; PyTorch's default is {TORCH_EPSILON:g}, and the file "
                    "does not say it"
                )
        elif isinstance(layer, TransposedConvolution):
            if _is_cut_unevenly(layer):
                yield (
                    f"{use.label} cuts off more behind than before (padding='same' with these strides), which no "
                    "module of PyTorch's does: if it was padding=1, output_padding=1 there, say padding='valid' here, "
                    "with Cropping2D(((1, 0), (1, 0))) behind it"
                )
        elif use.sources and _is_uneven(layer, flow.uses[use.sources[0]].shape):
            yield (
                f"{use.label} pads more behind than before (padding='same' with a stride on these sizes), which no "
                "padding of PyTorch's does: if it was padding=1 there, say padding=1 here"
            )


def _is_uneven(layer: Callee, shape: SymbolicShape) -> bool:
    """Whether padding "same" comes out uneven on one axis because of a stride."""
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if getattr(layer, "padding", None) != "same" or window is None:
        return False
    sizes = shape[2:] if getattr(layer, "data_format", None) == "channels_first" else shape[1:-1]
    strides, dilations = getattr(layer, "strides", window), getattr(layer, "dilation_rate", (1,) * len(window))
    pads = [
        same_padding(size, window=taps, stride=step, dilation=gap)
        for size, taps, step, gap in zip(sizes, window, strides, dilations, strict=True)
        if size is not None and step > 1
    ]
    return any(before != after for before, after in pads)


def _is_cut_unevenly(layer: TransposedConvolution) -> bool:
    """Whether what windows reach beyond "same" cannot be cut off evenly on an axis."""
    if layer.padding != "same" or layer.output_padding is not None:
        return False
    reach = [
        (taps - 1) * gap + 1 - step
        for taps, step, gap in zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    ]
    return any(more > 0 and more % 2 for more in reach)
