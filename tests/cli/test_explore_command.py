"""`pellucid explore` on model files: trained on what is given, compared with another, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pellucid import Sequential, layers
from pellucid.cli.main import run
from pellucid.errors import ArgumentError
from pellucid.explorer import study_of
from pellucid.explorer.serving import Served
from pellucid.formats.run_folder import RunFolder

ARGUMENTS = (
    "explore",
    "model.keras",
    "--data",
    "data.npz",
    "--against",
    "other.keras",
    "--keep",
    "run",
    "--no-browser",
)


class Explorer:
    """The command, running, and somebody who asks its server."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", "from pellucid.cli.entry import main; main()", *ARGUMENTS]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True)  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        base, token = line.split(": ", 1)[1].strip().split("/?token=")
        self.client = httpx.Client(base_url=f"{base}/api/", headers={"x-pellucid-token": token}, timeout=30)

    def training(self, **order: Any) -> dict[str, Any]:
        """How the training stands; behind an order, if there is one."""
        answer = self.client.post("training", json=order) if order else self.client.get("training")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def end(self, number: int) -> int:
        """End it by a signal; its exit code."""
        self.client.close()
        os.killpg(self.process.pid, number)
        code = self.process.wait(30)
        assert self.process.stdout is not None and self.process.stderr is not None
        self.said = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def test_killed_and_started_again(tmp_path: Path) -> None:
    """A killed training goes on from its last record when the same command is given; Ctrl-C keeps it, too."""
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "data.npz", x=rng.random((40, 6, 6, 1), np.float32), y=rng.integers(0, 3, 40))
    for name in ("model", "other"):
        members = [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, name="conv"),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
        Sequential(members, name=name).save(tmp_path / f"{name}.keras")
    first = Explorer(tmp_path)
    assert first.client.get("compare/choices").json()["choices"][1]["name"] == "other, given with --against"
    first.training(do="step")
    until = time.monotonic() + 30
    while first.training()["running"] or not (tmp_path / "run" / "latest.run").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert first.training()["batch_size"] == 32
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Explorer(tmp_path)
    told = second.training()
    assert (told["step"], told["running"], told["note"]) == (1, False, "Going on from step 1: epoch 2, batch 1.")
    second.training(do="start")
    until = time.monotonic() + 30
    while second.training()["step"] < 5:
        assert time.monotonic() < until
    assert second.end(signal.SIGINT) == 130
    kept = "The training is kept: the same command goes on where it was."
    assert second.said == f"The explorer has been stopped. {kept}\n"
    record, complaints = RunFolder(tmp_path / "run").read()
    assert record is not None
    assert record["step"] >= 5
    assert complaints == []


@pytest.mark.parametrize(
    ("last", "y", "loss"),
    [
        (layers.Dense(3, activation="softmax"), [0, 2, 1, 1], "sparse_categorical_crossentropy"),
        (layers.Dense(3), [[0], [2], [1], [1]], "sparse_categorical_crossentropy"),
        (layers.Dense(1, activation="sigmoid"), [0, 1, 1, 0], "binary_crossentropy"),
        (layers.Dense(1), [0.5, 0.25, 2.0, -1.0], "mse"),
        (layers.Dense(2), [[0.5, 1], [1, 2], [2, 3], [-1.0, 0]], "mse"),
    ],
    ids=["softmax", "logits", "sigmoid", "number", "numbers"],
)
def test_what_is_made_small(last: Any, y: Any, loss: str) -> None:
    """For a model that is not compiled it follows from what it gives and what is right; it can be trained on that."""
    model = Sequential([layers.Input((2,)), last])
    study = study_of(model, np.ones((4, 2), np.float32), np.array(y))
    assert study.learning is not None
    assert getattr(study.learning.loss, "name", study.learning.loss) == loss
    assert getattr(study.learning.loss, "from_logits", False) == (
        last.activation.__name__ == "linear" and loss[0] == "s"
    )
    study.training.start(2)
    until = time.monotonic() + 30
    while not study.training.is_at_rest:
        assert time.monotonic() < until
        time.sleep(0.002)
    assert (study.training.step, study.training.note) == (2, "")
    assert study.training.close("") is False


def test_nothing_right_is_known() -> None:
    """Samples without classes: what is missing is said."""
    study = study_of(Sequential([layers.Input((2,)), layers.Dense(3)]), np.ones((4, 2)))
    with pytest.raises(ArgumentError, match=r"There is nothing to train on"):
        study.training.start()


def test_exposed_with_a_loud_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said what that means, beside the address; without the word nobody else is answered, and nothing is said."""
    monkeypatch.setattr(Served, "wait", lambda served: None)
    run(["explore", "--no-browser", "--exposed-on", "127.0.0.2"])
    told = capsys.readouterr()
    assert "http://127.0.0.2:" in told.out
    assert told.err.startswith("EXPOSED: whoever can reach this machine")
    run(["explore", "--no-browser"])
    told = capsys.readouterr()
    assert "http://127.0.0.1:" in told.out
    assert told.err == ""
