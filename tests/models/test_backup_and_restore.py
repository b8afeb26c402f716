"""`BackupAndRestore`: a training that is broken off goes on where it was, and says so where it cannot."""

from __future__ import annotations

import errno
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, callbacks, layers, random
from pellucid.callbacks import BackupAndRestore, CallbackList
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import run_folder

RNG = np.random.default_rng(0)
X, Y = RNG.random((24, 4)).astype(np.float32), RNG.random((24, 1)).astype(np.float32)
EPOCHS = 4


def _model(units: int = 1, optimizer: str = "adam", seed: int = 1) -> Sequential:
    random.set_random_seed(seed)
    model = Sequential([Input((4,)), layers.Dense(8, name="a"), layers.Dropout(0.3), layers.Dense(units, name="b")])
    model.compile(optimizer, "mse", metrics=["mse"])
    return model


def _fit(model: Sequential, *told: callbacks.Callback, epochs: int = EPOCHS) -> Any:
    return model.fit(X, Y, batch_size=8, epochs=epochs, verbose=0, callbacks=list(told))


class Stop(callbacks.Callback):
    """Raises at a hook."""

    def __init__(self, hook: str, number: int, error: type[BaseException] = RuntimeError) -> None:
        super().__init__()
        self.left = number
        setattr(self, hook, self._raise_in_time)
        self.error = error

    def _raise_in_time(self, *_: object, **__: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.error


class Seen(callbacks.Callback):
    """Which epochs began and which batches there were."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[int] = []
        self.batches: list[int] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append(epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches.append(batch)


def _broken_off(folder: Path, hook: str, number: int, **settings: Any) -> None:
    with pytest.raises(RuntimeError):
        _fit(_model(), BackupAndRestore(folder, **settings), Stop(hook, number))
    assert folder.exists()


@pytest.mark.parametrize(
    ("hook", "number", "frequency", "epochs", "first"),
    [
        ("on_train_batch_end", 5, "epoch", [1, 2, 3], 0),
        ("on_train_batch_end", 6, 1, [1, 2, 3], 2),
        ("on_train_batch_end", 6, 2, [1, 2, 3], 1),
        ("on_epoch_end", 2, "epoch", [1, 2, 3], 0),
        ("on_epoch_end", 4, "epoch", [3], 0),
        ("on_epoch_end", 4, 3, [3], None),
        ("on_epoch_begin", 4, "epoch", [3], 0),
        ("on_train_batch_end", 1, 5, [0, 1, 2, 3], 0),
        ("on_train_end", 1, "epoch", [], None),
    ],
)
def test_goes_on_where_it_was(
    tmp_path: Path, hook: str, number: int, frequency: Any, epochs: list[int], first: int | None
) -> None:
    """At the epoch and the batch, to the same weights and the same history, in another process and of another seed."""
    whole = _model()
    expected = _fit(whole).history
    folder, seen = tmp_path / "run", Seen()
    _broken_off(folder, hook, number, save_freq=frequency)
    seed = 1 if number == 1 and hook != "on_train_end" else 7  # where nothing was kept yet, it begins anew
    resumed = _model(seed=seed)
    history = _fit(resumed, seen, BackupAndRestore(folder, save_freq=frequency))
    assert seen.epochs == epochs
    assert (seen.batches[0] if seen.batches and first is not None else None) == first
    assert history.history == expected
    assert all(map(np.array_equal, resumed.get_weights(), whole.get_weights()))
    assert not folder.exists()


def test_the_same_model_goes_on_from_the_record_too(tmp_path: Path) -> None:
    model, keeping, whole = _model(), BackupAndRestore(tmp_path / "run"), _model()
    with pytest.raises(KeyboardInterrupt):
        _fit(model, keeping, Stop("on_train_batch_end", 8, KeyboardInterrupt))
    assert _fit(model, keeping).epoch == [0, 1, 2, 3]
    _fit(whole)
    assert all(map(np.array_equal, model.get_weights(), whole.get_weights()))


def test_a_training_that_has_ended_is_not_repeated_and_goes_on_to_more_epochs(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    _fit(_model(), BackupAndRestore(folder, delete_checkpoint=False), epochs=2)
    model, seen = _model(), Seen()
    assert _fit(model, seen, BackupAndRestore(folder, delete_checkpoint=False), epochs=2).epoch == [0, 1]
    assert (seen.epochs, model.optimizer.iterations) == ([], 6)
    _fit(_model(), seen, BackupAndRestore(folder), epochs=3)
    assert seen.epochs == [2]
    assert not folder.exists()


def test_a_training_that_was_stopped_early_has_ended(tmp_path: Path) -> None:
    _fit(_model(), BackupAndRestore(tmp_path / "run"), callbacks.EarlyStopping("loss", min_delta=1e9))
    assert list(tmp_path.iterdir()) == []


def test_what_else_is_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    _fit(_model(), BackupAndRestore(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("double", [True, False])
def test_how_many_records_there_are(tmp_path: Path, double: bool) -> None:
    _broken_off(tmp_path / "run", "on_epoch_end", 4, double_checkpoint=double)
    found = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert found == (["latest.run", "previous.run"] if double else ["latest.run"])


def test_a_damaged_record_gives_way_to_the_one_before_it(tmp_path: Path) -> None:
    folder, seen, whole = tmp_path / "run", Seen(), _model()
    _fit(whole)
    _broken_off(folder, "on_epoch_end", 4)
    content = bytearray((folder / "latest.run").read_bytes())
    content[-5] ^= 4
    (folder / "latest.run").write_bytes(content)
    model = _model()
    with pytest.warns(UserWarning, match=r"latest\.run is damaged.* goes on from the record before it"):
        _fit(model, seen, BackupAndRestore(folder))
    assert seen.epochs == [2, 3]
    assert all(map(np.array_equal, model.get_weights(), whole.get_weights()))


def test_where_all_are_damaged_the_training_does_not_begin(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    _broken_off(folder, "on_epoch_end", 4)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FileError, match=r"no record of the training in .*run can be read: .*begin anew"):
        _fit(_model(), BackupAndRestore(folder))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"units": 2}, "b/kernel has shape"),
        ({"optimizer": "sgd"}, "a training by Adam, the model is compiled with SGD"),
    ],
)
def test_a_record_of_another_training_is_refused(tmp_path: Path, model: dict[str, Any], message: str) -> None:
    folder = tmp_path / "run"
    _broken_off(folder, "on_epoch_end", 4)
    other = _model(**model)
    y = np.zeros((24, model.get("units", 1)))
    with pytest.raises(
        ArgumentError, match=rf"cannot go on from .*run: .*{message}.*; remove that folder to begin anew"
    ):
        other.fit(X, y, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=BackupAndRestore(folder))


def test_a_full_disk_does_not_end_the_training(tmp_path: Path, monkeypatch: Any) -> None:
    """Said once; the last record that could be written stays and is whole."""
    folder, model, whole = tmp_path / "run", _model(), _model()
    write, written = run_folder.write_run, []

    def full(file: Any, content: Any) -> None:
        written.append(content["epoch"])
        if len(written) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, content)

    monkeypatch.setattr(run_folder, "write_run", full)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _fit(model, BackupAndRestore(folder, delete_checkpoint=False))
    assert [str(each.message).partition(": could not write")[0] for each in told] == [
        "BackupAndRestore: the training could not be kept (epoch 3, batch 1)"
    ]
    assert written == [1, 2, 3, 4]
    _fit(whole)
    assert all(map(np.array_equal, model.get_weights(), whole.get_weights()))
    monkeypatch.undo()
    seen = Seen()
    _fit(_model(), seen, BackupAndRestore(folder))
    assert seen.epochs == [1, 2, 3]


def test_a_folder_that_cannot_be_made_is_told_before_the_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    model = _model()
    with pytest.raises(FileError, match="cannot be written to"):
        _fit(model, BackupAndRestore(tmp_path / "file" / "run"))
    assert model.optimizer.iterations == 0


def test_a_callback_that_keeps_what_no_file_holds_is_told(tmp_path: Path) -> None:
    class Odd(callbacks.Callback):
        def capture(self) -> dict[str, Any]:
            return {"model": self.model}

    with pytest.raises(ArgumentError, match="callbacks/Odd/model: a record of a training holds numbers, text"):
        _fit(_model(), Odd(), BackupAndRestore(tmp_path / "run"))


def test_nobody_is_told_of_batches_who_does_not_ask(tmp_path: Path) -> None:
    assert not CallbackList([BackupAndRestore(tmp_path)]).told_of_batches
    assert CallbackList([BackupAndRestore(tmp_path, save_freq=5)]).told_of_batches


@pytest.mark.parametrize(
    "settings",
    [
        {"backup_dir": ""}, {"backup_dir": None}, {"backup_dir": 3}, {"save_freq": "batch"}, {"save_freq": 0.15},
        {"save_freq": 0}, {"save_freq": True}, {"double_checkpoint": 1}, {"delete_checkpoint": "no"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_out_of_range_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises((ArgumentError, FileError)):
        BackupAndRestore(**{"backup_dir": "run", **settings})
