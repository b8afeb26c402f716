"""Ctrl-C and closed pipes: the work is kept, the exit code is right, nothing is printed that helps nobody."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from command import COMMAND, TIMEOUT_S, Outcome, environment, run_on_terminal, start
from PIL import Image

from pellucid import datasets, load_model
from pellucid.cli import main

AT_ONCE_S = 3.0  # most of it for a machine that is busy with other tests


def _finish(process: subprocess.Popen[str], before: str = "") -> Outcome:
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    return Outcome(process.returncode, before + out, err, time.monotonic() - began)


def _interrupted(*arguments: str, at: str, cwd: Path) -> Outcome:
    """The outcome of a command that is sent Ctrl-C when it prints a line with a certain text."""
    process, seen = start(*arguments, cwd=cwd), ""
    assert process.stdout is not None
    for line in process.stdout:
        seen += line
        if at in line:
            os.killpg(process.pid, signal.SIGINT)
            return _finish(process, seen)
    raise AssertionError(f"{at!r} was never printed: {seen}")


SAID = (
    "interrupted; the model with what it has learned so far is in out/model.keras; to go on with the training: "
    f"{COMMAND} train --resume out\n"
)
NOTHING = "interrupted before the first step: nothing new has been learned"
TOO_EARLY = (
    "interrupted\n",
    f"{NOTHING}\n",
    f"{NOTHING}; to go on with the training: {SAID.partition('training: ')[2]}",
)


def test_ctrl_c_in_training(tmp_path: Path) -> None:
    """Exit code 130, said in a sentence, at once; the model is saved and can be used."""
    outcome = _interrupted("train", "digits", "--epochs", "100000", "--out", "out", at="Epoch 3/", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (130, SAID)
    assert outcome.seconds < AT_ONCE_S
    model = load_model(tmp_path / "out" / "model.keras")
    (_, _), (x, y) = datasets.digits.load_data()
    assert (np.asarray(model.predict(x)).argmax(axis=-1) == y).mean() > 0.8
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model.keras", "run"}


def test_ctrl_c_typed_on_a_terminal(tmp_path: Path) -> None:
    """The live line is ended, and what follows stands on lines of its own."""
    arguments = ["train", "digits", "--epochs", "100000", "--out", "out"]
    outcome = run_on_terminal(*arguments, cwd=tmp_path, ctrl_c_at="Epoch 3/")
    assert outcome.code == 130
    assert outcome.out.endswith(f"\n{SAID}")
    assert "Traceback" not in outcome.out
    load_model(tmp_path / "out" / "model.keras")


def test_ctrl_c_in_the_first_epoch(tmp_path: Path) -> None:
    """There is no history yet; all the same the model is saved where training has begun."""
    outcome = _interrupted("train", "digits", "--epochs", "100000", "--out", "out", at="Total params", cwd=tmp_path)
    assert outcome.code == 130
    assert outcome.err in (SAID, *TOO_EARLY)
    assert list((tmp_path / "out").glob("*.tmp")) == []  # there is no folder where it had not begun


def test_ctrl_c_after_training(tmp_path: Path) -> None:
    """While the pictures are drawn: the model has been saved by then, and nothing more is drawn."""
    outcome = _interrupted("train", "digits", "--epochs", "1", "--out", "out", at="Accuracy on", cwd=tmp_path)
    assert (outcome.code, outcome.err) == (
        130,
        "interrupted; the trained model is in out/model.keras, its pictures are not complete\n",
    )
    assert outcome.seconds < AT_ONCE_S
    load_model(tmp_path / "out" / "model.keras")


def test_the_sentence_stays_on_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder may be called anything; none forges a line of what is said."""

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.cli.train._fit", interrupted)
    folder = tmp_path / "out\npellucid: all is well"
    assert main.run(["train", "digits", "--out", str(folder)]) == 130
    assert re.fullmatch(
        r"interrupted before the first step: [ -~]*out\\npellucid: all is well[ -~]*\n", capsys.readouterr().err
    )
    assert not (folder / "model.keras").exists()


