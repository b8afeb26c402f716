"""Filters of computed kernels, followed through training by the chain rule: against central differences in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, ops, optimizers, views
from pellucid.errors import ArgumentError
from pellucid.inspection.computed_kernels import BENT
from pellucid.inspection.what_if import what_if

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 6, 6, 2)).astype(np.float32)
Y = np.array([0, 1, 2, 1, 0, 2])
MASK = np.tri(3, dtype=np.float32)[..., None, None]
STEP = 1e-4


class Made(layers.Layer):
    """A convolution whose kernel a function computes from one weight or two."""

    def __init__(self, made: Any, shapes: Any, product: Any = ops.conv, **options: Any) -> None:
        super().__init__(name="own", **options)
        self.made, self.shapes, self.product = made, shapes, product

    def build(self, input_shape: Any) -> None:
        self.held = [
            self.add_weight(shape, "glorot_uniform", name=f"w{n}", regularizer="l2" if n == 0 else None)
            for n, shape in enumerate(self.shapes)
        ]

    def call(self, inputs: Any) -> Any:
        return self.product(inputs, self.made(*self.held))


def standardised(w: Any) -> Any:
    centred = w - ops.mean(w, axis=(0, 1, 2), keepdims=True)
    return centred / ops.sqrt(ops.mean(ops.square(centred), axis=(0, 1, 2), keepdims=True))


def unit(w: Any) -> Any:
    return w / np.sqrt((w * w).sum())


WHOLE = (3, 3, 2, 4)
KERNELS: dict[str, tuple[Any, tuple[Any, ...], Any, Any]] = {  # in the layer, shapes, product, by NumPy
    "masked": (lambda w: w * MASK, (WHOLE,), ops.conv, lambda w: w * MASK),
    "scaled": (lambda w: w * 0.5, (WHOLE,), ops.conv, lambda w: w * 0.5),
    "standardised": (standardised, (WHOLE,), ops.conv, lambda w: (w - w.mean((0, 1, 2))) / w.std((0, 1, 2))),
    "spectral": (lambda w: w / ops.sqrt(ops.sum(w * w)), (WHOLE,), ops.conv, unit),
    "weight norm": (lambda v, g: g * ops.tanh(v), (WHOLE, (4,)), ops.conv, lambda v, g: g * np.tanh(v)),
    "transposed": (lambda w: ops.tanh(w), ((3, 3, 4, 2),), ops.conv_transpose, np.tanh),
    "units": (lambda w: ops.exp(w), ((2, 4),), ops.matmul, np.exp),
}


def model_of(name: str, optimizer: Any = "sgd") -> tuple[Sequential, Made]:
    made, shapes, product, _ = KERNELS[name]
    layer = Made(made, shapes, product)
    rest = [layers.Activation("tanh"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    model = Sequential([layers.Input((6, 6, 2)), layer, *rest])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model, layer


def by_numpy(name: str, values: list[np.ndarray]) -> np.ndarray:
    """The kernel in float64, the axis that counts its filters last."""
    kernel = KERNELS[name][3](*(each.astype(np.float64) for each in values))
    return kernel.swapaxes(-1, -2) if name == "transposed" else kernel


def loss_with(model: Any, weight: int, values: np.ndarray) -> float:
    """The mean loss of the samples, without penalties."""
    tried = [
        what_if(model, x, {"own": {f"w{weight}": values}}, y, engine="reference").loss_after
        for x, y in zip(X, Y, strict=True)
    ]
    penalty = 0.01 * float((values.astype(np.float64) ** 2).sum()) if weight == 0 else 0.0
    return float(np.mean(tried)) - penalty


@pytest.mark.parametrize("name", KERNELS)
def test_the_gradient_is_the_slope_of_the_loss(name: str) -> None:
    """For the kernel by its own products, for the weights behind by central differences of the loss in float64."""
    model, layer = model_of(name)
    values = [weight.numpy() for weight in layer.held]
    each = [inspection.kernel_gradient(model, X, Y, "own", k, engine="reference") for k in range(4)]
    for number, found in enumerate(each):
        np.testing.assert_allclose(found.kernel, by_numpy(name, values)[..., number], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(found.by_image().sum(axis=0), found.gradient, rtol=1e-5, atol=1e-9)
    for number, value in enumerate(values):
        whole = sum(found.behind[f"w{number}"] for found in each)
        places = np.argsort(-np.abs(whole), axis=None)[[0, 1, whole.size // 2]]
        for place in zip(*np.unravel_index(places, whole.shape), strict=True):
            losses = []
            for step in (1e-3, -1e-3):
                moved = value.astype(np.float64)
                moved[place] += step
                losses.append(loss_with(model, number, moved.astype(np.float32)))
            assert (losses[0] - losses[1]) / 2e-3 == pytest.approx(float(whole[place]), abs=2e-4)
            chained = slope_by_numpy(name, values, number, place)
            told = sum(float((slope * found.gradient).sum()) for slope, found in zip(chained, each, strict=True))
            assert told == pytest.approx(float(whole[place]), rel=1e-4, abs=1e-7)


def slope_by_numpy(name: str, values: list[np.ndarray], number: int, place: Any) -> list[np.ndarray]:
    """How each filter grows with one number of a weight: central differences of the formula, by NumPy."""
    ends = []
    for step in (STEP, -STEP):
        moved = [value.astype(np.float64) for value in values]
        moved[number][place] += step
        ends.append(by_numpy(name, moved))
    slope = (ends[0] - ends[1]) / (2 * STEP)
    return [slope[..., k] for k in range(4)]


@pytest.mark.parametrize("name", KERNELS)
def test_a_step_is_the_one_that_training_makes_and_its_parts_go_through_the_formula(name: str) -> None:
    model, layer = model_of(name, optimizers.SGD(0.1, momentum=0.9))
    model.train_on_batch(X, Y)
    told = inspection.update(model, X, Y, "own", 2)
    values = [weight.numpy() for weight in layer.held]
    model.train_on_batch(X, Y)
    after = [weight.numpy() for weight in layer.held]
    np.testing.assert_allclose(told.before, by_numpy(name, values)[..., 2], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(told.after, by_numpy(name, after)[..., 2], rtol=1e-5, atol=1e-6)
    assert np.abs(told.remainder).max() <= 1e-6 and np.abs(told.change).max() > 1e-4
    first = sum(part for part_name, part in zip(told.names, told.parts, strict=True) if part_name != BENT)
    ends = [
        by_numpy(name, [v + sign * STEP * (a.astype(np.float64) - v) for v, a in zip(values, after, strict=True)])
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(first, ((ends[0] - ends[1]) / (2 * STEP))[..., 2], rtol=1e-3, atol=1e-6)
    assert told.computed_from and {"loss", "momentum"} <= set(told.names)


@pytest.mark.parametrize("name", KERNELS)
def test_a_film_is_of_the_kernels_and_who_wrote_them_adds_up(name: str) -> None:
    model, layer = model_of(name, optimizers.Adam(0.01))
    first = by_numpy(name, [weight.numpy() for weight in layer.held])
    history = callbacks.FilterHistory()
    model.fit(X, Y, batch_size=3, epochs=4, verbose=0, callbacks=history)
    last = by_numpy(name, [weight.numpy() for weight in layer.held])
    film = inspection.filter_film(history, layer)
    assert film.computed_from and film.steps == tuple(range(9))
    np.testing.assert_allclose(film.frames[0], first, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(film.frames[-1], last, rtol=1e-6, atol=1e-6)
    asked = {"recorded": history, "batch_size": 3}
    if name == "weight norm":
        with pytest.raises(ArgumentError, match="w0 and w1; who wrote a filter"):
            inspection.influence(model, X, Y, "own", 1, **asked)
        return
    told = inspection.influence(model, X, Y, "own", 1, **asked)
    np.testing.assert_allclose(told.before, first[..., 1], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(told.after, last[..., 1], rtol=1e-6, atol=1e-7)
    assert np.abs(told.remainder).max() < 1e-5 < 100 * 1e-5 < np.abs(told.change).max()
    by_image = inspection.influence(model, X, Y, "own", 1, by="image", **asked)
    for number in range(3):
        mine = by_image.parts[:6][number == Y].sum(axis=0)
        np.testing.assert_allclose(mine, told.parts[number], atol=2e-6)
    assert f"computed from {told.computed_from}" in views.influence_text(told)


class Doubled(callbacks.Callback):
    """Doubles a weight when the training ends."""

    def on_train_end(self, logs: Any = None) -> None:
        held = self.model.layers[0].held[0]
        held[...] = 2 * held.numpy()


@pytest.mark.parametrize(
    ("optimizer", "further", "part"),
    [
        (optimizers.SGD(0.1, use_ema=True), [], "averaging"),
        (optimizers.SGD(0.1), [Doubled()], "what was set at the end"),
    ],
)
def test_what_comes_at_the_end_goes_through_the_formula(optimizer: Any, further: Any, part: str) -> None:
    model, layer = model_of("units", optimizer)
    history = callbacks.FilterHistory()
    model.fit(X, Y, batch_size=3, epochs=3, verbose=0, callbacks=[*further, history])
    told = inspection.influence(model, X, Y, "own", 0, recorded=history, batch_size=3)
    np.testing.assert_allclose(told.after, np.exp(layer.held[0].numpy())[:, 0], rtol=1e-6)
    assert np.abs(told.remainder).max() < 1e-5 and part in told.names and BENT in told.names


def test_every_view_says_from_what_it_is_computed() -> None:
    model, layer = model_of("masked")
    found, told = (look(model, X, Y, "own", 1) for look in (inspection.kernel_gradient, inspection.update))
    for text in (views.kernel_gradient_text(found), views.update_text(told), str(found), told._repr_html_()):
        assert "computed from w0" in " ".join(text.split())
    layer.trainable = False
    with pytest.raises(ArgumentError, match="is frozen"):
        inspection.update(model, X, Y, "own", 1)
    assert "computed from" not in views.kernel_gradient_text(inspection.kernel_gradient(model, X, Y, "dense", 1))
