"""Models that are saved while they train: when, under which names, and what is left where it is not possible."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model, metrics
from pellucid.callbacks import ModelCheckpoint
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import atomic

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


class Saved:
    """A model that notes where it is saved."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def save(self, path: str, overwrite: bool) -> None:
        self.files.append(path)

    save_weights = save

    def check_savable(self) -> None: ...


def saved(checkpoint: ModelCheckpoint, epochs: list[dict[str, Any]], batches: int = 0) -> list[str]:
    """The files that it would write in a training of some epochs."""
    model = Saved()
    checkpoint.set_model(model)
    checkpoint.on_train_begin()
    for epoch, logs in enumerate(epochs):
        checkpoint.on_epoch_begin(epoch)
        for batch in range(batches):
            checkpoint.on_train_batch_end(batch, logs)
        checkpoint.on_epoch_end(epoch, logs)
    checkpoint.on_train_end()
    return model.files


def test_a_model_that_is_saved_can_be_loaded(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    """Names are filled in, folders are made, and the last file is the model of the last epoch."""
    model = make_classifier(metrics=["accuracy"])
    checkpoint = ModelCheckpoint(tmp_path / "a" / "b" / "{epoch:02d}-{val_accuracy:.2f}.keras")
    history = model.fit(*data, epochs=2, validation_split=0.2, verbose=0, callbacks=[checkpoint]).history
    names = [f"{n + 1:02d}-{value:.2f}.keras" for n, value in enumerate(history["val_accuracy"])]
    assert sorted(each.name for each in (tmp_path / "a" / "b").iterdir()) == names
    loaded = load_model(tmp_path / "a" / "b" / names[-1])
    np.testing.assert_array_equal(loaded.predict(data[0]), model.predict(data[0]))


LOSSES = [{"loss": value} for value in (3.0, 4.0, float("nan"), 2.0, 2.0, 1.0)]


@pytest.mark.parametrize(
    ("settings", "epochs"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"save_best_only": True}, [1, 4, 6]),
        ({"save_best_only": True, "mode": "max"}, [1, 2]),
        ({"save_best_only": True, "initial_value_threshold": 2.0}, [6]),
        ({"save_best_only": True, "initial_value_threshold": float("inf")}, [1, 4, 6]),
    ],
)
def test_which_epochs_are_saved(settings: dict[str, Any], epochs: list[int]) -> None:
    checkpoint = ModelCheckpoint("{epoch}.keras", "loss", **settings)
    assert saved(checkpoint, LOSSES) == [f"{epoch}.keras" for epoch in epochs]


