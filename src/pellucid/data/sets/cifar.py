"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32x32 pixels, in whichever form somebody has them.

The forms are the binary files, the Python files (pickles, of which nothing is executed), with gzip or without, archives
of either, and an .npz file of four arrays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.sets.download import RemoteFile, cache_folder, fetch
from pellucid.data.sets.get_file import keras_home
from pellucid.data.sets.npz_sets import of_npz
from pellucid.data.sets.plain_pickle import read_pickle
from pellucid.data.sets.stored_files import Place, Wanted, archives_in, content_of, find_stored, whole_place
from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.frozen import Frozen

__all__ = ["CIFAR10", "CIFAR100", "Cifar", "load"]

Part = tuple[np.ndarray, np.ndarray]
SIDE, CHANNELS = 32, 3
PIXELS = SIDE * SIDE * CHANNELS
IN_A_BATCH = 10_000
MIRRORS = ("https://www.cs.toronto.edu/~kriz",)


class Cifar(Frozen, eq=False):
    """One of the two.

    Attributes:
        name: as messages call it.
        classes: how many there are, by the kind of label.
        wanted: its files: the form of binary ones, then that of Python; each with those to train on, and the one to
            test with.
        label_bytes: before each image of the binary form, by the kind of label.
        keys: of the labels in the Python form.
        archive: what is downloaded.
        counts: images to train on, and to test with.
        known: MD5 of the batches to train on, in the binary form, where they are known.
    """

    name: str
    classes: Mapping[str, int]
    wanted: Wanted
    label_bytes: tuple[str, ...]
    keys: Mapping[str, str]
    archive: RemoteFile
    counts: tuple[int, int]
    known: tuple[str, ...]


