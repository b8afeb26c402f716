"""The memory of an optimiser, carried from model to model by hand as scripts for Keras do: the same curve goes on."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(12, 4)).astype(np.float32), RNG.normal(size=(12, 1)).astype(np.float32)
HOW: dict[str, Any] = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def _model(library: Any) -> Any:
    return library.Sequential([library.layers.Input((4,)), library.layers.Dense(1, kernel_initializer="ones")])


def _carried(library: Any, *, built_first: bool) -> list[float]:
    """Losses of a training that goes on in a second model, whose optimiser is built before it is compiled, or then."""
    first, second = _model(library), _model(library)
    first.compile(library.optimizers.Adam(0.05), "mse")
    first.fit(X, Y, **HOW)
    second.set_weights(first.get_weights())
    optimizer = library.optimizers.Adam(0.05)
    if built_first:
        optimizer.build(second.trainable_variables)
    second.compile(optimizer, "mse")
    optimizer.build(second.trainable_variables)
    for kept, variable in zip(first.optimizer.variables, optimizer.variables, strict=True):
        variable.assign(kept.numpy())
    losses = second.fit(X, Y, **HOW).history["loss"]
    return [*losses, int(optimizer.iterations)]


@pytest.mark.parametrize("built_first", [False, True])
def test_the_same_curve(built_first: bool) -> None:
    theirs, ours = (_carried(library, built_first=built_first) for library in (keras, pellucid))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_it_is_built_for_the_models_own_weights_alone() -> None:
    model, other = _model(pellucid), _model(pellucid)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    assert model.optimizer.built and len(model.optimizer.variables) == 2 + 2 * 2
    with pytest.raises(ArgumentError, match="trains a model, and what it remembers belongs to that"):
        model.optimizer.build(other.trainable_variables)


def test_what_was_written_into_one_is_not_lost() -> None:
    """One that was built and given values belongs to no model; before, nothing is lost."""
    model, optimizer = _model(pellucid), pellucid.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    optimizer.variables[2].assign(np.full((4, 1), 0.5))
    with pytest.raises(ArgumentError, match="compile the model with an optimizer of its own"):
        model.compile(optimizer, "mse")
