"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32x32 pixels, in whichever form somebody has them.

The forms are the binary files, the Python files (pickles, of which nothing is executed), and archives of either.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.download import RemoteFile, cache_folder, fetch
from pellucid.data.plain_pickle import read_pickle
from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.formats.source import read_source
from pellucid.frozen import Frozen

__all__ = ["CIFAR10", "CIFAR100", "Cifar", "load"]

Part = tuple[np.ndarray, np.ndarray]
SIDE, CHANNELS = 32, 3
PIXELS = SIDE * SIDE * CHANNELS
MOST_BYTES = 2**28  # of one file
MIRRORS = ("https://www.cs.toronto.edu/~kriz",)


class Cifar(Frozen, eq=False):
    """One of the two.

    Attributes:
        name: as messages call it.
        classes: how many there are, by the kind of label.
        binary: files of the binary form, those to train on and the one to test with.
        python: likewise, of the Python form.
        label_bytes: before each image of the binary form, by the kind of label.
        keys: of the labels in the Python form.
        folders: names of sub-folders in which the files may be.
        archive: what is downloaded.
        counts: images to train on, and to test with.
        known: MD5 of binary files, where they are known.
    """

    name: str
    classes: Mapping[str, int]
    binary: tuple[tuple[str, ...], str]
    python: tuple[tuple[str, ...], str]
    label_bytes: tuple[str, ...]
    keys: Mapping[str, str]
    folders: tuple[str, ...]
    archive: RemoteFile
    counts: tuple[int, int]
    known: Mapping[str, str]


