"""Folders of images as Keras reads them: which files, in which order, in which part, and which pixels."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

keras = pytest.importorskip("keras")
dataset_utils = pytest.importorskip("keras.src.utils.dataset_utils")
image_dataset_utils = pytest.importorskip("keras.src.utils.image_dataset_utils")

from pellucid.utils import image_dataset_from_directory  # noqa: E402

SIZE = (16, 24)
SIZES = ((37, 20), (7, 50))  # few, since JAX compiles for each
MODES = {"rgb": 3, "grayscale": 1, "rgba": 4}
INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of many sizes and kinds, some in folders within folders, and files that are no images."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(7)
    for name in ("dogs", "cats", "Ants"):
        (root / name / "deep").mkdir(parents=True)
        for number, ending in enumerate(("jpg", "PNG", "gif", "bmp", "jpeg")):
            pixels = rng.integers(0, 256, (*SIZES[number % 2], 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / ("deep" if number == 1 else ".") / f"{number}.{ending}")
        (root / name / "notes.txt").write_text("no image")
    Image.fromarray(rng.integers(0, 65536, (37, 20)).astype(np.uint16)).save(root / "cats" / "sixteen.png")
    Image.fromarray(rng.integers(0, 256, (37, 20, 4)).astype(np.uint8)).save(root / "cats" / "clear.png")
    Image.fromarray(rng.integers(0, 256, (37, 20, 4)).astype(np.uint8), "CMYK").save(root / "cats" / "print.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, which Keras does not do
    Image.fromarray(rng.integers(0, 256, (37, 20, 3)).astype(np.uint8)).save(root / "dogs" / "turned.jpg", exif=exif)
    (root / ".hidden").mkdir()
    return root


def _pixels(path: str, channels: int, interpolation: str, crop: bool, pad: bool) -> np.ndarray:
    """What Keras makes of a file, on JAX."""
    load = image_dataset_utils._load_image_grain
    return np.asarray(load(path, SIZE, channels, interpolation, "channels_last", crop, pad))


@pytest.mark.parametrize(
    ("mode", "aspect"),
    [("rgb", "stretch"), ("rgb", "crop"), ("rgb", "pad"), ("grayscale", "stretch"), ("rgba", "crop")],
)
def test_pixels(folder: Path, mode: str, aspect: str) -> None:
    """A hundredth of the 1 in 255 that counts; of 16 bits as much of theirs."""
    crop, pad = aspect == "crop", aspect == "pad"
    for interpolation in INTERPOLATIONS if (mode, aspect) == ("rgb", "stretch") else INTERPOLATIONS[:1]:
        data = image_dataset_from_directory(
            folder, color_mode=mode, image_size=SIZE, interpolation=interpolation, shuffle=False, batch_size=100,
            crop_to_aspect_ratio=crop, pad_to_aspect_ratio=pad, verbose=False,
        )  # fmt: skip
        ((x, _),) = list(data)
        for path, ours in zip(data.file_paths, x, strict=True):
            theirs = _pixels(path, MODES[mode], interpolation, crop, pad)
            assert np.abs(ours - theirs).max() <= 0.01 * max(1.0, theirs.max() / 255), (path, interpolation)


@pytest.mark.parametrize(("shuffle", "seed"), [(True, 3), (True, 12345), (False, 3)])
@pytest.mark.parametrize("class_names", [None, ["dogs", "cats"]])
def test_files_labels_and_split(folder: Path, shuffle: bool, seed: int, class_names: list[str] | None) -> None:
    """The same files in the same order, so also the same ones kept aside."""
    files, labels, names = dataset_utils.index_directory(
        str(folder), "inferred", image_dataset_utils.ALLOWLIST_FORMATS, class_names, shuffle, seed, verbose=False
    )
    options = {"class_names": class_names, "shuffle": shuffle, "seed": seed, "verbose": False}
    both = image_dataset_from_directory(folder, validation_split=0.3, subset="both", **options)
    for part, name in zip(both, ("training", "validation"), strict=True):
        alone = image_dataset_from_directory(folder, validation_split=0.3, subset=name, **options)
        expected = dataset_utils.get_training_or_validation_split(files, list(labels), 0.3, name)
        assert (part.file_paths, part.targets.tolist()) == (alone.file_paths, alone.targets.tolist()) == expected
        assert part.class_names == names
    everything = image_dataset_from_directory(folder, **options)
    assert (everything.file_paths, everything.targets.tolist()) == (files, list(labels))


def test_labels_that_are_given_or_none(folder: Path) -> None:
    """By the order of the paths, as Keras asks for them; and images alone."""
    formats = image_dataset_utils.ALLOWLIST_FORMATS
    files, _, _ = dataset_utils.index_directory(str(folder), None, formats, shuffle=False, verbose=False)
    given = [number % 3 + 5 for number in range(len(files))]
    _, labels, names = dataset_utils.index_directory(
        str(folder), list(given), formats, shuffle=True, seed=2, verbose=False
    )
    data = image_dataset_from_directory(folder, labels=given, seed=2, verbose=False)
    assert (data.targets.tolist(), data.class_names) == (list(labels), names)
    for none in ({"labels": None}, {"label_mode": None}):
        alone = image_dataset_from_directory(folder, shuffle=False, image_size=8, verbose=False, **none)
        assert next(iter(alone)).shape == (len(alone.file_paths), 8, 8, 3)
    assert sorted(alone.file_paths) == sorted(files)


def test_label_modes(folder: Path) -> None:
    """Types and shapes of a batch."""
    two = {"class_names": ["cats", "dogs"], "image_size": 4, "shuffle": False, "verbose": False}
    kinds = {mode: next(iter(image_dataset_from_directory(folder, label_mode=mode, **two)))[1] for mode in
             ("int", "categorical", "binary")}  # fmt: skip
    assert [(y.dtype.name, y.shape[1:]) for y in kinds.values()] == [
        ("int32", ()),
        ("float32", (2,)),
        ("float32", (1,)),
    ]
    numbers = kinds["int"]
    assert np.array_equal(kinds["categorical"], keras.utils.to_categorical(numbers, 2))
    assert np.array_equal(kinds["binary"][:, 0], numbers)


def test_channels_first(folder: Path) -> None:
    """The same pixels, their channels first."""
    options = {"image_size": (5, 6), "shuffle": False, "verbose": False}
    last, first = (
        list(image_dataset_from_directory(folder, data_format=form, **options))
        for form in ("channels_last", "channels_first")
    )
    for (x, _), (moved, _) in itertools.zip_longest(last, first):
        assert np.array_equal(np.moveaxis(x, -1, 1), moved)
