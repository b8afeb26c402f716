"""How a Sequential model comes to know its shapes, and how it grows and shrinks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentError, DataError, ShapeError


def _chain(*first: Any) -> Sequential:
    return Sequential([*first, layers.Conv2D(3, 3, name="conv"), layers.Flatten(), layers.Dense(2)], name="chain")


WAYS: dict[str, Callable[[], Sequential]] = {
    "Input": lambda: _chain(Input((6, 6, 1))),
    "input_shape": lambda: Sequential(
        [layers.Conv2D(3, 3, input_shape=(6, 6, 1)), layers.Flatten(), layers.Dense(2)], name="chain"
    ),
    "add": lambda: _added(),
    "build": lambda: _built(),
    "data": lambda: _seen(),
}


def _added() -> Sequential:
    model = Sequential(name="chain")
    model.add(Input((6, 6, 1)))
    for layer in (layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)):
        model.add(layer)
    return model


def _built() -> Sequential:
    model = _chain()
    model.build((None, 6, 6, 1))
    return model


def _seen() -> Sequential:
    model = _chain()
    model.predict(np.zeros((4, 6, 6, 1)))
    return model


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_give_the_input_shape(way: str) -> None:
    """All lead to the same network; the input is not among the layers."""
    model = WAYS[way]()
    assert model.built
    assert model.input_shape == (None, 6, 6, 1)
    assert model.output_shape == (None, 2)
    assert [weight.shape for weight in model.weights] == [(3, 3, 1, 3), (3,), (48, 2), (2,)]
    assert [type(layer).__name__ for layer in model.layers] == ["Conv2D", "Flatten", "Dense"]
    assert np.shape(model.predict(np.zeros((5, 6, 6, 1)))) == (5, 2)


def test_before_the_shape_is_known() -> None:
    """Whatever needs it says what to do."""
    model = _chain()
    assert not model.built
    for look in (lambda: model.weights, lambda: model.output_shape, lambda: model.inputs, model.get_weights):
        with pytest.raises(ArgumentError, match=r"^chain does not know its input shape; begin with Input\(shape\), or"):
            look()


def test_built_by_fit() -> None:
    """The first training data decide."""
    model = Sequential([layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(np.ones((6, 4)), np.arange(6) % 3, verbose=0)
    assert model.weights[0].shape == (4, 3)
    with pytest.raises(DataError, match=r"was built for samples of shape \(4,\), got an array of shape \(6, 5\)"):
        model.fit(np.ones((6, 5)), np.arange(6) % 3, verbose=0)


def test_a_build_that_fails_leaves_no_trace() -> None:
    """After data of a wrong rank, data of the right one build the model."""
    model = _chain()
    with pytest.raises(ShapeError, match=r'Conv2D "conv".*is the channel axis missing\?'):
        model.predict(np.zeros((2, 6, 6)))
    with pytest.raises(ShapeError, match=r'Conv2D "conv".*does not fit on an axis of 2'):
        model.build((None, 2, 2, 1))
    assert not model.built
    assert np.shape(model.predict(np.zeros((2, 6, 6, 1)))) == (2, 2)
    assert len(model.weights) == 4


def test_initial_weights_of_a_wrong_shape_leave_no_trace() -> None:
    """The layer is not taken; the model goes on without it."""
    model = Sequential([Input((4,)), layers.Dense(3, name="first")])
    with pytest.raises(ShapeError, match=r'^Dense "second": kernel: .* \(2, 3\), .* shape=\(3, 2\); np.transpose\('):
        model.add(layers.Dense(2, name="second", weights=[np.zeros((2, 3)), np.zeros(2)]))
    assert [layer.name for layer in model.layers] == ["first"]
    model.add(layers.Dense(2, name="second"))
    assert np.shape(model.predict(np.zeros((1, 4)))) == (1, 2)


def test_add_and_pop_after_use() -> None:
    """What is computed, trained and told follows the layers as they are."""
    model = Sequential([Input((4,)), layers.Dense(3, name="a")])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(8, 4))
    model.fit(x, np.zeros((8, 3)), verbose=0)
    short = np.asarray(model.predict(x))
    model.add(layers.Dense(2, name="b"))
    assert np.shape(model.predict(x)) == (8, 2)
    model.fit(x, np.zeros((8, 2)), verbose=0)
    assert model.output_shape == (None, 2)
    assert model.count_params() == 23
    trained = np.asarray(model.layers[0].get_weights()[0])
    popped = model.pop()
    assert popped.name == "b"
    after = np.asarray(model.predict(x))
    np.testing.assert_allclose(after, x @ trained + model.layers[0].get_weights()[1], atol=1e-5)
    assert not np.array_equal(short, after)
    assert model.output_shape == (None, 3)
    model.fit(x, np.zeros((8, 3)), verbose=0)


def test_pop_to_nothing_and_begin_again() -> None:
    """The input shape is kept."""
    model = Sequential([Input((4,)), layers.Dense(3)])
    model.pop()
    assert model.layers == []
    with pytest.raises(ArgumentError, match=r"has no layer to take off"):
        model.pop()
    model.add(layers.Dense(5))
    assert model.output_shape == (None, 5)


def test_pop_before_building() -> None:
    """A chain without shapes shrinks too."""
    model = _chain()
    model.pop()
    assert np.shape(model.predict(np.zeros((1, 6, 6, 1)))) == (1, 48)


def test_empty_model() -> None:
    """Says what is missing."""
    for model in (Sequential(name="empty"), Sequential([Input((3,))], name="empty")):
        with pytest.raises(ArgumentError, match=r"^empty has no layers; add some first$"):
            model.predict(np.zeros((1, 3)))


def test_build_twice_is_harmless() -> None:
    """The weights of the first build stay."""
    model = _built()
    before = model.get_weights()
    model.build((None, 6, 6, 1))
    assert all(map(np.array_equal, before, model.get_weights()))


REFUSED = {
    "a class": (lambda: Sequential([layers.Flatten]), r"expected a layer, got <class .*Flatten"),
    "a number": (lambda: Sequential([3]), r"expected a layer, got 3"),
    "an input later": (lambda: Sequential([layers.Dense(3), Input((3,))]), r"an Input can only be the first"),
    "two inputs": (lambda: Sequential([Input((3,)), Input((3,))]), r"an Input can only be the first"),
    "one name twice": (
        lambda: Sequential([layers.Dense(3, name="a"), layers.Dense(3, name="a")]),
        r"there is already a layer 'a'; layers should have unique names",
    ),
    "a layer that does not fit": (
        lambda: Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Conv2D(3, 3, name="late")]),
        r'^Conv2D "late": expected an input of 4 axes \(batch, spatial..., channels\), got \(None, 64\)$',
    ),
    "a wrong build shape": (lambda: Sequential([layers.Dense(2)]).build((None, 0)), r"up to 2147483647, got 0"),
    "open channels": (
        lambda: Sequential([Input((8, 8, None)), layers.Conv2D(2, 3)]),
        r"the number of channels must be known, got \(None, 8, 8, None\); name it in Input",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_chained(case: str) -> None:
    """One sentence each."""
    make, message = REFUSED[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert re.search(message, str(caught.value))
