"""Freezing layers and models counts from the next step on: after compile, between fits, in callbacks, inside others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, optimizers

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


@pytest.mark.parametrize("how", ["the layer", "the model", "an inner model"])
def test_freezing_counts_at_once(how: str) -> None:
    """From the next step on, and back: also where the layer learns nothing, so that no weight of it is frozen."""
    layer = layers.BatchNormalization(momentum=0.5, center=False, scale=False)
    inner = Sequential([Input((3,)), layer])
    model = Sequential([Input((3,)), layers.Dense(3), inner])
    thing = {"the layer": layer, "the model": model, "an inner model": inner}[how]
    model.compile(optimizers.SGD(0.0), "mse")
    model.train_on_batch(X, X)
    for trainable in (False, True, False):
        thing.trainable = trainable
        before = layer.moving_mean.numpy()
        loss = model.train_on_batch(X, X * 2)
        assert np.array_equal(before, layer.moving_mean.numpy()) is not trainable
        if not trainable:
            assert loss == pytest.approx(float(np.square(model.predict(X) - X * 2).mean()), rel=1e-5)


def test_a_layer_of_a_users_own_that_asks_whether_it_is_frozen() -> None:
    class Noisy(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs * 2.0 if self.trainable else inputs

    layer = Noisy()
    model = Sequential([Input((3,)), layer])
    results = []
    for trainable in (True, False, True):
        layer.trainable = trainable
        results.append(float(model.predict(np.ones((1, 3)))[0, 0]))
    assert results == [2, 1, 2]


class Block(layers.Layer):
    """Layers in a layer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first, self.more = layers.Dense(3), [layers.BatchNormalization(), layers.Dense(3)]

    def call(self, inputs: Any) -> Any:
        y = self.first(inputs)
        for layer in self.more:
            y = layer(y)
        return y


class Net(Model):
    """A model that says what it computes itself."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = Block(), layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.head(self.body(inputs))


def _functional() -> Model:
    x = Input((3,))
    return Model(x, layers.Dense(3)(Block()(x)))


MODELS: dict[str, Any] = {
    "Sequential": lambda: Sequential([Input((3,)), Block(), layers.Dense(3)]),
    "Sequential, unbuilt": lambda: Sequential([Block(), layers.Dense(3)]),
    "functional": _functional,
    "a class": Net,
}


@pytest.mark.parametrize("when", ["before compile", "after compile", "after fit"])
@pytest.mark.parametrize("name", MODELS)
def test_a_frozen_part_stays_and_learns_again_when_it_is_thawed(name: str, when: str) -> None:
    model = MODELS[name]()
    block = next(part for part in model.with_parts() if isinstance(part, Block))
    if when == "before compile":
        block.trainable = False
    model.compile("adam", "mse")
    if when == "after compile":
        block.trainable = False
    if when == "after fit":
        model.fit(X, X, epochs=2, verbose=0)
        block.trainable = False
    model.predict(X)
    for moves in (False, True, False):
        block.trainable = moves
        of_block, others = block.get_weights(), model.layers[-1].get_weights()
        model.fit(X, X, epochs=2, verbose=0)
        assert [not np.array_equal(*pair) for pair in zip(of_block, block.get_weights(), strict=True)] == [moves] * len(
            of_block
        )
        assert not any(map(np.array_equal, others, model.layers[-1].get_weights()))


@pytest.mark.parametrize("name", MODELS)
def test_a_frozen_model_learns_nothing_and_says_so(name: str) -> None:
    model = MODELS[name]()
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    model.trainable = False
    assert (model.trainable, model.trainable_weights) == (False, [])
    before = model.get_weights()
    with pytest.warns(UserWarning, match="all of its weights are frozen, so fit trains nothing"):
        model.fit(X, X, verbose=0)
    model.fit(X, X, verbose=0)  # said once
    assert all(map(np.array_equal, before, model.get_weights()))
    model.trainable = True
    model.fit(X, X, verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))


def test_a_weight_alone() -> None:
    layer: Any = layers.Dense(3)
    model = Sequential([Input((3,)), layer])
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    layer.kernel.trainable = False
    kernel, bias = layer.get_weights()
    model.fit(X, X, verbose=0)
    assert np.array_equal(kernel, layer.kernel.numpy()) and not np.array_equal(bias, layer.bias.numpy())
