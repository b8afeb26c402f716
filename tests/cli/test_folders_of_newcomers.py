"""What a newcomer gives for a folder of classes, and what is said of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.cli.image_folders import Photos, find_photos
from pellucid.cli.mask_folders import find_masked
from pellucid.cli.table_images import find_tabled
from pellucid.errors import FileError


def photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(path)


def classes(folder: Path, *names: str) -> Path:
    for place, name in enumerate(names):
        for number in range(3):
            photo(folder / name / f"{number}.png", 10 * place + number)
    return folder


def told(folder: Path) -> str:
    found: Photos = find_photos(folder, 8, 1, "error", 4)
    return " ".join(found.told)


def test_names_that_differ_in_little_are_told(tmp_path: Path) -> None:
    assert "differ in little but case" not in told(classes(tmp_path / "x", "cat", "dog"))
    said = told(classes(tmp_path / "y", "Hot Dog", "hot_dog", "cat"))
    assert "Names of classes that differ in little but case: Hot Dog and hot_dog. If they are one class" in said
    path = tmp_path / "x" / "t.csv"
    path.write_text("file,kind\ncat/0.png,Cat\ncat/1.png,cat\ndog/0.png,Cat\ndog/1.png,cat\n")
    assert "little but case: Cat and cat." in " ".join(find_tabled(path, 8, 1, "error", 4).told)


def test_links_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    folder = classes(tmp_path, "cat", "dog")
    (folder / "fox").symlink_to(tmp_path / "nowhere")
    assert "Left alone: 1 link whose target is not there (fox)." in told(folder)


def test_animations_are_told(tmp_path: Path) -> None:
    folder = classes(tmp_path, "cat", "dog")
    frames = [Image.new("L", (8, 8), value) for value in (0, 90, 200)]
    frames[0].save(folder / "cat" / "a.gif", save_all=True, append_images=frames[1:])
    Image.new("L", (8, 8), 3).save(folder / "cat" / "b.gif")
    assert "Of files with several pages the first is read: 1 (a.gif has 3)." in told(folder)


def test_what_lies_there_instead_is_named(tmp_path: Path) -> None:
    """An archive that is still packed, and lists beside a folder of all images."""
    (tmp_path / "packed").mkdir()
    with zipfile.ZipFile(tmp_path / "packed" / "data.zip", "w") as archive:
        archive.writestr("cat/1.jpg", b"")
    with pytest.raises(FileError, match=r"It holds an archive, data\.zip: unpack it first"):
        told(tmp_path / "packed")
    for number in range(4):
        photo(tmp_path / "split" / "images" / f"{number}.png", number)
    (tmp_path / "split" / "notes.txt").write_text("Dear all,")
    with pytest.raises(FileError, match=r"has one sub-folder, images: a classifier tells at least two classes apart$"):
        told(tmp_path / "split")
    for name in ("a_val", "train"):
        (tmp_path / "split" / f"{name}.txt").write_text("0.png 0\n1.png 1\n")
    with pytest.raises(FileError, match=r"If a table says what they are: .*train\.txt$"):
        told(tmp_path / "split")


def test_boxes_are_told_to_be_no_masks(tmp_path: Path) -> None:
    """YOLO's, in parts, of which the images were told to have the same name."""
    for part in ("train", "val"):
        photo(tmp_path / "images" / part / "0.png", 1)
        (tmp_path / "labels" / part).mkdir(parents=True)
        (tmp_path / "labels" / part / "0.txt").write_text("0 .5 .5 .2 .2")
    with pytest.raises(FileError, match=r"boxes of objects, as YOLO and Pascal VOC write them, are not learned"):
        find_masked(tmp_path, 8, 1, "error", 4)
