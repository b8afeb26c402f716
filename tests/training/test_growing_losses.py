"""`fit` says that a loss explodes, while it is still a number; and keeps silent where one merely wavers."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, optimizers
from pellucid.training.growth import Growth

RNG = np.random.default_rng(0)
X, CLASSES = RNG.random((64, 6, 6, 1), dtype=np.float32), RNG.integers(0, 4, 64)
ENDS: dict[str, tuple[str | None, int, str, np.ndarray]] = {
    "classes": ("softmax", 4, "sparse_categorical_crossentropy", CLASSES),
    "numbers": (None, 1, "mse", CLASSES.astype("float32")),
    "yes or no": ("sigmoid", 1, "binary_crossentropy", CLASSES % 2),
}


def _said(end: str, optimizer: Any, batch_size: int = 16, epochs: int = 4) -> list[str]:
    """The warnings of a training with its history."""
    activation, units, loss, y = ENDS[end]
    parts = [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(units, activation=activation)]
    model = Sequential([Input((6, 6, 1)), *parts], seed=1, name="net")
    for weight in model.trainable_weights:
        if weight.ndim > 1:
            weight.assign(np.random.default_rng(1).normal(0, 0.2, weight.shape))
    model.compile(optimizer, loss)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, batch_size=batch_size, epochs=epochs, verbose=0)
        model.fit(X, y, batch_size=batch_size, epochs=1, verbose=0)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("optimizer", [optimizers.SGD(1e3), optimizers.Adam(10.0), optimizers.SGD(1e3, clipnorm=1.0)])
def test_a_rate_at_which_the_loss_explodes(end: str, optimizer: Any) -> None:
    """Once, with both numbers and what to do."""
    said = _said(end, type(optimizer).from_config(optimizer.get_config()))
    growing = [message for message in said if "the loss grows" in message]
    assert len(growing) == 1, said
    pattern = r"net: the loss grows: it was (\S+) in the first batch, and is (\S+) over epoch 1; the learning .*"
    found = re.fullmatch(pattern, growing[0])
    assert found and float(found[2]) > 10 * float(found[1])


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop", "adadelta"])
def test_a_training_that_wavers_is_left_in_peace(end: str, batch_size: int, name: str) -> None:
    assert _said(end, name, batch_size, epochs=2) == []


def test_growth_from_epoch_to_epoch() -> None:
    """Against the lowest loss, and only above that of the first epoch: what is nearly 0 may waver."""

    def said(*losses: float) -> list[str]:
        growth = Growth()
        return [growth.said(epoch, loss, lambda: False) for epoch, loss in enumerate(losses)]

    assert [bool(text) for text in said(2.0, 1.0, 9.0, 11.0)] == [False, False, False, True]
    assert said(2.0, 0.5, 30.0)[-1].startswith("it was 0.5 in epoch 2, and is 30 in epoch 3; the learning rate")
    assert said(1.0, 1e-9, 1e-3, 0.9) == [""] * 4
    assert said(-1.0, -0.9, 5.0) == [""] * 3


def test_the_first_batch_alone_proves_nothing() -> None:
    """It may have been an easy one, as where a trained network goes on: then no weight grows."""
    growth = Growth()
    growth.first = 1e-6
    assert growth.said(0, 1.0, lambda: False) == ""
    growth = Growth()
    growth.first = 1e-6
    assert growth.said(0, 1.0, lambda: True).startswith("it was 1e-06 in the first batch, and is 1 over epoch 1")
