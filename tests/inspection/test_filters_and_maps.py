"""Filters and feature maps as records: all of them, with the right numbers, as they were when they were taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection import (
    activation_maximum,
    all_filters,
    arithmetic,
    feature_maps,
    filters,
    kernel_gradient,
    partial_maps,
    receptive_field,
    top_patches,
)


@pytest.fixture
def model() -> Sequential:
    """Two convolutions with everything that stands between and behind them."""
    return Sequential(
        [
            Input((8, 7, 2)),
            layers.Conv2D(3, 3, activation="relu", name="first"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(4, 2, use_bias=False, name="second"),
            layers.Dropout(0.5, name="drop"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(2, activation="softmax", name="head"),
        ],
        name="net",
    )


def test_all_filters(model: Sequential) -> None:
    """Every convolutional layer in order; its arrays are its weights."""
    first, second = all_filters(model, "now")
    assert (first.layer, first.filters, first.in_channels, first.spatial) == ("first", 3, 2, (3, 3))
    assert (second.layer, second.filters, second.in_channels, second.spatial) == ("second", 4, 3, (2, 2))
    assert second.bias is None
    assert first.moment == second.moment == "now"
    np.testing.assert_array_equal(first.kernel, model.get_weights()[0])
    np.testing.assert_array_equal(first.bias, model.get_weights()[1])
    np.testing.assert_array_equal(second.filter(3), model.get_weights()[2][..., 3])


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: layers.Conv1D(5, 4, name="c"), (9, 3)),
        (lambda: layers.Conv3D(2, (1, 2, 3), name="c"), (4, 4, 4, 2)),
        (lambda: layers.Conv2D(6, 3, groups=3, name="c"), (5, 5, 3)),
        (lambda: layers.Conv2D(6, 3, data_format="channels_first", name="c"), (3, 5, 5)),
    ],
)
def test_any_convolution(make: Callable[[], Any], shape: tuple[int, ...]) -> None:
    """In one, two and three dimensions, with groups and with channels first."""
    model = Sequential([Input(shape), make()])
    bank = filters(model.layers[0])
    np.testing.assert_array_equal(bank.kernel, model.get_weights()[0])
    assert bank.axes[-2:] == ("in", "filter")


def test_records_stay_as_they_were(model: Sequential) -> None:
    """Training changes the layer and not the record; the record cannot be written to."""
    before = all_filters(model)
    kept = [bank.kernel.copy() for bank in before]
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(np.random.default_rng(0).normal(size=(8, 8, 7, 2)), np.arange(8) % 2, epochs=3, verbose=0)
    for bank, kernel, now in zip(before, kept, all_filters(model), strict=True):
        np.testing.assert_array_equal(bank.kernel, kernel)
        assert (now.kernel != kernel).any()
        with pytest.raises(ValueError, match=r"read-only"):
            bank.kernel[...] = 0


def test_feature_maps_of_a_chain(model: Sequential) -> None:
    """The sample, then each layer's answer: what a model that ends there predicts."""
    sample = np.random.default_rng(0).normal(size=(8, 7, 2)).astype(np.float32)
    maps = feature_maps(model, sample)
    assert [(record.layer, record.kind) for record in maps] == [
        ("input", "Input"), *[(layer.name, type(layer).__name__) for layer in model.layers],
    ]  # fmt: skip
    np.testing.assert_array_equal(maps[0].maps, sample)
    for record, layer in zip(maps[1:], model.layers, strict=True):
        expected = Model(model.inputs, layer.output).predict(sample[np.newaxis])
        np.testing.assert_array_equal(record.maps, np.asarray(expected)[0])
    np.testing.assert_array_equal(maps[-1].maps, np.asarray(model.predict(sample[np.newaxis]))[0])
    np.testing.assert_array_equal(maps[4].maps, maps[3].maps)  # dropout does nothing outside training


def test_first_maps_by_numpy(model: Sequential, convolve: Callable[..., np.ndarray]) -> None:
    """Convolution and pooling, computed once more from the definition."""
    sample = np.random.default_rng(0).normal(size=(8, 7, 2)).astype(np.float32)
    _, first, pooled, *_ = feature_maps(model, sample)
    kernel, bias = model.get_weights()[:2]
    expected = np.maximum(convolve(sample, kernel, bias, (1, 1), (1, 1), "valid", 1), 0)
    np.testing.assert_allclose(first.maps, expected, atol=1e-5)
    largest = expected[:6, :4].reshape(3, 2, 2, 2, 3).max(axis=(1, 3))
    np.testing.assert_allclose(pooled.maps, largest, atol=1e-5)


def test_feature_maps_of_branches() -> None:
    """Each use of a layer is shown, in the order of the layers; a layer that is used twice has two answers."""
    x = Input((4,), name="x")
    shared = layers.Dense(4, name="shared")
    once = shared(x)
    model = Model(x, layers.Add(name="sum")([once, shared(once)]))
    sample = np.arange(4.0)
    maps = feature_maps(model, sample)
    assert [record.layer for record in maps] == ["input", "shared", "shared", "sum"]
    kernel, bias = model.get_weights()
    first = sample @ kernel + bias
    np.testing.assert_allclose(maps[1].maps, first, atol=1e-6)
    np.testing.assert_allclose(maps[2].maps, first @ kernel + bias, atol=1e-5)
    np.testing.assert_allclose(maps[3].maps, np.asarray(model.predict(sample[np.newaxis]))[0], atol=1e-6)


