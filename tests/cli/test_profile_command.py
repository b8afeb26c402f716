"""`pellucid profile`: the table of a saved model's kernel calls, for people who never saw its code."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from pellucid import Input, Model, Sequential, layers
from pellucid.cli import main
from pellucid.cli.waiting import Watched
from pellucid.data import Epochs


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


def test_waiting_for_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three epochs, none of which is kept; what was found in the folder is told, beside the JSON."""
    for name, grey in (("dark", 20), ("light", 220)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(6):
            Image.new("L", (9, 9), grey + number).save(tmp_path / "photos" / name / f"{number}.png")
    chain = [layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2, activation="softmax")]
    Sequential([Input((8, 8, 1)), *chain]).save(tmp_path / "model.keras")
    before, photos = (tmp_path / "model.keras").read_bytes(), str(tmp_path / "photos")
    command = ["profile", str(tmp_path / "model.keras"), "--batch", "4", "--data"]
    assert main.run([*command, photos]) == 0
    out = capsys.readouterr().out
    assert "Found 12 images of 2 classes" in out and out.count("waiting for images") == 3
    assert main.run([*command, photos, "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert "Found 12 images" in captured.err and told["batches"] == 3
    assert len(told["seconds"]) == 3
    assert all(0 <= waited <= whole for waited, whole in zip(told["waited"], told["seconds"], strict=True))
    assert (tmp_path / "model.keras").read_bytes() == before
    assert main.run([*command, photos, "--train"]) == 1
    assert "leave --train, --runs, -o and --width out" in capsys.readouterr().err
    assert main.run([*command, str(tmp_path / "nowhere")]) == 1
    assert "there is no such folder" in capsys.readouterr().err


def test_waiting_is_until_a_batch_comes() -> None:
    """And not what is done with it."""

    class Slow(Epochs):
        def __len__(self) -> int:
            return 3

        def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[np.ndarray]:
            for _ in range(start, 3):
                time.sleep(0.01)
                yield np.zeros((1, 1))

    watched = Watched(Slow())
    begin = time.perf_counter()
    for _ in watched.batches(0, seed=0):
        time.sleep(0.01)
    assert 0.03 <= watched.waited <= time.perf_counter() - begin - 0.03
