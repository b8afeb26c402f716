"""What the system refuses is told as one sentence, without its numbers, and not longer than a person reads."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from pellucid import Input, Sequential, layers, utils
from pellucid.cli import main


def failed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which a command fails."""
    assert main.run(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("pellucid: ") and told.count("\n") == 1 and len(told) < 2100
    assert "Errno" not in told
    return told


def test_a_folder_for_pictures_where_something_else_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = Sequential([Input((4, 4, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    model.save(tmp_path / "net.keras")
    for name in ("photos/cats/1.png", "photos/dogs/1.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    for place in (tmp_path / "net.keras", tmp_path / "net.keras/below"):
        told = failed(["evaluate", str(tmp_path / "net.keras"), str(tmp_path / "photos"), "-o", str(place)], capsys)
        assert f"the folder {place} cannot be made" in told and "give another with --output" in told


def test_names_that_are_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["predict", "net.keras", "x" * 5000], ["compare", "x" * 5000, "y"], ["summary", "x" * 300]):
        failed(arguments, capsys)


def test_an_error_of_the_systems_names_its_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", "a\nfile")

    monkeypatch.setattr(main, "app", fails)
    assert failed(["doctor"], capsys) == "pellucid: a\\nfile: Permission denied\n"


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_was_closed_before_it_began(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has None in its place; what asks whether somebody sits before it hears that nobody does."""
    monkeypatch.setattr(sys, stream, None)
    assert main.run(["doctor"]) == 0
    bar = utils.Progbar(2)
    bar.update(1, [("loss", 1.0)])
    bar.update(2, finalize=True)
