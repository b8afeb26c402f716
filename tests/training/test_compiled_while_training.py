"""Who compiles a model while `fit` trains it is told; the steps that are left are not made with numbers of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, layers, optimizers
from pellucid.errors import ArgumentError

X, Y = np.ones((8, 3)), np.zeros((8, 1))


def network() -> Sequential:
    """A linear model whose learning rate falls from step to step."""
    model = Sequential([layers.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizers.SGD(optimizers.schedules.Triangular(0.01, 8, peak_at=0.0)), "mse")
    return model


class Compile(callbacks.Callback):
    """Compiles the model again, with another optimiser or the same one, when something is told for the first time."""

    def __init__(self, when: str, another: bool) -> None:
        super().__init__()
        self.another = another
        setattr(self, when, self.compile)

    def compile(self, *_: Any, **__: Any) -> None:
        """Compile anew."""
        self.model.compile(optimizers.SGD(0.1) if self.another else self.model.optimizer, "mse")


@pytest.mark.parametrize("another", [True, False])
@pytest.mark.parametrize("when", ["on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_epoch_end"])
def test_steps_are_not_made_with_numbers_of_both(when: str, another: bool) -> None:
    model = network()
    with pytest.raises(ArgumentError, match=r"compile\(\) was called while fit trains.*stop_training.*initial_epoch"):
        model.fit(X, Y, 4, 2, verbose=0, callbacks=[Compile(when, another)])
    model.fit(X, Y, 4, 1, verbose=0)


@pytest.mark.parametrize("when", ["on_train_end", "on_epoch_end"])
def test_behind_the_last_step_it_may_be_compiled(when: str) -> None:
    model, plain = network(), network()
    plain.fit(X, Y, 4, 1, verbose=0)
    model.fit(X, Y, 4, 1, verbose=0, callbacks=[Compile(when, another=True)])
    np.testing.assert_array_equal(model.get_weights()[0], plain.get_weights()[0])
    assert model.optimizer.learning_rate == pytest.approx(0.1)