def test_what_was_learned_before_outlives_a_training_that_never_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that took a night is not replaced by one that has made no step."""

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "model.keras").write_bytes(b"of last night")
    for where in ("task_of", "_fit"):
        with monkeypatch.context() as patch:
            patch.setattr(f"pellucid.cli.train.{where}", interrupted)
            assert main.run(["train", "digits", "--out", str(tmp_path)]) == 130
        assert "interrupted before the first step: nothing new has been learned" in (said := capsys.readouterr().err)
        assert ("--resume" in said) == (where == "_fit")
        assert (tmp_path / "model.keras").read_bytes() == b"of last night"


# A module that is interrupted as it loads, and loses it, as code in C may; then it is the module that it stands for.
PRESSED_IN_IMPORT = """
import importlib, os, signal, sys, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
except KeyboardInterrupt:
    raise ImportError("half a module") from None
sys.path.remove(os.path.dirname(__file__))
del sys.modules[__name__]
importlib.import_module(__name__)
"""


@pytest.mark.parametrize("module", ["typer", "PIL"])
def test_ctrl_c_while_starting(module: str, model_file: Path) -> None:
    """Pressed while a module is imported, which must not go on half made: at the start, and as a command goes on (which
    may be over before it is heard, on a machine that is busy)."""
    stand_in = model_file.parent / "modules"
    stand_in.mkdir()
    Image.new("L", (8, 8)).save(model_file.parent / "x.png")
    (stand_in / f"{module}.py").write_text(PRESSED_IN_IMPORT)
    path = os.pathsep.join([str(stand_in), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = start("maps", str(model_file), "x.png", env={"PYTHONPATH": path}, cwd=model_file.parent)
    outcome = _finish(process)
    assert (outcome.code, outcome.err) in [(130, "interrupted\n"), *([(0, "")] if module == "PIL" else [])]


@pytest.mark.parametrize("moment", [0.04, 0.15, 0.4, 0.9])
@pytest.mark.parametrize("command", ["train", "doctor"])
def test_ctrl_c_at_any_moment(command: str, moment: float, tmp_path: Path) -> None:
    """One sentence and 130; or the command was faster; or Python itself did not listen yet. Never a torn file."""
    arguments = {"train": ["train", "digits", "--epochs", "100000", "--out", "out"], "doctor": ["doctor"]}[command]
    process = start(*arguments, cwd=tmp_path)
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGINT)
    outcome = _finish(process)
    if outcome.code == 130:
        assert outcome.err in (SAID, *TOO_EARLY)
    elif outcome.code == -signal.SIGINT:  # Python was starting, which says where
        assert outcome.err == "" or "pellucid/cli/main" not in outcome.err
    else:
        assert (outcome.code, outcome.err) == (0, "")
    if (tmp_path / "out" / "model.keras").exists():
        load_model(tmp_path / "out" / "model.keras")


@pytest.mark.parametrize("command", ["summary", "train", "help"])
def test_a_reader_that_goes_away(command: str, model_file: Path) -> None:
    """`pellucid ... | head -1`: the first line comes through, and there is no complaint."""
    arguments = {
        "summary": ["summary", str(model_file)],
        "train": ["train", "digits", "--epochs", "2", "--out", str(model_file.parent / "out")],
        "help": ["--help"],
    }[command]
    process = start(*arguments)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()
    try:
        assert process.wait(TIMEOUT_S) in (0, 1)
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.stderr.close()
    assert first


def test_in_a_pipeline(model_file: Path) -> None:
    """By the shell itself."""
    done = subprocess.run(
        f'"$COMMAND" summary "{model_file}" | head -1',
        shell=True,
        env=environment({"COMMAND": COMMAND}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, 'Model: "halves"\n', "")


def test_a_closed_output(model_file: Path) -> None:
    """`pellucid summary model >&-`: nowhere to write to, and no traceback."""
    done = subprocess.run(
        f'"$COMMAND" summary "{model_file}" >&-',
        shell=True,
        env=environment({"COMMAND": COMMAND}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_output(model_file: Path) -> None:
    """`pellucid summary model > /dev/full`: one sentence, exit code 1."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [COMMAND, "summary", str(model_file)],
            stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), timeout=TIMEOUT_S,
        )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "space" in done.stderr
