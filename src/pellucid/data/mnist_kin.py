"""Data sets in MNIST's layout: Fashion-MNIST, ten kinds of clothes; Kuzushiji-MNIST, ten letters of old Japanese."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.mnist import FILES, MnistFile, Parts, downloaded, find, of_files, of_npz
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
        of_keras: the folder in which Keras keeps it.
    """

    name: str
    title: str
    mirrors: tuple[str, ...]
    files: dict[str, MnistFile]
    of_keras: str


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
    "fashion-mnist",
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
    "kmnist",
)
NPZ = ("kmnist-{}-imgs.npz", "kmnist-{}-labels.npz")
"""The other form in which Kuzushiji-MNIST is given."""


def load(kin: Kin, path: Any, *, check: bool) -> Parts:
    """The images and labels of one of them.

    Args:
        kin: which.
        path: a folder with the files, or an .npz file; None to find Keras's copy, or download the files once.
        check: whether it must have 60,000 and 10,000 images of 28x28, and not be MNIST.

    Raises:
        FileError: a file is missing, damaged, something else, or cannot be downloaded.
    """
    if path is None:
        kept = Path.home() / ".keras" / "datasets" / kin.of_keras
        paths = find(kept, kin.title) if kept.is_dir() else downloaded(kin.name, kin.files, kin.mirrors)
        parts = of_files(paths, kin.files, False)
    else:
        given = checked_path(path, "a folder")
        if given.is_file() and given.suffix == ".npz":
            parts = of_npz(given, {})
        elif (given / NPZ[0].format("train")).is_file():
            parts = _of_npz_files(given)
        else:
            parts = of_files(find(given, kin.title), kin.files, False)
    if check:
        _check(kin, parts, path)
    return parts


def _of_npz_files(folder: Path) -> Parts:
    arrays = []
    for part in ("train", "test"):
        for name in NPZ:
            file = folder / name.format(part)
            try:
                with np.load(file, allow_pickle=False) as content:
                    arrays.append(content["arr_0"])
            except (OSError, ValueError, KeyError, EOFError) as error:
                raise FileError(f"{escaped(file)} is missing, or no .npz file with one array ({error})") from error
    x, y, x_test, y_test = arrays
    return (x, y), (x_test, y_test)


def _check(kin: Kin, parts: Parts, path: Any) -> None:
    arrays = dict(zip(COUNTS, (*parts[0], *parts[1]), strict=True))
    for key, array in arrays.items():
        if array.shape != COUNTS[key] or array.dtype != np.uint8 or (key.startswith("y") and array.max() > 9):
            raise FileError(
                f"{escaped(path)} is not {kin.title}: {key} is {array.dtype} of shape {array.shape}, expected uint8 of "
                f"{COUNTS[key]} with labels 0..9; check=False reads other data in this layout"
            )
    if arrays["y_test"][:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]:
        raise FileError(f"{escaped(path)} is not {kin.title}: these are the digits of MNIST, in the same layout")
