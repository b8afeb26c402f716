"""The command as such: help, version, doctor, and how it fails: exit codes, one sentence, no traceback."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from command import run, run_on_terminal

import pellucid

COMMANDS = ["train", "summary", "predict", "doctor", "maps", "explain"]


def test_version() -> None:
    """One line."""
    outcome = run("--version")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"pellucid {pellucid.__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option: str) -> None:
    """All commands are listed, and each explains itself."""
    outcome = run(option)
    assert (outcome.code, outcome.err) == (0, "")
    assert all(command in outcome.out for command in COMMANDS)
    for command in COMMANDS:
        outcome = run(command, option)
        assert (outcome.code, outcome.err) == (0, "")
        assert f"pellucid {command}" in outcome.out


def test_doctor() -> None:
    """Version, instruction set, threads, engines; everything well."""
    outcome = run("doctor", env={"PELLUCID_THREADS": "1"})
    assert (outcome.code, outcome.err) == (0, "")
    facts = dict(re.split(r"  +", line, maxsplit=1) for line in outcome.out.splitlines())
    assert facts["pellucid"].startswith(f"{pellucid.__version__}, Python 3.")
    assert pellucid.engines.isa() in facts["instruction set"]
    assert facts["threads"].startswith("1 ")
    assert facts["engine native"] == "works"
    assert facts["engine reference"].startswith("works")
    assert facts["engine xla"].startswith("works (JAX ") and "cpu 0" in facts["engine xla"]
    assert facts["terminal"].startswith("no")


@pytest.mark.parametrize("level", pellucid.engines.available_isas())
def test_doctor_at_every_instruction_set_level(level: str) -> None:
    """Each level that the machine has computes rightly."""
    outcome = run("doctor", env={"PELLUCID_ISA": level})
    assert (outcome.code, outcome.err) == (0, "")
    assert f"{level} in use" in outcome.out


@pytest.mark.parametrize(
    ("name", "value"),
    [("PELLUCID_ISA", "avx99"), ("PELLUCID_THREADS", "0"), ("PELLUCID_THREADS", "many"), ("PELLUCID_THREADS", "-1")],
)
def test_wrong_environment_variables(name: str, value: str) -> None:
    """Named, with what would be right."""
    outcome = run("doctor", env={name: value})
    assert outcome.code == 1
    assert re.fullmatch(rf"pellucid: .*{name}.*{value}.*\n", outcome.err)


WRONG_USAGE = {
    "no command": ([], "Usage"),
    "unknown command": (["trian"], "No such command 'trian'"),
    "unknown option": (["--foo"], "No such option: --foo"),
    "no data set": (["train"], "dataset"),
    "unknown option of train": (["train", "digits", "--epoch", "3"], "No such option: --epoch"),
    "epochs as text": (["train", "digits", "--epochs", "many"], "--epochs"),
    "no epochs": (["train", "digits", "--epochs", "0"], "--epochs"),
    "epochs without a number": (["train", "digits", "--epochs"], "--epochs"),
    "seed below 0": (["train", "digits", "--seed", "-1"], "--seed"),
    "verbose 3": (["train", "digits", "--verbose", "3"], "--verbose"),
    "two data sets": (["train", "digits", "mnist"], "mnist"),
    "summary of nothing": (["summary"], "file"),
    "predict nothing": (["predict"], "file"),
    "predict without images": (["predict", "model.keras"], "images"),
    "doctor with a patient": (["doctor", "x"], "x"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage(case: str, tmp_path: Path) -> None:
    """Exit code 2, what was wrong, and no traceback; nothing is made."""
    arguments, message = WRONG_USAGE[case]
    outcome = run(*arguments, cwd=tmp_path)
    assert outcome.code == 2
    assert message in outcome.err + outcome.out
    assert "Traceback" not in outcome.err
    assert list(tmp_path.iterdir()) == []


FAILURES = {
    "unknown data set": (
        ["train", "digit"],
        r"unknown data set 'digit'; did you mean 'digits'\? Known: cifar10, digits, fashion_mnist, kmnist, mnist",
    ),
    "data for digits": (["train", "digits", "--data", "."], r"digits come with Pellucid and take no --data"),
    "no MNIST folder": (
        ["train", "mnist", "--data", "nowhere"],
        r"nowhere: there is no such file or folder; give one with",
    ),
    "an empty MNIST folder": (["train", "mnist", "--data", "."], r"has no MNIST; looked for train-images-idx3-ubyte"),
    "a file in the place of the folder": (["train", "digits", "--out", "file"], r"file cannot be written to \(.*--out"),
    "a folder below a file": (["train", "digits", "--out", "file/x"], r"cannot be written to \(.*--out"),
    "a missing model": (["summary", "nope.keras"], r"nope\.keras: there is no such file; expected a \.keras file"),
    "a model that is a folder": (["summary", "."], r"\.:? .*folder"),
    "a model that is text": (["summary", "file"], r"file is not a \.keras file; it looks like"),
    "an empty model": (["summary", "empty.keras"], r"empty\.keras is not a \.keras file; it looks like an empty file"),
    "a missing model to predict": (["predict", "nope.keras", "x.png"], r"nope\.keras: there is no such file"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failures(case: str, tmp_path: Path) -> None:
    """Exit code 1 and one sentence that begins with the program's name."""
    arguments, message = FAILURES[case]
    (tmp_path / "file").write_text("just text\n")
    (tmp_path / "empty.keras").touch()
    outcome = run(*arguments, cwd=tmp_path)
    assert outcome.code == 1
    assert re.fullmatch(rf"pellucid: .*{message}.*\n", outcome.err)
    assert (tmp_path / "file").read_text() == "just text\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    """Said before the training, not after it."""
    tmp_path.chmod(0o555)
    outcome = run("train", "digits", "--out", str(tmp_path / "out"))
    tmp_path.chmod(0o755)
    assert outcome.code == 1
    assert re.fullmatch(r"pellucid: .*out cannot be written to \(Permission denied\); give another .*\n", outcome.err)


@pytest.mark.parametrize("arguments", [["--debug", "summary", "nope.keras"], ["summary", "nope.keras", "--debug"]])
def test_debug_shows_the_traceback(arguments: list[str], tmp_path: Path) -> None:
    """For those who ask, wherever they write it."""
    outcome = run(*arguments, cwd=tmp_path)
    assert outcome.code == 1
    assert "Traceback (most recent call last)" in outcome.err
    assert "FileError: nope.keras: there is no such file" in outcome.err


def test_a_model_cut_short(model_file: Path) -> None:
    """As after an interrupted copy; the file is not touched."""
    whole = model_file.read_bytes()
    model_file.write_bytes(whole[: len(whole) // 2])
    outcome = run("summary", str(model_file))
    assert outcome.code == 1
    assert outcome.err.startswith(f"pellucid: {model_file}")
    assert outcome.err.count("\n") == 1
    assert model_file.read_bytes() == whole[: len(whole) // 2]


SUMMARY = """\
Model: "halves"
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)      ┃ Output Shape ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ flatten (Flatten) │ (None, 64)   │       0 │
├───────────────────┼──────────────┼─────────┤
│ side (Dense)      │ (None, 2)    │     130 │
└───────────────────┴──────────────┴─────────┘
 Total params: 130 (520.00 B)
 Trainable params: 130 (520.00 B)
 Non-trainable params: 0 (0.00 B)
"""


def test_summary(model_file: Path) -> None:
    """The table that `model.summary()` prints."""
    outcome = run("summary", str(model_file), env={"PYTHONIOENCODING": "utf-8"})
    assert (outcome.code, outcome.out, outcome.err) == (0, SUMMARY, "")


def test_summary_in_ascii(model_file: Path) -> None:
    """Where the output takes nothing else."""
    outcome = run("summary", str(model_file), env={"PYTHONIOENCODING": "ascii"})
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.isascii()
    assert "| side (Dense)      | (None, 2)    |     130 |" in outcome.out


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_summary_in_plain_locales(model_file: Path, locale: str) -> None:
    """Never an encoding error."""
    outcome = run("summary", str(model_file), env={"LC_ALL": locale, "PYTHONUTF8": None, "PYTHONIOENCODING": None})
    assert (outcome.code, outcome.err) == (0, "")
    assert "130" in outcome.out


def test_summary_on_a_narrow_terminal(model_file: Path) -> None:
    """No line is longer than 40 columns."""
    outcome = run_on_terminal("summary", str(model_file), columns=40)
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= 40
    assert "130" in outcome.out
