"""`pellucid train --resume`: a training that was broken off goes on to the same bits, and says from where."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from command import COMMAND, TIMEOUT_S, Outcome, run, start

from pellucid import load_model
from pellucid.cli.one_writer import only_writer

OPTIONS = ["--epochs", "24", "--seed", "3", "--verbose", "2"]


def _ended_at(text: str, how: int, *arguments: str, cwd: Path) -> Outcome:
    """The outcome of a command that is sent a signal when it prints a line with a certain text."""
    process, seen = start(*arguments, cwd=cwd), ""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            seen += line
            if text in line:
                os.kill(process.pid, how)
                break
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    return Outcome(process.returncode, seen + out, err)


def _weights(folder: Path) -> list[np.ndarray]:
    return load_model(folder / "model.keras").get_weights()


def test_a_training_that_is_ended_again_and_again_ends_with_the_same_bits(tmp_path: Path) -> None:
    """By SIGTERM, which is answered as Ctrl-C is, and by SIGKILL; named by its folder and by its data set."""
    assert run("train", "digits", *OPTIONS, "--out", "whole", cwd=tmp_path).code == 0
    first = _ended_at(
        "Epoch 11/", signal.SIGTERM, "train", "digits", *OPTIONS, "--out", "pellucid-digits", cwd=tmp_path
    )
    assert (first.code, first.err) == (
        130,
        "interrupted; the model with what it has learned so far is in pellucid-digits/model.keras; to go on with the "
        f"training: {COMMAND} train --resume pellucid-digits\n",
    )
    load_model(tmp_path / "pellucid-digits" / "model.keras")
    second = _ended_at("Epoch 20/", signal.SIGKILL, "train", "digits", "--resume", "--verbose", "2", cwd=tmp_path)
    assert second.code == -signal.SIGKILL
    begun = re.search(r"Going on with epoch (\d+) of 24, batch (\d+)\.", second.out)
    assert begun is not None and 1 < int(begun[1]) <= 12
    third = run("train", "--resume", "pellucid-digits", "--verbose", "2", cwd=tmp_path)
    assert (third.code, third.err) == (0, "")
    assert "Going on with epoch" in third.out
    for found, expected in zip(_weights(tmp_path / "pellucid-digits"), _weights(tmp_path / "whole"), strict=True):
        assert found.tobytes() == expected.tobytes()
    assert not (tmp_path / "pellucid-digits" / "run").exists()
    assert not (tmp_path / "whole" / "run").exists()
    again = run("train", "--resume", "pellucid-digits", cwd=tmp_path)
    assert again.code == 1
    assert "there is no interrupted training in pellucid-digits, so there is nothing to resume" in again.err


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """A training of which nothing was kept but what it was begun with."""
    settings = {"dataset": "digits", "epochs": 1, "seed": 3, "data": None}
    (tmp_path / "out" / "run").mkdir(parents=True)
    (tmp_path / "out" / "run" / "settings.json").write_text(json.dumps(settings))
    return tmp_path


def test_a_training_of_which_nothing_was_kept_begins_at_its_beginning(interrupted: Path) -> None:
    outcome = run("train", "--resume", "out", "--verbose", "2", cwd=interrupted)
    assert outcome.code == 0
    assert "Nothing had been kept yet: the training begins at its beginning." in outcome.out
    assert "Epoch 1/1" in outcome.out or "\n41/41" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["mnist", "--resume", "out"], 1, "was begun with dataset digits, got mnist; leave it out"),
        (["--resume", "out", "--seed", "4"], 1, "was begun with --seed 3, got 4; leave it out"),
        (["--resume"], 2, "which training? Give its folder, or the data set"),
        (["digits", "--resume"], 1, "no interrupted training in pellucid-digits"),
        (["--resume", "nowhere"], 1, "there is no training in nowhere, nor images: nothing was begun there"),
        (["digits", "out"], 2, "out is one too many: the folder of a training is for --resume"),
        ([], 2, "which data set? One of: digits, mnist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_resumed(interrupted: Path, arguments: list[str], code: int, message: str) -> None:
    outcome = run("train", *arguments, cwd=interrupted)
    assert (outcome.code, "Traceback" in outcome.err) == (code, False)
    assert message in outcome.err


def test_records_that_are_damaged_are_told(interrupted: Path) -> None:
    (interrupted / "out" / "run" / "latest.run").write_bytes(b"0")
    outcome = run("train", "--resume", "out", cwd=interrupted)
    assert outcome.code == 1
    assert "no record of the training in out/run can be read" in outcome.err
    (interrupted / "out" / "run" / "settings.json").write_text('{"dataset": "digits"}')
    outcome = run("train", "--resume", "out", cwd=interrupted)
    assert (outcome.code, "does not hold the settings of a training" in outcome.err) == (1, True)


def test_a_new_training_takes_the_place_of_an_interrupted_one(interrupted: Path) -> None:
    (interrupted / "out" / "run" / "latest.run").write_bytes(b"0")
    outcome = run("train", "digits", "--epochs", "1", "--out", "out", cwd=interrupted)
    assert outcome.code == 0
    assert "In out/run there was a training that had been interrupted; a new one begins in its place." in outcome.out


def test_one_training_at_a_time_writes_into_a_folder(interrupted: Path) -> None:
    """A second one, new or resumed, is refused while the first one runs, and what that one kept stays."""
    kept = sorted(path.name for path in (interrupted / "out" / "run").iterdir())
    with only_writer(interrupted / "out"):
        for arguments in (("digits", "--out", "out"), ("--resume", "out")):
            outcome = run("train", *arguments, cwd=interrupted)
            assert (outcome.code, outcome.out) == (1, "")
            assert "another training is writing into out: wait for its end" in outcome.err
    assert sorted(path.name for path in (interrupted / "out" / "run").iterdir()) == kept