CIFAR10 = Cifar(
    "CIFAR-10",
    {"fine": 10},
    (tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"),
    (tuple(f"data_batch_{number}" for number in range(1, 6)), "test_batch"),
    ("fine",),
    {"fine": "labels"},
    ("cifar-10-batches-bin", "cifar-10-batches-py"),
    RemoteFile(
        "cifar-10-python.tar.gz", 180_000_000, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
    ),
    (50_000, 10_000),
    {
        "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
        "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
        "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
        "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
        "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
    },
)
CIFAR100 = Cifar(
    "CIFAR-100",
    {"coarse": 20, "fine": 100},
    (("train.bin",), "test.bin"),
    (("train",), "test"),
    ("coarse", "fine"),
    {"coarse": "coarse_labels", "fine": "fine_labels"},
    ("cifar-100-binary", "cifar-100-python"),
    RemoteFile(
        "cifar-100-python.tar.gz", 180_000_000, "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
    ),
    (50_000, 10_000),
    {},
)


def load(cifar: Cifar, path: Any, label: str, *, check: bool = True) -> tuple[Part, Part]:
    """The images and labels of one of the two.

    Args:
        cifar: which.
        path: a folder with the files, or an archive of them; None to download the archive once, or find it where Keras
            keeps it.
        label: "fine" or, of CIFAR-100, "coarse".
        check: whether it must be whole.

    Raises:
        FileError: files are missing, damaged, or not those of the data set.
    """
    read, where = _files(cifar, path)
    names, decode = _form(cifar, read, where)
    parts = [decode(cifar, read(name), label, f"{where}/{name}") for name in (*names[0], names[1])]
    if check:
        _check(cifar, parts, where)
    train = tuple(np.concatenate([part[place] for part in parts[:-1]]) for place in (0, 1))
    (x, y), (x_test, y_test) = train, parts[-1]
    return (x, y), (x_test, y_test)


def _files(cifar: Cifar, path: Any) -> tuple[Callable[[str], bytes | None], str]:
    """How files are read by their names, None where there is none; and where they are, as messages call it."""
    if path is None:
        found = _of_keras(cifar)
        if found is None:
            try:
                found = fetch(cifar.archive, mirrors=MIRRORS, folder=cache_folder(cifar.name.lower()))
            except FileError as error:
                raise FileError(
                    f"{error}. Without a network, put {cifar.archive.name} into a folder and give it: load_data(path), "
                    "or --data FOLDER on the command line"
                ) from error
    else:
        found = checked_path(path, f"a folder with {cifar.name}, or an archive of it")
    where = escaped(found)
    if found.is_file():
        return _archived(found), where
    if not found.is_dir():
        raise FileError(
            f"{where}: there is no such file or folder; give one with {cifar.name}, or no path to download it"
        )
    for folder in (found, *(found / name for name in cifar.folders)):
        if any((folder / name).is_file() for form in (cifar.binary, cifar.python) for name in form[0]):
            return _in_folder(folder), escaped(folder)
    archives = sorted(each for each in found.iterdir() if each.name.startswith(cifar.archive.name.rpartition("-")[0]))
    for archive in (each for each in archives if each.is_file()):
        return _archived(archive), escaped(archive)
    wanted = ", ".join((*cifar.binary[0][:1], *cifar.python[0][:1], cifar.archive.name))
    raise FileError(f"{where} has no {cifar.name}; looked for {wanted}, and for folders {', '.join(cifar.folders)}")


def _of_keras(cifar: Cifar) -> Path | None:
    """Where Keras keeps it, if it does."""
    root = Path.home() / ".keras" / "datasets"
    for outer in (root, *(root / f"{name}-target" for name in cifar.folders)):
        for name in cifar.folders:
            if (outer / name).is_dir():
                return outer / name
    return None


def _in_folder(folder: Path) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        path = folder / name
        return read_source(path, what="a file of CIFAR", max_bytes=MOST_BYTES) if path.exists() else None

    return read


def _archived(path: Path) -> Callable[[str], bytes | None]:
    """Reads members of a tar archive by the last part of their names; nothing is unpacked onto the disk."""
    content: dict[str, bytes] = {}
    packed = read_source(path, what="an archive of CIFAR", max_bytes=MOST_BYTES)
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:*") as archive:
            for member in archive:
                if member.isreg() and member.size <= MOST_BYTES and len(content) < 64:
                    file = archive.extractfile(member)
                    assert file is not None
                    content[Path(member.name).name] = file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise FileError(f"{escaped(path)} is no whole archive (.tar.gz): {error}; download it again") from error
    return content.get


Decode = Callable[[Cifar, Any, str, str], Part]


def _form(cifar: Cifar, read: Callable[[str], bytes | None], where: str) -> tuple[tuple[tuple[str, ...], str], Decode]:
    """Which form it has: the names of its files, and how one is decoded."""
    for names, decode in ((cifar.binary, _of_binary), (cifar.python, _of_python)):
        there = [read(name) is not None for name in (*names[0], names[1])]
        if all(there):
            return names, decode
        if any(there):
            missing = [name for name, is_there in zip((*names[0], names[1]), there, strict=True) if not is_there]
            raise FileError(f"{where} has not all of {cifar.name}: {', '.join(missing)} is missing")
    raise FileError(f"{where} holds no {cifar.name}: neither {cifar.binary[1]} nor {cifar.python[1]} is in it")


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
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise FileError(f"{name} has labels outside of 0..{classes - 1}; it is damaged, or another data set")
    return labels.astype(np.uint8).reshape(-1, 1)


def _check(cifar: Cifar, parts: list[Part], where: str) -> None:
    counts = sum(len(x) for x, _ in parts[:-1]), len(parts[-1][0])
    if counts != cifar.counts:
        raise FileError(
            f"{where} is not {cifar.name}: it has {counts[0]:,} images to train on and {counts[1]:,} to test with, "
            f"expected {cifar.counts[0]:,} and {cifar.counts[1]:,}; check=False reads other data in this form"
        )
    for (x, y), (name, known) in zip(parts, cifar.known.items(), strict=False):
        rows = np.concatenate([y, np.moveaxis(x, -1, 1).reshape(len(x), -1)], axis=1)
        if hashlib.md5(rows.tobytes(), usedforsecurity=False).hexdigest() != known:
            raise FileError(f"{where} is not {cifar.name}: what {name} holds is another; download it again")
