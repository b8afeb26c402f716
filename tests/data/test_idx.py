"""The IDX reader: what it reads, and every way in which a file can be wrong."""

from __future__ import annotations

import contextlib
import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.idx import decode_idx, read_content, read_idx
from pellucid.errors import FileError

Encode = Callable[[np.ndarray], bytes]


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("packed", [False, True])
def test_reads_every_type(encode_idx: Encode, tmp_path: Path, dtype: str, packed: bool) -> None:
    """Values, shape and type survive, compressed or not, and the result may be written to."""
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    content = encode_idx(array)
    path = tmp_path / "values.idx"
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    result = read_idx(path)
    np.testing.assert_array_equal(result, array)
    assert result.dtype == np.dtype(dtype)
    assert result.dtype.isnative
    assert result.flags.writeable


@pytest.mark.parametrize("shape", [(0,), (5, 0), (1, 1, 1, 1, 1)])
def test_reads_unusual_shapes(encode_idx: Encode, shape: tuple[int, ...]) -> None:
    """Empty axes and many axes are shapes like others."""
    assert read_idx(encode_idx(np.zeros(shape, np.uint8))).shape == shape


def test_every_truncation_is_noticed(encode_idx: Encode) -> None:
    """Whatever is missing at the end, plain or compressed, the file is refused."""
    content = encode_idx(np.arange(12, dtype=np.uint8).reshape(3, 4))
    packed = gzip.compress(content, mtime=0)
    for whole in (content, packed):
        for length in range(len(whole)):
            with pytest.raises(FileError):
                read_idx(whole[:length])


def test_every_flipped_byte_of_a_gzip_file_is_noticed_or_harmless(encode_idx: Encode) -> None:
    """The checksum of gzip leaves no damaged value through."""
    array = np.arange(50, dtype=np.uint8)
    packed = gzip.compress(encode_idx(array), mtime=0)
    for position in range(len(packed)):
        damaged = bytearray(packed)
        damaged[position] ^= 0x55
        try:
            result = read_idx(bytes(damaged))
        except FileError:
            continue
        np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file; it looks like an empty file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not an IDX file; it looks like a PNG image"),
        (b"<!DOCTYPE html><html>404</html>", "looks like an HTML or XML page"),
        (bytes([0, 0, 0x0A, 1, 0, 0, 0, 1, 5]), "not an IDX file"),
        (bytes([0, 1, 0x08, 1, 0, 0, 0, 1, 5]), "not an IDX file"),
        (bytes([0, 0, 0x08, 2, 0, 0, 0, 1]), "cut short in its header"),
        (bytes([0, 0, 0x08, 1, 0, 0, 0, 9, 1, 2]), "cut short: its header says shape"),
        (bytes([0, 0, 0x08, 1, 0, 0, 0, 1, 1, 2]), "longer than it should be"),
        (bytes([0, 0, 0x0E, 3]) + b"\xff" * 12, "cut short"),
        (bytes([0, 0, 0x08, 4]) + struct.pack(">4I", 0, 2**32 - 1, 2**32 - 1, 2**32 - 1), "impossible shape"),
        (bytes([0, 0, 0x08, 70]) + b"\0" * 280, "impossible shape"),
        (b"\x1f\x8b not really gzip", "damaged: its gzip data cannot be read"),
        (gzip.compress(b"abc", mtime=0) + b"garbage", "damaged: its gzip data cannot be read"),
    ],
)
def test_errors_name_the_file_and_the_reason(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is something else, or lies about its size, gets one clear sentence."""
    path = tmp_path / "train-images"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        read_idx(path)
    assert "train-images" in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A path that is no file says so."""
    with pytest.raises(FileError, match="there is no such file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(FileError, match="is a folder; expected an IDX file"):
        read_idx(tmp_path)


def test_size_is_capped_before_and_after_decompression() -> None:
    """A gzip bomb stops at the cap."""
    bomb = gzip.compress(bytes(2**22))
    with pytest.raises(FileError, match=r"grows beyond 100,000 bytes"):
        read_content(bomb, max_bytes=100_000)
    with pytest.raises(FileError, match="larger than 10 bytes"):
        read_content(bytes(11), max_bytes=10)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64) | st.binary(max_size=40).map(lambda tail: b"\0\0\x08\x01" + tail))
def test_any_bytes_give_an_array_or_a_file_error(content: bytes) -> None:
    """No other exception ever comes out."""
    with contextlib.suppress(FileError):
        assert isinstance(decode_idx(content), np.ndarray)
