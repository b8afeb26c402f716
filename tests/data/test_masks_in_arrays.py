"""Masks that come as arrays beside images: a value for each place, a layer for each class, colours; what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.cli.pixel_images import find_pixels
from pellucid.data.masks.arrays import masks_in
from pellucid.data.masks.coding import Coding
from pellucid.data.pixels.answers import answers_of
from pellucid.data.pixels.arrays import read_arrays
from pellucid.errors import FileError

RNG = np.random.default_rng(0)
SIDES = (6, 4)
CLASSES = RNG.integers(0, 3, (5, *SIDES))
BINARY = np.minimum(CLASSES, 1)
COLOURS = np.array([[0, 0, 0], [200, 0, 10], [0, 90, 0]], np.uint8)
ABSENT = np.eye(4)[CLASSES][..., 1:]


@pytest.mark.parametrize(
    ("given", "wanted", "names"),
    [
        (CLASSES, CLASSES, ("0", "1", "2")),
        (CLASSES[..., np.newaxis].astype(np.float32), CLASSES, ("0", "1", "2")),
        (CLASSES[:, np.newaxis], CLASSES, ("0", "1", "2")),
        (CLASSES.reshape(5, -1), CLASSES, ("0", "1", "2")),
        (BINARY.astype(bool), BINARY, ("background", "object")),
        (BINARY * 255, BINARY, ("background", "object")),
        (np.where(CLASSES == 2, 255, CLASSES), np.where(CLASSES == 2, 255, CLASSES), ("background", "object")),
        (np.eye(3)[CLASSES], CLASSES, ("0", "1", "2")),
        (np.eye(3, dtype=np.uint8)[CLASSES] * 255, CLASSES, ("0", "1", "2")),
        (np.moveaxis(np.eye(3)[CLASSES], -1, 1), CLASSES, ("0", "1", "2")),
        (ABSENT, CLASSES, ("background", "0", "1", "2")),
        (COLOURS[CLASSES], np.array([0, 2, 1])[CLASSES], ("#000000", "#005a00", "#c8000a")),
    ],
)
def test_every_way_in_which_masks_lie(given: Any, wanted: Any, names: tuple[str, ...]) -> None:
    numbers, called, _ = masks_in(np.asarray(given), "y", SIDES)
    assert np.array_equal(numbers, wanted) and called == names
    found = answers_of(given, "y", sides=SIDES)
    assert found.kind == "masks" and np.array_equal(found.targets, wanted)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.zeros((5, 4, 6)), r"has masks of shape \(5, 4, 6\), and the images are 6x4"),
        (CLASSES + 0.5, r"fractions or NaN, .* such as y = y > 0\.5"),
        (CLASSES - 1, "values from -1 to 1; expected whole numbers from 0"),
        (np.ones((5, *SIDES, 2)), "2 layers of masks, and some places have several classes in them"),
        (np.zeros((5, *SIDES)), "tell at least two classes apart"),
        (np.full((5, *SIDES), "cat"), "which are no values of masks"),
    ],
)
def test_what_is_no_mask(given: np.ndarray, told: str) -> None:
    with pytest.raises(FileError, match=told):
        masks_in(given, "y", SIDES)


def test_masks_are_held_to_what_a_model_tells() -> None:
    known = Coding((0, 1, 2))
    few = np.minimum(CLASSES, 1) * 2
    assert np.array_equal(masks_in(few, "y", SIDES, ("a", "b", "c"), known)[0], few)
    with pytest.raises(FileError, match="the value 7 occurs in masks and is none of 0, 1, 2"):
        masks_in(CLASSES + 5, "y", SIDES, ("a", "b", "c"), known)
    with pytest.raises(FileError, match="masks of 2 classes, and the model tells 3"):
        masks_in(np.eye(2)[BINARY], "y", SIDES, ("a", "b", "c"), known)
    with pytest.raises(FileError, match=r"has masks of shape .*, and the model tells classes of whole images"):
        answers_of(CLASSES, "y", names=("a", "b"), kind="classes", sides=SIDES)
    with pytest.raises(FileError, match=r"has masks of shape \(5,\), and the images are 6x4"):
        answers_of(np.arange(5), "y", names=("a", "b"), kind="masks", sides=SIDES, coding=known)


@pytest.mark.parametrize("names", [("images", "masks"), ("x", "y"), ("x_train", "y_train"), ("imgs", "mask")])
def test_files_and_folders_of_both(tmp_path: Path, names: tuple[str, str]) -> None:
    images = RNG.integers(0, 256, (5, *SIDES), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", **dict(zip(names, (images, CLASSES), strict=True)))
    found = find_pixels(tmp_path / "set.npz", 1)
    assert (found.kind, found.class_names, len(found.y), len(found.held[1])) == ("masks", ("0", "1", "2"), 4, 1)
    both = np.concatenate([found.y, found.held[1]])
    assert sorted(each.tobytes() for each in both) == sorted(each.astype(np.uint8).tobytes() for each in CLASSES)
    shares = [f"{name} {np.mean(number == CLASSES):.1%} of the places" for number, name in enumerate("012")]
    assert found.told[0] == f"Found 5 images with masks of 3 classes: {', '.join(shares)}."


def test_an_array_for_each_image_and_each_mask(tmp_path: Path) -> None:
    """In two folders, which were classes before: `images` and `masks`."""
    images = RNG.integers(0, 256, (5, *SIDES), dtype=np.uint8)
    for name, arrays in (("images", images), ("masks", CLASSES)):
        (tmp_path / name).mkdir()
        for number, array in enumerate(arrays):
            np.save(tmp_path / name / f"{number}.npy", array)
    part = read_arrays(tmp_path)[0][""]
    assert np.array_equal(part.values, images) and np.array_equal(part.labels, CLASSES)
    (tmp_path / "masks" / "4.npy").unlink()
    with pytest.raises(FileError, match="4 is in one of them alone; expected an array in images and one in masks"):
        read_arrays(tmp_path)
