"""What a training writes for TensorBoard: under which names, at which steps, and that its own reader takes it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks.events import values_of
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from pellucid import Sequential, layers, optimizers, schedules
from pellucid.callbacks import CallbackList, TensorBoard
from pellucid.callbacks.tensorboard import picture_of
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import atomic
from pellucid.legacy import collected

Data = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Sequential]


def read(folder: Path) -> dict[str, dict[str, list[tuple[int, Any]]]]:
    """Steps and contents by run and tag."""
    found: dict[str, dict[str, list[tuple[int, Any]]]] = {}
    for path in sorted(folder.glob("*/events.*")):
        for tag, step, _, content in values_of(path):
            if tag != "keras":
                found.setdefault(path.parent.name, {}).setdefault(tag, []).append((step, content))
    return found


def scalars(told: dict[str, list[tuple[int, Any]]], tag: str) -> tuple[list[int], list[float]]:
    return [step for step, _ in told[tag]], [float(np.frombuffer(content, "<f4")[0]) for _, content in told[tag]]


def test_the_curves_are_those_of_the_history(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    model = make_classifier(optimizers.SGD(schedules.CosineDecay(0.1, 100)), metrics=["accuracy"])
    board = TensorBoard(tmp_path)
    history = model.fit(*data, epochs=3, batch_size=20, validation_split=0.2, verbose=0, callbacks=[board]).history
    found = read(tmp_path)
    assert set(found["train"]) == {"epoch_loss", "epoch_accuracy", "epoch_learning_rate"}
    evaluated = {f"evaluation_{name}_vs_iterations" for name in ("loss", "accuracy")}
    assert set(found["validation"]) == {"epoch_loss", "epoch_accuracy"} | evaluated
    for run, prefix in (("train", ""), ("validation", "val_")):
        for name in ("loss", "accuracy"):
            steps, values = scalars(found[run], f"epoch_{name}")
            assert steps == [0, 1, 2]
            assert values == pytest.approx(history[prefix + name], rel=1e-6)
    assert scalars(found["validation"], "evaluation_loss_vs_iterations")[0] == [2, 4, 6]
    decay = schedules.CosineDecay(0.1, 100)
    assert scalars(found["train"], "epoch_learning_rate")[1] == pytest.approx([decay(2), decay(4), decay(6)])


def test_there_is_no_folder_for_what_is_not_told(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    model, board = make_classifier(), TensorBoard(tmp_path)
    for _ in range(2):
        model.fit(*data, verbose=0, callbacks=[board])
    assert [each.name for each in tmp_path.iterdir()] == ["train"]
    assert len(list((tmp_path / "train").iterdir())) == 2
    model.evaluate(*data, verbose=0, callbacks=[board])
    assert scalars(read(tmp_path)["validation"], "evaluation_loss_vs_iterations")[0] == [4]


@pytest.mark.parametrize(("frequency", "steps"), [("batch", [1, 2, 3, 4, 5, 6]), (1, [1, 2, 3, 4, 5, 6]), (4, [4])])
def test_numbers_within_epochs(
    make_classifier: Make, data: Data, tmp_path: Path, frequency: int | str, steps: list[int]
) -> None:
    board = TensorBoard(tmp_path, update_freq=frequency, write_steps_per_second=True)
    make_classifier().fit(*data, epochs=2, batch_size=20, verbose=0, callbacks=[board])
    train = read(tmp_path)["train"]
    assert set(train) - {"epoch_loss", "epoch_learning_rate"} == {
        "batch_loss", "batch_steps_per_second", "epoch_steps_per_second",
    }  # fmt: skip
    assert scalars(train, "batch_loss")[0] == scalars(train, "batch_steps_per_second")[0] == steps
    assert all(speed > 0 for speed in scalars(train, "epoch_steps_per_second")[1])


def test_who_writes_after_epochs_does_not_slow_batches() -> None:
    assert not CallbackList([TensorBoard()]).told_of_batches
    assert CallbackList([TensorBoard(update_freq=100)]).told_of_batches


def test_weights_as_histograms_and_pictures(tmp_path: Path) -> None:
    kernel = layers.Conv2D(5, 3, name="edges")
    model = Sequential([layers.Input((8, 8, 1)), kernel, layers.GlobalAveragePooling2D(), layers.Dense(1, name="end")])
    model.compile("sgd", "mse")
    board = TensorBoard(tmp_path, histogram_freq=2, write_images=True)
    model.fit(np.ones((4, 8, 8, 1)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[board])
    train = read(tmp_path)["train"]
    weights = {"edges/kernel": 45, "edges/bias": 5, "end/kernel": 5, "end/bias": 1}
    assert {tag for tag in train if "/" in tag} == {f"{w}/{what}" for w in weights for what in ("histogram", "image")}
    for weight, count in weights.items():
        assert [(step, content[3]) for step, content in train[f"{weight}/histogram"]] == [(0, [count]), (2, [count])]
    assert train["edges/kernel/histogram"][1][1][2] == [float(kernel.get_weights()[0].max())]
    assert [(step, content[1], content[2]) for step, content in train["edges/kernel/image"]] == [
        (step, [4 * 7], [4 * 11]) for step in (0, 2)
    ]


@pytest.mark.parametrize(
    ("shape", "drawn"),
    [
        ((4,), (4, 16)),
        ((2, 3), (8, 12)),
        ((3, 2), (8, 12)),
        ((3, 1, 4), (12, 28)),
        ((3, 3, 1, 4), (28, 28)),
        ((3, 3, 2, 4), (28, 60)),
        ((2, 3000), (2, 1024)),
        ((3, 3, 600, 600), (1024, 1024)),
        ((2, 2, 2, 1, 1), None),
    ],
)
def test_sizes_of_pictures(shape: tuple[int, ...], drawn: tuple[int, int] | None) -> None:
    picture = picture_of(np.ones(shape, np.float32))
    assert (picture if picture is None else picture.shape[:2]) == drawn


def test_what_a_picture_of_filters_shows() -> None:
    """Filter 1 is orange at its centre, filter 2 blue; zero is white; each stands in a place of its own."""
    kernel = np.zeros((3, 3, 1, 4), np.float32)
    kernel[1, 1, 0, 1], kernel[1, 1, 0, 2] = 1.0, -1.0
    picture = picture_of(kernel)
    assert picture is not None
    small = picture[::4, ::4]
    assert [tuple(place) for place in np.argwhere((small != 255).any(-1))] == [(1, 5), (5, 1)]
    assert small[1, 5, 0] > small[1, 5, 2] and small[5, 1, 0] < small[5, 1, 2]


def test_weights_that_are_no_numbers_are_drawn_too() -> None:
    assert picture_of(np.full((2, 2), np.nan)) is not None


def test_a_full_disk_ends_no_training(
    make_classifier: Make, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "open", full, raising=False)
    with pytest.warns(UserWarning, match="the training goes on, but is not written to"):
        history = make_classifier().fit(*data, epochs=2, verbose=0, callbacks=[TensorBoard(tmp_path)])
    assert history.epoch == [0, 1]


def test_what_cannot_be_written_at_all_is_said(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"TensorBoard: cannot write to .*choose another log_dir"):
        make_classifier().fit(*data, verbose=0, callbacks=[TensorBoard(tmp_path / "file")])


def test_a_resumed_training_goes_on_counting(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path, update_freq=1)
    board.on_train_begin()
    board.restore({"batches": 7})
    board.on_train_batch_end(0, {"loss": 1.0})
    assert board.capture() == {"batches": 8}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"profile_batch": 2}, "nothing is profiled"),
        ({"profile_batch": "10,20"}, "nothing is profiled"),
        ({"embeddings_freq": 1}, "no embedding layers"),
        ({"write_images": True}, "write_images needs histogram_freq=1"),
    ],
)
def test_what_has_no_meaning_is_said(settings: dict[str, Any], message: str) -> None:
    with pytest.warns(UserWarning, match=message):
        TensorBoard(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"log_dir": ""}, "it is empty"),
        ({"histogram_freq": -1}, "histogram_freq must be a whole number >= 0"),
        ({"update_freq": "epochs"}, "update_freq is 'epoch', 'batch' or a number of batches, got 'epochs'"),
        ({"update_freq": 0}, "update_freq must be a whole number >= 1"),
        ({"profile_batch": (5, 2)}, "profile_batch is a batch, or the first and the last one"),
        ({"profile_batch": -1}, "profile_batch is a batch, or the first and the last one"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((ArgumentError, FileError), match=message):
        TensorBoard(**settings)


def test_calls_of_older_kerases() -> None:
    """`batch_size` stood in the middle of the arguments."""
    with collected() as told:
        board = TensorBoard("logs", 0, 32, True, False, False)
    assert (board.write_graph, board.write_images, len(told)) == (True, False, 1)


def test_the_reader_of_tensorboard_itself(make_classifier: Make, data: Data, tmp_path: Path) -> None:
    """It sees the same numbers."""
    board = TensorBoard(tmp_path, histogram_freq=1, write_images=True)
    history = make_classifier().fit(*data, epochs=2, verbose=0, callbacks=[board]).history
    found = EventAccumulator(str(tmp_path / "train"))
    found.Reload()
    assert [event.value for event in found.Scalars("epoch_loss")] == pytest.approx(history["loss"], rel=1e-6)
    for tag in found.Tags()["histograms"]:
        assert sum(found.Histograms(tag)[-1].histogram_value.bucket) == found.Histograms(tag)[-1].histogram_value.num
    assert {tag.rpartition("/")[2] for tag in found.Tags()["images"]} == {"image"}
