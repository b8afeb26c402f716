"""CIFAR, Fashion-MNIST and Kuzushiji-MNIST in every form in which people have them; nothing in them is executed."""

from __future__ import annotations

import gzip
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import datasets
from pellucid.data.sets import mnist
from pellucid.data.sets.mnist_kin import COUNTS, FASHION, KUZUSHIJI
from pellucid.data.sets.mnist_kin import _check as check_kin
from pellucid.data.sets.plain_pickle import read_pickle
from pellucid.errors import FileError

RNG = np.random.default_rng(3)
COUNT = 4
BATCHES = [(RNG.integers(0, 256, (COUNT, 3072), dtype=np.uint8), RNG.integers(0, 10, COUNT).tolist()) for _ in range(6)]
NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without anything of Keras's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def _binary(folder: Path) -> None:
    for name, (pixels, labels) in zip(NAMES, BATCHES, strict=True):
        (folder / f"{name}.bin").write_bytes(np.c_[np.array(labels, np.uint8), pixels].tobytes())


def _python2(pixels: np.ndarray, labels: list[int]) -> bytes:
    """As Python 2 wrote it, opcode by opcode: texts are bytes."""
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    shape = b"K" + bytes([len(pixels)]) + b"M" + (3072).to_bytes(2, "little") + b"\x86"
    data = pixels.tobytes()
    return (
        b"\x80\x02}q\x01(U\x06labelsq\x02]q\x03(" + numbers + b"eU\x04dataq\x04"
        b"cnumpy.core.multiarray\n_reconstruct\nq\x05cnumpy\nndarray\nq\x06K\x00\x85q\x07U\x01bq\x08\x87Rq\x09"
        b"(K\x01" + shape + b"cnumpy\ndtype\nq\x0aU\x02u1q\x0bK\x00K\x01\x87Rq\x0c(K\x03U\x01|NNN"
        b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + len(data).to_bytes(4, "little") + data + b"tbu."
    )


def _as_python2(folder: Path) -> None:
    for name, batch in zip(NAMES, BATCHES, strict=True):
        (folder / name).write_bytes(_python2(*batch))


