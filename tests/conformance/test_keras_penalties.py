"""Regularisers, constraints, activity penalties and several outputs in training, side by side with Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras_oracle import check_close

import pellucid


def regularised(library: Any) -> Any:
    """Every kind of penalty; one weight is frozen, and its penalty does not count."""
    k, r = library.layers, library.regularizers
    frozen = k.Dense(5, kernel_regularizer="l2", trainable=False)
    return library.Sequential(
        [
            library.Input((9, 9, 2)),
            k.Conv2D(4, 3, kernel_regularizer=r.L2(0.02), bias_regularizer="l1", bias_initializer="ones"),
            k.Conv2D(3, 3, kernel_regularizer=r.L1L2(0.001, 0.01), activity_regularizer=r.L2(0.01)),
            k.Flatten(),
            frozen,
            k.Dense(3, kernel_regularizer=r.OrthogonalRegularizer(0.01, mode="columns"), activity_regularizer="l1"),
        ]
    )


def constrained(library: Any) -> Any:
    """Every constraint."""
    k, c = library.layers, library.constraints
    return library.Sequential(
        [
            library.Input((9, 9, 2)),
            k.Conv2D(4, 3, kernel_constraint=c.MaxNorm(0.5, axis=[0, 1, 2]), bias_constraint="non_neg"),
            k.Conv2D(3, 3, kernel_constraint=c.UnitNorm(axis=[0, 1, 2]), activation="tanh"),
            k.Flatten(),
            k.Dense(4, kernel_constraint=c.MinMaxNorm(0.2, 0.4, rate=0.7)),
            k.Dense(3, kernel_constraint=c.NonNeg()),
        ]
    )


@pytest.mark.parametrize("build", [regularised, constrained])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_fifteen_steps(build: Callable[[Any], Any], optimizer: str) -> None:
    """The loss of each step, penalties included, and all weights afterwards."""
    ours, theirs = build(pellucid), build(keras)
    theirs.set_weights(ours.get_weights())
    rng = np.random.default_rng(3)
    for model in (ours, theirs):
        model.compile(optimizer, "mse")
    for _ in range(15):
        x, y = rng.normal(size=(6, 9, 9, 2)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)
        theirs.reset_metrics()
        mine, reference = ours.train_on_batch(x, y), float(theirs.train_on_batch(x, y))
        check_close(f"{build.__name__}: loss of a step", np.float64(mine) / reference, np.float64(1.0), 1e-3)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close(f"{build.__name__}: weights after training", mine, reference, 1e-4)
    x, y = rng.normal(size=(6, 9, 9, 2)).astype(np.float32), rng.normal(size=(6, 3)).astype(np.float32)
    mine, reference = ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0)
    check_close(f"{build.__name__}: evaluation", np.float64(mine) / reference, np.float64(1.0), 1e-4)


def two_ends(library: Any) -> Any:
    """Two inputs, two outputs."""
    k = library.layers
    x, z = library.Input((6,), name="x"), library.Input((4,), name="z")
    both = k.Concatenate()([k.Dense(5, activation="tanh")(x), z])
    return library.Model([x, z], [k.Dense(3, activation="softmax", name="kind")(both), k.Dense(2, name="place")(both)])


def test_several_outputs_train_and_tell_alike() -> None:
    """Names and values of the history, with weights of the losses and metrics by output."""
    ours, theirs = two_ends(pellucid), two_ends(keras)
    theirs.set_weights(ours.get_weights())
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=(40, 6)).astype(np.float32), rng.normal(size=(40, 4)).astype(np.float32)
    kind, place = rng.integers(0, 3, 40), rng.normal(size=(40, 2)).astype(np.float32)
    histories = []
    for model in (ours, theirs):
        model.compile(
            "adam",
            {"kind": "sparse_categorical_crossentropy", "place": "mse"},
            loss_weights={"place": 0.3, "kind": 1.0},
            metrics={"kind": ["accuracy"], "place": ["mse"]},
        )
        settings = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0, "validation_split": 0.2}
        histories.append(model.fit({"x": x, "z": z}, {"kind": kind, "place": place}, **settings).history)
    mine, reference = histories
    assert set(mine) == set(reference)
    for name, values in mine.items():
        check_close("several outputs: history", np.array(values), np.array(reference[name]), 1e-4)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close("several outputs: weights", a, b, 1e-4)
