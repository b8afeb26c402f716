"""The numbers of epochs in a file: whole lines, columns that are told, and training that goes on in the same file."""

from __future__ import annotations

import csv
import errno
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pellucid import Sequential
from pellucid.callbacks import CSVLogger
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import atomic

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


def run(logger: CSVLogger, *epochs: dict[str, object], first: int = 0) -> list[str]:
    """What is in the file after some epochs."""
    logger.on_train_begin()
    for number, logs in enumerate(epochs, first):
        logger.on_epoch_end(number, logs)
    logger.on_train_end()
    return Path(logger.filename).read_text().splitlines()


def test_the_numbers_are_those_of_the_history(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "training.csv"
    model = make_classifier(metrics=["accuracy"])
    history = model.fit(*data, epochs=3, validation_split=0.2, verbose=0, callbacks=[CSVLogger(path)])
    rows = list(csv.DictReader(path.open()))
    assert list(rows[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    for name, values in history.history.items():
        assert [float(row[name]) for row in rows] == values
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]


def test_columns_are_those_that_are_told(tmp_path: Path) -> None:
    """None is invented; one that comes later is added, with NA before it and where it fails to come."""
    lines = run(CSVLogger(tmp_path / "a.csv"), {"loss": 3.0}, {"loss": 2.0, "val_loss": 4.0}, {"loss": 1.0})
    assert lines == ["epoch,loss,val_loss", "0,3.0,NA", "1,2.0,4.0", "2,1.0,NA"]


def test_a_file_is_replaced_or_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    assert run(CSVLogger(path, "\t"), {"loss": 1.0, "mse": 2.0}) == ["epoch\tloss\tmse", "0\t1.0\t2.0"]
    again = CSVLogger(path, "\t", append=True)
    assert run(again, {"mse": 3.0, "acc": 0.5})[-1] == "0\tNA\t3.0\t0.5"
    assert run(again, {"loss": 9.0}, first=1) == [
        "epoch\tloss\tmse\tacc", "0\t1.0\t2.0\tNA", "0\tNA\t3.0\t0.5", "1\t9.0\tNA\tNA",
    ]  # fmt: skip
    assert run(CSVLogger(path), {"loss": 1.0}) == ["epoch,loss", "0,1.0"]


def test_a_line_that_was_broken_off_is_none(tmp_path: Path) -> None:
    """Nor does the next one go on in it."""
    path = tmp_path / "a.csv"
    path.write_text("epoch,loss\n0,1.0\n1,0.")
    assert run(CSVLogger(path, append=True), {"loss": 0.5}, first=1) == ["epoch,loss", "0,1.0", "1,0.5"]


def test_what_keras_wrote_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"epoch,loss,val_loss\r\n0,1.0,NA\r\n")
    assert run(CSVLogger(path, append=True), {"loss": 0.5}, first=1)[1:] == ["0,1.0,NA", "1,0.5,NA"]


def test_values_of_all_kinds(tmp_path: Path) -> None:
    lines = run(CSVLogger(tmp_path / "a.csv"), {"a": np.float32(0.5), "b": np.arange(2), "c": 'x,"y', "d": np.nan})
    assert list(csv.reader(lines))[1] == ["0", "0.5", "[0, 1]", 'x,"y', "nan"]


def test_a_resumed_training_goes_on_behind_the_last_epoch_that_counts(tmp_path: Path) -> None:
    """Lines of epochs that are trained again are taken off, also where the file has got a column since."""
    path = tmp_path / "a.csv"
    first = CSVLogger(path)
    run(first, {"loss": 3.0}, {"loss": 2.0})
    state = first.capture()
    first.on_epoch_end(2, {"loss": 1.0, "val_loss": 5.0})
    resumed = CSVLogger(path)
    resumed.on_train_begin()
    resumed.restore(state)
    resumed.on_epoch_end(2, {"loss": 1.5, "val_loss": 6.0})
    assert path.read_text().splitlines() == ["epoch,loss,val_loss", "0,3.0,NA", "1,2.0,NA", "2,1.5,6.0"]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_full_disk_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """What is missing are the lines of those epochs: not the head, not a column, nor does half a line stay."""

    class Full(io.FileIO):
        def write(self, content: bytes) -> int:  # type: ignore[override]
            if len(content) < 4:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content[: len(content) - 3])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    logger, told = CSVLogger(tmp_path / "a.csv"), ({"loss": 1.0}, {"loss": 2.0, "val_loss": 2.0}, {"loss": 3.0})
    logger.on_train_begin()
    for epoch, logs in enumerate(told):
        with monkeypatch.context() as patch:
            if epoch == first:
                patch.setattr(atomic, "open", lambda path, mode, buffering: Full(path, "ab"), raising=False)
                patch.setattr(atomic.os, "fsync", full)
                with pytest.warns(UserWarning, match=f"the training goes on, but epoch {epoch} is not in"):
                    logger.on_epoch_end(epoch, logs)
                continue
        logger.on_epoch_end(epoch, logs)
    rows = list(csv.DictReader(Path(logger.filename).read_text().splitlines()))
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(3) if epoch != first]
    assert [float(row["loss"]) for row in rows] == [logs["loss"] for epoch, logs in enumerate(told) if epoch != first]


def test_what_cannot_be_written_is_said_before_the_first_epoch(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("", "file/a.csv"):
        with pytest.raises(FileError, match="CSVLogger: cannot write"):
            CSVLogger(tmp_path / name).on_train_begin()


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"epoch;loss\n0;1\n", b"\xff\xfe\n"])
def test_a_file_of_somebody_else_is_not_appended_to(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"cannot go on in .*a\.csv: .*is it a file of CSVLogger"):
        run(CSVLogger(path, append=True), {"loss": 1.0})
    assert path.read_bytes() == content


@pytest.mark.parametrize("separator", ["", ";;", "\n", '"', 3, "é"])
def test_separators_that_cannot_be(separator: object) -> None:
    with pytest.raises(ArgumentError, match="CSVLogger: separator must be a"):
        CSVLogger("a.csv", separator)  # type: ignore[arg-type]
