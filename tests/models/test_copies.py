"""Copies and pickles: a model that has run, its history and its optimiser go on like the original, apart from it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, optimizers, random

COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
}
RNG = np.random.default_rng(0)
X, Y = RNG.random((32, 6, 6, 1)).astype(np.float32), RNG.integers(0, 3, 32)

each_copy = pytest.mark.parametrize("kind", COPIES)


def _chain() -> Sequential:
    return Sequential(
        [
            Input((6, 6, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def _branched() -> Model:
    shared, x = layers.Conv2D(4, 3, padding="same"), Input((6, 6, 1))
    y = layers.Add()([shared(x), shared(layers.Rescaling(2.0)(x))])
    inner = Sequential([Input((6, 6, 4)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    return Model(x, inner(y))


MODELS = {"chain": _chain, "branched": _branched}


def _trained(kind: str) -> Model:
    random.set_random_seed(3)
    model = MODELS[kind]()
    model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    model.predict(X)
    return model


def _course(model: Model) -> list[Any]:
    history = model.fit(X, Y, batch_size=8, epochs=4, initial_epoch=2, verbose=0).history
    return [history, [array.tobytes() for array in model.get_weights()], model.predict(X).tobytes()]


@each_copy
@pytest.mark.parametrize("model", MODELS)
def test_a_copy_goes_on_like_the_original(kind: str, model: str) -> None:
    original = _trained(model)
    copied = COPIES[kind](original)
    assert [layer.name for layer in copied.layers] == [layer.name for layer in original.layers]
    assert copied.history.history == original.history.history
    weights = original.get_weights()
    first = _course(copied)
    assert all(map(np.array_equal, original.get_weights(), weights)), "the copy moves the original's weights"
    assert _course(original) == first


@each_copy
def test_a_layer_that_stands_twice_is_one_layer_in_the_copy(kind: str) -> None:
    copied = COPIES[kind](_trained("branched"))
    convolution = copied.layers[1] if copied.layers[1].weights else copied.layers[2]
    convolution.kernel[...] = 0.0
    convolution.bias[...] = 0.0
    assert np.ptp(copied.predict(X), axis=0).max() == 0


@each_copy
def test_optimisers_histories_and_layers_alone(kind: str) -> None:
    model = _trained("chain")
    optimizer = optimizers.SGD(0.1, momentum=0.9)
    assert repr(COPIES[kind](optimizer)) == repr(optimizer)
    assert COPIES[kind](model.history).history == model.history.history
    layer = COPIES[kind](model.layers[0])
    assert all(map(np.array_equal, layer.get_weights(), model.layers[0].get_weights()))
    assert layer(X).shape == (32, 4, 4, 4)


@each_copy
def test_a_model_of_hundreds_of_layers(kind: str) -> None:
    x = y = Input((4,))
    for _ in range(300):
        y = layers.Activation("relu")(y)
    deep = Model(x, layers.Dense(2)(y))
    samples = RNG.random((3, 4))
    assert np.array_equal(COPIES[kind](deep).predict(samples), deep.predict(samples))


@each_copy
def test_a_model_without_an_input_shape(kind: str) -> None:
    copied = COPIES[kind](Sequential([layers.Dense(2)]))
    assert copied.predict(np.ones((1, 3))).shape == (1, 2)


@each_copy
def test_a_chain_that_is_copied_can_be_added_to(kind: str) -> None:
    copied = COPIES[kind](_trained("chain"))
    copied.add(layers.Dense(5))
    assert copied.predict(X).shape == (32, 5)
    copied.pop()
    assert copied.predict(X).shape == (32, 3)
