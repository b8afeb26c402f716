"""The maps of one filter before they are summed: one for each channel, by NumPy, and their sum is the engine's map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.errors import ArgumentError, DataError, EngineError, ShapeError
from pellucid.inspection import PartialMaps, feature_maps, partial_maps

RNG = np.random.default_rng(0)


def _with_weights(layer: Any, shape: tuple[int, ...]) -> Sequential:
    model = Sequential([Input(shape), layer])
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model


CASES: dict[str, tuple[Callable[[], Any], tuple[int, ...], int, tuple[int, ...]]] = {
    "Conv1D, causal, dilated": (lambda: layers.Conv1D(4, 3, padding="causal", dilation_rate=2), (9, 3), 1, (0, 1, 2)),
    "Conv2D, relu": (lambda: layers.Conv2D(4, 3, activation="relu"), (7, 6, 3), 2, (0, 1, 2)),
    "Conv2D, same, strides": (lambda: layers.Conv2D(4, 3, strides=2, padding="same"), (7, 6, 3), 0, (0, 1, 2)),
    "Conv2D, groups": (lambda: layers.Conv2D(6, 3, groups=3), (7, 6, 6), 3, (2, 3)),
    "Conv2D, channels first": (lambda: layers.Conv2D(4, 3, data_format="channels_first"), (3, 7, 6), 1, (0, 1, 2)),
    "Conv2D, channels first, relu": (
        lambda: layers.Conv2D(4, 3, data_format="channels_first", activation="relu"),
        (3, 6, 6),
        2,
        (0, 1, 2),
    ),
    "transposed, channels first, gelu": (
        lambda: layers.Conv2DTranspose(4, 3, strides=2, data_format="channels_first", activation="gelu"),
        (3, 4, 5),
        1,
        (0, 1, 2),
    ),
    "depthwise, channels first, relu": (
        lambda: layers.DepthwiseConv2D(3, data_format="channels_first", activation="relu"),
        (3, 5, 5),
        1,
        (1,),
    ),
    "separable, channels first, tanh": (
        lambda: layers.SeparableConv2D(4, 3, data_format="channels_first", activation="tanh"),
        (3, 5, 6),
        1,
        (0, 1, 2),
    ),
    "Conv1D, channels first, softmax": (
        lambda: layers.Conv1D(5, 3, data_format="channels_first", activation="softmax"),
        (3, 7),
        4,
        (0, 1, 2),
    ),
    "Conv2D, reflected": (lambda: layers.Conv2D(4, 3, padding="same", padding_mode="reflect"), (7, 6, 3), 1, (0, 1, 2)),
    "Conv2D without bias": (lambda: layers.Conv2D(4, 3, use_bias=False), (7, 6, 3), 1, (0, 1, 2)),
    "Conv3D": (lambda: layers.Conv3D(3, 2), (4, 4, 3, 2), 1, (0, 1)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3, strides=2, padding="same"), (4, 5, 3), 1, (0, 1, 2)),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (5, 5, 3), 3, (1,)),
    "separable": (lambda: layers.SeparableConv2D(4, 3), (5, 5, 3), 1, (0, 1, 2)),
    "locally connected": (lambda: layers.LocallyConnected2D(4, 3), (5, 5, 3), 1, (0, 1, 2)),
    "dense": (lambda: layers.Dense(4, activation="softmax"), (7,), 1, tuple(range(7))),
    "dense over places": (lambda: layers.Dense(4), (3, 5, 7), 1, tuple(range(7))),
}


FIRST: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "as many filters as rows": (lambda **k: layers.Conv2D(4, 3, padding="same", activation="relu", **k), (4, 4, 3)),
    "one filter": (lambda **k: layers.Conv2D(1, 2, activation="relu", **k), (4, 5, 2)),
    "an activation over all": (lambda **k: layers.Conv2D(4, 3, activation="softmax", **k), (6, 6, 3)),
    "depthwise": (lambda **k: layers.DepthwiseConv2D(3, padding="same", activation="tanh", **k), (3, 3, 3)),
    "separable": (lambda **k: layers.SeparableConv2D(3, 3, padding="same", activation="relu", **k), (3, 3, 3)),
    "transposed": (lambda **k: layers.Conv2DTranspose(5, 3, activation="relu", **k), (4, 3, 2)),
}


@pytest.mark.parametrize("name", FIRST)
def test_where_the_channels_come_first_the_maps_are_the_same(name: str) -> None:
    """An activation is applied before the channels are moved; the sizes cannot tell rows from filters."""
    make, shape = FIRST[name]
    last = _with_weights(make(name="c"), shape)
    first = _with_weights(make(name="c", data_format="channels_first"), (shape[-1], *shape[:-1]))
    first.set_weights(last.get_weights())
    x = RNG.normal(size=shape).astype(np.float32)
    for number in range(last.output_shape[-1]):
        mine = partial_maps(first, "c", np.moveaxis(x, -1, 0), number)
        theirs = partial_maps(last, "c", x, number)
        assert mine.channels == theirs.channels
        np.testing.assert_allclose(mine.maps, theirs.maps, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_each_map_is_what_the_layer_makes_of_its_channel_alone(name: str) -> None:
    """By the layer itself on inputs with all other channels zero; the sum plus the bias is the engine's map."""
    make, shape, number, channels = CASES[name]
    layer = make()
    model = _with_weights(layer, shape)
    sample = RNG.normal(size=shape).astype(np.float32)
    record = partial_maps(model, layer, sample, number)
    assert record.channels == channels and record.maps.shape == (*record.engine_map.shape, len(channels))
    is_first = getattr(layer, "data_format", "") == "channels_first"
    layer.activation = None
    of_filter = (slice(None), number) if is_first else (..., number)
    nothing = model.predict(np.zeros((1, *shape)), verbose=0)[of_filter][0]
    for place, channel in enumerate(channels):
        alone = np.zeros_like(sample)
        where = (channel,) if is_first else (..., channel)
        alone[where] = sample[where]
        expected = model.predict(alone[np.newaxis], verbose=0)[of_filter][0] - nothing
        np.testing.assert_allclose(record.maps[..., place], expected, atol=2e-5)
    total = model.predict(sample[np.newaxis], verbose=0)[of_filter][0]
    np.testing.assert_array_equal(record.engine_map, total)
    assert (np.abs(record.maps.sum(axis=-1) + record.bias - total) <= record.bound).all()
    np.testing.assert_allclose(np.broadcast_to(record.bias, nothing.shape), nothing, atol=1e-6)


