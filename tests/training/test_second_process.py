"""What a process that is not the first one leaves behind: nothing, neither in folders nor on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pellucid import Sequential, callbacks, layers, processes


@pytest.fixture
def second() -> Iterator[None]:
    """This process takes itself for the second of two; its engine is its own."""
    processes.join(1, 2)
    yield
    processes.join(0, 1)


def test_every_callback_that_writes_or_speaks(second: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same callbacks run in all processes; files and lines come from the first one."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    members = [
        callbacks.CSVLogger(tmp_path / "csv" / "log.csv"),
        callbacks.TensorBoard(tmp_path / "board", histogram_freq=1),
        callbacks.ModelCheckpoint(tmp_path / "best.keras", verbose=1),
        callbacks.BackupAndRestore(tmp_path / "run"),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate, verbose=1),
        callbacks.EarlyStopping("loss", patience=0, min_delta=10, verbose=1),
        callbacks.ProgbarLogger(),
    ]
    model.fit(x, y, epochs=3, verbose=2, callbacks=members)
    model.save(tmp_path / "model.keras")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert capsys.readouterr().out == ""