_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
CIFAR10 = Cifar(
    "CIFAR-10",
    {"fine": 10},
    Wanted(
        "CIFAR-10",
        (tuple(f"{name}.bin" for name in _BATCHES), _BATCHES),
        ("cifar-10-batches-bin", "cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"),
        r"cifar[-_ ]?10(?!\d)",
    ),
    ("fine",),
    {"fine": "labels"},
    RemoteFile(
        "cifar-10-python.tar.gz", 180_000_000, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
    ),
    (50_000, 10_000),
    (
        "5dd7e06a14cb22eb9f671a540d1b7c25",
        "5ea93a67294ea407fff1d09f752e9692",
        "942cd6a4bcdd0dd3c604fbe906cb4421",
        "ae636b3ba5c66a11e91e8cb52e771fcb",
        "53f37980c15c3d472c316c40844f3f0d",
    ),
)
CIFAR100 = Cifar(
    "CIFAR-100",
    {"coarse": 20, "fine": 100},
    Wanted(
        "CIFAR-100",
        (("train.bin", "test.bin"), ("train", "test")),
        ("cifar-100-binary", "cifar-100-python", "cifar-100-python-target/cifar-100-python"),
        r"cifar[-_ ]?100",
    ),
    ("coarse", "fine"),
    {"coarse": "coarse_labels", "fine": "fine_labels"},
    RemoteFile(
        "cifar-100-python.tar.gz", 180_000_000, "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    ),
    (50_000, 10_000),
    (),
)


def load(cifar: Cifar, path: Any, label: str, *, check: bool = True) -> tuple[Part, Part]:
    """The images and labels of one of the two.

    Args:
        cifar: which.
        path: a folder with the files, an archive of them, or an .npz file; None to find it where Keras keeps it, or
            download the archive once.
        label: "fine" or, of CIFAR-100, "coarse".
        check: whether it must be whole.

    Raises:
        FileError: files are missing, damaged, or not those of the data set.
    """
    given = None if path is None else checked_path(path, f"a folder with {cifar.name}, or an archive of it")
    packed = None if given is None else _npz(cifar, given)
    if packed is not None:
        parts, where = _of_npz(cifar, packed, label), escaped(packed)
    else:
        place = _place(cifar, given)
        parts, where = _decoded(cifar, place, label), place.where
    if check:
        _check(cifar, parts, where)
    return parts


def _npz(cifar: Cifar, given: Path) -> Path | None:
    """The .npz file that was given, or that is in a folder which has no other form."""
    if given.is_file():
        return given if given.suffix.lower() == ".npz" else None
    there = archives_in(given, cifar.wanted, (".npz",))
    return there[0] if there and whole_place(given, cifar.wanted) is None else None


def _of_npz(cifar: Cifar, path: Path, label: str) -> tuple[Part, Part]:
    if label != "fine":
        raise FileError(f"{escaped(path)} holds one label for each image; {label} ones are in CIFAR's own files")
    x, y, x_test, y_test = of_npz(path, 4).values()
    for images in (x, x_test):
        if images.shape[1:] != (SIDE, SIDE, CHANNELS):
            raise FileError(
                f"{escaped(path)} holds images of {images.shape[1:]}; those of {cifar.name} are of "
                f"{(SIDE, SIDE, CHANNELS)}"
            )
    classes = cifar.classes[label]
    return (x, _labels(y, classes, f"{escaped(path)}: y_train")), (
        x_test,
        _labels(y_test, classes, f"{escaped(path)}: y_test"),
    )


def _place(cifar: Cifar, given: Path | None) -> Place:
    """Where its files are; they are downloaded if nobody says where, and Keras has none."""
    if given is not None:
        return find_stored(given, cifar.wanted)
    place = whole_place(keras_home() / "datasets", cifar.wanted)
    if place is not None:
        return place
    try:
        archive = fetch(cifar.archive, mirrors=MIRRORS, folder=cache_folder(cifar.name.lower()))
    except FileError as error:
        raise FileError(
            f"{error}. Without a network, put {cifar.archive.name} into a folder and give it: load_data(path), "
            "or --data FOLDER on the command line"
        ) from error
    return find_stored(archive, cifar.wanted)


def _decoded(cifar: Cifar, place: Place, label: str) -> tuple[Part, Part]:
    is_binary = all(name in place.files for name in cifar.wanted.forms[0])
    names, decode = (cifar.wanted.forms[0], _of_binary) if is_binary else (cifar.wanted.forms[1], _of_python)
    parts = []
    for name in names:
        content = content_of(place.files[name], f"a file of {cifar.name}")
        parts.append(decode(cifar, content, label, place.called(name)))
    x, y = (np.concatenate([part[each] for part in parts[:-1]]) for each in (0, 1))
    return (x, y), parts[-1]


def _of_binary(cifar: Cifar, content: bytes, label: str, name: str) -> Part:
    width = len(cifar.label_bytes) + PIXELS
    if not content or len(content) % width:
        raise FileError(f"{name} has {len(content):,} bytes; expected {width:,} for each image. Download it again")
    records = np.frombuffer(content, np.uint8).reshape(-1, width)
    labels = records[:, cifar.label_bytes.index(label)]
    return _images(records[:, len(cifar.label_bytes) :]), _labels(labels, cifar.classes[label], name)


def _of_python(cifar: Cifar, content: bytes, label: str, name: str) -> Part:
    found = read_pickle(content, name=name)
    if not isinstance(found, dict):
        raise FileError(f"{name} holds no dictionary of images and labels; it is no file of {cifar.name}")
    record = {key.decode("latin-1") if isinstance(key, bytes) else key: value for key, value in found.items()}
    pixels, labels = record.get("data"), record.get(cifar.keys[label])
    if (
        not isinstance(pixels, np.ndarray)
        or (pixels.dtype, pixels.shape[1:]) != (np.uint8, (PIXELS,))
        or not isinstance(labels, list)
        or len(labels) != len(pixels)
    ):
        raise FileError(f"{name} holds no images of {cifar.name} with a label for each")
    return _images(pixels), _labels(np.array(labels), cifar.classes[label], name)


def _images(rows: np.ndarray) -> np.ndarray:
    """Planes of red, green and blue as images (samples, rows, columns, channels)."""
    return np.ascontiguousarray(np.moveaxis(rows.reshape(-1, CHANNELS, SIDE, SIDE), 1, -1))


def _labels(labels: np.ndarray, classes: int, name: str) -> np.ndarray:
    if labels.dtype.kind not in "iu" or not labels.size or labels.min() < 0 or labels.max() >= classes:
        raise FileError(f"{name} has labels outside of 0..{classes - 1}; it is damaged, or another data set")
    return labels.astype(np.uint8).reshape(-1, 1)


def _check(cifar: Cifar, parts: tuple[Part, Part], where: str) -> None:
    (x, y), (x_test, _) = parts
    if (len(x), len(x_test)) != cifar.counts:
        raise FileError(
            f"{where} is not {cifar.name}: it has {len(x):,} images to train on and {len(x_test):,} to test with, "
            f"expected {cifar.counts[0]:,} and {cifar.counts[1]:,}; check=False reads other data in this form"
        )
    for number, known in enumerate(cifar.known):
        rows = slice(number * IN_A_BATCH, (number + 1) * IN_A_BATCH)
        records = np.concatenate([y[rows], np.moveaxis(x[rows], -1, 1).reshape(IN_A_BATCH, -1)], axis=1)
        if hashlib.md5(records.tobytes(), usedforsecurity=False).hexdigest() != known:
            raise FileError(
                f"{where} is not {cifar.name}: the images or labels of data_batch_{number + 1} are others. Download "
                "it again, or give check=False for other data in this form"
            )