def test_batches_are_counted_over_epochs() -> None:
    checkpoint = ModelCheckpoint("{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=4)
    assert saved(checkpoint, [{}] * 3, batches=3) == ["2-1.weights.h5", "3-2.weights.h5"]


def test_who_saves_after_epochs_does_not_slow_batches() -> None:
    """Their numbers are not asked for on its account; a class of one's own that looks at them is told."""

    class Own(ModelCheckpoint):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            super().on_train_batch_end(batch, logs)

    from pellucid.callbacks import CallbackList

    assert not CallbackList([ModelCheckpoint("a.keras")]).told_of_batches
    assert CallbackList([ModelCheckpoint("a.keras", save_freq=3)]).told_of_batches
    assert CallbackList([Own("a.keras")]).told_of_batches


def test_the_best_value_is_remembered() -> None:
    """From one training to the next, and where one is resumed."""
    checkpoint = ModelCheckpoint("{epoch}.keras", "loss", save_best_only=True)
    assert len(saved(checkpoint, [{"loss": 1.0}])) == 1
    assert saved(checkpoint, [{"loss": 2.0}]) == []
    resumed = ModelCheckpoint("{epoch}.keras", "loss", save_best_only=True)
    resumed.restore(checkpoint.capture())
    assert saved(resumed, [{"loss": 2.0}, {"loss": 0.5}]) == ["2.keras"]


def test_what_is_not_told_is_said_once_and_everything_saved() -> None:
    checkpoint = ModelCheckpoint("{epoch}.keras", "val_loss", save_best_only=True)
    message = r"'val_loss', which this training does not report \(it reports loss\), so it saves every time"
    with pytest.warns(UserWarning, match=message) as warned:
        assert len(saved(checkpoint, [{"loss": 1.0}] * 3)) == 3
    assert len(warned) == 1
    with pytest.warns(UserWarning, match="not one number but an array of shape"):
        assert len(saved(checkpoint, [{"val_loss": np.ones(2)}])) == 1


def test_the_direction_of_a_metric_under_a_name_of_its_own(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    """The metric itself is asked; without one the user is."""
    checkpoint = ModelCheckpoint(tmp_path / "a.keras", "beauty", save_best_only=True)
    with pytest.raises(ArgumentError, match=r"ModelCheckpoint: is more or less of 'beauty' better\? Say mode='max'"):
        saved(checkpoint, [])
    model = make_classifier(metrics=[metrics.SparseCategoricalAccuracy(name="beauty")])
    model.fit(*data, verbose=0, callbacks=[checkpoint])
    assert checkpoint.direction == 1


def test_lines_that_tell_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    saved(ModelCheckpoint("a.keras", "loss", verbose=1, save_best_only=True), [{"loss": 0.5}, {"loss": 0.75}])
    saved(ModelCheckpoint("a.keras", verbose=1), [{}])
    assert [line for line in capsys.readouterr().out.split("\n") if line] == [
        "Epoch 1: loss improved from None to 0.50000, saving model to a.keras",
        "Epoch 1: finished saving model to a.keras",
        "Epoch 2: loss did not improve from 0.50000",
        "Epoch 1: saving model to a.keras",
        "Epoch 1: finished saving model to a.keras",
    ]


def test_a_full_disk_ends_no_training(
    make_classifier: Make, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old file stays as it was, and is still the best."""
    model, path = make_classifier(), tmp_path / "best.keras"
    checkpoint = ModelCheckpoint(path, "loss", save_best_only=True)
    model.fit(*data, verbose=0, callbacks=[checkpoint])
    before, best = path.read_bytes(), checkpoint.best

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.warns(UserWarning, match=r"the training goes on, but this was not saved: could not write .*No space"):
        history = model.fit(*data, epochs=3, verbose=0, callbacks=[checkpoint])
    assert history.epoch == [0, 1, 2]
    assert (path.read_bytes(), checkpoint.best) == (before, best)
    assert [each.name for each in tmp_path.iterdir()] == ["best.keras"]


def test_what_cannot_be_written_at_all_is_said(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    (tmp_path / "file").write_text("")
    for name, message in (("folder.keras", "it is a folder"), ("file/a.keras", "choose another place")):
        with pytest.raises(FileError, match=message):
            make_classifier().fit(*data, verbose=0, callbacks=[ModelCheckpoint(tmp_path / name)])


def test_a_name_that_is_not_told_says_what_is() -> None:
    with pytest.raises(ArgumentError, match=r"cannot be filled in with 'val_loss', .*told are epoch, accuracy, loss"):
        saved(ModelCheckpoint("{val_loss:.2f}.keras"), [{"loss": 1.0, "accuracy": 0.5}])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": "a.ckpt"}, r"models are saved in files that end in '.keras', got 'a.ckpt'; write 'a.keras'"),
        ({"filepath": "a.weights.h5"}, r"models are saved in files that end in '.keras', .*; write 'a.keras'"),
        ({"filepath": "{epoch}.keras", "save_weights_only": True}, r"write '\{epoch\}.weights.h5'"),
        ({"filepath": "{epoch.keras"}, "cannot be filled in"),
        ({"filepath": "{}.keras"}, "a name stands in braces"),
        ({"filepath": "{epoch.real}.keras"}, "a name stands in braces"),
        ({"filepath": "{loss:d}.keras"}, "cannot be filled in: Unknown format code 'd'"),
        ({"filepath": "{batch}.keras"}, "batches are told where save_freq is a number"),
        ({"filepath": "{val_loss}.keras", "save_freq": 3}, "in the middle of an epoch"),
        (
            {"filepath": "a.keras", "save_freq": "epochs"},
            "Unrecognized save_freq 'epochs': it is 'epoch' or a number of batches",
        ),
        ({"filepath": "a.keras", "save_freq": 0}, "save_freq must be a whole number >= 1"),
        ({"filepath": "a.keras", "period": 0}, "period must be a whole number >= 1"),
        ({"filepath": "a.keras", "period": 5, "save_freq": 3}, "leave one of them out"),
    ],
)
def test_settings_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        ModelCheckpoint(**arguments)


def test_one_epoch_of_several(tmp_path: Path) -> None:
    """As in Keras 2, also from one `fit` to the next, and where a training goes on elsewhere."""
    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    saving = ModelCheckpoint(str(tmp_path / "{epoch}.keras"), period=3)
    data = {"x": np.ones((4, 1)), "y": np.ones((4, 1)), "verbose": 0}
    model.fit(**data, epochs=4, callbacks=[saving])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.keras"]
    other = ModelCheckpoint(str(tmp_path / "{epoch}.keras"), period=3)
    other.restore(saving.capture())
    model.fit(**data, epochs=7, initial_epoch=4, callbacks=[other])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.keras", "6.keras"]


def test_an_unknown_mode_counts_as_auto() -> None:
    """As in Keras, with a word."""
    with pytest.warns(UserWarning, match="mode 'mim' is unknown; did you mean 'min'"):
        assert ModelCheckpoint("a.keras", "accuracy", mode="mim").direction == 1


@pytest.mark.parametrize("weights_only", [True, False])
def test_files_of_keras_2(weights_only: bool, tmp_path: Path) -> None:
    """As scripts of its days name them."""
    model = Sequential([Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    checkpoint = ModelCheckpoint(tmp_path / "{epoch:02d}-{loss:.0f}.hdf5", save_weights_only=weights_only)
    model.fit(np.zeros((4, 4)), np.zeros((4, 2)), epochs=2, verbose=0, callbacks=[checkpoint])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01-0.hdf5", "02-0.hdf5"]
    if weights_only:
        model.load_weights(tmp_path / "02-0.hdf5")
    else:
        assert load_model(tmp_path / "02-0.hdf5").optimizer.iterations == 2


def _dropping() -> Sequential:
    model = Sequential(
        [Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(1)]
    )
    model.set_weights([np.linspace(-1, 1, weight.size).reshape(weight.shape) ** 2 for weight in model.weights])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("save_freq", ["epoch", 2])
def test_a_whole_training_is_kept(save_freq: Any, tmp_path: Path) -> None:
    """At the end of an epoch and in its middle; what it goes on to is the same to the bit, and so is the history."""
    x = np.random.default_rng(0).normal(size=(20, 3))
    y = x.sum(axis=1, keepdims=True)
    batch = "" if save_freq == "epoch" else "-{batch}"
    checkpoint = ModelCheckpoint(tmp_path / f"{{epoch}}{batch}.run", "loss", save_best_only=True, save_freq=save_freq)
    model = _dropping()
    whole = model.fit(x, y, batch_size=4, epochs=4, verbose=0, callbacks=checkpoint)
    kept = sorted(tmp_path.iterdir())
    assert len(kept) > 1 and checkpoint.best is not None
    again = _dropping()
    again.stepper.restore(kept[1])
    following = ModelCheckpoint(tmp_path / "later" / "{epoch}.run", "loss", save_best_only=True)
    first = again.stepper.position[0]
    told = again.fit(x, y, batch_size=4, epochs=4, initial_epoch=first, verbose=0, callbacks=following)
    assert told.history == whole.history and told.epoch == [0, 1, 2, 3]
    for found, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    kept[0].write_bytes(kept[0].read_bytes()[:-8])
    with pytest.raises(FileError, match=r"\.run"):
        again.stepper.restore(kept[0])
    with pytest.raises(FileError, match="nowhere"):
        again.stepper.restore("nowhere.run")


def test_a_training_is_no_file_of_weights() -> None:
    with pytest.raises(ArgumentError, match=r"weights alone are saved in files that end in '\.weights\.h5'"):
        ModelCheckpoint("a.run", save_weights_only=True)
