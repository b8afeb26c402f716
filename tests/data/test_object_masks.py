"""Several masks for one image, one for each object: found, united and told; and what looks like it and is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.cli.class_folders import classes_in
from pellucid.cli.image_folders import Photos
from pellucid.cli.mask_folders import find_masked, has_masks, masked_to_test
from pellucid.data.images.reading import TrainedOn
from pellucid.data.masks.pairs import is_masked, pairs_in
from pellucid.errors import FileError


def _drawn(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def _objects(*places: tuple[int, int]) -> list[np.ndarray]:
    """Masks of 8x8, each white in a square of 3x3."""
    masks = [np.zeros((8, 8)) for _ in places]
    for mask, (row, column) in zip(masks, places, strict=True):
        mask[row : row + 3, column : column + 3] = 255
    return masks


def _folder(root: Path, layout: str, masks: list[np.ndarray], names: str = "0123") -> Path:
    """Six images of noise with the same masks, laid in one of two ways."""
    for number in range(6):
        image, mask = layout.format(number).split()
        _drawn(root / image / f"{number}.png", np.random.default_rng(number).integers(0, 255, (8, 8, 3)))
        for name, pixels in zip(names, masks, strict=False):
            _drawn(root / mask / f"{name}.png", pixels)
    return root


def _told(found: Photos) -> TrainedOn:
    """What a model keeps that was trained on these."""
    return TrainedOn(found.reading, 1.0, found.class_names, "masks", found.coding)


@pytest.mark.parametrize(
    "layout", ["{0}/images {0}/masks", "images masks/{0}", "stage1_train/{0}/images stage1_train/{0}/masks"]
)
def test_masks_of_objects_are_one_mask(tmp_path: Path, layout: str) -> None:
    folder = _folder(tmp_path, layout, _objects((0, 0), (4, 1), (4, 5)))
    assert has_masks(folder)
    found = find_masked(folder, 8, 1, "error", 4)
    assert found.class_names == ("background", "object") and len(found.training.file_paths) == 5
    assert "The 18 masks of 6 images are united into one for each: objects are not told apart." in found.told
    wanted = np.zeros((8, 8), int)
    wanted[0:3, 0:3] = wanted[4:7, 1:4] = wanted[4:7, 5:8] = 1
    files, numbers, _ = masked_to_test(folder, _told(found), "error")
    assert len(files) == 6 and all(np.array_equal(each, wanted) for each in numbers)


def test_an_image_without_masks_is_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "{0}/images {0}/masks", _objects((0, 0)))
    for path in (folder / "3" / "masks").iterdir():
        path.unlink()
    assert [Path(path).name for path in pairs_in(folder).without] == ["3.png"]
    with pytest.raises(FileError, match=r"3\.png has no mask"):
        find_masked(folder, 8, 1, "error", 4)


def test_masks_that_cannot_be_united_are_refused(tmp_path: Path) -> None:
    inverted = _folder(tmp_path / "inverted", "images masks/{0}", [255 - mask for mask in _objects((0, 0), (4, 4))])
    with pytest.raises(FileError, match=r"0: its 2 masks lie over each other.*one object each, 0 outside"):
        find_masked(inverted, 8, 1, "error", 4)
    sizes = _folder(tmp_path / "sizes", "images masks/{0}", [np.zeros((8, 8)), np.zeros((4, 8))])
    with pytest.raises(FileError, match="its masks are 8x4 and 8x8; expected all of one size"):
        find_masked(sizes, 8, 1, "error", 4)
    classes = _folder(tmp_path / "classes", "{0}/images {0}/masks", _objects((0, 0), (1, 1)), ["car", "road"])
    with pytest.raises(FileError, match=r"its masks show two classes at 4 places, .* a value for each class"):
        find_masked(classes, 8, 1, "error", 4)
    _drawn(classes / "3" / "masks" / "sky.png", np.zeros((8, 8)))
    with pytest.raises(FileError, match="names car, road, which seem to be classes, and others whose names say none"):
        find_masked(classes, 8, 1, "error", 4)
    colours = _folder(tmp_path / "colours", "images masks/{0}", [np.dstack(_objects((0, 0), (4, 4), (4, 0)))])
    with pytest.raises(FileError, match="are black and white, these have colours"):
        find_masked(colours, 8, 1, "error", 4)


def test_masks_in_folders_of_classes_are_no_photos(tmp_path: Path) -> None:
    """As in data sets of X-rays: COVID/images, COVID/masks, Normal/images, Normal/masks."""
    for name in ("COVID", "Normal"):
        for part in ("images", "masks"):
            for number in range(2):
                _drawn(tmp_path / name / part / f"{number}.png", np.zeros((8, 8)))
    assert not is_masked(tmp_path)
    with pytest.raises(FileError, match=r"COVID, Normal have images and masks .* lay the masks elsewhere; .*COVID$"):
        classes_in(tmp_path)
