"""Schedules as scripts write them: a class with `__call__` and no `get_config` trains, as in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import Sequential, layers, optimizers


class Warming(optimizers.schedules.LearningRateSchedule):
    def __init__(self, highest: float) -> None:
        super().__init__()
        self.highest = highest

    def __call__(self, step: Any) -> Any:
        return self.highest * (step + 1.0) / 4.0


def test_a_schedule_without_get_config_trains() -> None:
    model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(Warming(0.1)), "mse")
    model.fit(np.ones((2, 1)), np.ones((2, 1)), batch_size=1, epochs=1, shuffle=False, verbose=0)
    assert np.isclose(model.layers[0].kernel.numpy()[0, 0], 1 - (1 - 2 * 0.025) * (1 - 2 * 0.05))
