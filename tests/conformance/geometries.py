"""Hypothesis strategies: convolution and pooling layers of every geometry, with the shape of an input that fits."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from keras_oracle import Case


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
    spatial = tuple(draw(st.integers(low, low + (9, 6, 4)[rank - 1])) for low in least)
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
def poolings(draw: st.DrawFn, rank: int) -> Case:
    """A pooling layer of some geometry whose window fits its input."""
    pool = draw(st.tuples(*[st.integers(1, 4)] * rank))
    padding = draw(st.sampled_from(["valid", "same"]))
    least = pool if padding == "valid" else (1,) * rank
    spatial = tuple(draw(st.integers(low, low + (9, 6, 4)[rank - 1])) for low in least)
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
