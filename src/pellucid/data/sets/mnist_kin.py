"""Data sets in MNIST's layout: Fashion-MNIST, ten kinds of clothes; Kuzushiji-MNIST, ten letters of old Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.data.sets.get_file import keras_home
from pellucid.data.sets.mnist import FILES, NPZ, SPELLINGS, MnistFile, arrays_in, arrays_of, downloaded, parts_of
from pellucid.data.sets.npz_sets import Parts
from pellucid.data.sets.stored_files import Wanted, whole_place
from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.frozen import Frozen

__all__ = ["FASHION", "KUZUSHIJI", "Kin", "load"]

MOST_BYTES = 40_000_000
COUNTS = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}


class Kin(Frozen, eq=False):
    """One of them.

    Attributes:
        name: of the module in `datasets`, and of the folder in the cache.
        title: as messages call it.
        mirrors: where the files are.
        files: what is known of them.
        wanted: the same files, in all forms in which people have them.
    """

    name: str
    title: str
    mirrors: tuple[str, ...]
    files: dict[str, MnistFile]
    wanted: Wanted


def _files(digests: dict[str, str]) -> dict[str, MnistFile]:
    """MNIST's names, with other content."""
    return {
        key: MnistFile(FILES[key].name, FILES[key].rank, gzip_size=MOST_BYTES, gzip_md5=md5)
        for key, md5 in digests.items()
    }


FASHION = Kin(
    "fashion_mnist",
    "Fashion-MNIST",
    (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    ),
    _files(
        {
            "x_train": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "y_train": "25c81989df183df01b3e8a0aad5dffbe",
            "x_test": "bef4ecab320f06d8554ea6380940ec79",
            "y_test": "bb300cfdad3c16e7a12a480ee83cd310",
        }
    ),
    Wanted("Fashion-MNIST", SPELLINGS, ("fashion-mnist", "FashionMNIST/raw", "raw", "data/fashion"), "fashion"),
)
KUZUSHIJI = Kin(
    "kmnist",
    "Kuzushiji-MNIST",
    ("http://codh.rois.ac.jp/kmnist/dataset/kmnist",),
    _files(
        {
            "x_train": "bdb82020997e1d708af4cf47b453dcf7",
            "y_train": "e144d726b3acfaa3e44228e80efcd344",
            "x_test": "5c965bf0a639b31b8f53240b1b52f4d7",
            "y_test": "7320c461ea6c1c855c0b718fb2a4b134",
        }
    ),
    Wanted("Kuzushiji-MNIST", (*SPELLINGS, NPZ), ("kmnist", "KMNIST/raw", "raw"), "kmnist|kuzushiji"),
)
DIGITS = (7, 2, 1, 0, 4, 1, 4, 9)
FIRST = {"MNIST": DIGITS, "Fashion-MNIST": (9, 2, 1, 1, 6, 1, 4, 6)}
"""The labels of the first images to test with, by which one set is told from another in the same layout."""


def load(kin: Kin, path: Any, *, check: bool) -> Parts:
    """The images and labels of one of them.

    Args:
        kin: which.
        path: a folder with the files, an archive of them, or an .npz file; None to find Keras's copy, or download the
            files once.
        check: whether it must have 60,000 and 10,000 images of 28x28, and not be another set.

    Raises:
        FileError: a file is missing, damaged, something else, or cannot be downloaded.
    """
    if path is not None:
        given = checked_path(path, "a folder")
        arrays, where = arrays_in(given, kin.wanted, {}), escaped(given)
    else:
        kept = keras_home() / "datasets"
        place = whole_place(kept, kin.wanted) or downloaded(kin.name, kin.files, kin.mirrors)
        arrays, where = arrays_of(place, {}), place.where
    if check:
        _check(kin, arrays, where)
    return parts_of(arrays)


def _check(kin: Kin, arrays: Mapping[str, np.ndarray], where: str) -> None:
    for key, array in arrays.items():
        if array.shape != COUNTS[key] or array.dtype != np.uint8 or (key.startswith("y") and array.max() > 9):
            raise FileError(
                f"{where} is not {kin.title}: {key} is {array.dtype} of shape {array.shape}, expected uint8 of "
                f"{COUNTS[key]} with labels 0..9; check=False reads other data in this layout"
            )
    first = tuple(arrays["y_test"][: len(DIGITS)].tolist())
    found = next((title for title, labels in FIRST.items() if labels == first), None)
    if found != (kin.title if kin.title in FIRST else None):
        what = f"it is {found}" if found is not None else f"its labels are not those of {kin.title}"
        raise FileError(f"{where} is not {kin.title}, but in the same layout: {what}; check=False reads it")
