"""Loops by hand keep their programs from step to step, whatever the layers hold; losses may hold variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import GradientTape, Model, Sequential, layers, losses, optimizers
from pellucid import backend as K
from pellucid.tape import recording


def test_steps_share_a_program_where_operations_hold_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the places that enlarging takes pixels from; each step had made its program anew."""
    model = Sequential([layers.Input((4, 4, 1)), layers.UpSampling2D(2), layers.Conv2D(2, 3)])
    monkeypatch.setattr(recording, "_programs", {})
    optimizer = optimizers.SGD(0.1)
    for _ in range(3):
        with GradientTape() as tape:
            loss = losses.mean_squared_error(np.zeros((1, 6, 6, 2)), model(np.ones((1, 4, 4, 1)), training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    assert len(recording._programs) == 1


def test_models_that_give_dictionaries_are_seen_by_a_tape() -> None:
    class Parts(Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = layers.Dense(2), layers.Dense(3)

        def call(self, x: Any) -> Any:
            x = self.first(x)
            return {"small": {"a": x}, "large": self.second(x)}

    model = Parts()
    model(np.ones((1, 4)))
    with GradientTape() as tape:
        found = model(np.ones((1, 4)))
        loss = K.sum(found["small"]["a"]) + 2.0 * K.sum(found["large"])
    slope = tape.gradient(loss, model.second.bias)
    assert found["large"].shape == (1, 3) and slope.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_loss_may_hold_a_variable(engine: str) -> None:
    """As losses that weigh classes do; what it is set to counts from the next step on."""
    share = K.variable(np.full(3, 2.0))
    model = Sequential([layers.Input((2,)), layers.Dense(3, use_bias=False, kernel_initializer="ones")])
    model.compile(
        optimizers.SGD(0.1),
        lambda y_true, y_pred: K.sum(share * K.square(y_pred - y_true), -1),
        metrics=[lambda y_true, y_pred: K.mean(share * y_pred)],
        engine=engine,
    )
    x, y = np.ones((2, 2)), np.zeros((2, 3))
    assert model.train_on_batch(x, y) == pytest.approx([24.0, 4.0])
    np.testing.assert_allclose(model.get_weights()[0], 0.2, rtol=1e-5)  # 1 - 0.1 * 2 * 2 * 2
    K.set_value(share, np.zeros(3))
    assert model.evaluate(x, y, verbose=0) == [0.0, 0.0]
