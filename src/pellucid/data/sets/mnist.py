"""MNIST: 70,000 handwritten digits of 28x28 pixels, from a folder of IDX files or, once, from the network.

Whatever the way, the content is compared with the SHA-256 of the original, so a result on "MNIST" is one on MNIST.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellucid.calls import explained
from pellucid.data.sets.download import RemoteFile, cache_folder, fetch
from pellucid.data.sets.get_file import keras_home
from pellucid.data.sets.idx import decode_idx, read_content
from pellucid.data.sets.npz_sets import Parts, of_npz
from pellucid.data.sets.stored_files import MOST_BYTES, Place, Wanted, archives_in, find_stored, whole_place
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.numpy_files import read_npz
from pellucid.formats.paths import checked_path
from pellucid.formats.source import Source

__all__ = ["FILES", "MIRRORS", "NPZ", "SPELLINGS", "MnistFile", "load_data"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)


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
SPELLINGS = tuple(tuple(file.name.replace("-idx", idx) for file in FILES.values()) for idx in ("-idx", ".idx"))
"""Some archives write "train-images.idx3-ubyte"."""
NPZ = tuple(f"kmnist-{part}-{kind}.npz" for part in ("train", "test") for kind in ("imgs", "labels"))
"""The other form in which Kuzushiji-MNIST is given."""
WANTED = Wanted("MNIST", SPELLINGS, ("MNIST/raw", "raw", "mnist"), "^mnist")
OF_KERAS = "mnist.npz"


@explained
def load_data(path: str | os.PathLike[str] | None = None, *, check: bool = True) -> Parts:
    """Load MNIST, as `keras.datasets.mnist.load_data` does: 60,000 images to train on and 10,000 to test with.

    Args:
        path: a folder with the four IDX files under their usual names, with or without ".gz", or with `MNIST/raw` in
            which they are; an archive of them; or Keras's `mnist.npz`. The network is not used then. Without it Keras's
            copy is taken if there is one; else the files are fetched once (11.6 MB) and kept in the user's cache
            folder, or below the folder that the environment variable PELLUCID_DATA names.
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
        pellucid.errors.FileError: no/such/folder: there is no such file or folder; give one with MNIST, or no path to \
download it

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits (CC BY-SA 3.0).
    """
    if path is None and not check:
        raise ArgumentError("check=False needs a folder: what is downloaded is MNIST and always checked")
    given = None if path is None else checked_path(path, "a folder")
    in_keras = keras_home() / "datasets" / OF_KERAS
    if given is None or (str(given) == OF_KERAS and not given.exists()):  # the name that Keras's load_data has for it
        has_own = (cache_folder("mnist") / FILES["x_train"].download.name).is_file()
        given = in_keras if in_keras.is_file() and not has_own else None
    if given is None:
        return parts_of(arrays_of(downloaded("mnist", FILES, MIRRORS), FILES if check else {}))
    return parts_of(arrays_in(given, WANTED, FILES if check else {}))


def arrays_in(given: Path, wanted: Wanted, known: Mapping[str, MnistFile]) -> dict[str, np.ndarray]:
    """The four arrays from wherever they lie.

    Args:
        given: a folder with the files, or with one in which they are; an archive; or an .npz file.
        wanted: the files.
        known: what the arrays must be, by their names; empty for any.

    Raises:
        FileError: a file is missing, damaged, or another.
    """
    packed = given if given.is_file() and given.suffix.lower() == ".npz" else None
    if packed is None and given.is_dir() and whole_place(given, wanted) is None:
        packed = next(iter(archives_in(given, wanted, (".npz",))), None)
    if packed is None:
        return arrays_of(find_stored(given, wanted), known)
    arrays = of_npz(packed, axes=3)
    for key, file in known.items():
        _check_content(arrays[key], file, f"{escaped(packed)}: {key}")
    return arrays


def arrays_of(place: Place, known: Mapping[str, MnistFile]) -> dict[str, np.ndarray]:
    """The four arrays of files; raises `FileError` where they are no such, or do not belong together."""
    form = next(form for form in (*SPELLINGS, NPZ) if all(name in place.files for name in form))
    arrays = {}
    for key, name in zip(FILES, form, strict=True):
        called = place.called(name)
        array = arrays[key] = _array(place.files[name], name, called)
        rank = FILES[key].rank
        if array.ndim != rank or array.dtype != np.uint8:
            kind = "images, uint8 with 3 axes" if rank == 3 else "labels, uint8 with 1 axis"
            raise FileError(f"{called} holds {array.dtype} with shape {array.shape}; expected {kind}")
        if key in known:
            _check_content(array, known[key], called)
    for images, labels in (("x_train", "y_train"), ("x_test", "y_test")):
        if len(arrays[images]) != len(arrays[labels]):
            whose = [place.called(form[list(FILES).index(key)]) for key in (images, labels)]
            raise FileError(
                f"{whose[0]} holds {len(arrays[images]):,} images and {whose[1]} {len(arrays[labels]):,} labels; "
                "expected one label for each image"
            )
    return arrays


def parts_of(arrays: Mapping[str, np.ndarray]) -> Parts:
    """The four arrays as `load_data` gives them."""
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def downloaded(name: str, files: Mapping[str, MnistFile], mirrors: Sequence[str]) -> Place:
    """The four files from the cache, or from the network."""
    folder = cache_folder(name)
    try:
        paths = {file.name: fetch(file.download, mirrors=mirrors, folder=folder) for file in files.values()}
    except FileError as error:
        names = ", ".join(file.download.name for file in files.values())
        raise FileError(
            f"{error}. Without a network, put {names} into a folder and give it: "
            f"datasets.{name}.load_data(FOLDER), or --data FOLDER on the command line"
        ) from error
    return Place(escaped(folder), paths)


def _array(source: Source, name: str, called: str) -> np.ndarray:
    """What one file holds."""
    if not name.endswith(".npz"):
        return decode_idx(read_content(source, max_bytes=MOST_BYTES, name=called), name=called)
    arrays = list(read_npz(source, max_bytes=MOST_BYTES).values())
    if len(arrays) != 1:
        raise FileError(f"{called} holds {len(arrays)} arrays, expected one")
    return arrays[0]


def _check_content(array: np.ndarray, file: MnistFile, name: str) -> None:
    """Compare an array with MNIST's, by the SHA-256 that its IDX file would have."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    found = hashlib.sha256(header + array.tobytes()).hexdigest()
    if file.content_sha256 and found != file.content_sha256:
        raise FileError(
            f"{name} is not MNIST's {file.name}: what it holds has the SHA-256 {found[:16]}..., expected "
            f"{file.content_sha256[:16]}.... Download it again, or give check=False for other data in this layout"
        )
