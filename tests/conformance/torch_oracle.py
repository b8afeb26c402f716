"""The convolution family in PyTorch, from its functions and the definitions; weights and options are Keras's.

PyTorch keeps channels first and pads evenly, so data are turned around and padded by hand here; how much a padding word
adds is written out once more, from Keras's documentation.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

CONVOLUTIONS = (functional.conv1d, functional.conv2d, functional.conv3d)
TRANSPOSED = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)

Options = dict[str, Any]


def zeros_to_add(word: str, size: int, window: int, stride: int, dilation: int) -> tuple[int, int]:
    """Before and after one axis."""
    reach = (window - 1) * dilation
    if word == "same":
        total = max((math.ceil(size / stride) - 1) * stride + reach + 1 - size, 0)
        return total // 2, total - total // 2
    return {"valid": (0, 0), "causal": (reach, 0), "full": (reach, reach)}[word]


def channels_first(x: torch.Tensor, options: Options) -> torch.Tensor:
    """x as PyTorch takes it."""
    return x.movedim(-1, 1) if options["data_format"] == "channels_last" else x


def in_format(y: torch.Tensor, options: Options) -> torch.Tensor:
    """y, channels first, in the layer's format."""
    return y.movedim(1, -1) if options["data_format"] == "channels_last" else y


def padded(x: torch.Tensor, options: Options, window: tuple[int, ...], value: float = 0.0) -> torch.Tensor:
    """x, channels first, with what the padding adds."""
    rank = x.ndim - 2
    dilation, strides = options.get("dilation_rate", (1,) * rank), options["strides"] or window
    amounts = options["padding"]
    if isinstance(amounts, str):
        numbers = zip(x.shape[2:], window, strides, dilation, strict=True)
        amounts = [zeros_to_add(options["padding"], *axis) for axis in numbers]
    flat = [n for pair in reversed(amounts) for n in pair]
    mode = options.get("padding_mode", "zeros")
    return functional.pad(x, flat, value=value) if mode == "zeros" else functional.pad(x, flat, mode=mode)


def convolution(x: torch.Tensor, weights: list[torch.Tensor], options: Options) -> torch.Tensor:
    """Conv1D, Conv2D and Conv3D."""
    return _slid(x, weights[0].movedim((-1, -2), (0, 1)), weights[1:], options, options["groups"])


def depthwise(x: torch.Tensor, weights: list[torch.Tensor], options: Options) -> torch.Tensor:
    """DepthwiseConv1D and DepthwiseConv2D: channels are groups, and each has its filters one after the other."""
    kernel = weights[0].movedim((-2, -1), (0, 1)).flatten(0, 1).unsqueeze(1)
    return _slid(x, kernel, weights[1:], options, weights[0].shape[-2])


def separable(x: torch.Tensor, weights: list[torch.Tensor], options: Options) -> torch.Tensor:
    """SeparableConv1D and SeparableConv2D: a depthwise convolution, then one number per channel and filter."""
    maps = channels_first(depthwise(x, weights[:1], options), options)
    mixed = torch.einsum("nc...,cf->nf...", maps, weights[1].flatten(0, -3)[0])
    return in_format(_with_bias(mixed, weights[2:]), options)


def transposed(x: torch.Tensor, weights: list[torch.Tensor], options: Options) -> torch.Tensor:
    """Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: PyTorch's full result, cropped or followed by zeros.

    "same" is what a convolution of inputs * stride elements with padding "same" does backwards; with an output padding
    p its size is Keras's rule, (inputs - 1) * stride + extent % 2 + p.
    """
    x = channels_first(x, options)
    kernel = weights[0].movedim((-1, -2), (0, 1)).contiguous()  # PyTorch's gradients need that
    settings = {"stride": options["strides"], "dilation": options["dilation_rate"]}
    y = TRANSPOSED[x.ndim - 3](x, kernel, **settings)
    extras = options["output_padding"] or (None,) * (x.ndim - 2)
    axes = zip(x.shape[2:], options["kernel_size"], options["strides"], options["dilation_rate"], extras, strict=True)
    for axis, (size, taps, stride, dilation, extra) in enumerate(axes, start=2):
        extent, before = (taps - 1) * dilation + 1, 0
        if options["padding"] == "valid":
            wanted = (size - 1) * stride + (max(extent, stride) if extra is None else extent + extra)
        elif extra is None:
            wanted, before = size * stride, zeros_to_add("same", size * stride, taps, stride, dilation)[0]
        else:
            wanted = (size - 1) * stride + extent % 2 + extra
            before = max((extent - extent % 2 - extra) // 2, 0)
        y = y.movedim(axis, -1)[..., before : before + wanted]
        y = functional.pad(y, (0, wanted - y.shape[-1])).movedim(-1, axis)
    return in_format(_with_bias(y, weights[1:]), options)


def locally_connected(x: torch.Tensor, weights: list[torch.Tensor], options: Options) -> torch.Tensor:
    """LocallyConnected1D and LocallyConnected2D: patches cut out by PyTorch, each times the filters of its place."""
    taps, strides, rank = options["kernel_size"], options["strides"], x.ndim - 2
    grown, channels = padded(channels_first(x, options), options, taps), x.shape[1 if _is_first(options) else -1]
    flat = grown if rank == 2 else grown.unsqueeze(2)
    ones = (1,) * (2 - rank)
    patches = functional.unfold(flat, (*ones, *taps), stride=(*ones, *strides))  # channels, then taps
    kernel = weights[0]
    if not _is_first(options):
        kernel = kernel.unflatten(1, (-1, channels)).transpose(1, 2).flatten(1, 2)
    y = torch.einsum("nip,pif->nfp", patches, kernel)
    places = [(n - k) // s + 1 for n, k, s in zip(grown.shape[2:], taps, strides, strict=True)]
    y = y.unflatten(-1, places)
    return in_format(y + weights[1].movedim(-1, 0) if len(weights) > 1 else y, options)


def _is_first(options: Options) -> bool:
    return options["data_format"] == "channels_first"


def _slid(
    x: torch.Tensor, kernel: torch.Tensor, bias: list[torch.Tensor], options: Options, groups: int
) -> torch.Tensor:
    """A kernel (filters, channels / groups, spatial...) over x in the layer's format."""
    grown = padded(channels_first(x, options), options, options["kernel_size"])
    settings = {"stride": options["strides"], "dilation": options["dilation_rate"], "groups": groups}
    y = CONVOLUTIONS[x.ndim - 3](grown, kernel.contiguous(), **settings)  # as above
    return in_format(_with_bias(y, bias), options)


def _with_bias(y: torch.Tensor, bias: list[torch.Tensor]) -> torch.Tensor:
    """y, channels first, plus a bias if there is one."""
    return y + bias[0].reshape(-1, *(1,) * (y.ndim - 2)) if bias else y