def _as_python3(protocol: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for name, (pixels, labels) in zip(NAMES, BATCHES, strict=True):
            (folder / name).write_bytes(pickle.dumps({b"data": pixels, b"labels": labels, "x": None}, protocol))

    return write


def _archive(inner: Callable[[Path], None], name: str, inside: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "made" / inside).mkdir(parents=True)
        inner(folder / "made" / inside)
        with tarfile.open(folder / name, "w:gz") as archive:
            archive.add(folder / "made" / inside, inside)
        for each in (folder / "made" / inside).iterdir():
            each.unlink()
        os.removedirs(folder / "made" / inside)

    return write


def _below(inner: Callable[[Path], None], name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).mkdir()
        inner(folder / name)

    return write


def _packed(inner: Callable[[Path], None]) -> Callable[[Path], None]:
    """Each file compressed by itself."""

    def write(folder: Path) -> None:
        inner(folder)
        for each in list(folder.iterdir()):
            (folder / f"{each.name}.gz").write_bytes(gzip.compress(each.read_bytes(), 1))
            each.unlink()

    return write


def _as_zip(folder: Path) -> None:
    """As Kaggle has it, in the place of a tar archive."""
    with tarfile.open(folder / "cifar-10.tar.gz") as old, zipfile.ZipFile(folder / "archive.zip", "w") as new:
        for member in old:
            if member.isreg():
                new.writestr(member.name, old.extractfile(member).read())
    (folder / "cifar-10.tar.gz").unlink()


def _as_npz(folder: Path) -> None:
    x, y = (np.concatenate([np.array(part) for part in parts]) for parts in zip(*BATCHES, strict=True))
    x = x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    np.savez(folder / "cifar10.npz", x_train=x[:20], y_train=y[:20, None], x_test=x[20:], y_test=y[20:, None])


FORMS = {
    "binary": _binary,
    "binary, below": _below(_binary, "cifar-10-batches-bin"),
    "Python 2": _as_python2,
    **{f"protocol {number}": _as_python3(number) for number in (2, 3, 4, 5)},
    "Python, below": _below(_as_python2, "cifar-10-batches-py"),
    "binary, .gz": _packed(_binary),
    "Python, .gz": _packed(_as_python2),
    "torn folder beside an archive": lambda folder: (
        FORMS["archive of binary"](folder),
        _below(_as_python2, "cifar-10-batches-py")(folder),
        (folder / "cifar-10-batches-py" / "data_batch_1").unlink(),
    ),
    ".tar": _archive(_binary, "cifar10.tar", "any"),
    "as Keras keeps it": _archive(_as_python2, "cifar-10-batches-py-target_archive", "cifar-10-batches-py"),
    "zip": lambda folder: (_archive(_as_python2, "cifar-10.tar.gz", "x")(folder), _as_zip(folder)),
    "npz": _as_npz,
    "archive of Python's": _archive(_as_python2, "cifar-10-python.tar.gz", "cifar-10-batches-py"),
    "archive of binary": _archive(_binary, "cifar-10-binary.tar.gz", "cifar-10-batches-bin"),
}


@pytest.mark.parametrize("form", FORMS)
def test_cifar10(tmp_path: Path, form: str) -> None:
    """All forms give the same images and labels, in Keras's shapes."""
    folder = tmp_path / "data"
    folder.mkdir()
    FORMS[form](folder)
    (x, y), (x_test, y_test) = datasets.cifar10.load_data(folder, check=False)
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((20, 32, 32, 3), (20, 1), (4, 32, 32, 3), (4, 1))
    assert {each.dtype for each in (x, y, x_test, y_test)} == {np.dtype(np.uint8)}
    planes = np.stack([pixels for pixels, _ in BATCHES[:5]]).reshape(20, 3, 32, 32)
    assert np.array_equal(x, planes.transpose(0, 2, 3, 1))
    assert y[:, 0].tolist() == [label for _, labels in BATCHES[:5] for label in labels]
    assert y_test[:, 0].tolist() == BATCHES[5][1]
    packed = [each for each in folder.iterdir() if each.name.endswith((".tar.gz", ".tar", ".zip", ".npz"))]
    for archive in packed:
        assert np.array_equal(datasets.cifar10.load_data(archive, check=False)[0][0], x)


def test_the_copy_of_keras_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the user's folder or below KERAS_HOME, unpacked or not; one that is torn is passed over."""
    torn = tmp_path / "home" / ".keras" / "datasets" / "cifar-10-batches-py"
    torn.mkdir(parents=True)
    (torn / "data_batch_1").write_bytes(b"torn")
    folder = tmp_path / "home" / ".keras" / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    _as_python2(folder)
    assert datasets.cifar10.load_data(check=False)[0][0].shape == (20, 32, 32, 3)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "other"))
    (tmp_path / "other" / "datasets").mkdir(parents=True)
    FORMS["as Keras keeps it"](tmp_path / "other" / "datasets")
    assert datasets.cifar10.load_data(check=False)[1][0].shape == (4, 32, 32, 3)


def test_cifar100(tmp_path: Path) -> None:
    """Two kinds of labels, in both forms."""
    pixels = BATCHES[0][0]
    labels = {"coarse": [1, 2, 3, 19], "fine": [4, 99, 0, 7]}
    (tmp_path / "bin").mkdir()
    (tmp_path / "py").mkdir()
    for name in ("train", "test"):
        rows = np.c_[np.array(labels["coarse"], np.uint8), np.array(labels["fine"], np.uint8), pixels]
        (tmp_path / "bin" / f"{name}.bin").write_bytes(rows.tobytes())
        record = {"data": pixels, "coarse_labels": labels["coarse"], "fine_labels": labels["fine"]}
        (tmp_path / "py" / name).write_bytes(pickle.dumps(record, 2))
    for mode, expected in labels.items():
        for form in ("bin", "py"):
            (x, y), _ = datasets.cifar100.load_data(mode, tmp_path / form, check=False)
            assert (x.shape, y[:, 0].tolist()) == ((4, 32, 32, 3), expected)


class _Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch executed",)


