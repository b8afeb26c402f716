"""Layers and models inside a layer of the user's own: weights, freezing, sharing, containers, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.own_layers import Affine, Residual, X

from pellucid import Input, Model, Sequential, Variable, layers, load_model, ops


def test_layers_inside_a_layer() -> None:
    """Their weights count, train, freeze; each is named."""
    block = Residual(name="block")
    model = Sequential([Input((5,)), block, layers.Dense(2)])
    assert [weight.name for weight in block.weights] == [
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


class Outer(layers.Layer):
    """Builds its parts itself, as Keras 3 recommends."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(4, activation="relu"), Affine(5)

    def build(self, input_shape: Any) -> None:
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], 4))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


def test_parts_that_are_built_by_hand_have_their_weights_once(tmp_path: Path) -> None:
    """In a layer, and alone."""
    model = Sequential([Input((5,)), Outer()])
    assert model.count_params() == 5 * 4 + 4 + 4 * 5 + 5
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "outer.keras")
    again = load_model(tmp_path / "outer.keras", custom_objects={"Outer": Outer, "Affine": Affine})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))

    dense = layers.Dense(3)
    dense.build((None, 5))
    kernel = dense.kernel.numpy()
    Sequential([Input((5,)), dense])
    np.testing.assert_array_equal(dense.kernel.numpy(), kernel)
    assert len(dense.weights) == 2


@pytest.mark.parametrize("how", ["an option", "set before", "set after"])
def test_a_frozen_layer_freezes_its_parts(how: str) -> None:
    """Whenever they are made."""
    block = Residual(trainable=how != "an option")
    if how == "set before":
        block.trainable = False
    model = Sequential([Input((5,)), block, layers.Dense(2)])
    if how == "set after":
        block.trainable = False
    assert block.trainable_weights == []
    before = block.get_weights()
    model.compile("adam", "mse")
    model.fit(X, np.ones((6, 2)), verbose=0)
    assert all(map(np.array_equal, before, block.get_weights()))
    block.trainable = True
    assert len(block.trainable_weights) == 9


def test_one_frozen_part() -> None:
    """The others learn."""
    block = Residual()
    block.first.trainable = False
    model = Sequential([Input((5,)), block])
    assert [weight.path for weight in block.weights if not weight.trainable] == [
        weight.path for weight in block.first.weights
    ]
    model.compile("sgd", "mse")
    before = block.get_weights()
    model.fit(X, np.ones((6, 5)), verbose=0)
    moved = [not np.array_equal(a, b) for a, b in zip(before, block.get_weights(), strict=True)]
    assert moved == [weight.trainable for weight in block.weights]


def test_weights_of_another_layer() -> None:
    """Tied: the decoder is the transposed encoder; its gradient has both parts."""

    class Tied(layers.Layer):
        def __init__(self, other: Any, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.kernel = other.kernel

        def call(self, inputs: Any) -> Any:
            return inputs @ ops.transpose(self.kernel)

    x = Input((5,))
    encoder = layers.Dense(2, use_bias=False)
    code = encoder(x)
    model = Model(x, Tied(encoder)(code))
    assert model.count_params() == 10
    kernel = encoder.kernel.numpy().astype(np.float64)
    model.compile("sgd", "mse")
    model.train_on_batch(X, X)
    error = 2 * (X @ kernel @ kernel.T - X) / X.size
    slope = X.T @ error @ kernel + error.T @ X @ kernel
    np.testing.assert_allclose(encoder.kernel.numpy(), kernel - 0.01 * slope, rtol=1e-5, atol=1e-7)


def test_a_model_inside_a_layer(tmp_path: Path) -> None:
    """Whether it knows its shape from the beginning or learns it: weights count, learn, and come back from a file."""

    class Around(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.known = Sequential([Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(5)])
            self.learns = Sequential([layers.Dense(3, activation="tanh"), layers.Dense(5)])

        def call(self, inputs: Any) -> Any:
            return inputs + self.known(inputs) * self.learns(inputs)

    model = Sequential([Input((5,)), Around()])
    assert model.count_params() == 24 + 25 + 18 + 20
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), epochs=2, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "around.keras")
    again = load_model(tmp_path / "around.keras", custom_objects={"Around": Around})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_the_form_for_training_reaches_the_parts() -> None:
    """Given on or not."""

    class Noisy(layers.Layer):
        def __init__(self, give_on: bool, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.give_on, self.drop = give_on, layers.Dropout(0.5)

        def call(self, inputs: Any, training: Any = None) -> Any:
            return self.drop(inputs, training=training) if self.give_on else self.drop(inputs)

    ones = np.ones((40, 5), np.float32)
    for give_on in (True, False):
        model = Sequential([Input((5,)), Noisy(give_on)])
        assert set(np.unique(model(ones, training=True))) == {0.0, 2.0}
        assert set(np.unique(model(ones))) == {1.0}


def test_parts_in_every_kind_of_container(tmp_path: Path) -> None:
    """Lists of lists, lists with gaps, dictionaries: all weights count, learn and come back, each once."""

    class Containers(layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            dense = [layers.Dense(5) for _ in range(5)]
            self.rows = [[dense[0], dense[1]], [dense[2]]]
            self.gaps = [None, dense[3], 3]
            self.named = {"a": dense[4], "number": 1}
            self.again = dense[0]

        def call(self, inputs: Any) -> Any:
            y = self.again(self.rows[0][1](self.rows[1][0](inputs)))
            return self.named["a"](self.gaps[1](y)) + inputs

    model = Sequential([Input((5,)), Containers()])
    assert model.count_params() == 5 * 30
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.ones((6, 5)), epochs=2, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "containers.keras")
    again = load_model(tmp_path / "containers.keras", custom_objects={"Containers": Containers})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


class OwnVariables(layers.Layer):
    """Makes its weights as variables, which Keras allows too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = Variable(2.0 * np.ones(5, np.float32), name="factor")
        self.shifts = [Variable(np.zeros(5, np.float32), name="shift")]

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor + self.shifts[0]


def test_variables_that_a_layer_keeps_are_its_weights(tmp_path: Path) -> None:
    layer = OwnVariables(name="own")
    np.testing.assert_array_equal(layer(X), 2 * X)
    model = Sequential([Input((5,)), layer])
    assert [weight.name for weight in model.trainable_weights] == ["factor", "shift"]
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.train_on_batch(X, np.zeros((6, 5)))
    after = model.get_weights()
    assert not any(map(np.array_equal, before, after))
    np.testing.assert_allclose(model.predict(X), X * after[0] + after[1], rtol=1e-5)
    model.save(tmp_path / "own.keras")
    loaded = load_model(tmp_path / "own.keras", custom_objects={"OwnVariables": OwnVariables})
    assert all(map(np.array_equal, after, loaded.get_weights()))
    layer.trainable = False
    model.train_on_batch(X, np.zeros((6, 5)))
    assert all(map(np.array_equal, after, model.get_weights()))
