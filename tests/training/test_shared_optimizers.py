"""One optimiser for several models, or for a model compiled again, goes on with what it remembers, as in Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, layers, optimizers

X = np.random.default_rng(1).normal(size=(8, 4)).astype(np.float32)
Y = np.random.default_rng(2).normal(size=(8, 3)).astype(np.float32)
RULES = {
    "sgd": lambda: optimizers.SGD(0.05, momentum=0.9),
    "adam": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.05, 2, 0.7)),
    "several": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(0.05, momentum=0.9), {".*bias": optimizers.Adam(0.01)})
    ),
}


def _models() -> tuple[Sequential, Sequential]:
    """Two over the same layer."""
    dense = layers.Dense(3, kernel_initializer="ones", name="dense")
    same = layers.Activation("linear")
    return Sequential([layers.Input((4,)), dense]), Sequential([layers.Input((4,)), same, dense])


def _undisturbed(rule: str, epochs: int) -> list[np.ndarray]:
    model, _ = _models()
    model.compile(RULES[rule](), "mse")
    model.fit(X, Y, 4, epochs, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.mark.parametrize("rule", RULES)
def test_a_model_that_is_compiled_again(rule: str) -> None:
    model, _ = _models()
    optimizer = RULES[rule]()
    for made in (0, 6):
        model.compile(optimizer, "mse")
        assert optimizer.iterations == made
        model.fit(X, Y, 4, 3, verbose=0, shuffle=False)
    for found, expected in zip(model.get_weights(), _undisturbed(rule, 6), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rule", RULES)
def test_another_model_of_the_same_layers(rule: str, late: bool) -> None:
    """Compiled before the first trains, or behind that; in turns."""
    one, other = _models()
    optimizer = RULES[rule]()
    one.compile(optimizer, "mse")
    if not late:
        other.compile(optimizer, "mse")
    one.fit(X, Y, 4, 2, verbose=0, shuffle=False)
    if late:
        other.compile(optimizer, "mse")
    other.fit(X, Y, 4, 2, verbose=0, shuffle=False)
    assert one.optimizer.iterations == other.optimizer.iterations == 8
    one.fit(X, Y, 4, 2, verbose=0, shuffle=False)
    assert one.optimizer.iterations == other.optimizer.iterations == 12
    for found, expected in zip(one.get_weights(), _undisturbed(rule, 6), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_models_of_other_layers_count_together() -> None:
    """As the two halves of an adversarial network in scripts of Keras 1 and 2; each weight has its own momentum."""
    optimizer = optimizers.SGD(0.05, momentum=0.9)
    models = [Sequential([layers.Input((4,)), layers.Dense(3, kernel_initializer="ones")]) for _ in range(2)]
    for model in models:
        model.compile(optimizer, "mse")
    for _ in range(3):
        for model in models:
            model.train_on_batch(X, Y)
    assert optimizer.iterations == 6
    expected, _ = _models()
    expected.compile(optimizers.SGD(0.05, momentum=0.9), "mse")
    for _ in range(3):
        expected.train_on_batch(X, Y)
    for model in models:
        for found, right in zip(model.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-6)


def test_an_optimizer_that_was_put_aside_knows_its_steps() -> None:
    model, _ = _models()
    first, second = optimizers.SGD(0.05, momentum=0.9), optimizers.SGD(0.05)
    model.compile(first, "mse")
    model.fit(X, Y, 4, 2, verbose=0)
    model.compile(second, "mse")
    model.fit(X, Y, 4, 1, verbose=0)
    assert (first.iterations, second.iterations) == (4, 2)
    model.compile(first, "mse")
    model.fit(X, Y, 4, 1, verbose=0)
    assert (first.iterations, second.iterations) == (6, 2)


class Stop(callbacks.Callback):
    """The training is killed as an epoch begins."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epoch:
            raise KeyboardInterrupt


def _in_two_stages(rule: str, folder: Path, *more: callbacks.Callback) -> list[np.ndarray]:
    """Two epochs of the one model, four of the other, kept after each epoch."""
    models, optimizer = _models(), RULES[rule]()
    for model in reversed(models):
        model.compile(optimizer, "mse")
    for number, (model, begin, end) in enumerate(zip(models, (0, 2), (2, 6), strict=True)):
        kept = callbacks.BackupAndRestore(folder / str(number), delete_checkpoint=False)
        told = {"verbose": 0, "shuffle": False, "callbacks": [kept, *more]}
        model.fit(X, Y, 4, end, initial_epoch=begin, **told)
    return model.get_weights()


@pytest.mark.parametrize("epoch", [1, 3, 5])
@pytest.mark.parametrize("rule", RULES)
def test_a_training_in_two_stages_that_was_killed_goes_on(rule: str, epoch: int, tmp_path: Path) -> None:
    """The record that is restored counts, not where the model of the first stage has left the optimiser."""
    with pytest.raises(KeyboardInterrupt):
        _in_two_stages(rule, tmp_path, Stop(epoch))
    for found, expected in zip(_in_two_stages(rule, tmp_path), _undisturbed(rule, 6), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_record_holds_what_another_model_has_trained_since() -> None:
    """Such as the one at the beginning of a stage, to which a training goes back whose loss is no number."""
    one, other = _models()
    optimizer = RULES["sgd"]()
    for model in (one, other):
        model.compile(optimizer, "mse")
    one.fit(X, Y, 4, 2, verbose=0)
    states = [model.stepper.capture() for model in (one, other)]
    assert [state.step for state in states] == [4, 4]
    for mine, theirs in zip(*(state.slots.values() for state in states), strict=True):
        np.testing.assert_array_equal(mine["momentum"], theirs["momentum"])
