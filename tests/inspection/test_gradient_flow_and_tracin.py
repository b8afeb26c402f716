"""Norms of gradients against NumPy's, TracIn against gradients by hand, on a softmax of one dense layer."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers, optimizers
from pellucid.errors import ArgumentError, ArgumentTypeError

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(20, 4)).astype(np.float32), np.arange(20) % 3


def _softmax(kernel: np.ndarray, x: np.ndarray) -> np.ndarray:
    powers = np.exp(x.astype(np.float64) @ kernel)
    return powers / powers.sum(axis=1, keepdims=True)


def _model() -> Sequential:
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax", use_bias=False, name="d")])
    model.compile(optimizers.SGD(0.2), "sparse_categorical_crossentropy")
    return model


def _each(kernel: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of the loss of each sample (samples, 4, 3)."""
    return x[:, :, None].astype(np.float64) * (_softmax(kernel, x) - np.eye(3)[y])[:, None, :]


def test_norms_are_those_of_the_gradients_of_a_training() -> None:
    model = _model()
    kernel = model.layers[0].kernel.numpy().astype(np.float64)
    flow = inspection.gradient_flow(model, X, Y, epochs=3, batch_size=20, points=3)
    expected = []
    for _ in range(3):
        whole = _each(kernel, X, Y).mean(axis=0)
        expected.append(np.linalg.norm(whole))
        kernel -= 0.2 * whole
    np.testing.assert_allclose(flow.flows[0].norms[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(flow.flows[0].typical[:, 0], np.array(expected) / np.sqrt(12), rtol=1e-5)
    assert (flow.steps, flow.flows[0].layers) == ((0, 1, 2), ("d",))


def test_behind_sigmoids_little_is_left_and_the_models_stay() -> None:
    def deep(activation: str) -> Sequential:
        hidden = [layers.Dense(8, activation, name=f"d{number}") for number in range(5)]
        model = Sequential([layers.Input((4,)), *hidden, layers.Dense(3, activation="softmax", name="out")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    models = {"sigmoid": deep("sigmoid"), "relu": deep("relu")}
    before = [weight.numpy() for model in models.values() for weight in model.weights]
    flow = inspection.gradient_flow(models, X, Y, epochs=4, batch_size=5, points=5)
    sigmoid, relu = flow.flows
    assert (sigmoid.kept < 0.02).all()
    assert relu.kept[0] > 10 * sigmoid.kept[0]
    assert len(flow.steps) == len(sigmoid.norms) <= 5
    after = [weight.numpy() for model in models.values() for weight in model.weights]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_tracin_is_the_sum_over_the_states_of_products_of_gradients() -> None:
    model, history = _model(), callbacks.FilterHistory(layers=["d"], states=3)
    model.fit(X, Y, epochs=6, batch_size=10, verbose=0, callbacks=history)
    found = inspection.influential_images(model, X, Y, X[4], 2, recorded=history)
    assert found.steps == tuple(step for step, _ in history.states)
    assert len(found.steps) > 1
    expected = np.zeros(20)
    for _, state in history.states:
        kernel = state.weights["d/kernel"].astype(np.float64)
        one = _each(kernel, X[4:5], np.array([2]))[0]
        expected += 0.2 * (_each(kernel, X, Y) * one).sum(axis=(1, 2))
    np.testing.assert_allclose(found.scores, expected, rtol=1e-4, atol=1e-6)
    kernel = model.layers[0].kernel.numpy().astype(np.float64)
    assert found.loss == pytest.approx(-np.log(_softmax(kernel, X[4:5])[0, 2]), rel=1e-5)
    assert found.helpful(3) == [int(n) for n in np.argsort(-expected)[:3] if expected[n] > 0]
    assert found.harmful(3) == [int(n) for n in np.argsort(expected)[:3] if expected[n] < 0]


def test_tracin_goes_through_convolutions_and_pooling() -> None:
    x = np.random.default_rng(12).normal(size=(9, 6, 6, 1)).astype(np.float32)
    model = Sequential([
        layers.Input((6, 6, 1)), layers.Conv2D(3, 3, activation="tanh", name="c"), layers.BatchNormalization(),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    history = callbacks.FilterHistory(states=1)
    model.fit(x, np.arange(9) % 3, batch_size=9, verbose=0, callbacks=history)
    found = inspection.influential_images(model, x, np.arange(9) % 3, x[0], 0, recorded=history)
    slopes = np.zeros(9)
    for _, state in history.states:
        model.stepper.restore(state)
        weights = model.get_weights()
        for number, image in enumerate(x):  # a small step on one image alone, forth and back
            pair = []
            for rate in (-1e-3, 1e-3):
                model.set_weights(weights)
                _step_on(model, image, number % 3, rate)
                pair.append(_loss(model, x[0], 0))
            slopes[number] += (pair[0] - pair[1]) / 2e-3 * 0.1
    assert [step for step, _ in history.states] == [0, 1]
    np.testing.assert_allclose(found.scores, slopes, rtol=0.02, atol=2e-3)


def _loss(model: Sequential, image: np.ndarray, target: int) -> float:
    return float(-np.log(model.predict(image[None], verbose=0)[0, target]))


def _step_on(model: Sequential, image: np.ndarray, target: int, rate: float) -> None:
    """Plain descent along central differences of the loss of one image, in the form of a prediction."""
    stepped = []
    for weight in [each for each in model.weights if each.trainable]:
        values, slopes = weight.numpy(), []
        for place in range(values.size):
            pair = []
            for side in (2e-3, -2e-3):
                changed = values.ravel().copy()
                changed[place] += side
                weight.assign(changed.reshape(values.shape))
                pair.append(_loss(model, image, target))
            slopes.append((pair[0] - pair[1]) / 4e-3)
        weight.assign(values)
        stepped.append((weight, values - rate * np.reshape(slopes, values.shape)))
    for weight, values in stepped:
        weight.assign(values)


def test_what_cannot_be_is_refused() -> None:
    model, history = _model(), callbacks.FilterHistory(layers=["d"])
    with pytest.raises(ArgumentError, match="has recorded no training"):
        inspection.influential_images(model, X, Y, X[0], 0, recorded=history)
    with pytest.raises(ArgumentTypeError, match="models are given by name"):
        inspection.gradient_flow({}, X, Y)
    frozen = _model()
    frozen.layers[0].trainable = False
    with pytest.raises(ArgumentError, match="no weight that is trained"):
        inspection.gradient_flow(frozen, X, Y)
