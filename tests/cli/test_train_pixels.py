"""`pellucid train`, `evaluate` and `predict` on tables of pixels and on arrays: the same images, in whatever form."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pellucid import datasets, load_model
from pellucid.cli import main
from pellucid.cli.explore import _study
from pellucid.cli.pixel_images import find_pixels


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 300 digits of 8x8 pixels as a table of bytes, as fractions channels first, and standardised."""
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    folder, x, y = tmp_path_factory.mktemp("digits"), x[:300], y[:300]
    bytes_of = np.round(x * 255).astype(int).reshape(300, -1)
    titles = ",".join(["label", *(f"pixel{number}" for number in range(64))])
    np.savetxt(folder / "train.csv", np.insert(bytes_of, 0, y, axis=1), "%d", ",", header=titles, comments="")
    np.savetxt(folder / "test.csv", bytes_of[:40], "%d", ",", header=titles[6:], comments="")
    parts = {"x_train": x, "y_train": np.eye(10)[y], "x_test": x_test[:50], "y_test": y_test[:50]}
    np.savez(
        folder / "set.npz", **{**parts, "x_train": np.moveaxis(x, -1, 1), "x_test": np.moveaxis(parts["x_test"], -1, 1)}
    )
    np.savez(
        folder / "own.npz",
        **{**parts, "x_train": (x - x.mean()) / x.std(), "x_test": (parts["x_test"] - x.mean()) / x.std()},
    )
    return folder


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take most of the time of a training so small, and are the same for all data."""
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *given: [])


def _train(digits: Path, name: str, out: Path, *more: str) -> None:
    arguments = ["train", str(digits / name), "--epochs", "2", "--verbose", "0", "--out", str(out), *more]
    assert main.run(arguments) == 0


def test_a_table(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told, trained on, kept in the file; its images are the same from a table, an array of fractions and a picture."""
    _train(digits, "train.csv", tmp_path)
    said = capsys.readouterr().out
    assert (
        "Found 300 images of 10 classes: 0 24, 1 30" in said and "They are 8 rows by 8 columns in grey (square" in said
    )
    model = load_model(tmp_path / "model.keras")
    assert model.trained_on.arrays.shape == (8, 8, 1) and model.trained_on.arrays.white == 255
    path = str(tmp_path / "model.keras")
    assert main.run(["predict", path, str(digits / "test.csv"), "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 40 and answers[0]["image"] == "test.csv row 2"
    x = np.round(datasets.digits.load_data()[0][0][:40] * 255)
    wanted = model.predict(x, verbose=0)
    np.testing.assert_allclose([each["probabilities"] for each in answers], wanted, atol=1e-6)
    np.save(tmp_path / "fractions.npy", (x / 255)[..., 0])
    assert main.run(["predict", path, str(tmp_path / "fractions.npy"), "--json"]) == 0
    found = capsys.readouterr()
    assert "they are brought to 0 to 255" in found.err
    again = [json.loads(line)["probabilities"] for line in found.out.splitlines()]
    np.testing.assert_allclose(again, wanted, atol=1e-4)
    assert main.run(["evaluate", path, str(digits / "train.csv")]) == 0
    said = capsys.readouterr()
    assert "Of 300 samples" in said.out and "It was trained on 239 of these 300 images" in said.err
    assert main.run(["evaluate", path, str(digits / "test.csv")]) == 1
    assert "test.csv has no labels" in capsys.readouterr().err


def test_numbers_without_a_white(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Image files and other numbers are refused, numbers as those trained on are taken."""
    _train(digits, "own.npz", tmp_path, "--augment")
    assert "Which of them is white nobody can tell" in (said := capsys.readouterr().out)
    assert "300 to train on, 50 held out to validate with." in said and "predict" in said
    path = str(tmp_path / "model.keras")
    assert main.run(["predict", path, str(digits / "own.npz")]) == 0
    assert capsys.readouterr().out.count("probability") == 50
    for other, told in ((tmp_path / "held-out-image.png", "nobody can tell how"), (digits / "test.csv", "bring the")):
        assert main.run(["predict", path, str(other)]) == 1
        assert told in capsys.readouterr().err


def test_arrays_go_on_and_options_that_do_not_fit(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model of fractions learns from bytes too, brought to fractions; channels first are told."""
    _train(digits, "set.npz", tmp_path / "one")
    assert "the channels first), with numbers from 0 to 1." in capsys.readouterr().out
    _train(digits, "train.csv", tmp_path / "two", "--model", str(tmp_path / "one" / "model.keras"))
    assert "they are brought to 0 to 1, as the model was trained on." in capsys.readouterr().out
    for options, told in (
        (["--size", "9"], "are for images in files"),
        (["--shape", "9x9"], "64 numbers in each image; --shape 9x9x1 are 81"),
        (["--shape", "big"], "--shape says rows and columns"),
        (["--target", "price"], "--target label"),
    ):
        assert main.run(["train", str(digits / "train.csv"), "--out", str(tmp_path / "no"), *options]) == 1
        assert told in capsys.readouterr().err


def test_the_parts_are_those_that_the_file_says(digits: Path) -> None:
    """And what is drawn follows from the seed; copies are never held out."""
    found = find_pixels(digits / "set.npz", 1)
    assert (len(found.x), len(found.held[0])) == (300, 50) and found.names[0] == "x_test image 0"
    drawn = [find_pixels(digits / "train.csv", seed) for seed in (1, 1, 2)]
    assert drawn[0].names == drawn[1].names != drawn[2].names
    assert drawn[0].told_apart == drawn[1].told_apart != drawn[2].told_apart
    assert len(drawn[0].x) == 239 and not set(map(bytes, drawn[0].x)) & set(map(bytes, drawn[0].held[0]))


def test_other_commands_take_or_refuse_them(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`explore` has the held-out images; `profile --data` has nothing to wait for, and crashed."""
    study = _study(str(digits / "train.csv"), None, False, 1, {})
    assert len(study.samples) == 61 and study.model.input_shape == (None, 8, 8, 1)
    study.model.save(tmp_path / "m.keras")
    assert main.run(["profile", str(tmp_path / "m.keras"), "--data", str(digits / "set.npz")]) == 1
    assert "it waits for none" in capsys.readouterr().err
