"""`train`, `evaluate` and `predict` on arrays with masks, and on tables of pixels with places in them that may lack."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pellucid import load_model
from pellucid.cli import main

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take most of the time of a training so small, and are the same for all data."""
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *given: [])


def test_masks_in_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Trained in one command, of sides that are no multiples of 8; judged on the same in another form."""
    masks = np.zeros((32, 12, 20), np.uint8)
    for mask in masks:
        row, column = RNG.integers(1, 5), RNG.integers(1, 11)
        mask[row : row + 6, column : column + 8] = 1
    images = (masks * 140 + RNG.normal(50, 8, masks.shape)).clip(0, 255).astype(np.uint8)
    np.savez(tmp_path / "set.npz", images=images, masks=masks)
    np.savez(tmp_path / "other.npz", x=images[..., np.newaxis] / 255, y=np.eye(2)[masks])
    out, path = tmp_path / "out", str(tmp_path / "out" / "model.keras")
    options = ["--epochs", "12", "--batch", "4", "--rate", "0.01", "--verbose", "0", "--out", str(out)]
    assert main.run(["train", str(tmp_path / "set.npz"), *options]) == 0
    said = capsys.readouterr().out
    assert "Found 32 images with masks of 2 classes: background" in said and "mean IoU" in said
    told = load_model(path).trained_on
    assert (told.kind, told.class_names, told.coding.values) == ("masks", ("background", "object"), (0, 1))
    assert main.run(["evaluate", path, str(tmp_path / "other.npz"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])
    assert found["images"] == 32 and found["iou"][1] > 0.6
    assert main.run(["predict", path, str(tmp_path / "set.npz"), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said_of = load_model(path).predict(images[..., np.newaxis].astype(np.float32), verbose=0).argmax(axis=-1)
    np.testing.assert_allclose([each["shares"][1] for each in lines], said_of.mean(axis=(1, 2)), atol=1e-6)


@pytest.mark.parametrize("scale", [1, 1 / 255, -4.5])
def test_masks_in_arrays_are_moved_with_their_images(tmp_path: Path, scale: float) -> None:
    """Also where nobody knows which number is white; the same seed moves them the same."""
    masks = np.zeros((24, 12, 16), np.uint8)
    masks[:, 3:9, 2:8] = 1
    drawn = masks * 140 + RNG.integers(40, 60, masks.shape)
    images = (drawn * scale).astype(np.uint8 if scale == 1 else np.float32)
    np.savez(tmp_path / "set.npz", images=images, masks=masks)
    options = ["--augment", "--epochs", "16", "--batch", "4", "--rate", "0.01", "--verbose", "0"]
    for out in ("one", "two"):
        assert main.run(["train", str(tmp_path / "set.npz"), *options, "--out", str(tmp_path / out)]) == 0
    one, two = (load_model(tmp_path / out / "model.keras") for out in ("one", "two"))
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))
    found = one.predict(images[:1, ..., np.newaxis].astype(np.float32), verbose=0).argmax(axis=-1)
    assert ((found == 1) == (masks[:1] == 1)).mean() > 0.9


def test_places_that_lack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As facial keypoints: refused with their number, left out where that is asked for; predict asks for none."""
    pixels = RNG.integers(0, 256, (12, 64))
    places = RNG.uniform(0, 8, (12, 2)).round(3) + 0.0001
    cells = [[f"{each:.4f}" for each in row] for row in places]
    cells[3][1] = cells[7][0] = ""
    rows = [",".join([*row, " ".join(map(str, image))]) for row, image in zip(cells, pixels, strict=True)]
    table = tmp_path / "training.csv"
    table.write_text("\n".join(["eye_x,eye_y,Image", *rows]))
    out, options = tmp_path.with_name(f"{tmp_path.name}-out"), ["--epochs", "1", "--verbose", "0"]
    assert main.run(["train", str(table), *options, "--out", str(out)]) == 1
    err = capsys.readouterr().err
    assert "row 5 has nothing among the columns that are learned, as 2 of 12 rows do" in err
    assert main.run(["train", str(table), *options, "--on-missing", "skip", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Found 10 images of 2 numbers: eye_x from" in said and "that is learned: 2 rows." in said
    assert "evaluate" in said and "--on-missing skip" in said
    path = str(out / "model.keras")
    assert load_model(path).trained_on.class_names == ("eye_x", "eye_y")
    assert main.run(["evaluate", path, str(table), "--on-missing", "skip", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["samples"] == 10
    assert main.run(["predict", path, str(table), "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 12
    assert main.run(["train", str(tmp_path), *options, "--on-missing", "skip", "--out", str(out)]) == 1
    assert "--on-missing is for rows of a table" in capsys.readouterr().err
