"""Slow weights follow the fast ones as the paper says, in float64 beside it, also in a training that goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, layers, optimizers
from pellucid.callbacks import Lookahead
from pellucid.errors import ArgumentError

RATE, X = 0.05, np.random.default_rng(2).normal(size=(12, 3))
Y = X @ np.array([[1.0], [-2.0], [0.5]])


def network(**settings: Any) -> Sequential:
    """A linear network that begins with zeros."""
    model = Sequential([layers.Input((3,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(RATE), "mse", **settings)
    return model


def by_hand(steps: int, alpha: Callable[[int], float], total: int) -> np.ndarray:
    """Algorithm 1 of the paper with gradient descent, in float64."""
    slow = fast = np.zeros((3, 1))
    for made in range(1, total + 1):
        batch = slice(4 * ((made - 1) % 3), 4 * ((made - 1) % 3) + 4)
        fast = fast - RATE * 2 / 4 * X[batch].T @ (X[batch] @ fast - Y[batch])
        if made % steps == 0 or made == total:
            slow = fast = slow + alpha(made) * (fast - slow)
    return fast


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.5, 1.0, lambda step: 1 - 0.7 * (step / 12) ** 3])
def test_it_is_what_the_paper_says(steps: int, alpha: Any) -> None:
    model = network()
    model.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(steps, alpha)])
    wanted = by_hand(steps, alpha if callable(alpha) else lambda _: alpha, 12)
    np.testing.assert_allclose(model.get_weights()[0], wanted, rtol=1e-5)


def test_several_steps_in_one_call_count_each() -> None:
    """Three of them, and one is due with each: as if it were every third."""
    one, several = network(), network(steps_per_execution=3)
    one.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(3, 0.5)])
    several.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(3, 0.5)])
    np.testing.assert_allclose(several.get_weights()[0], one.get_weights()[0], rtol=1e-6)


def test_a_training_that_is_broken_off_goes_on_with_the_slow_weights(tmp_path: Any) -> None:
    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self.model.stepper.position == (1, 2):
                raise KeyboardInterrupt

    def kept() -> callbacks.BackupAndRestore:
        return callbacks.BackupAndRestore(tmp_path / "kept", save_freq=1)

    whole, model = network(), network()
    whole.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(4)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(4), kept(), Stop()])
    again = network()
    again.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(4), kept()])
    np.testing.assert_array_equal(again.get_weights()[0], whole.get_weights()[0])


@pytest.mark.parametrize("slow", [False, True])
def test_moving_statistics_are_slow_where_that_is_asked(slow: bool) -> None:
    model = Sequential([layers.Input((3,)), layers.BatchNormalization(momentum=0.0), layers.Dense(1)])
    model.compile(optimizers.SGD(RATE), "mse")
    model.fit(X, Y, 12, 1, verbose=0, callbacks=[Lookahead(1, 0.5, moving_statistics=slow)])
    mean = model.layers[0].moving_mean.numpy()
    np.testing.assert_allclose(mean, X.mean(axis=0) * (0.5 if slow else 1.0), rtol=1e-4)


def test_what_is_no_share_is_refused() -> None:
    with pytest.raises(ArgumentError, match="alpha"):
        Lookahead(alpha=1.5)
    with pytest.raises(ArgumentError, match="steps"):
        Lookahead(steps=0)
    with pytest.raises(ArgumentError, match="alpha after 2 steps"):
        network().fit(X, Y, 4, 1, verbose=0, callbacks=[Lookahead(2, lambda step: 2.0)])


def test_weights_that_are_averages_at_the_end_stay_so() -> None:
    """A last step would mix the averages with slow weights, where the number of steps is no multiple of `steps`."""
    model, last = network(), []

    class Note(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            last[:] = [average.numpy() for _, average in self.model.optimizer.moving_averages()]

    model.compile(optimizers.SGD(RATE, use_ema=True, ema_momentum=0.7), "mse")
    model.fit(X, Y, 4, 4, verbose=0, shuffle=False, callbacks=[Lookahead(5), Note()])
    np.testing.assert_array_equal(model.get_weights()[0], last[0])


def test_each_slow_weight_follows_the_one_it_began_with() -> None:
    """Two layers of one size, of which the one is frozen and the other thawed: their slow weights are not swapped."""
    model = Sequential([layers.Input((3,)), layers.Dense(3, name="a"), layers.Dense(3, name="b"), layers.Dense(1)])
    model.layers[1].trainable = False
    model.compile(optimizers.SGD(RATE), "mse")

    class Swap(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.layers[0].trainable, self.model.layers[1].trainable = False, True

    with pytest.raises(ArgumentError, match=r"other weights now .*a/kernel.*b/kernel.*between two calls of fit"):
        model.fit(X, Y, 4, 2, verbose=0, callbacks=[Lookahead(2), Swap()])


def test_slow_weights_are_confined_as_those_they_follow() -> None:
    """Half-way between two vectors of length 1 lies a shorter one; what is frozen of a kernel is not touched."""
    model = Sequential([layers.Input((3,)), layers.Dense(2, use_bias=False, kernel_constraint="unit_norm")])
    model.compile(optimizers.SGD(0.5), "mse")
    kernel = model.layers[0].kernel
    before = kernel.numpy()
    kernel.frozen_part = np.array([[False, True]])
    model.fit(X, np.tile(Y, 2), 4, 2, verbose=0, callbacks=[Lookahead(3, 0.5)])
    assert np.linalg.norm(kernel.numpy()[:, 0]) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_array_equal(kernel.numpy()[:, 1], before[:, 1])


@pytest.mark.parametrize("first", [True, False])
def test_the_weights_of_the_best_epoch_stay(first: bool) -> None:
    """Whichever of the two callbacks comes first."""
    model, best = network(), []

    class Note(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            best.append(self.model.get_weights()[0])

    stop = callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    told = [Note(), stop, Lookahead(5)] if first else [Note(), Lookahead(5), stop]
    model.fit(X, Y, 4, 4, verbose=0, shuffle=False, validation_data=(X, -Y), callbacks=told)
    assert len(best) == 3 and model.stop_training
    np.testing.assert_array_equal(model.get_weights()[0], best[1])
