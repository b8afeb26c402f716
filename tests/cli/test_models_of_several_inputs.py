"""Commands that look at models with several inputs: a file holds an array for each, under its name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, inspection, layers
from pellucid.cli import main

LEFT, RIGHT = np.random.default_rng(0).random((2, 12, 6, 6, 1), dtype=np.float32)
CLASSES = np.arange(12) % 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model, one sample, several, and several with their classes."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    left, right = Input((6, 6, 1), name="left"), Input((6, 6, 1), name="right")
    conv = layers.Conv2D(2, 3, name="conv")
    flat = layers.Flatten()(conv(left) * conv(right))
    model = Model([left, right], layers.Dense(3, activation="softmax", name="head")(flat), name="pair")
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.save(tmp_path / "pair.keras")
    np.savez(tmp_path / "one.npz", left=LEFT[2], right=RIGHT[2])
    np.savez(tmp_path / "all.npz", left=LEFT, right=RIGHT, y=CLASSES)
    return tmp_path


def test_maps_values_and_fields(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the one sample, and of the same by its number among several; held to the model's prediction."""
    net = str(folder / "pair.keras")
    expected = pellucid.load_model(net).predict([LEFT[2:3], RIGHT[2:3]], verbose=0)[0]
    for samples in ([str(folder / "one.npz")], [str(folder / "all.npz"), "--sample", "2"]):
        assert main.run(["maps", net, *samples, "--layer", "head", "--json"]) == 0
        (record,) = json.loads(capsys.readouterr().out)
        np.testing.assert_allclose(record["maps"], expected, rtol=1e-5)
    assert main.run(["explain", net, str(folder / "one.npz"), "--layer", "head", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == pytest.approx(expected.max(), rel=1e-5)
    assert main.run(["field", net, "--layer", "conv", "--position", "1,1", "--image", str(folder / "one.npz")]) == 0
    assert "of the input left" in " ".join(capsys.readouterr().out.split())


def test_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, data = str(folder / "pair.keras"), str(folder / "all.npz")
    assert main.run(["compare", net, net, "--data", data]) == 0
    assert "Both answered 12 samples" in capsys.readouterr().out
    assert main.run(["report", net, "--data", data, "-o", str(folder / "pair.html")]) == 0
    page = (folder / "pair.html").read_text(encoding="utf-8")
    assert re.findall("Not told of this model[^<]*", page) == [] and "the others are held at the sample" in page


def test_what_cannot_be(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(folder / "half.npz", left=LEFT)
    for file, words in (("half.npz", "is to hold an array for each"), ("all.npz", "holds 12 samples; say which")):
        assert main.run(["maps", str(folder / "pair.keras"), str(folder / file)]) != 0
        assert words in capsys.readouterr().err
    maps = inspection.feature_maps(pellucid.load_model(folder / "pair.keras"), str(folder / "all.npz"), "head")
    assert [record.sample for record in maps] == [str(number) for number in range(12)]
