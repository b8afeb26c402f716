"""MNIST: 70,000 handwritten digits of 28x28 pixels, from a folder of IDX files or, once, from the network.

Whatever the way, the content is compared with the SHA-256 of the original, so a result on "MNIST" is one on MNIST.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellucid.calls import explained
from pellucid.data.download import RemoteFile, cache_folder, fetch
from pellucid.data.idx import decode_idx, read_content
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.paths import checked_path

__all__ = ["FILES", "MIRRORS", "MnistFile", "load_data"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
_MAX_BYTES = 2**28
Parts = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Images and labels to train on, and to test with."""


@dataclass(frozen=True)
class MnistFile:
    """One of the four files: its name without ".gz", the axes of its array, and what is known about its bytes."""

    name: str
    rank: int
    content_sha256: str = ""
    gzip_sha256: str = ""
    gzip_size: int = 0
    gzip_md5: str = ""

    @property
    def download(self) -> RemoteFile:
        """The file as the mirrors have it."""
        return RemoteFile(f"{self.name}.gz", self.gzip_size, self.gzip_sha256, self.gzip_md5)


FILES = {
    "x_train": MnistFile(
        "train-images-idx3-ubyte",
        rank=3,
        content_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        gzip_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        gzip_size=9_912_422,
    ),
    "y_train": MnistFile(
        "train-labels-idx1-ubyte",
        rank=1,
        content_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        gzip_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        gzip_size=28_881,
    ),
    "x_test": MnistFile(
        "t10k-images-idx3-ubyte",
        rank=3,
        content_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        gzip_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        gzip_size=1_648_877,
    ),
    "y_test": MnistFile(
        "t10k-labels-idx1-ubyte",
        rank=1,
        content_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        gzip_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        gzip_size=4_542,
    ),
}


@explained
def load_data(path: str | os.PathLike[str] | None = None, *, check: bool = True) -> Parts:
    """Load MNIST, as `keras.datasets.mnist.load_data` does: 60,000 images to train on and 10,000 to test with.

    Args:
        path: a folder with the four IDX files under their usual names, with or without ".gz", or Keras's `mnist.npz`;
            the network is not used then. Without it Keras's copy is taken if there is one; else the files are fetched
            once (11.6 MB) and kept in the user's cache folder, or below the folder that the environment variable
            PELLUCID_DATA names.
        check: whether the content must be that of MNIST. With False a folder may hold other data in the same
            layout, such as Fashion-MNIST, in any number and size of images.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images as uint8 `(60000, 28, 28)` and `(10000, 28, 28)` in 0..255 (0
        is paper), labels 0..9 as uint8 `(60000,)` and `(10000,)`.

    Raises:
        FileError: a file is missing, damaged, not MNIST, or cannot be downloaded.
        ArgumentError: `check` is False without a folder.

    Example:
        A folder that is not there is named in the error:

        >>> load_data("no/such/folder")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: no/such/folder: there is no such folder; give one with the four MNIST files, or no \
path to download them

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits (CC BY-SA 3.0).
    """
    if path is None and not check:
        raise ArgumentError("check=False needs a folder: what is downloaded is MNIST and always checked")
    if path is None:
        kept = Path.home() / ".keras" / "datasets" / "mnist.npz"
        path = (
            kept if kept.is_file() and not (cache_folder("mnist") / FILES["x_train"].download.name).is_file() else None
        )
    given = None if path is None else checked_path(path, "a folder")
    if given is not None and given.is_file() and given.suffix == ".npz":
        return of_npz(given, FILES if check else {})
    return of_files(_download() if given is None else find(given, "MNIST"), FILES, check)


def of_npz(path: Path, known: Mapping[str, MnistFile]) -> Parts:
    """The four arrays of Keras's `mnist.npz`, or of a file like it.

    Args:
        path: of the file.
        known: what the arrays must be, by their names; empty for any.

    Raises:
        FileError: it is no such file.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            for key in FILES:
                arrays[key] = file[key]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FileError(
            f"{escaped(path)} is no .npz file with x_train, y_train, x_test and y_test, as Keras has it ({error})"
        ) from error
    for key, array in arrays.items():
        _check_kind(array, 3 if key.startswith("x") else 1, f"{escaped(path)}: {key}")
        if key in known:
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            _check_content(header + array.tobytes(), known[key], escaped(path))
    return _paired(arrays, dict.fromkeys(arrays, path))


def of_files(paths: Mapping[str, Path], files: Mapping[str, MnistFile], check: bool) -> Parts:
    """The four arrays of IDX files; raises `FileError` where they are no such, or do not belong together."""
    return _paired({key: _read(file, paths[key], check) for key, file in files.items()}, paths)


def _paired(arrays: Mapping[str, np.ndarray], paths: Mapping[str, Path]) -> Parts:
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if len(images) != len(labels):
            raise FileError(
                f"{escaped(paths[f'x_{part}'])} holds {len(images):,} images and {escaped(paths[f'y_{part}'])} "
                f"{len(labels):,} labels; expected one label for each image"
            )
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _download() -> dict[str, Path]:
    return downloaded("mnist", FILES, MIRRORS)


def downloaded(name: str, files: Mapping[str, MnistFile], mirrors: Sequence[str]) -> dict[str, Path]:
    """The four files from the cache, or from the network."""
    folder = cache_folder(name)
    try:
        return {key: fetch(file.download, mirrors=mirrors, folder=folder) for key, file in files.items()}
    except FileError as error:
        names = ", ".join(file.download.name for file in files.values())
        raise FileError(
            f"{error}. Without a network, put {names} into a folder and give it: "
            f"datasets.{name}.load_data(FOLDER), or --data FOLDER on the command line"
        ) from error


def find(folder: Path, what: str) -> dict[str, Path]:
    """The four files in a folder; some archives write "train-images.idx3-ubyte"."""
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "there is no such folder"
        raise FileError(
            f"{escaped(folder)}: {problem}; give one with the four {what} files, or no path to download them"
        )
    return {key: _find_file(folder, file.name) for key, file in FILES.items()}


def _find_file(folder: Path, name: str) -> Path:
    names = [name, name.replace("-idx", ".idx")]
    candidates = [folder / (spelling + suffix) for spelling in names for suffix in ("", ".gz")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    wanted = ", ".join(candidate.name for candidate in candidates)
    raise FileError(f"{escaped(folder)} has no file {name!r}; looked for {wanted}")


def _read(file: MnistFile, path: Path, check: bool) -> np.ndarray:
    content = read_content(path, max_bytes=_MAX_BYTES)
    array = decode_idx(content, name=escaped(path))
    _check_kind(array, file.rank, escaped(path))
    if check:
        _check_content(content, file, escaped(path))
    return array


def _check_kind(array: np.ndarray, rank: int, name: str) -> None:
    if array.ndim != rank or array.dtype != np.uint8:
        kind = "images, uint8 with 3 axes" if rank == 3 else "labels, uint8 with 1 axis"
        raise FileError(f"{name} holds {array.dtype} with shape {array.shape}; expected {kind}")


def _check_content(content: bytes, file: MnistFile, name: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if file.content_sha256 and found != file.content_sha256:
        raise FileError(
            f"{name} is not MNIST's {file.name}: what it holds has the SHA-256 {found[:16]}..., expected "
            f"{file.content_sha256[:16]}.... Download it again, or give check=False for other data in this layout"
        )
