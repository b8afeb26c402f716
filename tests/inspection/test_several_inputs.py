"""Models with several inputs and outputs: each input is shown under its name, and every layer answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, inspection, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.views import maps_text, to_html, trace_figure, trace_text

RNG = np.random.default_rng(4)
IMAGE = RNG.random((6, 6, 3), dtype=np.float32)
NUMBERS = RNG.normal(size=4).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Model:
    pellucid.set_random_seed(4)
    image, numbers = Input((6, 6, 3), name="image"), Input((4,), name="numbers")
    maps = layers.Conv2D(2, 3, activation="relu", name="conv")(image)
    row = layers.Dense(5, activation="tanh", name="row")(numbers)
    both = layers.Concatenate(name="both")([layers.Flatten(name="flat")(maps), row])
    ends = [layers.Dense(2, name="head")(both), layers.GlobalMaxPooling2D(name="largest")(maps)]
    return Model([image, numbers], ends, name="pair")


@pytest.mark.parametrize("sample", [[IMAGE, NUMBERS], {"numbers": NUMBERS, "image": IMAGE}], ids=["list", "by name"])
@pytest.mark.parametrize("has_run", [False, True])
def test_every_layer_answers(model: Model, sample: Any, has_run: bool) -> None:
    """Held to NumPy, and to what the model predicts."""
    if has_run:
        model.predict([IMAGE[np.newaxis], NUMBERS[np.newaxis]], verbose=0)
    found = {record.layer: record.maps for record in inspection.feature_maps(model, sample)}
    assert list(found)[:2] == ["image", "numbers"] and set(found) == {layer.name for layer in model.layers}
    np.testing.assert_array_equal(found["image"], IMAGE)
    np.testing.assert_array_equal(found["numbers"], NUMBERS)
    conv, row, head = (model.get_layer(name) for name in ("conv", "row", "head"))
    kernel, windows = conv.kernel.numpy(), np.lib.stride_tricks.sliding_window_view(IMAGE, (3, 3), (0, 1))
    maps = np.maximum(np.einsum("ijcab,abcf->ijf", windows, kernel) + conv.bias.numpy(), 0)
    np.testing.assert_allclose(found["conv"], maps, rtol=1e-4, atol=1e-6)
    tanh = np.tanh(NUMBERS @ row.kernel.numpy() + row.bias.numpy())
    np.testing.assert_allclose(found["row"], tanh, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found["both"], np.concatenate([found["flat"], found["row"]]))
    np.testing.assert_allclose(found["head"], found["both"] @ head.kernel.numpy() + head.bias.numpy(), rtol=1e-4)
    np.testing.assert_array_equal(found["largest"], found["conv"].max(axis=(0, 1)))


def test_some_layers_and_inputs_by_name(model: Model) -> None:
    found = inspection.feature_maps(model, [IMAGE, NUMBERS], ["row", "image"])
    assert [(record.layer, record.is_picture) for record in found] == [("image", True), ("row", False)]
    assert "image" in maps_text(found) and "image" in to_html(found)


def test_before_the_activation(model: Model) -> None:
    (record,) = inspection.feature_maps(model, [IMAGE, NUMBERS], "row", stage="before activation")
    row = model.get_layer("row")
    np.testing.assert_allclose(record.maps, NUMBERS @ row.kernel.numpy() + row.bias.numpy(), rtol=1e-4, atol=1e-6)


def test_what_does_not_fit_is_said(model: Model) -> None:
    with pytest.raises(DataError, match="expects 2 inputs; pass a list of 2 arrays, got 1"):
        inspection.feature_maps(model, IMAGE)
    with pytest.raises(DataError, match="built for samples of shape"):
        inspection.feature_maps(model, [NUMBERS, IMAGE])
    with pytest.raises(ArgumentError, match="input"):
        inspection.feature_maps(model, [IMAGE, NUMBERS], "input")


@pytest.mark.parametrize("sample", [[IMAGE, NUMBERS], {"numbers": NUMBERS, "image": IMAGE}], ids=["list", "by name"])
def test_how_a_value_comes_about(model: Model, sample: Any) -> None:
    """Products, sums and maps of channels, held to NumPy."""
    conv, row, head = (model.get_layer(name) for name in ("conv", "row", "head"))
    value = inspection.arithmetic(model, "row", sample, filter=3)
    expected = NUMBERS.astype(np.float64) * row.kernel.numpy()[:, 3]
    np.testing.assert_allclose([each.product for each in value.products], expected)
    assert value.total == pytest.approx(expected.sum() + row.bias.numpy()[3])
    window, kernel = IMAGE[1:4, 2:5].astype(np.float64), conv.kernel.numpy()[..., 1].astype(np.float64)
    value = inspection.arithmetic(model, "conv", sample, (1, 2), 1)
    assert value.total == pytest.approx((window * kernel).sum() + conv.bias.numpy()[1])
    flat, joined = np.concatenate([np.zeros(32), np.tanh(NUMBERS @ row.kernel.numpy())]), head.kernel.numpy()[:, 1]
    parts = inspection.partial_maps(model, "head", sample, filter=1)
    np.testing.assert_allclose(parts.maps[32:], (flat * joined)[32:], rtol=1e-4)
    np.testing.assert_allclose(parts.total, parts.engine_map, atol=parts.bound)


def test_a_value_is_followed_back_to_every_input(model: Model) -> None:
    """What was given is called by the names of the inputs; a chain of several has no picture of the sample."""
    chain = inspection.trace(model, "head", [IMAGE, NUMBERS], filter=1, largest=40, values=40)
    read = {part.layer: part for value in chain.values for part in value.largest if part.value is None}
    assert {"image", "numbers"} <= set(read) and chain.sample is None
    first = chain.values[0]
    assert first.sum == pytest.approx(first.total, abs=1e-5)
    for value in chain.values:
        for part in value.largest:
            if part.layer == "numbers":
                assert part.input == NUMBERS[part.channel]
            if part.layer == "image":
                assert part.input == IMAGE[(*part.position, part.channel)]
    text = trace_text(chain)
    assert "numbers" in text and "image [" in text and trace_figure(chain) is not None


@pytest.mark.parametrize("asked", [inspection.arithmetic, inspection.partial_maps, inspection.trace])
def test_inputs_that_are_missing_are_told(model: Model, asked: Any) -> None:
    with pytest.raises(DataError, match="'numbers' is missing"):
        asked(model, "row", {"image": IMAGE})
    with pytest.raises(DataError, match="list of 2 arrays"):
        asked(model, "row", IMAGE)
