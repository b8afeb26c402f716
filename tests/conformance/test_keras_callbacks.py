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
            assert told is not None, "there are always some"
            calls.append((name, number, tuple(sorted(told))))
            if (name, number) == stop_at:
                self.model.stop_training = True
            getattr(super(type(self), self), name)(*arguments, **({} if logs is None else {"logs": logs}))

        return note

    def take(name: str) -> Callable[..., None]:
        def note(self: Any, given: Any) -> None:
            calls.append((name, None, tuple(f"{key}={given[key]}" for key in sorted(given)) if name[4] == "p" else ()))
            getattr(super(type(self), self), name)(given)

        return note

    hooks = {name: hook(name) for name in HOOKS} | {name: take(name) for name in ("set_model", "set_params")}
    return type("Recorder", (library.callbacks.Callback,), hooks)()


def _calls(stop_at: tuple[str, int] | None, **settings: Any) -> list[list[Call]]:
    found = []
    for library in (pellucid, keras):
        model, calls = chain(library), list[Call]()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = samples(model, 30), np.arange(30) % 5
        recorder = _recorder(library, calls, stop_at)
        model.fit(x, y, batch_size=8, verbose=0, callbacks=[recorder], **settings)
        model.evaluate(x, y, batch_size=16, verbose=0, callbacks=[recorder])
        model.predict(x, batch_size=16, verbose=0, callbacks=[recorder])
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
    assert ours == theirs


NAMES = {
    "short": ["acc"],
    "long": ["accuracy"],
    "capital": ["ACC", "Accuracy"],
    "both": ["acc", "accuracy"],
    "function": ["sparse_categorical_accuracy"],
    "class": ["SparseCategoricalAccuracy"],
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("outputs", [1, 2])
def test_names_of_metrics(name: str, outputs: int) -> None:
    """What is told is called as it was asked for, with the output's name before it where there are several."""
    told = []
    for library in (pellucid, keras):
        x = library.Input((4,))
        ends = [library.layers.Dense(3, activation="softmax", name=f"out{n}")(x) for n in range(outputs)]
        model = library.Model(x, ends if outputs > 1 else ends[0])
        wanted = [NAMES[name]] * outputs if outputs > 1 else NAMES[name]
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=wanted)
        y = [np.zeros(8, int)] * outputs
        history = model.fit(np.ones((8, 4), "float32"), y if outputs > 1 else y[0], verbose=0, validation_split=0.5)
        told.append(sorted(history.history))
    assert told[0] == told[1]
