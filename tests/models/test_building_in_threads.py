"""A layer or model that several threads use for the first time at once is built once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, Variable, inspection, layers, optimizers

X = np.random.default_rng(0).normal(size=(2, 6, 6, 2)).astype(np.float32)
THREADS = 4


pytestmark = pytest.mark.usefixtures("impatient_threads")


def _at_once(work: Callable[[], Any]) -> list[Any]:
    """What each of some threads gets that begin together; an exception counts as a result."""
    start, results = threading.Barrier(THREADS), list[Any]()

    def run() -> None:
        start.wait(10)
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def _chain() -> Sequential:
    return Sequential([layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)])


MADE: dict[str, tuple[Callable[[], Any], int]] = {
    "dense": (lambda: layers.Dense(3), 2),
    "convolution": (lambda: layers.Conv2D(3, 3), 2),
    "normalization": (lambda: layers.BatchNormalization(), 4),
    "separable": (lambda: layers.SeparableConv2D(3, 3), 3),
    "chain": (_chain, 8),
}


@pytest.mark.parametrize("name", MADE)
def test_it_has_its_weights_once(name: str) -> None:
    make, weights = MADE[name]
    for _ in range(15):
        layer = make()
        results = _at_once(lambda layer=layer: layer(X))
        expected = layer(X)
        assert len(layer.weights) == weights
        for result in results:
            np.testing.assert_array_equal(result, expected)


def test_a_chain_that_predicts_for_the_first_time() -> None:
    for _ in range(15):
        model = _chain()
        results = _at_once(lambda model=model: model.predict(X))
        assert len(model.weights) == 8
        for result in results:
            np.testing.assert_array_equal(result, model.predict(X))


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.Adam])
def test_no_step_is_lost(make: type[optimizers.Optimizer]) -> None:
    """Each step counts once, and as the number that it has in turn: Adam corrects its first steps by it."""
    for _ in range(25):
        in_turn, expected = make(0.5), Variable(np.zeros(2, np.float32))
        for _ in range(8 * THREADS):
            in_turn.apply_gradients([(np.ones(2, np.float32), expected)])
        variable, optimizer = Variable(np.zeros(2, np.float32)), make(0.5)

        def steps(optimizer: optimizers.Optimizer = optimizer, variable: Variable = variable) -> None:
            for _ in range(8):
                optimizer.apply_gradients([(np.ones(2, np.float32), variable)])

        assert _at_once(steps) == [None] * THREADS
        assert optimizer.iterations == 8 * THREADS
        np.testing.assert_array_equal(variable.numpy(), expected.numpy())


def _in_turn(*works: Callable[[], Any]) -> list[Any]:
    """What each of some works gives, each in a thread of its own, all at once; the last is that of further threads."""
    waiting = iter(works)
    return _at_once(lambda: next(waiting, works[-1])())


def _looked_at(model: Sequential) -> list[Any]:
    first = model.layers[0].name
    return _in_turn(
        lambda: model.predict(X),
        lambda: inspection.feature_maps(model, X[0]),
        lambda: inspection.top_patches(model, X, first),
    )


def test_a_chain_that_is_looked_at_while_it_predicts_for_the_first_time() -> None:
    for _ in range(15):
        model = _chain()
        model(X)
        assert not [each for each in _looked_at(model) if isinstance(each, Exception)]


def _set_while_predicting(model: Sequential, bias: Variable) -> None:
    _in_turn(lambda: bias.assign([5.0, 7.0]), lambda: model.predict(X))


def test_a_weight_that_is_set_while_the_model_predicts_for_the_first_time() -> None:
    for _ in range(15):
        model = _chain()
        model(X)
        _set_while_predicting(model, model.layers[-1].bias)
        np.testing.assert_array_equal(model.layers[-1].bias.numpy(), [5.0, 7.0])
