"""Functions of the user's own as activation or initialiser: how they work, and what is said where they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, activations, layers, losses
from pellucid.errors import ArgumentError, PellucidError

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)

FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray], np.ndarray]]] = {
    "a square": (lambda t: t * t, lambda a: a * a),
    "numbers on either side": (lambda t: 1 - 2 * t / 3, lambda a: 1 - 2 * a / 3),
    "a known one, scaled": (lambda t: activations.tanh(t) * 1.5, lambda a: np.tanh(a) * 1.5),
    "a leaky one": (lambda t: activations.leaky_relu(t, 0.05), lambda a: np.where(a > 0, a, 0.05 * a)),
    "nothing": (lambda t: t, lambda a: a),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_activations_that_work(case: str) -> None:
    """On both engines; and the gradient follows, so that the layer learns."""
    function, by_numpy = FUNCTIONS[case]
    model = Sequential([Input((4,)), layers.Dense(3, activation=function)])
    kernel, bias = model.get_weights()
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), by_numpy(X @ kernel + bias), atol=1e-5)
    model.compile("sgd", "mse")
    before = model.evaluate(X, np.ones((6, 3)), verbose=0)
    model.fit(X, np.ones((6, 3)), epochs=5, verbose=0)
    assert model.evaluate(X, np.ones((6, 3)), verbose=0) < before


BROKEN: dict[str, Callable[..., Any]] = {
    "of NumPy": np.tanh,
    "returns nothing": lambda t: None,
    "returns a number": lambda t: 3,
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("kind", ["Dense", "Activation"])
def test_activations_that_do_not(case: str, kind: str) -> None:
    """The layer is named, in one sentence."""
    make = {"Dense": lambda f: layers.Dense(3, f, name="d"), "Activation": lambda f: layers.Activation(f, name="d")}
    with pytest.raises(PellucidError, match=rf'^{kind} "d": ') as caught:
        Sequential([Input((4,)), make[kind](BROKEN[case])])
    assert "\n" not in str(caught.value)


def test_initialisers() -> None:
    """A function of a shape, with or without a dtype, as Keras's are."""
    for function in (lambda shape: np.full(shape, 0.5), lambda shape, dtype=None: np.full(shape, 0.5)):
        model = Sequential([Input((4,)), layers.Dense(3, kernel_initializer=function)])
        assert (model.get_weights()[0] == 0.5).all()


@pytest.mark.parametrize("value", [np.ones((2, 2)), 1.0, "abc", None, [[1, 2], [3]], np.full((4, 3), np.nan)], ids=str)
def test_initialisers_that_return_something_else(value: Any) -> None:
    """Layer and weight are named."""
    with pytest.raises(PellucidError, match=r'^Dense "d": kernel: ') as caught:
        Sequential([Input((4,)), layers.Dense(3, kernel_initializer=lambda shape: value, name="d")])
    assert "\n" not in str(caught.value)


def test_an_exception_inside_is_the_users() -> None:
    """It comes through as it is."""

    def fail(shape: tuple[int, ...]) -> np.ndarray:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match=r"^mine$"):
        Sequential([Input((4,)), layers.Dense(3, kernel_initializer=fail)])


def test_softmax_twice() -> None:
    """A loss from logits behind a softmax is refused before the first step."""
    model = Sequential([Input((4,)), layers.Dense(3, "softmax")])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    message = (
        r"^losses.sparse_categorical_crossentropy: from_logits=True, but the last layer applies softmax already; use"
    )
    with pytest.raises(ArgumentError, match=message):
        model.fit(X, np.arange(6) % 3, verbose=0)
