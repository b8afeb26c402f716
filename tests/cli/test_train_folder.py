"""A newcomer's folder of photographs: trained, evaluated, predicted by name, interrupted and resumed."""

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
from pellucid.cli.choices import Choices
from pellucid.cli.image_folders import find_photos
from pellucid.cli.networks import NETWORKS
from pellucid.cli.resuming import Settings
from pellucid.cli.tasks import task_of
from pellucid.data import Reading
from pellucid.inspection import confusion


def _photo(path: Path, bright: int, rng: np.random.Generator, size: tuple[int, int] = (40, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.clip(bright + rng.normal(0, 20, (*size, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=90)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nights and days, 20 of each, in several sizes."""
    folder, rng = tmp_path_factory.mktemp("folder") / "photos", np.random.default_rng(5)
    for name, bright in (("day", 190), ("night", 60)):
        for number in range(20):
            _photo(folder / name / f"{number}.jpg", bright, rng, (40 + number, 30))
    (folder / "day" / "._1.jpg").write_bytes(b"left there by a file manager")
    (folder / "__MACOSX" / "day").mkdir(parents=True)
    (folder / "__MACOSX" / "day" / "._2.jpg").write_bytes(b"left there by what unpacked an archive")
    return folder


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "out"
    arguments = ["train", str(photos), "--size", "16", "--epochs", "6", "--rate", "0.01", "--verbose", "0"]
    assert main.run([*arguments, "--out", str(out)]) == 0
    return out


@pytest.fixture(autouse=True)
def _few_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn where they are looked at: they take longer than the trainings."""
    if request.node.name != "test_what_was_found_is_told":
        monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])


def test_what_was_found_is_told(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", str(photos), "--size", "16", "--epochs", "1", "--out", str(tmp_path / "out")]
    assert main.run([*arguments, "--verbose", "0"]) == 0
    out = capsys.readouterr().out
    assert "Found 40 images of 2 classes: day 20, night 20." in out
    assert "Their sizes are from 30x40 to 30x59 pixels; they are read as 16x16 in colour." in out
    assert "32 to train on, 8 held out to validate with." in out
    assert "Rows are what is true" in out
    pictures = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"model.keras", "confusion.png", "filters-conv1.png", "held-out-image.png"} <= pictures


def test_names_are_kept_in_the_file(trained: Path) -> None:
    told = load_model(trained / "model.keras").trained_on
    assert told.class_names == ("day", "night")
    assert told.reading == Reading(16, 16, 3)


def test_copies_and_what_is_not_read(photos: Path, tmp_path: Path) -> None:
    """What is told of them is true, whoever divided the images; folders below those of classes are no classes."""
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    for season in ("summer", "winter"):
        (folder / "day" / season).mkdir()
        shutil.copy(folder / "day" / "1.jpg", folder / "day" / season / "1.jpg")
    for name in ("a.HEIC", "b.heic", "c.dng", "._d.tif", "notes.txt"):
        (folder / "night" / name).touch()
    told = " ".join(find_photos(folder, 8, 1, "error", 8).told)
    assert "2 are copies of others, byte by byte; none of them is both trained on and validated with." in told
    assert "two classes" not in told
    assert "Left alone: 3 of kinds that are not read (.heic 2, .dng 1)" in told
    parts = tmp_path / "parts"
    for part, numbers in (("train", range(6)), ("val", range(5, 9))):
        for name in ("day", "night"):
            (parts / part / name).mkdir(parents=True)
            for number in numbers:
                shutil.copy(photos / name / f"{number}.jpg", parts / part / name / f"{number}.jpg")
    told = " ".join(find_photos(parts, 8, 1, "error", 8).told)
    assert "2 are copies of others, byte by byte. 2 held-out images are in the training part too" in told


def test_photos_that_are_turned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A photo that was trained on does not look unlike those that were, however the camera was held."""
    turned, rng = Image.Exif(), np.random.default_rng(3)
    turned[0x0112] = 6
    for name, bright in (("day", 190), ("night", 60)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(6):
            pixels = np.clip(bright + rng.normal(0, 20, (30, 60, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.jpg", exif=turned)
    photos, out = str(tmp_path / "photos"), tmp_path / "out"
    arguments = ["train", photos, "--size", "16", "--epochs", "1", "--verbose", "0", "--out", str(out)]
    assert main.run(arguments) == 0
    assert "All are of 30x60 pixels" in capsys.readouterr().out
    assert main.run(["predict", str(out / "model.keras"), f"{photos}/day/1.jpg"]) == 0
    assert capsys.readouterr().err == ""


def test_predict_tells_names(trained: Path, photos: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of files and folders, in words and as JSON."""
    model = str(trained / "model.keras")
    _photo(tmp_path / "new" / "dark.jpg", 50, np.random.default_rng(1), (300, 200))
    _photo(tmp_path / "new" / "light.jpg", 200, np.random.default_rng(2), (300, 200))
    assert main.run(["predict", model, str(tmp_path / "new")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": class ")[1].split(",")[0] for line in lines] == ["night", "day"]
    assert main.run(["predict", model, "--json", str(tmp_path / "new" / "dark.jpg")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["class"], told["names"]) == ("night", 1, ["day", "night"])
    assert sum(told["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_evaluate(trained: Path, photos: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What it says in words, as JSON and in Python is the same."""
    model = str(trained / "model.keras")
    assert main.run(["evaluate", model, str(photos), "-o", str(tmp_path / "pictures"), "--json",
                     "--on-bad-image", "skip"]) == 0  # fmt: skip
    text = capsys.readouterr().out
    told = json.loads(text.splitlines()[0])
    loaded, reading = load_model(model), Reading(16, 16, 3)
    files = [photos / name / f"{number}.jpg" for name in ("day", "night") for number in range(20)]
    found = confusion(loaded, np.stack([reading.read(file) for file in files]), [0] * 20 + [1] * 20)
    assert told["confusion"] == found.counts.tolist()
    assert told["accuracy"] == found.accuracy >= 0.9
    assert told["classes"] == ["day", "night"]
    assert (tmp_path / "pictures" / "confusion.png").exists()


def test_interrupted_and_resumed(photos: Path, tmp_path: Path) -> None:
    """To the same bits, with the choices that it was begun with."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    arguments = ["train", str(photos), "--size", "16", "--model", "lenet", "--epochs", "3", "--verbose", "0", "--out"]
    assert main.run([*arguments, str(whole)]) == 0
    with stopping.after_an_epoch():
        assert main.run([*arguments, str(parts)]) == 130
    assert (parts / "run" / "settings.json").exists()
    assert main.run(["train", str(photos), "--resume", "--size", "8", "--out", str(parts)]) == 1
    assert main.run(["train", "--resume", str(parts), "--verbose", "0"]) == 0
    models = [load_model(folder / "model.keras") for folder in (whole, parts)]
    assert all(map(np.array_equal, *(model.get_weights() for model in models)))


def test_images_that_changed_are_not_gone_on_with(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one image less others would be held out, and what was learned would count as new; put back, it goes on."""
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(photos, folder)
    with stopping.after_an_epoch():
        arguments = ["train", str(folder), "--size", "16", "--model", "lenet", "--epochs", "2", "--verbose", "0"]
        assert main.run([*arguments, "--out", str(out)]) == 130
    photo = folder / "day" / "3.jpg"
    photo.rename(tmp_path / "3.jpg")
    assert main.run(["train", "--resume", str(out), "--verbose", "0"]) == 1
    assert "with which the training was begun (40 then, 39 now)" in capsys.readouterr().err
    shutil.copy(folder / "night" / "4.jpg", photo)
    assert main.run(["train", "--resume", str(out), "--verbose", "0"]) == 1
    (tmp_path / "3.jpg").replace(photo)
    assert main.run(["train", "--resume", str(out), "--verbose", "0"]) == 0


def test_going_on_from_a_model(trained: Path, photos: Path, tmp_path: Path) -> None:
    """A file as the network: its layers are kept, those that are frozen to the bit; a third class makes a new last
    layer."""
    more = tmp_path / "more"
    shutil.copytree(photos, more)
    for number in range(6):
        _photo(more / "dusk" / f"{number}.jpg", 120, np.random.default_rng(number))
    model = trained / "model.keras"
    arguments = ["--model", str(model), "--epochs", "1", "--verbose", "0", "--freeze", "conv1"]
    for folder, out in ((photos, "same"), (more, "other")):
        assert main.run(["train", str(folder), *arguments, "--out", str(tmp_path / out)]) == 0
    before, same, other = (load_model(each) for each in (model, *(tmp_path / out / "model.keras" for out in
                           ("same", "other"))))  # fmt: skip
    assert np.array_equal(before.get_layer("conv1").kernel, same.get_layer("conv1").kernel)
    assert not np.array_equal(before.get_layer("conv2").kernel, same.get_layer("conv2").kernel)
    assert other.output_shape == (None, 3) and other.trained_on.class_names == ("day", "dusk", "night")


@pytest.mark.parametrize("name", ["small", "lenet", "vgg", "resnet", "mobilenet"])
def test_networks(name: str) -> None:
    """Each takes images of the least size that it says."""
    make, least = NETWORKS[name]
    shape = (least, least + 3, 1)
    assert make(shape, 4, []).predict(np.zeros((2, *shape)), verbose=0).shape == (2, 4)


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    assert err.startswith("pellucid: ") and err.count("\n") == 1
    return err


def test_bad_folders(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is told in a line, before anything is trained."""
    rng = np.random.default_rng(0)
    made = {name: tmp_path / name for name in ("empty", "flat", "one class", "few", "unlike parts")}
    for folder in made.values():
        folder.mkdir()
    _photo(made["flat"] / "1.jpg", 9, rng)
    _photo(made["one class"] / "cats" / "1.jpg", 9, rng)
    for name, count in (("cats", 3), ("dogs", 1)):
        for number in range(count):
            _photo(made["few"] / name / f"{number}.jpg", 9, rng)
    for part, name in (("train", "cats"), ("train", "dogs"), ("val", "cats"), ("val", "birds")):
        _photo(made["unlike parts"] / part / name / "1.jpg", 9, rng)
    wanted = {
        "empty": "has no sub-folders; expected one for each class", "flat": "has no sub-folders",
        "one class": "has one sub-folder, cats", "few": "at least two images of each class are needed",
        "unlike parts": "must have the same classes",
    }  # fmt: skip
    for name, message in wanted.items():
        assert main.run(["train", str(made[name]), "--out", str(tmp_path / "out")]) == 1
        assert message in _said(capsys)
    assert main.run(["train", str(tmp_path / "nowhere")]) == 1
    assert "there is no such folder" in _said(capsys)


def test_bad_images(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All are named; with --on-bad-image skip they are counted, and the rest is trained on."""
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    content = (folder / "day" / "1.jpg").read_bytes()
    (folder / "day" / "cut.jpg").write_bytes(content[: len(content) // 2])
    (folder / "night" / "empty.png").write_bytes(b"")
    (folder / "night" / "copy.jpg").write_bytes(content)
    (folder / "night" / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    arguments = [
        "train",
        str(folder),
        "--size",
        "16",
        "--epochs",
        "1",
        "--verbose",
        "0",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main.run(arguments) == 1
    err = _said(capsys)
    assert "3 image files cannot be used" in err and "--on-bad-image skip" in err
    assert all(name in err for name in ("cut.jpg", "empty.png", "gone.jpg"))
    assert main.run([*arguments, "--on-bad-image", "skip"]) == 0
    out = capsys.readouterr().out
    assert "Left out, since they cannot be read: 3" in out
    assert "1 is a copy of another" in out and "The same image under two classes: copy.jpg" in out
    assert main.run(["evaluate", str(tmp_path / "out" / "model.keras"), str(folder)]) == 1
    assert "3 image files cannot be used" in _said(capsys)


def test_the_network_that_was_chosen_is_told() -> None:
    """On a data set with a name too, which has a network of its own."""
    task = task_of(Settings("digits", None, 1, 1, Choices(model="small", batch=64)))
    assert task.what == "small on 1,437 handwritten digits of 8x8 pixels (360 more are held out)"
    assert task_of(Settings("digits", None, 1, 1)).what.startswith("a small network on 1,437")