def test_reference_engine(model: Sequential) -> None:
    """The same maps in float64."""
    sample = np.random.default_rng(0).normal(size=(8, 7, 2))
    for native, exact in zip(feature_maps(model, sample), feature_maps(model, sample, engine="reference"), strict=True):
        np.testing.assert_allclose(native.maps, exact.maps, atol=1e-5)


def test_looking_changes_nothing(model: Sequential) -> None:
    """The model predicts, trains and can be saved as before; layers keep their single output."""
    sample = np.ones((8, 7, 2))
    before = np.asarray(model.predict(sample[np.newaxis]))
    for _ in range(3):
        feature_maps(model, sample)
        all_filters(model)
    np.testing.assert_array_equal(model.predict(sample[np.newaxis]), before)
    assert all(len(layer.calls) == 1 for layer in model.layers)


def _two_inputs() -> Model:
    x, z = Input((4,)), Input((4,))
    return Model([x, z], layers.Add()([x, z]), name="pair")


WRONG: dict[str, tuple[Callable[[Sequential], object], str]] = {
    "filters of a pooling layer": (lambda m: filters(m.layers[1]), r'^MaxPooling2D "pool" has no filters: it has no'),
    "filters of a dense layer": (lambda m: filters(m.layers[5]), r'^Dense "head" has no filters: its weights'),
    "filters before the input is known": (
        lambda m: filters(layers.Conv2D(3, 3, name="new")), r'^Conv2D "new" has no weights before it knows its input',
    ),
    "a filter that is not there": (lambda m: filters(m.layers[0]).filter(3), r'^"first" has filters 0 to 2, got 3$'),
    "maps of too many": (
        lambda m: feature_maps(m, np.ones((65, 8, 7, 2))),
        r"1 to 64 samples are looked at together, got 65; pass some of them, such as x\[:64\]",
    ),
    "maps of no sample": (lambda m: feature_maps(m, np.ones((0, 8, 7, 2))), r"1 to 64 samples .*, got 0"),
    "maps of another size": (lambda m: feature_maps(m, np.ones((8, 8, 2))), r"built for samples of shape \(8, 7, 2\)"),
    "maps of NaN": (lambda m: feature_maps(m, np.full((8, 7, 2), np.nan)), r"NaN"),
    "maps of text": (lambda m: feature_maps(m, [["a"]]), r"must hold numbers"),
    "maps of two inputs": (
        lambda m: feature_maps(_two_inputs(), np.ones(4)), r"^pair expects 2 inputs; pass a list of 2 arrays, got 1$",
    ),
    "maps of an unbuilt model": (
        lambda m: feature_maps(Sequential([layers.Dense(2)], name="new"), np.ones(4)), r"^new does not know its input",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_shown(model: Sequential, case: str) -> None:
    """One sentence each."""
    look, message = WRONG[case]
    with pytest.raises((ArgumentError, DataError), match=message) as caught:
        look(model)
    assert "\n" not in str(caught.value)


def test_a_layer_inside_and_a_weight_are_pointed_to() -> None:
    """Whoever names a layer of a model inside without its path, or a weight, is told what to write."""
    inner = Sequential([layers.Input((6, 6, 2)), layers.SeparableConv2D(3, 3, name="sep")], name="inner")
    model = Sequential([inner, layers.Flatten(name="flat"), layers.Dense(2, name="out")], name="outer")
    model.compile("sgd", "mse")
    x = np.ones((2, 6, 6, 2))
    asked: list[Callable[[str], object]] = [
        lambda path: arithmetic(model, path, x[0]),
        lambda path: feature_maps(model, x[0], path),
        lambda path: partial_maps(model, path, x[0]),
        lambda path: receptive_field(model, path, (0, 0)),
        lambda path: top_patches(model, x, path),
        lambda path: kernel_gradient(model, x, np.ones((2, 2)), path, 0),
    ]
    for look in asked:
        with pytest.raises(ArgumentError, match=r"did you mean 'inner/sep'\?"):
            look("sep")
        with pytest.raises(ArgumentError, match=r"is a weight; its layer is '.*sep', and 'depthwise_kernel' goes"):
            look("inner/sep/depthwise_kernel")
    with pytest.raises(ArgumentError, match="'input' is what outer is given"):
        arithmetic(model, "input", x[0])


def test_a_model_inside_is_asked_like_a_layer() -> None:
    """What it gives is what its last layer gives."""
    inner = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3, name="a"), layers.ReLU(name="b")], name="inner")
    model = Sequential([Sequential([inner], name="middle"), layers.Flatten(), layers.Dense(2)], name="outer")
    x = np.random.default_rng(0).normal(size=(4, 6, 6, 1))
    for path in ("middle", "middle/inner"):
        np.testing.assert_array_equal(
            top_patches(model, x, path).values, top_patches(model, x, "middle/inner/b").values
        )
    best = [activation_maximum(model, path, 1, steps=3).sum for path in ("middle", "middle/inner/b")]
    assert best[0] == best[1]
