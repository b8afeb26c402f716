"""Predictions keep what they derive from weights, packed kernels and folded scales, until somebody writes to them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 12, 12, 16)).astype(np.float32)
Y = RNG.integers(0, 3, 5)


def _model() -> Sequential:
    model = Sequential(
        [
            Input((12, 12, 16)),
            layers.Conv2D(24, 3, name="winograd"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.Conv2D(70, 2, name="direct"),
            layers.BatchNormalization(name="second"),
            layers.ReLU(6.0),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Flatten(),
            layers.Dense(3, "softmax", name="dense"),
        ],
        seed=1,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _new_kernel(model: Sequential, layer: str) -> None:
    weight = model.get_layer(layer).weights[0]
    weight.assign(RNG.normal(size=weight.shape) / 10)


def _by_index(model: Sequential) -> None:
    model.get_layer("winograd").kernel[1, 1] = 0.5


CHANGES: dict[str, Callable[[Sequential], object]] = {
    "assign, Winograd's kernel": lambda model: _new_kernel(model, "winograd"),
    "assign, direct kernel": lambda model: _new_kernel(model, "direct"),
    "assign, depthwise kernel": lambda model: _new_kernel(model, "depthwise"),
    "assign, folded scale": lambda model: _new_kernel(model, "norm"),
    "by index": _by_index,
    "set_weights": lambda model: model.set_weights([w * 0.9 for w in model.get_weights()]),
    "fit": lambda model: model.fit(X, Y, epochs=3, verbose=0),
    "train_on_batch": lambda model: model.train_on_batch(X, Y),
}


def _check(model: Model) -> np.ndarray:
    found = np.asarray(model.predict(X))
    np.testing.assert_allclose(found, model.predict(X, engine="reference"), atol=2e-5)
    np.testing.assert_array_equal(found, model(X))
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_predictions_follow(change):
    model = _model()
    before = _check(model)
    assert (_check(model) == before).all()
    CHANGES[change](model)
    assert not np.allclose(_check(model), before, atol=1e-6)


def test_evaluation_follows():
    model = _model()
    before = model.evaluate(X, Y, verbose=0)
    model.set_weights([w * 0.5 for w in model.get_weights()])
    after = model.evaluate(X, Y, verbose=0)
    probabilities = np.asarray(model.predict(X, engine="reference"))
    expected = -np.log(probabilities[np.arange(5), Y]).mean()
    assert before != pytest.approx(after) and after == pytest.approx(expected, abs=1e-4)


def test_predictions_follow_another_model_that_trains_shared_layers():
    shared = _model()
    before = _check(shared)
    whole = Model(shared.inputs, layers.Dense(3, "softmax", name="second_head")(shared.outputs[0]))
    whole.compile("sgd", "sparse_categorical_crossentropy")
    _check(whole)
    whole.fit(X, Y, epochs=5, verbose=0)
    assert not np.allclose(_check(shared), before, atol=1e-6)
    _check(whole)


def test_predictions_do_not_depend_on_threads_that_come_and_go():
    model, before = _model(), pellucid.engines.get_threads()
    try:
        results = []
        for threads in (1, 3, 2):
            pellucid.engines.set_threads(threads)
            results.append(model.predict(X))
    finally:
        pellucid.engines.set_threads(before)
    assert all((result == results[0]).all() for result in results)


def test_a_weight_that_moves_is_found_again() -> None:
    """A lone weight goes to the storage of the second model that is run with it; the first model follows."""
    shared = layers.Dense(3, use_bias=False)
    x = Input((4,))
    alone, wider = Model(x, shared(x)), Model(x, layers.Dense(2)(shared(x)))
    samples = RNG.normal(size=(2, 4))
    alone.predict(samples)
    wider.predict(samples)
    shared.kernel.assign(np.ones((4, 3)))
    np.testing.assert_allclose(alone.predict(samples), samples @ np.ones((4, 3)), rtol=1e-5)
    np.testing.assert_array_equal(alone(samples), alone.predict(samples))
