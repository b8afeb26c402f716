"""Texts in HDF5: a changed size in their heap, by which the library would go round for ever, is refused at once."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

from pellucid import Input, Sequential, formats, layers, load_model
from pellucid.errors import FileError
from pellucid.formats import hdf5_heaps
from pellucid.formats.hdf5_heaps import check_heaps

LARGE = 2**64 - 16  # with its head and filled up to eight bytes: 2^64, which is 0


def _texts(*texts: str) -> bytearray:
    """A file that keeps texts of any length as attributes."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for number, text in enumerate(texts):
            file.attrs[f"text {number}"] = text
    return bytearray(buffer.getvalue())


def _pieces(content: bytes) -> list[tuple[int, int]]:
    """Where the pieces of the first heap are, and their numbers."""
    start = content.index(b"GCOL")
    end, place, found = start + struct.unpack_from("<Q", content, start + 8)[0], start + 16, []
    while place + 16 <= end:
        index, _, _, size = struct.unpack_from("<HHIQ", content, place)
        found.append((place, index))
        place += size if index == 0 else 16 + (size + 7) // 8 * 8
    return found


def _with_size(content: bytearray, place: int, size: int) -> bytes:
    struct.pack_into("<Q", content, place + 8, size)
    return bytes(content)


def test_files_as_they_are_written_pass() -> None:
    for texts in ([], ["a"], ["a" * 5000, "b" * 9000], ["c"] * 40):
        content = io.BytesIO(bytes(_texts(*texts)))
        check_heaps(content, "it")
        assert content.tell() == 0


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, LARGE), (2, LARGE), (1, 2**64 - 1), (2, 2**64 - 20)])
def test_sizes_without_an_end_are_refused(index: int, size: int) -> None:
    content = _texts("one", "two")
    place = next(place for place, number in _pieces(content) if number == index)
    with pytest.raises(FileError, match="has no end"):
        check_heaps(io.BytesIO(_with_size(content, place, size)), "it")


def test_heaps_at_the_seam_of_two_blocks_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    content = _texts("one", "two")
    place = next(place for place, number in _pieces(content) if number == 0)
    changed = _with_size(content, place, 0)
    for block in range(changed.index(b"GCOL") + 1, changed.index(b"GCOL") + 5):
        monkeypatch.setattr(hdf5_heaps, "_BLOCK", block)
        with pytest.raises(FileError, match="has no end"):
            check_heaps(io.BytesIO(changed), "it")


def test_what_only_looks_like_a_heap_is_no_reason_to_refuse() -> None:
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, size=5000, dtype=np.uint8).tobytes()
    check_heaps(io.BytesIO(bytes(_texts("one")) + b"GCOL\x01" + noise + b"GCOL\x01\0\0"), "it")


def test_a_file_of_nothing_but_heaps_is_refused_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_heaps, "MOST_PIECES", 1000)
    heap = b"GCOL\x01\0\0\0" + struct.pack("<Q", 2**40)
    with pytest.raises(FileError, match="in more than 1,000 pieces"):
        check_heaps(io.BytesIO(bytes(_texts("one")) + heap * 2000), "it")


def test_sizes_of_four_bytes_are_refused() -> None:
    content = _texts("one")
    content[14] = 4
    with pytest.raises(FileError, match="another number of bytes than 8"):
        check_heaps(io.BytesIO(bytes(content)), "it")


def test_models_are_refused_and_not_read_for_ever(tmp_path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(2)]).save(tmp_path / "model.h5")
    content = bytearray((tmp_path / "model.h5").read_bytes())
    place = next(place for place, number in _pieces(content) if number == 0)
    (tmp_path / "model.h5").write_bytes(_with_size(content, place, 0))
    for door in (load_model, formats.open):
        with pytest.raises(FileError, match=r"model\.h5 is damaged: a heap of texts"):
            door(tmp_path / "model.h5")
