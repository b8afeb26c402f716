"""A training that is resumed with other data or settings than were kept says so; with the same it is silent."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, layers, losses, ops, optimizers
from pellucid.training.run_state import RunState

RNG = np.random.default_rng(0)
X, Y = RNG.random((48, 4), dtype=np.float32), RNG.random((48, 2), dtype=np.float32)
LEFT = "goes on with what there is now, and will not end as the undisturbed one"


class _Dies(Exception):
    pass


class _Dying(callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 4:
            raise _Dies


def _model(optimizer: Any = None, loss: Any = "mse", activation: str = "relu", **options: Any) -> Sequential:
    first, last = layers.Dense(3, activation=activation, name="a", **options), layers.Dense(2, name="b")
    model = Sequential([Input((4,)), first, layers.Dropout(0.2), last], seed=1, name="net")
    model.compile(optimizer or optimizers.SGD(0.01, momentum=0.9), loss)
    return model


def _said(
    folder: Path, make: Callable[[], Sequential] = _model, x: Any = X, y: Any = Y, batch_size: int = 8
) -> list[str]:
    """The warnings of a training that goes on from what another one has left in the folder."""
    with pytest.raises(_Dies):
        kept = callbacks.BackupAndRestore(folder, save_freq=3)
        _model().fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[kept, _Dying()])
    model = make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        again = callbacks.BackupAndRestore(folder, save_freq=3)
        model.fit(x, y, batch_size=batch_size, epochs=3, verbose=0, callbacks=again)
    assert model.optimizer.iterations == 18
    return [str(warning.message) for warning in caught]


def test_the_same_training_is_silent(tmp_path: Path) -> None:
    """Copies of the data, another verbosity and further callbacks are the same training."""
    assert _said(tmp_path, x=X.copy(), y=Y.astype(np.float64)) == []


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "data": ({"x": X[::-1].copy()}, f"net: the training that was kept had other data: it {LEFT}"),
    "targets": ({"y": Y + 1}, f"net: the training that was kept had other data: it {LEFT}"),
    "batch size": (
        {"x": X[:24], "y": Y[:24], "batch_size": 4},
        f"net: the training that was kept had another batch size (8, now 4), other data: it {LEFT}",
    ),
    "loss": (
        {"make": lambda: _model(loss=losses.Huber(0.5))},
        "net: the training that was kept had another loss (mean_squared_error, now huber_loss "
        f'{{"delta": 0.5}}): it {LEFT}',
    ),
    "layers": (
        {"make": lambda: _model(activation="tanh")},
        f"net: the training that was kept had other layers: it {LEFT}",
    ),
    "optimizer": (
        {"make": lambda: _model(optimizers.SGD(0.01, momentum=0.5))},
        f"net: the training that was kept had other optimizer settings: it {LEFT}",
    ),
    "learning rate": (
        {"make": lambda: _model(optimizers.SGD(0.5, momentum=0.9))},
        "net: the training that was kept had another learning rate (0.01, now 0.5): the kept one holds",
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_one_is_told(what: str, tmp_path: Path) -> None:
    """Once, by name, with both where they are short."""
    given, message = OTHERS[what]
    assert _said(tmp_path, **given) == [message]


def test_initial_values_are_of_no_account(tmp_path: Path) -> None:
    """What was kept has other values anyway."""
    assert _said(tmp_path, lambda: _model(kernel_initializer="ones")) == []


def test_records_that_say_nothing_of_it_are_taken(tmp_path: Path) -> None:
    """Those of before, and those that were taken outside of a `fit`."""
    model = _model()
    model.fit(X, Y, verbose=0)
    record = model.stepper.capture().plain()
    assert record["about"] is None
    older = {key: value for key, value in record.items() if key != "about"}
    assert RunState.of(older).about is None
    model.stepper.restore(older)
    with pytest.raises(ValueError, match="about cannot be"):
        RunState.of({**record, "about": {"data": 3}})


def test_what_cannot_be_written_down_is_kept_all_the_same() -> None:
    """Functions without a name, and layers of the user's own that do not tell their settings."""

    class Own(layers.Layer):
        def get_config(self) -> dict[str, Any]:
            raise KeyError("nothing")

        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    class Keeping(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stepper.restore(self.model.stepper.capture())

    model = Sequential([Input((4,)), Own(), layers.Dense(2, activation=lambda x: x * 2.0), layers.Lambda(lambda x: x)])
    model.compile(optimizers.SGD(lambda: 0.01), lambda t, p: ops.mean(ops.abs(t - p), axis=-1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, epochs=2, verbose=0, callbacks=Keeping())
