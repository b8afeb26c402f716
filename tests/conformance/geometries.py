"""Hypothesis strategies: convolution and pooling layers of every geometry, with the shape of an input that fits."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from keras_oracle import Case
from torch_oracle import zeros_to_add

MODES = ("zeros", "reflect", "replicate", "circular")
LONGEST = {1: 9, 2: 6, 3: 4}
"""How much longer than needed an axis is at most, by the number of axes."""


@st.composite
def convolutions(draw: st.DrawFn, rank: int, *, for_keras: bool = False) -> Case:
    """A convolution layer of some geometry whose kernel fits its input.

    Keras has no "full" padding, and no layer that both strides and dilates.
    """
    per_axis = st.tuples(*[st.integers(1, 4)] * rank)
    groups = draw(st.integers(1, 3))
    kernel, strides = draw(per_axis), draw(st.tuples(*[st.integers(1, 3)] * rank))
    dilation = draw(st.tuples(*[st.integers(1, 3)] * rank))
    if for_keras and draw(st.booleans()):
        strides = (1,) * rank
    elif for_keras:
        dilation = (1,) * rank
    words = ["valid", "same", *["full"] * (not for_keras), *["causal"] * (rank == 1)]
    padding = draw(st.sampled_from(words))
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    least = extents if padding == "valid" else [1] * rank
    spatial = tuple(draw(st.integers(low, low + LONGEST[rank])) for low in least)
    channels, batch = groups * draw(st.integers(1, 5) | st.sampled_from([16, 17])), draw(st.integers(1, 3))
    data_format = draw(st.sampled_from(["channels_last", "channels_first"]))
    options: dict[str, Any] = {
        "filters": groups * draw(st.integers(1, 9) | st.sampled_from([15, 16, 17, 33, 48])),
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "dilation_rate": dilation,
        "groups": groups,
        "use_bias": draw(st.booleans()),
        "data_format": data_format,
    }
    shape = (batch, *spatial, channels) if data_format == "channels_last" else (batch, channels, *spatial)
    return Case(f"Conv{rank}D", options, (shape,))


@st.composite
def windows(draw: st.DrawFn, rank: int) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Options of a window beyond Keras, and sizes that it fits: amounts and modes of padding, strides with dilation."""
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))  # noqa: E731
    kernel, strides, dilation = each(1, 4), each(1, 3), each(1, 3)
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    word = draw(st.sampled_from(["valid", "same", "full", *["causal"] * (rank == 1), None, None, None]))
    amounts = tuple(zip(each(0, 5), each(0, 5), strict=True))
    room = [
        0 if word == "valid" else extent if word else sum(pair) for extent, pair in zip(extents, amounts, strict=True)
    ]
    least = [max(1, extent - more) for extent, more in zip(extents, room, strict=True)]
    sizes = tuple(draw(st.integers(low, low + LONGEST[rank])) for low in least)
    numbers = list(zip(sizes, kernel, strides, dilation, strict=True))
    added = [zeros_to_add(word, *axis) for axis in numbers] if word else amounts
    most = max(max(pair) - size for pair, size in zip(added, sizes, strict=True))  # the most that an axis lacks
    modes = [mode for mode in MODES if {"reflect": most < 0, "circular": most <= 0}.get(mode, True)]
    options = {
        "kernel_size": kernel,
        "strides": strides,
        "dilation_rate": dilation,
        "padding": word or amounts,
        "padding_mode": draw(st.sampled_from(modes)),
        "use_bias": draw(st.booleans()),
        "data_format": draw(st.sampled_from(["channels_last", "channels_first"])),
    }
    return options, sizes


def _shape(options: dict[str, Any], batch: int, sizes: tuple[int, ...], channels: int) -> tuple[int, ...]:
    last = options["data_format"] == "channels_last"
    return (batch, *sizes, channels) if last else (batch, channels, *sizes)


@st.composite
def sliding(draw: st.DrawFn, kind: str, rank: int) -> Case:
    """A convolution ("Conv"), depthwise ("DepthwiseConv") or separable ("SeparableConv") layer beyond Keras."""
    options, sizes = draw(windows(rank))
    channels, filters = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    if kind == "Conv":
        options["groups"] = draw(st.sampled_from([1, 1, 2, 3]))
        channels, filters = options["groups"] * channels, options["groups"] * filters
    else:
        options["depth_multiplier"] = draw(st.integers(1, 3))
    if kind != "DepthwiseConv":
        options["filters"] = filters
    return Case(f"{kind}{rank}D", options, (_shape(options, draw(st.integers(1, 2)), sizes, channels),))


