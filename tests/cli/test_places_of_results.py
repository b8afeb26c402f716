"""Where results lie: never among the images; and the folder of a training is told from the model in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Input, Sequential, layers, load_model
from pellucid.cli import main
from pellucid.cli.table_images import find_tabled
from pellucid.data.images.reading import Reading, TrainedOn


def _failed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main.run(arguments) == 1
    return capsys.readouterr().err


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for name in ("cats", "dogs"):
        for number in range(2):
            path = tmp_path / "pets" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(path)
    return tmp_path / "pets"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    network = Sequential([Input((8, 8, 3)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    network.trained_on = TrainedOn(Reading(8, 8, 3), 1.0, ("cats", "dogs"), "classes")
    (tmp_path / "run").mkdir()
    network.save(tmp_path / "run" / "model.keras")
    return tmp_path / "run" / "model.keras"


def test_results_do_not_lie_among_the_images(
    pets: Path, model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be a class the next time: also those of `train .`, and behind a link."""
    (pets.parent / "link").symlink_to(pets)
    for dataset, out in ((pets, pets), (pets, pets / "seen"), (pets, pets.parent / "link" / "seen")):
        told = _failed(["train", str(dataset), "--out", str(out)], capsys)
        assert f"{out} is among the images of {pets}" in told and "give another folder with --out, such as" in told
    told = _failed(["evaluate", str(model), str(pets), "-o", str(pets / "pictures")], capsys)
    assert f"give another folder with --output, such as {pets.parent / 'pictures'}" in told
    monkeypatch.chdir(pets)
    assert f"--out, such as {pets.parent / 'pellucid-pets'}\n" in _failed(["train", "."], capsys)
    assert sorted(path.name for path in pets.iterdir()) == ["cats", "dogs"]


def test_masks_do_not_lie_among_the_images(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = Sequential([Input((8, 8, 3)), layers.Conv2D(2, 1, activation="softmax")])
    network.trained_on = TrainedOn(Reading(8, 8, 3), 1.0, ("sky", "cat"), "masks")
    network.save(pets.parent / "masks.keras")
    told = _failed(
        ["predict", str(pets.parent / "masks.keras"), str(pets / "cats"), "-o", str(pets / "cats" / "m")], capsys
    )
    assert f"is among the images of {pets / 'cats'}" in told and f"--output, such as {pets / 'm'}" in told


def test_the_folder_of_a_training_is_told_from_its_model(
    pets: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["evaluate", str(model.parent), str(pets)], ["predict", str(model.parent), str(pets)]):
        assert f"{model.parent} is the folder of a training; its model is {model}" in _failed(arguments, capsys)


def test_classes_that_a_folder_lacks_are_named(pets: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pets.parent / "empty").mkdir()
    told = _failed(["evaluate", str(model), str(pets.parent / "empty")], capsys)
    assert "empty has none of the sub-folders that" in told and "cats, dogs; expected one for each" in told
    (pets / "dogs").rename(pets.parent / "dogs")
    told = _failed(["evaluate", str(model), str(pets)], capsys)
    assert "pets has no sub-folder dogs" in told and "make an empty folder for it" in told
    (pets / "dogs").mkdir()
    assert main.run(["evaluate", str(model), str(pets)]) == 0 and "Of 2 samples" in capsys.readouterr().out


def test_a_table_to_validate_with_that_is_not_read_is_told(pets: Path) -> None:
    for name in ("train.txt", "val.txt", "test.csv"):
        (pets / name).write_text("cats/0.png 0\ncats/1.png 0\ndogs/0.png 1\ndogs/1.png 1\n")
    train, val = (find_tabled(pets / name, 8, 1, "error", 4) for name in ("train.txt", "val.txt"))
    assert "Left alone: val.txt beside it; evaluate tells how good the model is on them." in train.told
    assert "Left alone" not in " ".join(val.told)


def test_a_model_of_numbers_is_not_trained_further_on_classes(
    pets: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = load_model(model)
    network.trained_on = TrainedOn(Reading(8, 8, 3), 1.0, ("age", "size"), "numbers")
    network.save(model)
    told = _failed(["train", str(pets), "--model", str(model), "--out", str(pets.parent / "new")], capsys)
    assert "was trained on numbers, and these are classes; leave --model out, or name a network" in told


@pytest.mark.parametrize("wrong", [("--model", "unet"), ("--freeze", "nothing"), ("--model", "tiny.keras")])
def test_a_training_that_is_refused_leaves_no_folder(
    pets: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor takes away one that was there before."""
    out = pets.parent / "seen"
    arguments = ["train", str(pets), "--size", "8", *wrong, "--out", str(out)]
    _failed(arguments, capsys)
    assert not out.exists()
    out.mkdir()
    _failed(arguments, capsys)
    assert list(out.iterdir()) == []
