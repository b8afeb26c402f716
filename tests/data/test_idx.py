"""The IDX reader: what it reads, and every way in which a file can be wrong."""

from __future__ import annotations

import contextlib
import gzip
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.sets.idx import decode_idx, read_content, read_idx
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
        (bytes([0, 0, 0x0E, 3]) + b"\xff" * 12, "declares the shape .* too large"),
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


def test_what_is_read_is_bounded_by_the_header() -> None:
    """A gzip bomb is not unpacked, whatever its header promises: no memory is taken that the file does not fill."""
    promise = {"little": 3, "more than there is": 2**29, "more than is accepted": 2**31}
    bombs = {name: gzip.compress(struct.pack(">HBBI", 0, 8, 1, size) + bytes(2**25)) for name, size in promise.items()}
    bombs["nothing"] = gzip.compress(b"\1" * 2**25)
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=r"longer than it should be: .* 11 bytes, it goes on behind them"):
            read_idx(bombs["little"])
        with pytest.raises(FileError, match=r"too large; at most 1,073,741,824 are read"):
            read_idx(bombs["more than is accepted"])
        with pytest.raises(FileError, match=r"not an IDX file"):
            read_idx(bombs["nothing"])
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    with pytest.raises(FileError, match=r"cut short: its header says shape \(536870912,\)"):
        read_idx(bombs["more than there is"])
    with pytest.raises(FileError, match=r"declares the shape \(9,\): 17 bytes, too large; at most 10 are read"):
        read_content(struct.pack(">HBBI", 0, 8, 1, 9) + bytes(9), max_bytes=10)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64) | st.binary(max_size=40).map(lambda tail: b"\0\0\x08\x01" + tail))
def test_any_bytes_give_an_array_or_a_file_error(content: bytes) -> None:
    """No other exception ever comes out."""
    with contextlib.suppress(FileError):
        assert isinstance(decode_idx(content), np.ndarray)
