"""No step is made with a learning rate below 0, which would let the loss grow; the step before may be the last one."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, layers, optimizers
from pellucid.errors import ArgumentError


class Line(optimizers.schedules.LearningRateSchedule):
    """A line to 0 that somebody forgot to end there."""

    def __init__(self, steps: int, end: float = 0.0) -> None:
        self.steps, self.end = steps, end

    def __call__(self, step: int) -> float:
        return 0.1 * (1 - step / self.steps) + self.end


def trained(schedule: Line, steps: int) -> np.ndarray:
    """The weight of a linear model after so many steps."""
    model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(schedule), "mse")
    model.fit(np.ones((steps, 1)), np.ones((steps, 1)), 1, 1, verbose=0)
    return np.asarray(model.get_weights()[0])


def test_a_schedule_that_ends_before_the_training() -> None:
    with pytest.raises(ArgumentError, match=r"learning rate after 3 steps is -0\.05, .* loss grows; .*max"):
        trained(Line(2), 5)
    with pytest.raises(ArgumentError, match="loss grows"):
        optimizers.SGD(lambda: -0.1).apply([[1.0]], [np.zeros(1)])


def test_what_rounding_makes_of_0_is_0() -> None:
    np.testing.assert_array_equal(trained(Line(2, -1e-17), 3), trained(Line(2), 3))


def test_what_comes_behind_the_last_step_does_not_matter() -> None:
    """It may be asked for all the same, by what is written of an epoch."""
    optimizer, w = optimizers.SGD(Line(2, -0.05)), np.zeros(1)
    optimizer.apply([[1.0]], [w])
    optimizer.apply([[1.0]], [w])
    assert float(optimizer.learning_rate) == pytest.approx(-0.05)
    assert w == pytest.approx(-0.05)
