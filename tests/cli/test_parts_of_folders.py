"""Folders as they are downloaded: parts under many names, wrapped, without labels, and classes that might be others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Input, Sequential, layers
from pellucid.cli import main
from pellucid.cli.class_folders import classes_in, to_evaluate
from pellucid.cli.image_folders import Photos, find_photos
from pellucid.data import Reading, TrainedOn
from pellucid.data.folders.named_parts import part_called
from pellucid.errors import FileError


def fill(root: Path, folders: Iterable[str], count: int = 4) -> Path:
    """Each folder gets so many images."""
    for place, folder in enumerate(folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = np.random.default_rng(100 * place + number).integers(0, 255, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{number}.png")
    return root


def found(root: Path) -> Photos:
    return find_photos(root, 8, 0, "error", 4)


@pytest.mark.parametrize(
    ("train", "held"),
    [
        ("Training", "Testing"),
        ("train", "Valid"),
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("train2017", "val2017"),
        ("Train Data", "dev"),
    ],
)
def test_parts_are_no_classes(tmp_path: Path, train: str, held: str) -> None:
    """Under whichever name: they were learned as classes before."""
    photos = found(fill(tmp_path, [f"{part}/{name}" for part in (train, held) for name in ("cats", "dogs")]))
    assert photos.class_names == ("cats", "dogs")
    assert photos.told[-1] == "8 to train on, 8 held out to validate with."
    assert all(path.startswith(str(tmp_path / held)) for path in photos.held_out.file_paths)
    assert to_evaluate(tmp_path, ("cats", "dogs")) == tmp_path / held


def test_names_of_parts() -> None:
    names = ["trains", "test tubes", "validated", "train_and_val", "settings", "set", "train1"]
    assert [part_called(name) for name in names] == [None] * 7


def test_a_part_without_labels_is_left_alone_and_told(tmp_path: Path) -> None:
    """As competitions have it; a fifth of what has labels is held out."""
    photos = found(fill(tmp_path, ["train/cats", "train/dogs", "test"]))
    assert "The part test has no folders of classes, so its 4 images are left alone; `pellucid predict` " in " ".join(
        photos.told
    )
    assert photos.told[-1] == "6 to train on, 2 held out to validate with."
    assert to_evaluate(tmp_path, ("cats", "dogs")) == tmp_path / "train"
    (tmp_path / "val" / "__MACOSX").mkdir(parents=True)
    fill(tmp_path, ["val/cats", "val/dogs"])
    assert found(tmp_path).told[-1] == "8 to train on, 8 held out to validate with."


def test_classes_may_be_called_as_parts_are(tmp_path: Path) -> None:
    fill(tmp_path, ["train", "car", "bus"])
    assert found(tmp_path).class_names == ("bus", "car", "train")
    assert to_evaluate(tmp_path, ("bus", "car", "train")) == tmp_path


def test_parts_alone_are_told_from_classes(tmp_path: Path) -> None:
    fill(tmp_path, ["val/cats", "test/cats"])
    with pytest.raises(FileError, match="has test, val, which are names of parts of a data set and not of classes"):
        classes_in(tmp_path)
    fill(tmp_path, ["train"])
    (tmp_path / "train.csv").write_text("file,label\n0.png,cat\n")
    with pytest.raises(FileError, match=r"train has no sub-folders; .* a table says what they are: .* train .*\.csv"):
        classes_in(tmp_path)


def test_what_a_part_lacks_is_named(tmp_path: Path) -> None:
    fill(tmp_path, ["train/a", "train/b", "train/c", "val/a", "val/b", "val/d"])
    with pytest.raises(FileError, match="must have the same classes; val lacks c and train lacks d"):
        found(tmp_path)


def test_accents_are_the_same_however_a_system_writes_them(tmp_path: Path) -> None:
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    assert forms[0] != forms[1]
    fill(tmp_path, [f"train/{forms[0]}", "train/the", f"val/{forms[1]}", "val/the"])
    photos = found(tmp_path)
    assert photos.class_names == (forms[0], "the") and len(photos.held_out.file_paths) == 8


def test_folders_inside_of_classes_and_images_beside_them_are_told(tmp_path: Path) -> None:
    fill(tmp_path, [f"{fold}/{name}" for fold in ("fold1", "fold2") for name in ("cats", "dogs")])
    assert "Each of the classes fold1, fold2 has cats, dogs in it. If those are the classes" in " ".join(
        found(tmp_path).told
    )
    other = fill(tmp_path / "other", ["cats/old/more", "cats", "dogs", "."], count=3)
    told = " ".join(found(other).told)
    assert "Images in folders inside of cats count to the class in which they lie." in told
    assert "Left alone, since they lie in no folder of a class: 3 (0.png, 1.png, 2.png)." in told


def test_links_to_folders_are_followed(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", ["x", "y"])
    for name in ("x", "y"):
        (tmp_path / "photos" / f"class {name}").mkdir(parents=True)
        (tmp_path / "photos" / f"class {name}" / "linked").symlink_to(tmp_path / "elsewhere" / name)
        (tmp_path / "photos" / f"class {name}" / "around").symlink_to(tmp_path / "photos")
    assert len(found(tmp_path / "photos").training.file_paths) == 6


def test_images_without_an_ending_are_told(tmp_path: Path) -> None:
    fill(tmp_path, ["cats", "dogs"])
    (tmp_path / "cats" / "0.png").rename(tmp_path / "cats" / "bare")
    (tmp_path / "cats" / "README").write_text("no image")
    told = " ".join(found(tmp_path).told)
    assert "Left alone: 1 images whose names have no ending, such as bare; call them .jpg or .png" in told
    (tmp_path / "dogs" / "1.png").rename(tmp_path / "dogs" / "1.png_large")
    told = " ".join(found(tmp_path).told)
    assert "Left alone: 2 images whose names have no ending of images, such as " in told


def test_names_that_begin_with_the_class_are_taken(tmp_path: Path) -> None:
    """As "Dogs vs. Cats" has them."""
    for number in range(4):
        for name in (f"cat.{number}.jpg", f"dog.{number}.jpg"):
            (tmp_path / name).touch()
    assert classes_in(tmp_path).listings[0].class_names == ("cat", "dog")
    (tmp_path / "0001.jpg").touch()
    with pytest.raises(FileError, match=r"has no sub-folders; .* such as FOLDER/cats and FOLDER/dogs$"):
        classes_in(tmp_path)


def test_evaluate_reads_classes_in_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the numbers of the model's own classes, of the part that has them; wrapped in a folder or not."""
    net = Sequential([Input((4, 4, 1)), layers.GlobalAveragePooling2D(), layers.Dense(2, "softmax")], name="net")
    net.set_weights([np.array([[1.0, -1.0]]), np.array([-100.0, 100.0])])  # bright is dog, which is class 0 here
    net.trained_on = TrainedOn(Reading(4, 4, 1), 1.0, ("dog", "cat"))
    net.save(tmp_path / "m.keras")
    train = tmp_path / "wrapped" / "dogs-vs-cats" / "train"
    train.mkdir(parents=True)
    for number in range(3):
        for name, grey in (("cat", 20), ("dog", 200)):
            Image.new("L", (4, 4), grey + number).save(train / f"{name}.{number}.jpg")
    fill(train.parent, ["test1"])
    assert main.run(["evaluate", str(tmp_path / "m.keras"), str(tmp_path / "wrapped")]) == 0
    assert "Of 6 samples 6 are right" in capsys.readouterr().out
