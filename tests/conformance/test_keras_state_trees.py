"""State trees: told as Keras tells them, and taken from it, so that a training goes on here."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
X, Y = RNG.random((24, 6, 6, 1), dtype=np.float32), RNG.random((24, 2), dtype=np.float32)


def _parts(layers: Any) -> list[Any]:
    """Without a bias before the normalisation: its gradient is rounding alone."""
    last = layers.Dense(2, name="last")
    first = layers.Conv2D(3, 3, use_bias=False, name="conv")
    return [first, layers.BatchNormalization(name="norm"), layers.Flatten(name="flat"), last]


def _chain(library: Any) -> Any:
    model = library.Sequential([library.layers.Input((6, 6, 1)), *_parts(library.layers)], name="chain")
    model.compile("adam", "mse", metrics=["mae"])
    return model


def _described(library: Any) -> Any:
    x = y = library.layers.Input((6, 6, 1), name="image")
    for part in _parts(library.layers):
        y = part(y)
    model = library.Model(x, y, name="net")
    model.compile("adam", "mse", metrics=["mae"])
    return model


def _train(model: Any, epochs: int) -> None:
    model.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0)


def _shapes(tree: Any) -> Any:
    return {key: _shapes(value) for key, value in tree.items()} if isinstance(tree, dict) else np.shape(tree)


@pytest.mark.parametrize("make", [_chain, _described])
def test_a_training_of_keras_goes_on_here(make: Any) -> None:
    """With Keras's weights, moments, and number of steps."""
    theirs, mine = make(keras), make(pellucid)
    _train(theirs, 2)
    tree = theirs.get_state_tree("numpy_array")
    mine.set_state_tree({part: tree[part] for part in tree if part != "metrics_variables"})
    assert mine.optimizer.iterations == 6
    _train(theirs, 2)
    _train(mine, 2)
    for a, b in zip(theirs.get_weights(), mine.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_it_is_arranged_as_keras_arranges_it() -> None:
    """For a model that is described; in chains Keras's paths begin with the name of the chain."""
    theirs, mine = _described(keras), _described(pellucid)
    _train(theirs, 1)
    _train(mine, 1)
    wanted, found = _shapes(theirs.get_state_tree()), _shapes(mine.get_state_tree())
    for part in ("trainable_variables", "non_trainable_variables"):
        assert found[part] == wanted[part]
    assert list(found["optimizer_variables"].values()) == list(wanted["optimizer_variables"].values())
    assert found["metrics_variables"]["loss"] == wanted["metrics_variables"]["loss"]


def test_what_does_not_fit_changes_nothing() -> None:
    model = _chain(pellucid)
    before = model.get_weights()
    new = {"kernel": np.ones((3, 3, 1, 3))}
    with pytest.raises(ShapeError, match=r"chain.*: last/bias has shape \(2,\), got \(3,\)"):
        model.set_state_tree({"trainable_variables": {"conv": new, "last": {"bias": np.zeros(3)}}})
    with pytest.raises(ArgumentError, match=r"unknown path in trainable_.* 'conv/kernle'; did you mean 'conv/ker"):
        model.set_state_tree({"trainable_variables": {"conv": {**new, "kernle": 1.0}}})
    with pytest.raises(ArgumentError, match=r"did you mean 'trainable_variables'"):
        model.set_state_tree({"trainable_variable": {"conv": new}})
    with pytest.raises(ArgumentError, match=r"value_format"):
        model.get_state_tree("list")
    with pytest.raises(ArgumentError, match=r"a state tree is what get_state_tree\(\) gives"):
        model.set_state_tree([1.0])
    assert all(map(np.array_equal, before, model.get_weights()))
    tree = model.get_state_tree("numpy_array")
    tree["trainable_variables"]["conv"]["kernel"][:] = 7.0  # a copy
    assert all(map(np.array_equal, before, model.get_weights()))
