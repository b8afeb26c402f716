"""What `pellucid predict` says of many images: doubts in short, a table, and how far it came."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Input, Sequential, layers, load_model
from pellucid.cli import main
from pellucid.cli.answers import answer_of
from pellucid.data import Reading, TrainedOn
from pellucid.data.images.looks import Looks


@pytest.fixture
def model(tmp_path: Path) -> str:
    """One that was trained on dark images of 8x8."""
    net = Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Dense(2, "softmax")], name="net")
    looks = Looks((10.0, 20.0), (10.0, 20.0), (1.0, 9.0), (8.0, 8.0), (1.0, 1.0), 99)
    net.trained_on = TrainedOn(Reading(8, 8, 1), 1 / 255, ("a,b", "c"), looks=looks)
    net.save(tmp_path / "m.keras")
    return str(tmp_path / "m.keras")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for number in range(40):
        Image.new("L", (8, 8), 100 + number).save(tmp_path / "photos" / f"{number:02}.png")
    return tmp_path / "photos"


def test_doubts_of_many_are_counted(model: str, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["predict", model, str(photos)]) == 0
    said = capsys.readouterr()
    assert said.out.count("probability") == 40
    assert said.err.count("is unlike what net was trained on") == 5
    assert "35 more are unlike what net was trained on (35: it is brighter than all that was trained on)" in said.err


def test_a_table_of_answers(model: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each number as the model says it, in the order of the files; names of classes may have commas."""
    assert main.run(["predict", model, str(photos), "-o", str(tmp_path / "answers.csv")]) == 0
    assert "answers to 40 images" in capsys.readouterr().out
    titles, *rows = csv.reader((tmp_path / "answers.csv").open(newline=""))
    assert titles == ["image", "class", "probability", "a,b", "c"] and len(rows) == 40
    x = np.stack([np.asarray(Image.open(path)) for path in sorted(photos.iterdir())])[..., None]
    wanted = load_model(model).predict(x / 255, verbose=0)
    np.testing.assert_allclose([[float(cell) for cell in row[3:]] for row in rows], wanted, atol=1e-6)
    assert [row[1] for row in rows] == [("a,b", "c")[int(each.argmax())] for each in wanted]
    assert main.run(["predict", model, str(photos), "-o", "masks"]) == 1
    assert "--output is a table that ends in .csv, or a folder for masks" in capsys.readouterr().err


def test_ctrl_c_tells_how_far_it_came(
    model: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def interrupted(*given: object) -> object:
        seen.append(given)
        if len(seen) == 38:
            raise KeyboardInterrupt
        return answer_of(*given)

    monkeypatch.setattr("pellucid.cli.predict.answer_of", interrupted)
    assert main.run(["predict", model, str(photos), "-o", str(tmp_path / "answers.csv")]) == 130
    assert "interrupted: 37 of 40 images were predicted; the table is not written" in capsys.readouterr().err
    assert not (tmp_path / "answers.csv").exists()
