"""A small network for digits, and trainings of it: by the explorer, waited for, and by `fit`."""

from __future__ import annotations

import time
from typing import Any

from pellucid import Model, Sequential, datasets, layers, set_random_seed
from pellucid.explorer.training import Training

NAMES = tuple("0123456789")


def digits_network() -> Sequential:
    """A small network for digits, drawn the same each time."""
    set_random_seed(3)
    return Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_net",
    )


def wait_for(is_so: Any) -> None:
    """Until something is so; fails after long."""
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.002)


def rest(training: Training) -> None:
    """Until a training rests, and has said so."""
    wait_for(lambda: training.is_at_rest)


def fitted(epochs: int, **settings: Any) -> tuple[Model, dict[str, list[float]]]:
    """The same network, trained by `fit` on the same data."""
    (x, y), held = datasets.digits.load_data()
    model = digits_network()
    model.compile(settings.pop("optimizer", "adam"), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x[:512], y[:512], batch_size=64, epochs=epochs, validation_data=held, verbose=0, **settings)
    return model, history.history
