"""NumPy's files without NumPy's parser: equal arrays both ways, and one sentence for pickles, bombs and lies."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pellucid.errors import ArgumentError, FileError
from pellucid.formats.numpy_files import (
    decode_npy,
    encode_npy,
    read_npy_folder,
    read_npz,
    write_npy_folder,
    write_npz,
)

ARRAYS = {
    "conv/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big": np.array([1, -2], ">i4"),
    "one": np.array(3.5),
    "none": np.zeros((0, 3), np.float16),
    "flags": np.array([True, False]),
    "slice": np.arange(10)[::3],
}


def npy(array: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_both_ways(name: str) -> None:
    array = ARRAYS[name]
    ours = decode_npy(npy(array), name="a.npy")
    theirs = np.load(io.BytesIO(encode_npy(array)), allow_pickle=False)
    for got in (ours, theirs):
        np.testing.assert_array_equal(got, array)
        assert got.dtype == array.dtype


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives(save: object, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save(path, **ARRAYS)  # type: ignore[operator]
    assert read_npz(path).keys() == ARRAYS.keys()
    write_npz(path, ARRAYS)
    with np.load(path, allow_pickle=False) as theirs:
        for name, array in read_npz(path).items():
            np.testing.assert_array_equal(array, theirs[name])


def test_folders(tmp_path: Path) -> None:
    write_npy_folder(tmp_path / "w", {"conv/kernel": ARRAYS["conv/kernel"]})
    np.testing.assert_array_equal(np.load(tmp_path / "w" / "conv.kernel.npy"), ARRAYS["conv/kernel"])
    np.testing.assert_array_equal(read_npy_folder(tmp_path / "w")["conv.kernel"], ARRAYS["conv/kernel"])
    with pytest.raises(ArgumentError, match="two weights would be in one file"):
        write_npy_folder(tmp_path / "w", {"a/b": np.ones(1), "a.b": np.ones(1)})
    with pytest.raises(FileError, match="no files that end in"):
        read_npy_folder(tmp_path)


def header_of(text: str, data: bytes = b"", version: int = 1) -> bytes:
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + data


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"
HOSTILE = {
    "nothing": b"",
    "cut short": npy(np.ones(4))[:-1],
    "too long": npy(np.ones(4)) + b"x",
    "a pickle": npy(np.array([{}], dtype=object), allow_pickle=True),
    "records": npy(np.zeros(2, [("a", "f4")])),
    "texts": npy(np.array(["a", "b"])),
    "code": header_of("__import__('os').system('true')"),
    "a name instead of a type": header_of(GOOD.replace("'<f4'", "exit"), bytes(8)),
    "an unknown type": header_of(GOOD.replace("<f4", "<f3"), bytes(8)),
    "a size of 2^63": header_of(GOOD.replace("(2,)", "(9223372036854775808,)"), bytes(8)),
    "a product that overflows": header_of(GOOD.replace("(2,)", "(4294967296, 4294967296)"), bytes(8)),
    "a size below zero": header_of(GOOD.replace("(2,)", "(-2,)"), bytes(8)),
    "a header that is too long": header_of(GOOD + " " * 5000, bytes(8)),
    "a header of 4 GB": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(40),
    "many digits": header_of(GOOD.replace("(2,)", f"({'1' * 3000},)"), bytes(8)),
    "many axes": header_of(GOOD.replace("(2,)", f"({'1, ' * 100}2,)"), bytes(8)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_arrays(case: str, tmp_path: Path) -> None:
    """Alone, in an archive, in a folder."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", HOSTILE[case])
    (tmp_path / "a.npy").write_bytes(HOSTILE[case])
    for read in (
        lambda: decode_npy(HOSTILE[case], name="a.npy"),
        lambda: read_npz(tmp_path / "a.npz"),
        lambda: read_npy_folder(tmp_path),
    ):
        with pytest.raises(FileError) as caught:
            read()
        assert 20 < len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def archive_of(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


BAD_ARCHIVES = {
    "another member": (lambda: archive_of([("a.npy", npy(np.ones(1))), ("evil.py", b"")]), "'evil.py'; expected only"),
    "twice": (lambda: archive_of([("a.npy", npy(np.ones(1)))] * 2), "twice"),
    "a bomb": (lambda: archive_of([("a.npy", npy(np.zeros(10**6)))], zipfile.ZIP_DEFLATED), "decompression bomb"),
    "cut short": (lambda: archive_of([("a.npy", npy(np.ones(100)))])[:-40], "damaged or cut short"),
    "many": (lambda: archive_of([(f"{n}.npy", b"") for n in range(10_001)]), "at most 10,000 are read"),
    "no archive": (lambda: b"hello", "damaged or cut short"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", BAD_ARCHIVES)
def test_hostile_archives(case: str) -> None:
    make, words = BAD_ARCHIVES[case]
    content = make()
    with pytest.raises(FileError, match=words):
        read_npz(content)
    with pytest.raises(FileError):
        read_npz(content, max_bytes=10)
