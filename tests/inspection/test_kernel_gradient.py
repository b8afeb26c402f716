"""The gradient of a filter: held to central differences of the loss, to PyTorch, and to its own sum of products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.inspection.what_if import what_if

RNG = np.random.default_rng(3)
X = RNG.normal(size=(5, 6, 6, 2)).astype(np.float32)
Y = np.array([0, 1, 2, 1, 0])

LAYERS: dict[str, tuple[Any, Any]] = {
    "strides and same": (lambda: layers.Conv2D(4, 3, strides=2, padding="same", name="c"), (2, 1, 1)),
    "dilation and groups": (lambda: layers.Conv2D(4, (2, 3), dilation_rate=2, groups=2, name="c"), (1, 0, 0)),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="c"), (0, 2)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="c"), (2, 0, 1)),
    "separable": (lambda: layers.SeparableConv2D(4, 3, name="c"), (0, 0, 1)),
    "channels first": (lambda: layers.Conv2D(4, 3, data_format="channels_first", padding="same", name="c"), (0, 1, 5)),
    "reflected": (lambda: layers.Conv2D(4, 3, padding="same", padding_mode="reflect", name="c"), (0, 1, 1)),
    "dense on places": (lambda: layers.Dense(4, name="c"), (1,)),
}


def _model(layer: Any, **options: Any) -> Sequential:
    rest = [layers.Activation("tanh"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    model = Sequential([layers.Input((6, 6, 2)), layer, *rest])
    model.compile("sgd", "sparse_categorical_crossentropy", **options)
    return model


@pytest.mark.parametrize("name", LAYERS)
def test_it_is_the_slope_of_the_loss_and_the_sum_of_its_products(name: str) -> None:
    make, entry = LAYERS[name]
    model = _model(make())
    found = inspection.kernel_gradient(model, X, Y, "c", 1, engine="reference")
    assert found.correlations, "the places are known"
    np.testing.assert_allclose(found.by_image().sum(axis=0), found.gradient, rtol=1e-5, atol=1e-9)
    products = [push.product for push in found.pushes(entry)]
    assert sum(products) == pytest.approx(float(found.gradient[entry]), rel=1e-5, abs=1e-9)
    assert products == sorted(products, key=lambda product: -abs(product))
    weight, place = (model.layers[0].filter(1), entry)
    losses = []
    for step in (1e-3, -1e-3):
        values = weight.kernel.astype(np.float64)
        values[place] += step
        tried = [
            what_if(model, x, {"c": {weight.which: _with(model, weight, values)}}, y, engine="reference")
            for x, y in zip(X, Y, strict=True)
        ]
        losses.append(np.mean([each.loss_after for each in tried]))
    assert (losses[0] - losses[1]) / 2e-3 == pytest.approx(float(found.gradient[entry]), abs=2e-4)


def _with(model: Any, weight: Any, values: np.ndarray) -> np.ndarray:
    whole = getattr(model.layers[0], weight.which).numpy()
    whole[weight.place] = values
    return whole


def test_it_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    model = _model(layers.Conv2D(4, 3, padding="same", name="c"))
    found = [inspection.kernel_gradient(model, X, Y, "c", number).gradient for number in range(4)]
    kernel, bias, dense, last = (torch.tensor(w.numpy(), requires_grad=True) for w in model.weights)
    maps = torch.nn.functional.conv2d(torch.tensor(X).permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias, padding=1)
    logits = torch.tanh(maps).permute(0, 2, 3, 1).reshape(5, -1) @ dense + last
    torch.nn.functional.cross_entropy(logits, torch.tensor(Y)).backward()
    np.testing.assert_allclose(np.stack(found, axis=-1), kernel.grad.numpy(), rtol=1e-4, atol=1e-7)


def test_a_push_is_what_stands_at_its_place() -> None:
    layer = layers.Conv2D(4, 3, strides=2, padding="same", name="c")
    found = inspection.kernel_gradient(_model(layer), X, Y, layer, 2)
    part = found.correlations[0]
    for push in found.pushes((0, 2, 1), limit=5):
        row, column = (2 * at + tap - 0 for at, tap in zip(push.position, (0, 2), strict=True))  # no padding before
        assert push.input == pytest.approx(float(X[push.image, row, column, 1]))
        assert push.error == float(part.errors[(push.image, *push.position)])
    assert len(found.pushes((0, 2, 1), limit=5)) == 5


def test_penalties_stand_beside_it_and_a_locally_connected_layer_has_no_places() -> None:
    model = _model(layers.Conv2D(2, 3, kernel_regularizer="l2", name="c"))
    found = inspection.kernel_gradient(model, X, Y, "c", 0)
    np.testing.assert_allclose(found.penalty, 2 * 0.01 * found.kernel, rtol=1e-6)
    np.testing.assert_allclose(found.total, found.gradient + found.penalty)
    alone = inspection.kernel_gradient(_model(layers.LocallyConnected2D(2, 3, name="c")), X, Y, "c", 0)
    assert alone.gradient.any()
    with pytest.raises(ArgumentError, match="does not slide this filter"):
        alone.by_image()


def test_what_cannot_be_is_refused() -> None:
    model = _model(layers.Conv2D(2, 3, name="c"))
    found = inspection.kernel_gradient(model, X, Y, "c", 0)
    for entry, error in (((9, 0, 0), ArgumentError), ((0, 0), ArgumentError), ("abc", ArgumentTypeError)):
        with pytest.raises(error, match="pushes: entry"):
            found.pushes(entry)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="has no filters"):
        inspection.kernel_gradient(model, X, Y, model.layers[1], 0)
    raw = Sequential([layers.Input((6, 6, 2)), layers.Conv2D(2, 3, name="c")])
    with pytest.raises(ArgumentError, match="must be compiled"):
        inspection.kernel_gradient(raw, X, Y, "c", 0)
