"""The same callback in both libraries sees the same calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest
from networks import chain, samples

import pellucid
from pellucid.callbacks.base import HOOKS

assert keras_oracle.keras is keras

Call = tuple[str, int | None, tuple[str, ...]]


def _recorder(library: Any, calls: list[Call], stop_at: tuple[str, int] | None) -> Any:
    """A callback of a library that notes each call with its number and, at the end of something, the names told."""

    def hook(name: str) -> Callable[..., None]:
        def note(self: Any, *arguments: Any, logs: Any = None) -> None:
            number = arguments[0] if arguments and isinstance(arguments[0], int) else None
            told = logs if logs is not None else next((a for a in arguments if isinstance(a, dict)), None)
            calls.append((name, number, tuple(sorted(told or ())) if name.endswith("_end") else ()))
            if (name, number) == stop_at:
                self.model.stop_training = True

        return note

    return type("Recorder", (library.callbacks.Callback,), {name: hook(name) for name in HOOKS})()


def _calls(stop_at: tuple[str, int] | None, **settings: Any) -> list[list[Call]]:
    found = []
    for library in (pellucid, keras):
        model, calls = chain(library), list[Call]()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = samples(model, 30), np.arange(30) % 5
        recorder = _recorder(library, calls, stop_at)
        model.fit(x, y, batch_size=8, verbose=0, callbacks=[recorder], **settings)
        model.evaluate(x, y, batch_size=16, verbose=0, callbacks=[recorder])
        found.append(calls)
    return found


SETTINGS = {
    "plain": ({"epochs": 2}, None),
    "validation": ({"epochs": 3, "validation_split": 0.3}, None),
    "later epochs": ({"epochs": 5, "initial_epoch": 3}, None),
    "stopped by an epoch": ({"epochs": 5, "validation_split": 0.3}, ("on_epoch_end", 1)),
    "stopped by a batch": ({"epochs": 5}, ("on_train_batch_end", 1)),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_sequence_of_calls(name: str) -> None:
    """Which hooks, in which order, with which numbers, and what is told by each epoch, batch and test."""
    settings, stop_at = SETTINGS[name]
    ours, theirs = _calls(stop_at, **settings)
    assert [call[:2] for call in ours] == [call[:2] for call in theirs]
    for mine, reference in zip(ours, theirs, strict=True):
        if mine[0] != "on_train_end":  # Keras repeats the last epoch's logs there
            assert mine == reference