ATTACKS = {
    "a call": pickle.dumps(_Attack(), 2),
    "a call of protocol 4": pickle.dumps({"data": _Attack()}, 4),
    "a call of protocol 0": b"cposix\nsystem\n(S'touch executed'\ntR.",
    "a builtin": pickle.dumps(eval, 2),
    "an object": pickle.dumps(Path("x"), 2),
    "objects in an array": pickle.dumps(np.array([_Attack()], object), 2),
    "numpy's own function": b"cnumpy\nload\n(S'x'\ntR.",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attack: str, at_once: bool) -> None:
    monkeypatch.chdir(tmp_path)
    if at_once:
        with pytest.raises(FileError):
            read_pickle(ATTACKS[attack])
    else:
        for name in NAMES:
            (tmp_path / name).write_bytes(ATTACKS[attack])
        with pytest.raises(FileError):
            datasets.cifar10.load_data(tmp_path, check=False)
    assert not (tmp_path / "executed").exists()


def test_damaged_pickles_are_refused() -> None:
    """Whatever is cut off or changed: it is read as it should be, or refused."""
    whole = _python2(*BATCHES[0])
    for length in (*range(0, 200, 7), len(whole) - 1):
        with pytest.raises(FileError):
            read_pickle(whole[:length])
    rng = np.random.default_rng(1)
    for _ in range(300):
        changed = bytearray(whole)
        for place in rng.integers(0, 180, 3):
            changed[place] = rng.integers(0, 256)
        try:
            read_pickle(bytes(changed))
        except FileError:
            continue


def test_plain_data_are_read_as_pickle_reads_them() -> None:
    values = {
        "numbers": [0, 1, -5, 70000, 2**40, -(2**70), 1.5, True, None], "texts": ["a", "é" * 300, b"x" * 300],
        "nested": [(1, (2, ())), [[]], {}], "array": np.arange(12.0).reshape(3, 4)[:, ::-1],
    }  # fmt: skip
    for protocol in range(2, 6):
        found = read_pickle(pickle.dumps(values, protocol))
        assert np.array_equal(found.pop("array"), values["array"])
        assert found == {key: value for key, value in values.items() if key != "array"}


