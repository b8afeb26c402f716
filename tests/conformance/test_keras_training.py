"""Training whole models side by side with Keras: the same weights, the same batches, the same course."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close
from networks import branches, chain, samples

import pellucid


def _without_decay_of_biases(optimizer: Any) -> Any:
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda optimizers: optimizers.SGD(0.1),
    "momentum": lambda optimizers: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda optimizers: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda optimizers: optimizers.Adam(0.003),
    "adagrad": lambda optimizers: optimizers.Adagrad(0.05),
    "adadelta": lambda optimizers: optimizers.Adadelta(1.0, rho=0.9),
    "rmsprop": lambda optimizers: optimizers.RMSprop(0.002, momentum=0.5),
    "decay": lambda optimizers: _without_decay_of_biases(optimizers.Adam(0.003, weight_decay=1.0, clipvalue=0.01)),
    "clipped": lambda optimizers: optimizers.SGD(0.1, momentum=0.9, clipnorm=0.05),
    "clipped alike": lambda optimizers: optimizers.SGD(0.1, weight_decay=0.1, global_clipnorm=0.2),
}


def _pair(build: Callable[[Any], Any], optimizer: str, metrics: list[str] | None = None) -> tuple[Any, Any]:
    """The same network in both libraries, with our weights, compiled."""
    ours, theirs = build(pellucid), build(keras)
    theirs.set_weights(ours.get_weights())
    for model, library in ((ours, pellucid), (theirs, keras)):
        model.compile(OPTIMIZERS[optimizer](library.optimizers), "sparse_categorical_crossentropy", metrics=metrics)
    return ours, theirs


def _check_weights(family: str, ours: Any, theirs: Any) -> None:
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close(f"{family}: weights after training", mine, reference, 1e-4)


@pytest.mark.parametrize("build", [chain, branches])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_twenty_steps(build: Callable[[Any], Any], optimizer: str) -> None:
    """The loss of each step within 1e-3, all weights afterwards within 1e-4."""
    ours, theirs = _pair(build, optimizer)
    labels = np.random.default_rng(9)
    for step in range(20):
        x, y = samples(ours, 8, seed=step % 4), labels.integers(0, 5, 8)
        theirs.reset_metrics()
        mine, reference = ours.train_on_batch(x, y), float(theirs.train_on_batch(x, y))
        check_close(f"{optimizer}: loss of a step", np.float64(mine) / reference, np.float64(1.0), 1e-3)
    _check_weights(optimizer, ours, theirs)


def test_fit_tells_the_same_history() -> None:
    """Epoch means with a last batch that is smaller, accuracy, and both on validation data."""
    ours, theirs = _pair(chain, "momentum", ["accuracy"])
    x, y = samples(ours, 45), np.random.default_rng(1).integers(0, 5, 45)
    settings = {"batch_size": 8, "epochs": 4, "shuffle": False, "validation_split": 0.25, "verbose": 0}
    mine, reference = ours.fit(x, y, **settings), theirs.fit(x, y, **settings)
    assert set(mine.history) == set(reference.history)
    assert mine.epoch == reference.epoch
    for name, curve in reference.history.items():
        check_close(f"fit: {name}", np.array(mine.history[name]), np.array(curve), 1e-4)
    _check_weights("fit", ours, theirs)


def test_fit_with_a_frozen_layer() -> None:
    """The frozen layer stays as it is to the bit, and the others move as in Keras."""
    ours, theirs = chain(pellucid), chain(keras)
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.layers[0].trainable = False
        model.compile("sgd", "sparse_categorical_crossentropy")
    assert len(ours.trainable_weights) == len(theirs.trainable_weights) == len(ours.weights) - 2
    before = ours.layers[0].get_weights()
    x, y = samples(ours, 16), np.random.default_rng(1).integers(0, 5, 16)
    for model in (ours, theirs):
        model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    for old, new in zip(before, ours.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    _check_weights("frozen layer", ours, theirs)


def test_learning_rate_can_be_changed_on_the_way() -> None:
    """As a callback would do it; the momentum goes on."""
    ours, theirs = _pair(chain, "nesterov")
    x, y = samples(ours, 8), np.arange(8) % 5
    for rate in (0.05, 0.05, 0.005, 0.2):
        ours.optimizer.learning_rate = theirs.optimizer.learning_rate = rate
        ours.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    _check_weights("changed learning rate", ours, theirs)
