"""Passes over batches that overlap, in threads or one within another, count each for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, layers

ZEROS = np.zeros((8, 1), np.float32)


pytestmark = pytest.mark.usefixtures("impatient_threads")


def _identity() -> Sequential:
    """Its loss on inputs of c is c^2, and stays that, for it has no weights."""
    model = Sequential([Input((1,)), layers.Rescaling(1.0)])
    model.compile("sgd", "mse")
    return model


def _filled(value: float) -> np.ndarray:
    return np.full((8, 1), value, np.float32)


PASSES: dict[str, Callable[[Sequential, float], Any]] = {
    "evaluate": lambda model, value: model.evaluate(_filled(value), ZEROS, batch_size=2, verbose=0),
    "train_on_batch": lambda model, value: model.train_on_batch(_filled(value), ZEROS),
    "fit": lambda model, value: model.fit(_filled(value), ZEROS, batch_size=2, verbose=0).history["loss"][0],
}


@pytest.mark.parametrize("name", PASSES)
def test_in_threads(name: str) -> None:
    model, wrong = _identity(), list[Any]()

    def run(value: float) -> None:
        for _ in range(40):
            got = PASSES[name](model, value)
            if got != value**2:
                wrong.append((value, got))

    threads = [threading.Thread(target=run, args=(value,)) for value in (1.0, 2.0, 3.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


class _Also(callbacks.Callback):
    """Begins another pass in the middle of one."""

    def __init__(self, begun: Callable[[Sequential, float], Any]) -> None:
        self.begun, self.results = begun, list[Any]()

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.results.append(self.begun(self.model, 3.0))

    on_test_batch_end = on_train_batch_end


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("outer", ["evaluate", "fit"])
def test_one_within_another(outer: str, name: str) -> None:
    model, also = _identity(), _Also(PASSES[name])
    if outer == "fit":
        history = model.fit(_filled(2.0), ZEROS, batch_size=2, epochs=2, verbose=0, callbacks=[also])
        told = history.history["loss"]
    else:
        told = [model.evaluate(_filled(2.0), ZEROS, batch_size=2, verbose=0, callbacks=[also])]
    assert set(told) == {4.0} and set(also.results) == {9.0}