def _cut(path: Path, changed: bool = False) -> None:
    """Take the second half of a file away, or change the sum at its end that says whether it is whole."""
    content = path.read_bytes()
    path.write_bytes(content[:-8] + bytes(8) if changed else content[: len(content) // 2])


WRONG = {
    "nothing": (lambda folder: None, "has no CIFAR-10; looked for"),
    "one is missing": (
        lambda folder: (_binary(folder), (folder / "test_batch.bin").unlink()),
        "test_batch.bin is missing",
    ),
    "a web page": (
        lambda folder: (folder / "cifar-10-python.tar.gz").write_bytes(b"<html>"),
        "no whole archive .* it looks like an HTML or XML page",
    ),
    "an archive that is cut": (
        lambda folder: (FORMS["archive of binary"](folder), _cut(folder / "cifar-10-binary.tar.gz")),
        "is no whole archive .*Copy or download it again",
    ),
    "an archive that is changed": (
        lambda folder: (FORMS["archive of binary"](folder), _cut(folder / "cifar-10-binary.tar.gz", changed=True)),
        "is no whole archive",
    ),
    "other arrays": (lambda folder: np.savez(folder / "cifar10.npz", x=np.zeros(3)), "it holds x"),
    "cut": (lambda folder: (_binary(folder), (folder / "data_batch_3.bin").write_bytes(b"abc")), "has 3 bytes"),
    "few": (_binary, "has 20 images to train on and 4 to test with"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_cifar(tmp_path: Path, case: str) -> None:
    make, message = WRONG[case]
    make(tmp_path)
    with pytest.raises(FileError, match=message):
        datasets.cifar10.load_data(tmp_path)


def _four(encode: Callable[[np.ndarray], bytes], folder: Path) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    arrays = {
        "x_train": rng.integers(0, 256, (12, 28, 28), dtype=np.uint8), "y_train": np.arange(12, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (5, 28, 28), dtype=np.uint8), "y_test": np.arange(5, dtype=np.uint8),
    }  # fmt: skip
    for key, array in arrays.items():
        (folder / f"{mnist.FILES[key].name}.gz").write_bytes(gzip.compress(encode(array)))
    return arrays


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist"])
def test_kin_of_mnist(tmp_path: Path, encode_idx: Callable[[np.ndarray], bytes], name: str) -> None:
    """From IDX files, an .npz file, and where Keras keeps them; not MNIST in their place."""
    data = getattr(datasets, name)
    arrays = _four(encode_idx, tmp_path)
    np.savez(tmp_path / "all.npz", **arrays)
    for path in (tmp_path, tmp_path / "all.npz"):
        (x, y), (x_test, y_test) = data.load_data(path, check=False)
        for found, expected in zip((x, y, x_test, y_test), arrays.values(), strict=True):
            assert np.array_equal(found, expected)
        with pytest.raises(FileError, match=r"expected uint8 of \(60000, 28, 28\)"):
            data.load_data(path)
    if name == "kmnist":
        (tmp_path / "two").mkdir()
        for part in ("train", "test"):
            for kind, key in (("imgs", "x"), ("labels", "y")):
                np.savez(tmp_path / "two" / f"kmnist-{part}-{kind}.npz", arrays[f"{key}_{part}"])
        assert np.array_equal(data.load_data(tmp_path / "two", check=False)[1][0], arrays["x_test"])


def test_mnist_of_keras(tmp_path: Path, encode_idx: Callable[[np.ndarray], bytes]) -> None:
    arrays = _four(encode_idx, tmp_path)
    np.savez(tmp_path / "mnist.npz", **arrays)
    (x, y), _ = datasets.mnist.load_data(tmp_path / "mnist.npz", check=False)
    assert np.array_equal(x, arrays["x_train"]) and np.array_equal(y, arrays["y_train"])
    with pytest.raises(FileError, match="is not MNIST's"):
        datasets.mnist.load_data(tmp_path / "mnist.npz")
    (tmp_path / "other.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(FileError, match="is damaged or cut short"):
        datasets.mnist.load_data(tmp_path / "other.npz")


def test_mnist_where_others_keep_it(
    tmp_path: Path, encode_idx: Callable[[np.ndarray], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below `MNIST/raw`, in a folder for each file, in an archive, with wider labels, by the name that Keras has."""
    (raw := tmp_path / "torch" / "MNIST" / "raw").mkdir(parents=True)
    arrays = _four(encode_idx, raw)
    each, wide = tmp_path / "each", tmp_path / "wide"
    for file in raw.iterdir():
        (folder := each / file.name.removesuffix(".gz")).mkdir(parents=True)
        (folder / folder.name).write_bytes(file.read_bytes())
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as archive:
        for file in raw.iterdir():
            archive.write(file, f"deep/{file.name}")
    (wide / "datasets").mkdir(parents=True)
    same = {key: array[..., None] if key[0] == "x" else array.astype(np.int64) for key, array in arrays.items()}
    np.savez(wide / "datasets" / "mnist.npz", **same)
    monkeypatch.setenv("KERAS_HOME", str(wide))
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for path in (raw.parents[1], raw.parent, each, tmp_path / "any.zip", wide / "datasets", "mnist.npz"):
        (x, y), _ = datasets.mnist.load_data(path, check=False)
        assert np.array_equal(x, arrays["x_train"]) and np.array_equal(y, arrays["y_train"]) and y.dtype == np.uint8


@pytest.mark.parametrize(
    ("kin", "first", "said"),
    [
        (FASHION, (9, 2, 1, 1, 6, 1, 4, 6), None),
        (FASHION, (7, 2, 1, 0, 4, 1, 4, 9), "it is MNIST"),
        (FASHION, (2, 9, 3, 8, 3, 9, 9, 3), "its labels are not those of Fashion-MNIST"),
        (KUZUSHIJI, (9, 2, 1, 1, 6, 1, 4, 6), "it is Fashion-MNIST"),
        (KUZUSHIJI, (2, 9, 3, 8, 3, 9, 9, 3), None),
    ],
)
def test_sets_in_one_layout_are_told_apart(kin: Any, first: tuple[int, ...], said: str | None) -> None:
    """By their first labels; files of one under the folder of another are no wrong numbers in silence."""
    arrays = {key: np.zeros(shape, np.uint8) for key, shape in COUNTS.items()}
    arrays["y_test"][:8] = first
    with pytest.raises(FileError, match=said) if said else nullcontext():
        check_kin(kin, arrays, "folder")
