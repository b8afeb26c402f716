"""What hypothesis draws: window geometries of one to three axes, and small models."""

from __future__ import annotations

from hypothesis import strategies as st

from cases.models import CLASSES
from cases.windowed import Geometry
from pellucid import Sequential, layers, set_random_seed

CHANNELS = (1, 2, 3, 4, 5, 7, 8, 16, 17, 19)


@st.composite
def geometries(draw: st.DrawFn, *, pooling: bool = False) -> Geometry:
    """Any window that fits its input at least once; small enough to be computed by plain loops.

    Pooling windows never lie in the padding alone: there is no maximum of nothing (`same` never makes such windows).
    """
    rank = draw(st.integers(1, 3))
    longest = {1: 40, 2: 12, 3: 6}[rank]
    size = tuple(draw(st.integers(1, 4)) for _ in range(rank))
    dilation = tuple(draw(st.integers(1, 3)) for _ in range(rank))
    strides = tuple(draw(st.integers(1, 4)) for _ in range(rank))
    most = [min(k - 1, 2) if pooling else 4 for k in size]
    padding = tuple((draw(st.integers(0, limit)), draw(st.integers(0, limit))) for limit in most)
    if pooling:
        dilation = tuple(1 if sum(pair) else step for pair, step in zip(padding, dilation, strict=True))
    extents = [(k - 1) * step + 1 for k, step in zip(size, dilation, strict=True)]
    least = [max(1, extent - sum(pair)) for extent, pair in zip(extents, padding, strict=True)]
    spatial = tuple(draw(st.integers(low, max(low, longest))) for low in least)
    groups = 1 if pooling else draw(st.sampled_from([1, 1, 1, 2, 3, 8, 17]))
    if groups == 1:
        channels, filters = draw(st.sampled_from(CHANNELS)), draw(st.sampled_from((*CHANNELS, 32, 33)))
    else:
        channels, filters = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    x = (draw(st.integers(1, 3)), *spatial, channels)
    return Geometry("drawn", x, size, 1 if pooling else filters, strides, dilation, padding, groups)


@st.composite
def axes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Size of an axis, and window, stride and dilation on it, where the window need not fit."""
    return tuple(draw(st.integers(1, most)) for most in (40, 7, 6, 4))  # type: ignore[return-value]


@st.composite
def small_models(draw: st.DrawFn) -> Sequential:
    """A chain of one to four layers over images, and a dense layer behind them; built, with weights of its own."""
    set_random_seed(draw(st.integers(0, 2**31)))
    shape = (draw(st.integers(3, 8)), draw(st.integers(3, 8)), draw(st.sampled_from((1, 3, 4))))
    chain = [draw(_layers(number)) for number in range(draw(st.integers(1, 4)))]
    ending = [layers.Flatten(name="flat"), layers.Dense(CLASSES, activation="softmax", name="end")]
    return Sequential([layers.Input(shape), *chain, *ending], name="drawn", seed=0)


@st.composite
def _layers(draw: st.DrawFn, number: int) -> layers.Layer:
    name = f"layer{number}"
    kind = draw(st.sampled_from(("convolution", "pooling", "other")))
    if kind == "convolution":
        padding = draw(st.sampled_from(("same", "full")))
        stride = draw(st.integers(1, 2))
        return layers.Conv2D(
            draw(st.sampled_from((1, 4, 5, 17))),
            (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
            strides=stride,
            padding=padding,
            dilation_rate=1 if stride > 1 else draw(st.integers(1, 2)),
            activation=draw(st.sampled_from((None, "relu", "tanh", "elu", "softplus"))),
            use_bias=draw(st.booleans()),
            kernel_initializer=draw(st.sampled_from(("glorot_uniform", "he_normal", "orthogonal"))),
            bias_initializer="random_normal",
            name=name,
        )
    if kind == "pooling":
        pool = draw(st.sampled_from((layers.MaxPooling2D, layers.AveragePooling2D)))
        return pool(draw(st.integers(1, 3)), strides=draw(st.integers(1, 2)), padding="same", name=name)
    return draw(st.sampled_from((layers.ReLU, layers.Softmax, lambda name: layers.Dropout(0.5, name=name))))(name=name)
