"""What trainings say is printed, or goes to Python's `logging`, as the process decides."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, config, layers, utils

X, Y = np.zeros((8, 3), np.float32), np.ones((8, 1), np.float32)


@pytest.fixture
def quiet() -> Iterator[None]:
    config.disable_interactive_logging()
    yield
    config.enable_interactive_logging()


def _model() -> Sequential:
    model = Sequential([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def _talkers(folder: Path) -> list[callbacks.Callback]:
    return [
        callbacks.LearningRateScheduler(lambda epoch: 0.0, verbose=1),
        callbacks.ReduceLROnPlateau("loss", patience=1, verbose=1),
        callbacks.ModelCheckpoint(folder / "best.keras", monitor="loss", save_best_only=True, verbose=1),
        callbacks.EarlyStopping("loss", patience=2, verbose=1, restore_best_weights=True),
    ]


WORDS = (
    "Epoch 1: LearningRateScheduler setting learning rate to 0",
    "Epoch 2: loss did not improve",
    "Epoch 3: early stopping",
    "Restoring model weights from the end of the best epoch: 1.",
)


def test_the_flag_has_two_doors() -> None:
    """As in Keras, `config` and `utils`."""
    assert config.is_interactive_logging_enabled() and utils.is_interactive_logging_enabled()
    utils.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    utils.enable_interactive_logging()
    assert config.is_interactive_logging_enabled()


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_all_goes_to_the_log(
    verbose: Any, quiet: None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One record each, as information of the logger "pellucid", and nothing is printed."""
    model = _model()
    with caplog.at_level(logging.INFO):
        model.fit(X, Y, epochs=4, verbose=verbose, callbacks=_talkers(tmp_path))
        model.evaluate(X, Y, verbose=verbose)
        model.predict(X, verbose=verbose)
    assert capsys.readouterr().out == ""
    assert {(record.name, record.levelno) for record in caplog.records} == {("pellucid", logging.INFO)}
    said = [record.getMessage() for record in caplog.records]
    assert all(line == line.strip() and "\n" not in line for line in said)
    assert all(any(line.startswith(words) for line in said) for words in WORDS), said
    assert sum(line.startswith("Epoch 1/4 - 1/1 - ") for line in said) == 1
    assert sum(line.startswith("1/1 - ") for line in said) == 2


def test_it_is_printed_else(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level(logging.INFO):
        _model().fit(X, Y, epochs=4, verbose=2, callbacks=_talkers(tmp_path))
    printed = capsys.readouterr().out
    assert all(words in printed for words in WORDS) and "Epoch 1/4 - 1/1 - " in printed
    assert not [record for record in caplog.records if record.name == "pellucid"]


def test_a_live_line_is_a_line_per_epoch_in_the_log(
    quiet: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal too."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with caplog.at_level(logging.INFO):
        _model().fit(X, Y, batch_size=1, epochs=2, verbose=1)
    assert capsys.readouterr().out == ""
    assert len(caplog.records) == 2
