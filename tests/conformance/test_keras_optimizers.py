"""Fifty steps of training by each optimiser, beside Keras: losses, weights, and what is remembered; in files too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from cases.optimizers import SELDOM, OptimizerCase
from keras_oracle import check_close

import pellucid

CASES = (
    OptimizerCase("sgd, all of it", "SGD", {"momentum": 0.9, "nesterov": True, **SELDOM["all of it"]}),
    OptimizerCase("rmsprop", "RMSprop", {"momentum": 0.5, "centered": True}),
    OptimizerCase("adagrad", "Adagrad"),
    OptimizerCase("adadelta", "Adadelta"),
    OptimizerCase("adam, amsgrad along several gradients", "Adam", {"amsgrad": True, "gradient_accumulation_steps": 3}),
    OptimizerCase("adamw", "AdamW"),
    OptimizerCase("adamax", "Adamax"),
    OptimizerCase("nadam", "Nadam"),
    OptimizerCase("ftrl", "Ftrl", {"l1_regularization_strength": 0.01}),
    OptimizerCase("lion", "Lion"),
    OptimizerCase("lamb, averaged", "Lamb", SELDOM["averaged and overwritten"]),
    OptimizerCase("adafactor, all of it", "Adafactor", SELDOM["all of it"]),
    OptimizerCase("muon", "Muon", {"exclude_layers": ["last"]}),
    OptimizerCase("schedule free", "ScheduleFreeAdamW"),
)


def network(library: Any) -> Any:
    k = library.layers
    return library.Sequential(
        [
            library.Input((6,)),
            k.Dense(4, activation="tanh", name="first"),
            k.Reshape((4, 1)),
            k.Conv1D(2, 2, name="second"),
            k.Flatten(),
            k.Dense(3, name="last", kernel_constraint="non_neg"),
        ]
    )


def test_every_optimizer_is_here() -> None:
    """MultiOptimizer has a training of its own, below."""
    known = {name for name in pellucid.optimizers.__all__ if name[0].isupper()}
    assert {case.kind for case in CASES} == known - {"Optimizer", "OptimizerMap", "MultiOptimizer"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fifty_steps(case: OptimizerCase, tmp_path: Path) -> None:
    ours, theirs = network(pellucid), network(keras)
    theirs.set_weights(ours.get_weights())
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(200, 6)).astype(np.float32), rng.normal(size=(200, 3)).astype(np.float32)
    losses = []
    for model, library in ((ours, pellucid), (theirs, keras)):
        model.compile(case.make(library.optimizers, 0.01), "mse")
        history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        losses.append(np.array(history.history["loss"]))
    check_close(f"{case.kind}: losses", losses[0], losses[1], 1e-4)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close(f"{case.kind}: weights after training", mine, reference, 1e-4)
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations)
    for mine, reference in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        size = max(1.0, float(np.abs(np.asarray(reference)).max()))
        check_close(f"{case.kind}: what is kept", mine.numpy() / size, np.asarray(reference) / size, 1e-4)
    ours.save(tmp_path / "ours.keras")
    loaded = pellucid.load_model(tmp_path / "ours.keras")
    for again, mine in zip(loaded.optimizer.variables, ours.optimizer.variables, strict=True):
        np.testing.assert_array_equal(again.numpy(), mine.numpy())
    ours.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    loaded.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    for again, mine in zip(loaded.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(again, mine)


def several(library: Any) -> Any:
    """An optimiser for each of the first two layers, and a default that moves the last."""
    made = library.optimizers
    chosen = made.OptimizerMap(made.Lamb(0.02), {".*first/.*": made.Adam(0.01, use_ema=True, clipnorm=0.3)})
    chosen[".*second/.*"] = made.SGD(0.02, momentum=0.9, weight_decay=0.1)
    return made.MultiOptimizer(chosen, loss_scale_factor=4.0)


def test_several_optimizers_in_one_training(tmp_path: Path) -> None:
    ours, theirs = network(pellucid), network(keras)
    theirs.set_weights(ours.get_weights())
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(200, 6)).astype(np.float32), rng.normal(size=(200, 3)).astype(np.float32)
    for model, library in ((ours, pellucid), (theirs, keras)):
        model.compile(several(library), "mse")
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for mine, reference in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        check_close("MultiOptimizer: weights after training", mine, reference, 1e-4)
    for mine, reference in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        check_close("MultiOptimizer: what is kept", mine.numpy(), np.asarray(reference), 1e-4)
    theirs.save(tmp_path / "theirs.keras")
    loaded = pellucid.load_model(tmp_path / "theirs.keras")
    for again, reference in zip(loaded.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_array_equal(again.numpy(), np.asarray(reference))
    again = keras.optimizers.deserialize(pellucid.optimizers.serialize(ours.optimizer))
    assert [type(each).__name__ for each in again.optimizers] == ["Adam", "SGD", "Lamb"]
