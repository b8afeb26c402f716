"""What a layer assigns in its `call` outside of training is kept by `predict` and `evaluate`, as by Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid import inspection
from pellucid.engines.native import get_threads, set_threads
from pellucid.training.predicting import look

X = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)


def _counting(library: Any) -> Any:
    """A layer that counts samples and keeps a running mean, whatever `training` is."""

    class Counts(library.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")
            self.mean = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="mean")

        def call(self, inputs: Any) -> Any:
            self.seen.assign_add(library.ops.sum(library.ops.ones_like(inputs[:, 0])))
            self.mean.assign(0.5 * self.mean + 0.5 * library.ops.mean(inputs, axis=0))
            return inputs + self.mean * self.seen

    return Counts


def _model(library: Any, way: str) -> Any:
    layer = _counting(library)()
    if way == "chain":
        return library.Sequential([library.Input((3,)), layer])
    if way == "inside":
        return library.Sequential([library.Input((3,)), library.Sequential([library.Input((3,)), layer])])

    class Net(library.Model):
        def __init__(self) -> None:
            super().__init__()
            self.counts = layer

        def call(self, inputs: Any) -> Any:
            return self.counts(inputs)

    model = Net()
    model.build((None, 3))
    return model


def _course(library: Any, way: str) -> list[np.ndarray]:
    """What the calls give that run a model, one after the other, and what its layer holds after each."""
    model = _model(library, way)
    model.compile("sgd", "mse")
    calls = (
        lambda: model.predict(X, batch_size=4, verbose=0),
        lambda: model.predict(X, batch_size=4, verbose=0),
        lambda: model.predict(X[:1], verbose=0),
        lambda: model.predict(X[:1], verbose=0),
        lambda: model.predict(((x,) for x in (X[:4], X[4:])), verbose=0),
        lambda: model.predict_on_batch(X),
        lambda: model(X),
        lambda: model.evaluate(X, X, batch_size=4, verbose=0),
        lambda: model.test_on_batch(X, X),
    )
    told = []
    for call in calls:
        told += [np.asarray(call()), *(np.asarray(weight) for weight in model.weights)]
    return told


@pytest.mark.parametrize("way", ["chain", "inside", "own"])
def test_it_is_kept(way: str) -> None:
    """Number by number."""
    for mine, theirs in zip(_course(pellucid, way), _course(keras, way), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("engine", ["reference", "xla"])
def test_by_each_engine(engine: str) -> None:
    """And for a prediction alone, by an engine that is not the model's own."""
    counts = [_model(pellucid, "chain") for _ in range(2)]
    told = [counts[0].predict(X, 4, verbose=0, engine=engine), counts[1].predict(X, 4, verbose=0)]
    np.testing.assert_allclose(*told, rtol=1e-6, atol=1e-6)
    for one, other in zip(counts[0].weights, counts[1].weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-6)
    assert counts[0].layers[0].seen.numpy() == 10


def test_by_any_number_of_threads() -> None:
    """To the bit."""
    before, told = get_threads(), []
    for threads in (1, 2):
        set_threads(threads)
        model = _model(pellucid, "chain")
        model.predict(X, 4, verbose=0)
        told.append([weight.numpy() for weight in model.weights])
    set_threads(before)
    assert all(map(np.array_equal, *told))


def test_a_weight_that_is_trained_too() -> None:
    """As on TensorFlow and PyTorch, where Keras writes it at once."""

    class Grows(pellucid.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.gain = self.add_weight(shape=(1,), initializer="ones")

        def call(self, inputs: Any) -> Any:
            self.gain.assign(self.gain * 2.0)
            return inputs * self.gain

    model = pellucid.Sequential([pellucid.Input((1,)), Grows()])
    assert [model.predict(np.ones((1, 1)), verbose=0).item() for _ in range(3)] == [2.0, 4.0, 8.0]
    assert model.weights[0].numpy().item() == 8.0


def test_who_only_looks_changes_nothing() -> None:
    """Neither what a layer counts, nor what `predict` gives next."""
    model = _model(pellucid, "chain")
    first = [weight.numpy() for weight in model.weights]
    looked = look(model, X)
    inspection.feature_maps(model, X[0])
    inspection.deviations(model, X, X)
    assert all(map(np.array_equal, first, [weight.numpy() for weight in model.weights]))
    np.testing.assert_array_equal(looked, model.predict(X, verbose=0))
    assert model.layers[0].seen.numpy() == 10
