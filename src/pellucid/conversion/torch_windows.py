"""Layers with windows in PyTorch's words: convolutions, pooling, padding, enlarging.

Whatever PyTorch does otherwise is written out: padding that is not the same on both sides, means over windows at an
edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pellucid.conversion.torch_activations import activated
from pellucid.conversion.torch_place import (
    Place,
    channels_of,
    cut,
    is_even,
    one_or_all,
    options,
    padded,
    pads_of,
    refused,
)
from pellucid.layers import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    GlobalLpPooling1D,
    GlobalLpPooling2D,
    GlobalLpPooling3D,
    LpPooling1D,
    LpPooling2D,
    LpPooling3D,
    Resizing,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
)
from pellucid.layers.convolution import Convolution
from pellucid.layers.cropping_padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from pellucid.layers.depthwise import DepthwiseConvolution
from pellucid.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from pellucid.layers.separable import SeparableConvolution
from pellucid.layers.transposed import TransposedConvolution
from pellucid.layers.windowed_pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)

__all__ = ["RULES"]


def _convolution(layer: Convolution, place: Place) -> str:
    code = _window_sum(layer, place, layer.filters, layer.groups)
    return activated(layer.activation, code, place)


def _depthwise(layer: DepthwiseConvolution, place: Place) -> str:
    channels = channels_of(place, layer.data_format)
    code = _window_sum(layer, place, channels * layer.depth_multiplier, channels)
    return activated(layer.activation, code, place)


def _window_sum(layer: Any, place: Place, filters: int, groups: int, end: str = "", bias: bool | None = None) -> str:
    pads, mode = pads_of(layer, place, layer.rank), layer.padding_mode
    even = is_even(pads)
    x = place.inputs[0]
    if not even:
        x = padded(x, pads, "constant" if mode == "zeros" else mode)
    code = (
        f"nn.Conv{layer.rank}d({channels_of(place, layer.data_format)}, {filters}, {one_or_all(layer.kernel_size)}"
        + options(
            stride=(one_or_all(layer.strides), 1),
            padding=(one_or_all([before for before, _ in pads]) if even else 0, 0),
            dilation=(one_or_all(layer.dilation_rate), 1),
            groups=(groups, 1),
            bias=(layer.use_bias if bias is None else bias, True),
            padding_mode=(mode if even and any(map(any, pads)) else "zeros", "zeros"),
        )
        + ")"
    )
    return f"{place.module(code, end)}({x})"


def _separable(layer: SeparableConvolution, place: Place) -> str:
    channels = channels_of(place, layer.data_format)
    between = channels * layer.depth_multiplier
    x = _window_sum(layer, place, between, channels, "depthwise", bias=False)
    code = f"nn.Conv{layer.rank}d({between}, {layer.filters}, 1{options(bias=(layer.use_bias, True))})"
    return activated(layer.activation, f"{place.module(code, 'pointwise')}({x})", place)


def _transposed(layer: TransposedConvolution, place: Place) -> str:
    crops = [layer.crop(axis) for axis in range(layer.rank)]
    if len(place.shapes[0]) != layer.rank + 2:
        raise refused(place, "its input has more batch axes than PyTorch takes")
    longer = [max(-after, 0) for _, after in crops]
    even = all(before == max(after, 0) for before, after in crops)
    limits = map(max, layer.strides, layer.dilation_rate)
    if any(extra >= limit for extra, limit in zip(longer, limits, strict=True)):
        raise refused(place, f"it adds {longer} behind the result, more than a stride")
    code = (
        f"nn.ConvTranspose{layer.rank}d({channels_of(place, layer.data_format)}, {layer.filters}, "
        f"{one_or_all(layer.kernel_size)}"
        + options(
            stride=(one_or_all(layer.strides), 1),
            padding=(one_or_all([before for before, _ in crops]) if even else 0, 0),
            output_padding=(one_or_all(longer), 0),
            bias=(layer.use_bias, True),
            dilation=(one_or_all(layer.dilation_rate), 1),
        )
        + ")"
    )
    result = f"{place.module(code)}({place.inputs[0]})"
    if not even:
        result += f"[:, :, {', '.join(cut(before, max(after, 0)) for before, after in crops)}]"
    return activated(layer.activation, result, place)


def _max_pool(layer: Any, place: Place) -> str:
    pads = pads_of(layer, place, layer.rank)
    inside = is_even(pads) and all(before <= size // 2 for (before, _), size in zip(pads, layer.pool_size, strict=True))
    x = place.inputs[0] if inside else padded(place.inputs[0], pads, value=", value=-torch.inf")
    padding = one_or_all([before for before, _ in pads]) if inside else 0
    return f"F.max_pool{layer.rank}d({x}, {_sizes(layer)}{options(padding=(padding, 0))})"


def _sizes(layer: Any) -> str:
    return f"{one_or_all(layer.pool_size)}, stride={one_or_all(layer.strides)}"


def _average_pool(layer: Any, place: Place) -> str:
    pads, x = pads_of(layer, place, layer.rank), place.inputs[0]
    if not any(map(any, pads)):
        return f"F.avg_pool{layer.rank}d({x}, {_sizes(layer)})"
    sums, counts = (
        f"F.avg_pool{layer.rank}d({padded(each, pads)}, {_sizes(layer)})" for each in (x, f"torch.ones_like({x})")
    )
    return f"{sums} / {counts}"  # the mean of what lies inside


def _lp_pool(layer: Any, place: Place) -> str:
    pads, x = pads_of(layer, place, layer.rank), f"{place.inputs[0]}.abs() ** {layer.p!r}"
    mean = f"F.avg_pool{layer.rank}d({padded(x, pads)}, {_sizes(layer)})"
    return f"({mean} * {math.prod(layer.pool_size)}) ** {1 / layer.p!r}"  # the root of a sum, not of a mean


def _global_lp_pool(layer: Any, place: Place) -> str:
    axes, keep = tuple(range(2, len(place.shapes[0]))), ", keepdim=True" if layer.keepdims else ""
    return f"({place.inputs[0]}.abs() ** {layer.p!r}).sum({axes}{keep}) ** {1 / layer.p!r}"


def _adaptive_pool(layer: Any, place: Place) -> str:
    word = "avg" if "Average" in type(layer).__name__ else "max"
    return f"F.adaptive_{word}_pool{layer.rank}d({place.inputs[0]}, {tuple(layer.output_size)})"


def _resizing(layer: Resizing, place: Place) -> str:
    mode = {"nearest": "nearest-exact", "bilinear": "bilinear"}.get(layer.interpolation)
    if mode is None or layer.antialias or layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        raise refused(place, f"interpolation={layer.interpolation!r} with these settings is another one there")
    even = ", align_corners=False" if mode == "bilinear" else ""
    return f"F.interpolate({place.inputs[0]}, size={(layer.height, layer.width)}, mode={mode!r}{even})"


def _global_pool(layer: Any, place: Place) -> str:
    rank = len(place.shapes[0])
    word = "mean" if isinstance(layer, _AVERAGES) else "amax"
    keep = ", keepdim=True" if layer.keepdims else ""
    return f"{place.inputs[0]}.{word}({tuple(range(2, rank))}{keep})"


_AVERAGES = (GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D)


def _zero_padding(layer: Any, place: Place) -> str:
    return padded(place.inputs[0], layer.amounts)


def _cropping(layer: Any, place: Place) -> str:
    return f"{place.inputs[0]}[:, :, {', '.join(cut(before, after) for before, after in layer.amounts)}]"


def _upsampling(layer: Any, place: Place) -> str:
    mode = {"nearest": "nearest", "bilinear": {1: "linear", 2: "bilinear", 3: "trilinear"}[layer.rank]}
    if layer.interpolation not in mode:
        raise refused(place, f"interpolation={layer.interpolation!r} is another one there")
    even = "" if layer.interpolation == "nearest" else ", align_corners=False"
    factors = tuple(float(factor) for factor in layer.factors)
    return f"F.interpolate({place.inputs[0]}, scale_factor={factors}, mode={mode[layer.interpolation]!r}{even})"


RULES: tuple[tuple[Any, Callable[[Any, Place], str]], ...] = (
    (SeparableConvolution, _separable),
    (DepthwiseConvolution, _depthwise),
    (TransposedConvolution, _transposed),
    (Convolution, _convolution),
    ((MaxPooling1D, MaxPooling2D, MaxPooling3D), _max_pool),
    ((AveragePooling1D, AveragePooling2D, AveragePooling3D), _average_pool),
    ((*_AVERAGES, GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D), _global_pool),
    ((ZeroPadding1D, ZeroPadding2D, ZeroPadding3D), _zero_padding),
    ((Cropping1D, Cropping2D, Cropping3D), _cropping),
    ((LpPooling1D, LpPooling2D, LpPooling3D), _lp_pool),
    ((GlobalLpPooling1D, GlobalLpPooling2D, GlobalLpPooling3D), _global_lp_pool),
    ((AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveAveragePooling3D), _adaptive_pool),
    ((AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D), _adaptive_pool),
    (Resizing, _resizing),
    ((UpSampling1D, UpSampling2D, UpSampling3D), _upsampling),
)
"""What each kind of layer is; the first row that fits counts."""
