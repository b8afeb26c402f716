"""`pellucid profile`: the table of a saved model's kernel calls, for people who never saw its code."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run
from PIL import Image

from pellucid import Input, Model, Sequential, layers


@pytest.fixture
def trained_file(tmp_path: Path) -> Path:
    model = Sequential([Input((8, 8, 1)), layers.Conv2D(2, 3, name="edges"), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_prediction_and_training_step(trained_file: Path) -> None:
    outcome = run("profile", str(trained_file), "--batch", "4", "--runs", "2")
    assert (outcome.code, outcome.err) == (0, "")
    assert "prediction, batch 4: " in outcome.out
    assert 'Conv2D "edges": convolution  ' in outcome.out
    assert "gradient" not in outcome.out
    outcome = run("profile", str(trained_file), "--train", "--runs", "1")
    assert (outcome.code, outcome.err) == (0, "")
    assert "training step, batch 32: " in outcome.out
    assert 'Conv2D "edges": convolution, gradient of kernel' in outcome.out


def test_figure(trained_file: Path, tmp_path: Path) -> None:
    outcome = run("profile", str(trained_file), "--figure", str(tmp_path / "profile.png"))
    assert (outcome.code, outcome.err) == (0, "")
    with Image.open(tmp_path / "profile.png") as image:
        assert min(image.size) > 200


def test_open_sizes_are_refused_with_a_way_out(tmp_path: Path) -> None:
    x = layers.Input((None, None, 1))
    Model(x, layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(x))).save(tmp_path / "open.keras")
    outcome = run("profile", str(tmp_path / "open.keras"))
    assert outcome.code == 1
    assert "whose sizes are open; profile it in Python: pellucid.inspection.profile(model, x)" in outcome.err
