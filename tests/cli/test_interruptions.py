"""Ctrl-C and closed pipes: the work is kept, the exit code is right, nothing is printed that helps nobody."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import COMMAND, TIMEOUT_S, Outcome, environment, run_on_terminal, start

from pellucid import load_model


def _finish(process: subprocess.Popen[str], before: str = "") -> Outcome:
    try:
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    return Outcome(process.returncode, before + out, err)


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


def test_ctrl_c_in_training(tmp_path: Path) -> None:
    """Exit code 130, said in a sentence; the model is saved and can be used, with its pictures."""
    outcome = _interrupted("train", "digits", "--epochs", "100000", "--out", "out", at="Epoch 3/", cwd=tmp_path)
    assert outcome.code == 130
    assert outcome.err in ("", "interrupted\n")
    assert re.search(r"^Interrupted after \d+\.\d s; what has been learned so far is kept\.$", outcome.out, re.M)
    found = re.search(r"^Accuracy on 360 held-out images: (\d\.\d{4})", outcome.out, re.M)
    assert found
    assert float(found[1]) > 0.8
    assert load_model(tmp_path / "out" / "model.keras").count_params() > 10_000
    assert (tmp_path / "out" / "filters-conv1.png").stat().st_size > 1000


def test_ctrl_c_typed_on_a_terminal(tmp_path: Path) -> None:
    """The live line is ended, and what follows stands on lines of its own."""
    arguments = ["train", "digits", "--epochs", "100000", "--out", "out"]
    outcome = run_on_terminal(*arguments, cwd=tmp_path, ctrl_c_at="Epoch 3/")
    assert outcome.code == 130
    assert re.search(r"^Interrupted after \d+\.\d s; what has been learned so far is kept\.$", outcome.out, re.M)
    assert "Traceback" not in outcome.out
    load_model(tmp_path / "out" / "model.keras")


def test_ctrl_c_in_the_first_epoch(tmp_path: Path) -> None:
    """There is no history yet; all the same the model is saved."""
    outcome = _interrupted("train", "digits", "--epochs", "100000", "--out", "out", at="Total params", cwd=tmp_path)
    assert outcome.code == 130
    assert "Traceback" not in outcome.err
    leftovers = [path.name for path in (tmp_path / "out").iterdir() if path.name.endswith(".tmp")]
    assert leftovers == []


def test_ctrl_c_after_training(tmp_path: Path) -> None:
    """While the pictures are drawn: the model has been saved by then."""
    outcome = _interrupted("train", "digits", "--epochs", "1", "--out", "out", at="Accuracy on", cwd=tmp_path)
    assert outcome.code == 130
    assert "Traceback" not in outcome.err
    load_model(tmp_path / "out" / "model.keras")


@pytest.mark.parametrize("module", ["typer", "PIL"])
def test_ctrl_c_while_starting(module: str, model_file: Path) -> None:
    """Pressed while a module is imported, which this stands for: a module that is interrupted as it loads."""
    stand_in = model_file.parent / "modules"
    stand_in.mkdir()
    (stand_in / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    process = start("predict", str(model_file), "x.png", env={"PYTHONPATH": str(stand_in)})
    outcome = _finish(process)
    assert outcome.code == 130
    assert "Traceback" not in outcome.err


def test_ctrl_c_at_any_moment(tmp_path: Path) -> None:
    """Exit code 130 or, before Python listens, the signal itself; never a torn file."""
    for moment in (0.4, 0.9):
        process = start("train", "digits", "--epochs", "100000", "--out", "out", cwd=tmp_path)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGINT)
        outcome = _finish(process)
        assert outcome.code in (130, -signal.SIGINT)
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