@st.composite
def depthwise_and_separable(draw: st.DrawFn) -> Case:
    """A depthwise or separable layer that Keras has: padding words of Keras, strides or dilation."""
    kind, rank = draw(st.sampled_from(["DepthwiseConv", "SeparableConv"])), draw(st.integers(1, 2))
    drawn = draw(convolutions(rank, for_keras=True).filter(lambda case: case.options["padding"] != "causal"))
    options = {name: value for name, value in drawn.options.items() if name not in ("groups", "filters")}
    options["depth_multiplier"] = draw(st.integers(1, 3))
    if kind == "SeparableConv":
        options["filters"] = draw(st.integers(1, 9))
    return Case(f"{kind}{rank}D", options, drawn.inputs)


@st.composite
def transposed(draw: st.DrawFn, rank: int, *, for_keras: bool = False) -> Case:
    """A transposed convolution of some geometry; Keras has none that both strides and dilates."""
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(rank))  # noqa: E731
    kernel, strides, dilation = each(1, 5), each(1, 4), each(1, 3)
    if for_keras and draw(st.booleans()):
        strides = (1,) * rank
    elif for_keras:
        dilation = (1,) * rank
    options = {
        "filters": draw(st.integers(1, 5)),
        "kernel_size": kernel,
        "strides": strides,
        "padding": draw(st.sampled_from(["valid", "same"])),
        "output_padding": draw(st.none() | st.tuples(*[st.integers(0, stride - 1) for stride in strides])),
        "dilation_rate": dilation,
        "use_bias": draw(st.booleans()),
        "data_format": draw(st.sampled_from(["channels_last", "channels_first"])),
    }
    # With padding "same" and an output padding of 0 a single element leaves nothing of an even kernel.
    least = 2 if options["padding"] == "same" and options["output_padding"] else 1
    sizes = each(least, 5 if rank < 3 else 3)
    return Case(
        f"Conv{rank}DTranspose", options, (_shape(options, draw(st.integers(1, 2)), sizes, draw(st.integers(1, 5))),)
    )


@st.composite
def locally_connected(draw: st.DrawFn) -> Case:
    """A locally connected layer whose window fits its input."""
    rank = draw(st.integers(1, 2))
    kernel = tuple(draw(st.integers(1, 4)) for _ in range(rank))
    padding = draw(st.sampled_from(["valid", "same"]))
    sizes = tuple(draw(st.integers(1 if padding == "same" else k, k + 4)) for k in kernel)
    options = {
        "filters": draw(st.integers(1, 4)),
        "kernel_size": kernel,
        "strides": tuple(draw(st.integers(1, 3)) for _ in range(rank)),
        "padding": padding,
        "use_bias": draw(st.booleans()),
        "data_format": draw(st.sampled_from(["channels_last", "channels_first"])),
    }
    channels = draw(st.integers(1, 4))
    return Case(f"LocallyConnected{rank}D", options, (_shape(options, draw(st.integers(1, 3)), sizes, channels),))


@st.composite
def poolings(draw: st.DrawFn, rank: int) -> Case:
    """A pooling layer of some geometry whose window fits its input."""
    pool = draw(st.tuples(*[st.integers(1, 4)] * rank))
    padding = draw(st.sampled_from(["valid", "same"]))
    least = pool if padding == "valid" else (1,) * rank
    spatial = tuple(draw(st.integers(low, low + LONGEST[rank])) for low in least)
    channels, batch = draw(st.integers(1, 20) | st.sampled_from([32, 33, 64])), draw(st.integers(1, 3))
    data_format = draw(st.sampled_from(["channels_last", "channels_first"]))
    options = {
        "pool_size": pool,
        "strides": draw(st.none() | st.tuples(*[st.integers(1, 4)] * rank)),
        "padding": padding,
        "data_format": data_format,
    }
    shape = (batch, *spatial, channels) if data_format == "channels_last" else (batch, channels, *spatial)
    return Case(f"{draw(st.sampled_from(['Max', 'Average']))}Pooling{rank}D", options, (shape,))
