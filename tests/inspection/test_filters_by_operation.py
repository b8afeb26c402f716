"""Filters of every layer that convolves, found by what it emits, laid out as they lie on the input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.errors import ArgumentError
from pellucid.inspection import all_filters, filters, overview
from pellucid.layers import Layer
from pellucid.views import filters_figure, filters_text

RNG = np.random.default_rng(0)


def made(shape: tuple[int | None, ...], layer: Layer) -> Sequential:
    """A model of the layer with random weights."""
    model = Sequential([Input(shape), layer])
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.weights])
    return model


def test_depthwise() -> None:
    """Filter c * multiplier + m reads channel c alone."""
    model = made((None, None, 3), layers.DepthwiseConv2D((3, 2), depth_multiplier=2, name="deep"))
    bank, (kernel, bias) = filters(model.layers[0]), model.get_weights()
    assert (bank.layer, bank.filters, bank.in_channels, bank.spatial) == ("deep", 6, 1, (3, 2))
    for channel, number in np.ndindex(3, 2):
        np.testing.assert_array_equal(bank.filter(2 * channel + number)[..., 0], kernel[:, :, channel, number])
    np.testing.assert_array_equal(bank.bias, bias)


def test_groups_read_their_own_channels() -> None:
    """Filter 5 of two groups of three reads channels 2 and 3: by what it answers to one channel alone."""
    model = made((5, 5, 4), layers.Conv2D(6, 3, groups=2, name="grouped"))
    bank = filters(model.layers[0])
    assert [list(bank.channels_of(number)) for number in (0, 2, 3, 5)] == [[0, 1], [0, 1], [2, 3], [2, 3]]
    nothing = model.predict(np.zeros((1, 5, 5, 4)), verbose=0)[0]
    for channel in range(4):
        alone = np.zeros((1, 5, 5, 4))
        alone[..., channel] = 1.0
        moved = np.abs(model.predict(alone, verbose=0)[0] - nothing).max(axis=(0, 1)) > 1e-3
        assert moved.tolist() == [channel in bank.channels_of(number) for number in range(6)]
    text = filters_text(bank)
    assert "over 2 channels each, in 2 groups" in text and text.index("filter 5") < text.rindex("2         ")
    seen = overview(model.layers[0], 5)
    assert sorted(seen.channels[0].tolist()) == [2, 3]
    strongest = int(np.square(bank.filter(5)).sum(axis=(0, 1)).argmax())
    np.testing.assert_array_equal(seen.slices[0, 0], bank.filter(5)[..., strongest])
    assert seen.channels[0, 0] == 2 + strongest


def test_separable_has_two_banks() -> None:
    """Each under the name of its weight; the bias is that of the second."""
    model = made((6, 6, 3), layers.SeparableConv2D(4, 3, name="sep"))
    depthwise, pointwise, bias = model.get_weights()
    with pytest.raises(ArgumentError, match=r"2 banks of filters; say which: depthwise_kernel, pointwise_kernel$"):
        filters(model.layers[0])
    with pytest.raises(ArgumentError, match=r"did you mean 'pointwise_kernel'"):
        filters(model.layers[0], which="pointwise_kernal")
    first, second = all_filters(model)
    assert (first.layer, second.layer) == ("sep/depthwise_kernel", "sep/pointwise_kernel")
    np.testing.assert_array_equal(first.kernel[:, :, 0], depthwise[..., 0])
    np.testing.assert_array_equal(second.kernel, pointwise)
    assert first.bias is None
    np.testing.assert_array_equal(second.bias, bias)
    np.testing.assert_array_equal(filters(model.layers[0], which="pointwise_kernel").kernel, pointwise)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_transposed(data_format: str) -> None:
    """Input channels before filters, as in every record; the layer keeps them the other way round."""
    layer = layers.Conv2DTranspose(5, 3, strides=2, data_format=data_format, name="up")
    model = made((4, 4, 2) if data_format == "channels_last" else (2, 4, 4), layer)
    bank, (kernel, bias) = filters(model.layers[0]), model.get_weights()
    assert (bank.filters, bank.in_channels) == (5, 2)
    np.testing.assert_array_equal(bank.kernel, kernel.transpose(0, 1, 3, 2))
    np.testing.assert_array_equal(bank.bias, bias)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected(padding: str, data_format: str) -> None:
    """The filters of every place, place by place."""
    shape = (4, 5, 2) if data_format == "channels_last" else (2, 4, 5)
    model = made(shape, layers.LocallyConnected2D(3, (3, 2), padding=padding, data_format=data_format, name="local"))
    bank, (kernel, bias) = filters(model.layers[0]), model.get_weights()
    places = len(kernel)
    assert (bank.places, bank.filters, bank.spatial, bank.in_channels) == (places, 3 * places, (3, 2), 2)
    assert bank.axes == ("rows", "columns", "in", "filter at place")
    for place, number in np.ndindex(places, 3):
        own = kernel[place, :, number]
        own = own.reshape(3, 2, 2) if data_format == "channels_last" else own.reshape(2, 3, 2).transpose(1, 2, 0)
        np.testing.assert_array_equal(bank.filter(3 * place + number), own)
    np.testing.assert_array_equal(bank.bias, bias.ravel())
    assert f"{3 * places} filters of 3x2 over 2 channels, 3 at each of {places} places" in filters_text(bank, width=120)
    assert filters_figure(bank)


class Twice(Layer):
    """A layer as a user writes one, with a convolution of its own and one of the library's inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = layers.Conv1D(2, 3, name="inner")

    def build(self, input_shape: Any) -> None:
        self.taps = self.add_weight(shape=(2, input_shape[-1], 3), name="taps")

    def call(self, inputs: Any) -> Any:
        return self.inner(ops.relu(ops.conv(inputs, self.taps)))


def test_layers_of_users_and_models_inside() -> None:
    """Every bank of a model once, with the path to it."""
    inner = Sequential([Input((9, 2)), Twice(name="twice"), layers.Dense(3, name="head")], name="inside")
    x = Input((9, 2))
    model = Model(x, inner(layers.Conv1D(2, 1, name="first")(x)))
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.weights])
    banks = {bank.layer: bank for bank in all_filters(model, "now")}
    assert list(banks) == ["first", "inside/twice/taps", "inside/twice/inner"]
    weights = {weight.path: weight.numpy() for weight in model.weights}
    np.testing.assert_array_equal(banks["inside/twice/taps"].kernel, weights["inside/twice/taps"])
    np.testing.assert_array_equal(banks["inside/twice/inner"].kernel, weights["inside/twice/inner/kernel"])
    np.testing.assert_array_equal(banks["inside/twice/inner"].bias, weights["inside/twice/inner/bias"])
    assert {bank.moment for bank in banks.values()} == {"now"}
    kernel = filters(inner.layers[0], which="kernel").kernel  # as its weight is called, where only one is
    np.testing.assert_array_equal(kernel, banks["inside/twice/inner"].kernel)


@pytest.mark.parametrize(
    "layer", [layers.LpPooling2D(2), layers.Dense(3), layers.BatchNormalization(), layers.UpSampling2D(2)],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_what_has_no_filters(layer: Layer) -> None:
    """A window of ones is no filter, nor is a product with each number for itself."""
    model = made((4, 4, 2), layer)
    assert all_filters(model) == []
    with pytest.raises(ArgumentError, match=r"has no filters: it.*; convolutional layers have them$"):
        filters(model.layers[0])
