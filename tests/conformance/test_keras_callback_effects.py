"""What callbacks do is what Keras's do: when they save, stop and lower the rate, and what they write down."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import chain, samples

import pellucid
from pellucid import callbacks

assert keras_oracle.keras is keras

OURS = [name for name in callbacks.__all__ if hasattr(keras.callbacks, name)]


@pytest.mark.parametrize("name", OURS)
def test_arguments(name: str) -> None:
    """Names, order and defaults; what is beyond them comes behind."""
    ours, theirs = (
        {
            each.name: each.default
            for each in inspect.signature(getattr(library, name)).parameters.values()
            if each.kind is not each.VAR_KEYWORD
        }
        for library in (callbacks, keras.callbacks)
    )
    assert list(ours.items())[: len(theirs)] == list(theirs.items())


def test_all_are_here() -> None:
    theirs = {name for name in dir(keras.callbacks) if name[0].isupper()}
    assert theirs - set(OURS) <= {"BackupAndRestore", "OrbaxCheckpoint", "RemoteMonitor"}


class _Model:
    """Has an optimiser, and notes what is saved."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer, self.saved, self.stop_training = optimizer, [], False

    def save(self, path: str, overwrite: bool) -> None:
        self.saved.append(path)

    save_weights = save

    def check_savable(self) -> None: ...


def _run(callback: Any, optimizer: Any, curve: list[float], batches: int = 0) -> tuple[Any, ...]:
    """What is saved, and the learning rate after each epoch."""
    model, rates = _Model(optimizer), []
    callback.set_model(model)
    callback.set_params({"epochs": len(curve), "steps": batches, "verbose": 0})
    callback.on_train_begin()
    for epoch, value in enumerate(curve):
        callback.on_epoch_begin(epoch)
        for batch in range(batches):
            callback.on_train_batch_end(batch, {"watched": value})
        logs = {"watched": value}
        callback.on_epoch_end(epoch, logs)
        rates.append(float(np.asarray(optimizer.learning_rate)))
        assert set(logs) <= {"watched", "learning_rate"}
    callback.on_train_end()
    return model.saved, rates


CURVES = st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=1, max_size=10)
MODES = st.sampled_from(["min", "max"])


@settings(deadline=None, max_examples=60)
@given(
    curve=CURVES,
    mode=MODES,
    arguments=st.fixed_dictionaries(
        {
            "factor": st.sampled_from([0.5, 0.1]),
            "patience": st.integers(0, 3),
            "min_delta": st.sampled_from([0, 0.25]),
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.06]),
        }
    ),
)
def test_rates_on_a_plateau(curve: list[float], mode: str, arguments: dict[str, Any]) -> None:
    ours = callbacks.ReduceLROnPlateau("watched", mode=mode, **arguments)
    theirs = keras.callbacks.ReduceLROnPlateau("watched", mode=mode, **arguments)
    mine = _run(ours, pellucid.optimizers.SGD(0.25), curve)[1]
    assert mine == pytest.approx(_run(theirs, keras.optimizers.SGD(0.25), curve)[1], rel=1e-6)
    assert (ours.best, ours.wait, ours.cooldown_counter) == (theirs.best, theirs.wait, theirs.cooldown_counter)


@settings(deadline=None, max_examples=60)
@given(
    curve=CURVES,
    mode=MODES,
    batches=st.integers(0, 5),
    arguments=st.fixed_dictionaries(
        {
            "save_best_only": st.booleans(),
            "save_freq": st.sampled_from(["epoch", 1, 3, 7]),
            "initial_value_threshold": st.sampled_from([None, 0.5]),
        }
    ),
)
def test_what_is_saved(curve: list[float], mode: str, batches: int, arguments: dict[str, Any]) -> None:
    name = "{epoch:02d}-{watched:.3f}" + ("" if arguments["save_freq"] == "epoch" else "-{batch}") + ".keras"
    found = []
    for library in (callbacks, keras.callbacks):
        checkpoint = library.ModelCheckpoint(name, "watched", mode=mode, **arguments)
        checkpoint._set_monitor_op()  # Keras finds that out with the first epoch's end, too late for batches
        found.append(_run(checkpoint, SimpleNamespace(learning_rate=0.0), curve, batches)[0])
    assert found[0] == found[1]


@pytest.mark.parametrize("schedule", [lambda epoch: 0.1 / (1 + epoch), lambda epoch, rate: rate * 0.5])
def test_scheduled_rates(schedule: Callable[..., float]) -> None:
    ours = _run(callbacks.LearningRateScheduler(schedule), pellucid.optimizers.SGD(0.25), [0.0] * 4)[1]
    theirs = _run(keras.callbacks.LearningRateScheduler(schedule), keras.optimizers.SGD(0.25), [0.0] * 4)[1]
    assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize(
    ("monitor", "metric"),
    [("loss", None), ("mine", "BinaryAccuracy"), ("val_other", "MeanSquaredError"), ("precision_7", "Precision")],
)
def test_which_direction_is_better(monitor: str, metric: str | None) -> None:
    """The metric is asked, whatever it is called."""
    found, data = [], (np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))
    for library in (pellucid, keras):
        model = library.Sequential([library.Input((2,)), library.layers.Dense(1, activation="sigmoid")])
        named = [] if metric is None else [getattr(library.metrics, metric)(name=monitor.removeprefix("val_"))]
        model.compile("sgd", "binary_crossentropy", metrics=named)
        model.train_on_batch(*data)  # before that Keras's models do not know their metrics
        watching = library.callbacks.EarlyStopping(monitor)
        watching.set_model(model)
        watching._set_monitor_op()
        found.append(watching.monitor_op.__name__)
    assert found[0] == found[1]


@pytest.mark.parametrize("validation", [0.0, 0.25])
def test_lines_of_numbers(validation: float, tmp_path: Path) -> None:
    """The same numbers under the same names, whoever trains; Keras alone has columns of validation without any."""
    found = []
    for library in (pellucid, keras):
        model, path = chain(library), tmp_path / f"{library.__name__}.csv"
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = samples(model, 32), np.arange(32) % 5
        history = model.fit(
            *(x, y), epochs=3, verbose=0, validation_split=validation, callbacks=[library.callbacks.CSVLogger(path)]
        )
        rows = list(csv.DictReader(path.open()))
        for name, curve in history.history.items():
            assert [float(row[name]) for row in rows] == curve
        found.append([{name: "" for name, value in row.items() if value != "NA"} for row in rows])
    assert found[0] == found[1]


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_averages_are_validated(swap_on_epoch: bool) -> None:
    """In a training: the validation losses and the weights that it ends with.

    By a rule that is linear in the gradient: Adam's steps follow the sign of a gradient that is rounding alone.
    """
    models, found = [chain(library) for library in (keras, pellucid)], []
    models[1].set_weights(models[0].get_weights())
    for library, model in zip((keras, pellucid), models, strict=True):
        optimizer = library.optimizers.SGD(0.1, momentum=0.5, use_ema=True, ema_momentum=0.7)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        swap = library.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
        data, arguments = (samples(model, 24), np.arange(24) % 5), {"epochs": 3, "batch_size": 8, "shuffle": False}
        held = (data[0][::-1].copy(), data[1])
        history = model.fit(*data, **arguments, verbose=0, validation_data=held, callbacks=[swap])
        found.append([*history.history["val_loss"], *model.get_weights()])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