def test_by_numpy(convolve: Callable[..., np.ndarray]) -> None:
    """Every map of a filter over several channels, from the definition; strongest first."""
    layer = layers.Conv2D(5, 3, activation="tanh", name="c")
    model = _with_weights(layer, (8, 7, 4))
    sample = RNG.normal(size=(8, 7, 4)).astype(np.float32)
    kernel, bias = model.get_weights()
    record = partial_maps(model, "c", sample, 3)
    for channel in range(4):
        one = slice(channel, channel + 1)
        expected = convolve(sample[..., one], kernel[:, :, one, 3:4], 0, (1, 1), (1, 1), "valid", 1)[..., 0]
        np.testing.assert_allclose(record.maps[..., channel], expected, rtol=1e-12, atol=1e-12)
    assert record.bias == pytest.approx(float(bias[3])) and record.activation == "tanh"
    sizes = [np.square(record.maps[..., place]).mean() for place in record.strongest]
    assert sizes == sorted(sizes, reverse=True)
    (after,) = feature_maps(model, sample, "c")
    np.testing.assert_allclose(np.tanh(record.engine_map), after.maps[..., 3], atol=1e-5)


def test_models_inside_layers_of_users_and_the_reference_engine() -> None:
    """By a path, for whatever adds up over channels, and to the last digits in float64."""

    class Mixing(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.mix = self.add_weight(shape=(input_shape[-1], 2), name="mix")

        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs[:, ::-1], self.mix)

    inner = Sequential([Input((5, 5, 3)), layers.Conv2D(2, 3, name="conv")], name="inner")
    model = Sequential([Input((5, 5, 3)), inner, Mixing(name="mixing")])
    sample = RNG.normal(size=(5, 5, 3))
    assert partial_maps(model, "inner/conv", sample, 1).maps.shape == (3, 3, 3)
    record = partial_maps(model, "mixing", sample, 1, engine="reference")
    np.testing.assert_allclose(record.total, record.engine_map, rtol=1e-12, atol=1e-14)


REFUSED: dict[str, tuple[Callable[[Model], object], str]] = {
    "pooling": (lambda m: partial_maps(m, "pool", X), r'"pool" adds up no products .*; convolutions and dense'),
    "an activation alone": (lambda m: partial_maps(m, "act", X), r'"act" adds up no products'),
    "no such layer": (lambda m: partial_maps(m, "cnov", X), r"conv"),
    "no such filter": (lambda m: partial_maps(m, "conv", X, 2), r"filters 0 to 1, there is no filter 2"),
    "no such use": (lambda m: partial_maps(m, "conv", X, call=1), r"used once"),
    "the input": (lambda m: partial_maps(m, m.inputs[0].call.layer, X), r"input"),
}
X = np.ones((6, 6, 2))


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_none_says_so(name: str) -> None:
    model = Sequential([Input((6, 6, 2)), layers.Conv2D(2, 3, name="conv"), layers.MaxPooling2D(2, name="pool"),
                        layers.ReLU(name="act")])  # fmt: skip
    act, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=message):
        act(model)


def test_wrong_samples_and_records() -> None:
    model = Sequential([Input((6, 6, 2)), layers.Conv2D(2, 3, name="conv")])
    with pytest.raises(DataError, match=r"got \(5, 6, 2\)"):
        partial_maps(model, "conv", np.ones((5, 6, 2)))
    with pytest.raises(EngineError, match="rounding explains"):
        PartialMaps("c", "Conv1D", 0, (0,), np.ones((3, 1)), 0.0, "linear", np.full(3, 1.1), 1e-6)
    with pytest.raises(ShapeError, match="one map for each channel"):
        PartialMaps("c", "Conv1D", 0, (0, 1), np.ones((3, 1)), 0.0, "linear", np.ones(3), 1e-6)
