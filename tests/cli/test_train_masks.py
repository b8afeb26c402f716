"""A folder of images with masks: one command trains a U-Net, the others evaluate it and write masks of new photos."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import stopping
from PIL import Image

from pellucid import load_model
from pellucid.cli import main
from pellucid.inspection import segmentation


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright boxes on dark ground, with the ring around some that belongs to no class."""
    folder, rng = tmp_path_factory.mktemp("masked") / "boxes", np.random.default_rng(2)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(20):
        mask = np.zeros((24, 32), np.uint8)
        top, left = rng.integers(3, 10), rng.integers(3, 16)
        mask[top - 1 : top + 11, left - 1 : left + 11] = 255
        mask[top : top + 10, left : left + 10] = 1
        image = rng.normal(60, 12, (24, 32, 3)) + 120 * (mask == 1)[..., np.newaxis]
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / "images" / f"{number}.jpg", quality=95)
        Image.fromarray(mask).save(folder / "masks" / f"{number}.png")
    (folder / "classes.txt").write_text("ground\nbox\n")
    return folder


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of filters take longer than the training."""
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])
        arguments = ["train", str(photos), "--size", "16", "--epochs", "8", "--batch", "4", "--augment"]
        assert main.run([*arguments, "--rate", "0.01", "--verbose", "0", "--out", str(out)]) == 0
    return out / "model.keras"


def test_it_is_told_evaluated_and_drawn(
    trained: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = load_model(trained).trained_on
    assert (told.kind, told.class_names) == ("masks", ("ground", "box"))
    assert (told.coding.values, told.coding.void) == ((0, 1), 255)
    capsys.readouterr()
    assert main.run(["evaluate", str(trained), str(photos), "--json", "-o", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])
    assert found["images"] == 20 and found["classes"] == ["ground", "box"]
    assert found["iou"][1] > 0.6 and found["mean_iou"] == pytest.approx(np.mean(found["iou"]))
    assert (tmp_path / "mistakes.png").read_bytes().startswith(b"\x89PNG")
    assert main.run(["evaluate", str(trained), str(photos)]) == 0
    out = capsys.readouterr().out
    assert "mean IoU" in out and "The images that overlap least with the truth:" in out


def test_interrupted_and_resumed(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the same bits; not with other masks, though files of equal names and sizes are there."""
    folder = tmp_path / "boxes"
    shutil.copytree(photos, folder)
    arguments = ["train", str(folder), "--size", "16", "--epochs", "2", "--batch", "4", "--augment", "--verbose", "0"]
    assert main.run([*arguments, "--out", str(tmp_path / "whole")]) == 0
    with stopping.after_an_epoch():
        assert main.run([*arguments, "--out", str(tmp_path / "parts")]) == 130
    mask = folder / "masks" / "5.png"
    kept = mask.read_bytes()
    Image.fromarray(np.asarray(Image.open(mask))[::-1]).save(mask)
    capsys.readouterr()
    assert main.run(["train", "--resume", str(tmp_path / "parts"), "--verbose", "0"]) == 1
    assert "are not those any more with which the training was begun" in capsys.readouterr().err
    mask.write_bytes(kept)
    assert main.run(["train", "--resume", str(tmp_path / "parts"), "--verbose", "0"]) == 0
    models = [load_model(tmp_path / name / "model.keras") for name in ("whole", "parts")]
    assert all(map(np.array_equal, *(model.get_weights() for model in models)))


def test_new_photos_get_masks(trained: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As large as the photo, with the values that masks had; what is said of it is counted from the same."""
    photo = photos / "images" / "3.jpg"
    assert main.run(["predict", str(trained), str(photo), "--json", "-o", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    mask = np.asarray(Image.open(told["mask"]))
    assert mask.shape == (24, 32) and set(np.unique(mask)) == {0, 1} and "unlike" not in told
    model = load_model(trained)
    x = model.trained_on.sample(photo)[np.newaxis]
    said = model.predict(x, verbose=0)[0].argmax(axis=-1)
    assert told["shares"] == pytest.approx([(said == 0).mean(), (said == 1).mean()])
    true = np.asarray(Image.open(photos / "masks" / "3.png").resize((16, 16), Image.Resampling.NEAREST))
    assert segmentation(model, x, true[np.newaxis], ignore_class=255).overlaps[1] > 0.5
    inverted = 255 - np.asarray(Image.open(photo))
    Image.fromarray(inverted).save(tmp_path / "inverted.png")
    assert main.run(["predict", str(trained), str(tmp_path / "inverted.png")]) == 0
    assert "unlike what unet was trained on: it looks inverted" in capsys.readouterr().err
    shutil.copy(photo, tmp_path / "3.jpg")
    assert main.run(["predict", str(trained), str(photo), str(tmp_path / "3.jpg"), "-o", str(tmp_path / "both")]) == 1
    assert "2 images are called 3, and their masks would replace each other" in _said(capsys)


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.startswith("pellucid: ") and err.count("\n") == 1
    return err


def test_bad_masks(photos: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All files that cannot be used are named at once; with --on-bad-image skip they are left out and told."""
    folder = tmp_path / "boxes"
    shutil.copytree(photos, folder)
    (folder / "masks" / "1.png").unlink()
    (folder / "masks" / "2.png").write_bytes(b"no image")
    Image.new("L", (9, 30)).save(folder / "masks" / "3.png")
    arguments = ["train", str(folder), "--size", "8", "--epochs", "1", "--verbose", "0", "--out", str(tmp_path / "out")]
    assert main.run(arguments) == 1
    err = _said(capsys)
    assert "3 image files cannot be used" in err and "1.jpg has no mask" in err and "do not lie over each other" in err
    assert main.run([*arguments, "--on-bad-image", "skip"]) == 0
    out = capsys.readouterr().out
    assert "Found 17 images with masks of 2 classes" in out and "Left out, since they cannot be used: 3" in out
    assert "Places of the value 255 belong to no class" in out and "14 to train on, 3 held out" in out
    for extra, message in (
        (["--size", "20"], "sides are multiples of 8, got 20x20; give --size 16"),
        (["--model", "resnet"], "with masks it is --model unet"),
    ):
        assert main.run(["train", str(photos), "--epochs", "1", "--out", str(tmp_path / "no"), *extra]) == 1
        assert message in _said(capsys)
    classes = tmp_path / "classes"
    for name in ("cats", "dogs"):
        (classes / name).mkdir(parents=True)
    assert main.run(["evaluate", str(trained), str(classes)]) == 1
    assert "has no masks" in _said(capsys)


def test_parts_that_somebody_made(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both ways: train/images beside val/images, and images/train beside images/val."""
    for way in ("{part}/{kind}", "{kind}/{part}"):
        folder = tmp_path / way[1:5]
        for number in range(12):
            for kind, ending in (("images", "jpg"), ("masks", "png")):
                target = folder / way.format(part="val" if number < 3 else "train", kind=kind) / f"{number}.{ending}"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(photos / kind / f"{number}.{ending}", target)
        arguments = [
            "train",
            str(folder),
            "--size",
            "8",
            "--epochs",
            "1",
            "--verbose",
            "0",
            "--out",
            str(tmp_path / "o"),
        ]
        assert main.run(arguments) == 0
        assert "9 to train on, 3 held out" in capsys.readouterr().out
