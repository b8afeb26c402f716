"""Models with several inputs and outputs: each input is shown under its name, and every layer answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, inspection, layers
from pellucid.errors import ArgumentError, DataError
from pellucid.views import maps_text, to_html

RNG = np.random.default_rng(4)
IMAGE = RNG.random((6, 6, 3), dtype=np.float32)
NUMBERS = RNG.normal(size=4).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Model:
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
    with pytest.raises(DataError, match="has 2 inputs; pass a list of 2 arrays, got 1"):
        inspection.feature_maps(model, IMAGE)
    with pytest.raises(DataError, match="built for samples of shape"):
        inspection.feature_maps(model, [NUMBERS, IMAGE])
    with pytest.raises(ArgumentError, match="input"):
        inspection.feature_maps(model, [IMAGE, NUMBERS], "input")
