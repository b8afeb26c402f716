"""Layers of the user's own: weights, gradient, engines, parts, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import ArgumentError, FileError, PellucidError
from pellucid.graph import builder

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


class Affine(layers.Layer):
    """As Keras code writes it, `super().build` and `self.built` included."""

    def __init__(self, units: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")
        super().build(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        y = builder.matmul(inputs, self.w) + self.b
        return y * 2.0 if training else y


class Residual(layers.Layer):
    """Layers inside a layer: one as an attribute, two in a list, one that is made in `build`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = layers.Dense(5, activation="relu")
        self.more = [layers.Dense(5), Affine(5)]

    def build(self, input_shape: Any) -> None:
        self.gain = self.add_weight((1,), "ones", name="gain")
        self.last = layers.Dense(input_shape[-1])

    def call(self, inputs: Any) -> Any:
        y = self.first(inputs)
        for layer in self.more:
            y = layer(y)
        return inputs + self.last(y) * self.gain


class Split(layers.Layer):
    """Two results; adds a penalty."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(builder.reduce_sum(inputs * inputs) * 0.5)
        return inputs * 2.0, inputs + 1.0


class Mix(layers.Layer):
    """Takes a list without saying so."""

    def call(self, inputs: Any) -> Any:
        a, b = inputs
        return a - b


def test_weights_and_values() -> None:
    """y = x w + b, on both engines."""
    layer = Affine(4)
    model = Sequential([Input((5,)), layer])
    assert [weight.name for weight in layer.weights] == ["w", "b"]
    expected = X.astype(np.float64) @ layer.w.numpy() + layer.b.numpy()
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), expected, atol=1e-6)


def test_training_follows_the_gradient() -> None:
    """One step of plain gradient descent, by hand; `call` is told that it is in training."""
    layer = Affine(1, weights=[np.ones((5, 1)), [0.0]])
    model = Sequential([Input((5,)), layer])
    model.compile("sgd", "mse")
    y = np.zeros((6, 1))
    model.train_on_batch(X, y)
    out = 2 * X.sum(axis=1, keepdims=True)
    grad = (2 * out * 2).T @ X / 6
    np.testing.assert_allclose(layer.w.numpy().ravel(), 1 - 0.01 * grad.ravel(), rtol=1e-5)


def test_layers_inside_a_layer() -> None:
    """Their weights count, train, freeze; each is named."""
    block = Residual(name="block")
    model = Sequential([Input((5,)), block, layers.Dense(2)])
    assert [weight.path.split("/")[1] for weight in block.weights] == [
        "gain", "kernel", "bias", "kernel", "bias", "w", "b", "kernel", "bias",
    ]  # fmt: skip
    assert block.count_params() == 1 + 4 * 30
    model.compile("sgd", "mse")
    before = block.get_weights()
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(not np.array_equal(a, b) for a, b in zip(before, block.get_weights(), strict=True))
    block.trainable = False
    assert block.trainable_weights == []
    assert len(model.trainable_weights) == 2
    frozen = block.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(map(np.array_equal, frozen, block.get_weights()))


def test_saving_needs_the_classes(tmp_path: Path) -> None:
    """With them the same numbers come back; without them the message says how to pass them."""
    model = Sequential([Input((5,)), Residual(), Affine(2)])
    model.save(tmp_path / "own.keras")
    own = {"Residual": Residual, "Affine": Affine}
    again = load_model(tmp_path / "own.keras", custom_objects=own)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    with pytest.raises(FileError, match=r"'Residual'.*custom_objects=\{'Residual': Residual\}"):
        load_model(tmp_path / "own.keras", custom_objects={"Affine": Affine})


def test_several_results() -> None:
    """A layer that returns two tensors, one that takes two, and a penalty."""
    x = Input((5,))
    double, more = Split()(x)
    model = Model(x, [Mix()([double, more]), more])
    difference, second = model.predict(X)
    np.testing.assert_allclose(difference, X * 2 - (X + 1), atol=1e-6)
    np.testing.assert_allclose(second, X + 1, atol=1e-6)
    model.compile("sgd", ["mse", "mse"])
    zero = np.zeros_like(X)
    expected = np.mean((X - 1) ** 2) + np.mean((X + 1) ** 2) + 0.5 * np.sum(X**2)
    assert model.evaluate(X, [zero, zero], verbose=0, batch_size=6)[0] == pytest.approx(expected, rel=1e-5)


WRONG = {
    "no call": (lambda: Sequential([Input((3,)), layers.Layer()]), "has no call"),
    "a call that returns nothing": (
        lambda: Sequential([Input((3,)), type("Nothing", (layers.Layer,), {"call": lambda self, x: None})()]),
        "must return a tensor, got NoneType",
    ),
    "a misspelt option": (lambda: Affine(3, nmae="x"), "unknown option of Affine 'nmae'; did you mean 'name'"),
    "a list for one tensor": (
        lambda: layers.Dense(2)([Input((3,)), Input((3,))]), "is called on one symbolic tensor, got a list of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    """One sentence each."""
    make, message = WRONG[case]
    with pytest.raises(PellucidError, match=message):
        make()


def test_options_must_be_kept() -> None:
    """`get_config` says what is missing."""

    class Forgetful(layers.Layer):
        def __init__(self, size: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    with pytest.raises(ArgumentError, match=r"keep the option 'size' as self\.size"):
        Forgetful(3).get_config()
