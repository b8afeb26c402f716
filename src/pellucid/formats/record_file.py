"""Files that are rows of records: length, checksum of the length, content, checksum of the content (CRC-32C, masked).

TensorFlow keeps its events and its training data so ("TFRecord"). Source: tensorflow/core/lib/io/record_writer.h and
record_reader.cc of https://github.com/tensorflow/tensorflow
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Literal

import numpy as np

from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path

__all__ = ["Compression", "checksum", "compressed", "masked", "record", "records_in"]

Compression = Literal["", "GZIP", "ZLIB"]
_POLYNOMIAL = 0x82F63B78  # of CRC-32C (Castagnoli), the lowest bit first
_ONES = 0xFFFFFFFF
_SHORT = 512  # bytes up to which one after the other is faster than many at once
_LENGTH, _END = 12, 4  # bytes before a content, the checksum of its length among them, and behind it


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()
_TABLE_AT_ONCE = np.array(_TABLE, np.uint32)


def checksum(content: bytes) -> int:
    """The CRC-32C of bytes.

    Example:
        >>> hex(checksum(b"123456789"))
        '0xe3069283'

    Source: RFC 3720, appendix B.4.
    """
    return (_one_by_one if len(content) <= _SHORT else _many_at_once)(content) ^ _ONES


def _one_by_one(content: bytes) -> int:
    found = _ONES
    for byte in content:
        found = _TABLE[(found ^ byte) & 0xFF] ^ found >> 8
    return found


def _many_at_once(content: bytes) -> int:
    """The same of a long content, cut into as many pieces as each has bytes.

    What a register holds after some bytes is linear in what it held before and in the bytes, so that each piece can
    begin with 0; what is left of a register after as many zeros as a piece has bytes is found for each of its 32 bits
    beside the pieces. Zeros before the content change nothing of a register that begins with 0; that it begins with
    ones is the same as ones in the first four bytes.
    """
    steps = int(len(content) ** 0.5) + 1
    pieces = -(-len(content) // steps)
    whole = np.zeros(pieces * steps, np.uint8)
    whole[-len(content) :] = np.frombuffer(content, np.uint8)
    whole[-len(content) :][:4] ^= 0xFF
    lanes = np.zeros((steps, pieces + 32), np.uint8)
    lanes[:, :pieces] = whole.reshape(pieces, steps).T
    registers = np.zeros(pieces + 32, np.uint32)
    registers[pieces:] = np.uint32(1) << np.arange(32, dtype=np.uint32)
    for row in lanes:
        registers = _TABLE_AT_ONCE[(registers ^ row) & 0xFF] ^ registers >> 8
    after, found = registers[pieces:].tolist(), 0
    for end in registers[:pieces].tolist():
        moved = end
        for bit, left in enumerate(after):
            if found >> bit & 1:
                moved ^= left
        found = moved
    return found


def masked(found: int) -> int:
    """A checksum as records hold it, so that one of a record within a record is no fixed point."""
    return ((found >> 15 | found << 17) + 0xA282EAD8) & _ONES


def record(content: bytes) -> bytes:
    """A content as a file holds it."""
    length = struct.pack("<Q", len(content))
    ends = (struct.pack("<I", masked(checksum(part))) for part in (length, content))
    return length + next(ends) + content + next(ends)


def compressed(content: bytes, kind: Compression) -> bytes:
    """Records as a compressed file holds them; several such contents one behind the other are one file."""
    if kind == "GZIP":
        return gzip.compress(content)
    return zlib.compress(content) if kind == "ZLIB" else content


def records_in(path: str | os.PathLike[str], kind: Compression = "") -> Iterator[bytes]:
    """The contents of the records of a file, one after the other, each held to its checksum.

    Args:
        path: of the file.
        kind: how it is compressed.

    Raises:
        FileError: there is no such file, it is no file of records, is damaged, or compressed in another way.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = open(f"{folder}/two.tfrecord", "wb").write(record(b"first") + record(b"second"))
        ...     list(records_in(f"{folder}/two.tfrecord"))
        [b'first', b'second']
    """
    file = checked_path(path, "a file of records")
    try:
        with _opened(file, kind) as source:
            number = 0
            while head := source.read(_LENGTH):
                number += 1
                yield _content(source, head, f"record {number} of {escaped(file)}")
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise FileError(f"there is no file {escaped(file)}") from error
        raise FileError(
            f"{escaped(file)} cannot be read as records compressed by {kind or 'nothing'}: {error}"
        ) from error


def _content(source: BinaryIO, head: bytes, what: str) -> bytes:
    if len(head) < _LENGTH or _read(head[8:]) != masked(checksum(head[:8])):
        raise FileError(f"{what}: its length is damaged, or this is no such file, or a compressed one")
    size = struct.unpack("<Q", head[:8])[0]
    content, end = source.read(size), source.read(_END)
    if len(content) < size or len(end) < _END:
        raise FileError(f"{what}: the file ends within it")
    if _read(end) != masked(checksum(content)):
        raise FileError(f"{what}: its content is damaged")
    return content


def _read(four: bytes) -> int:
    return int.from_bytes(four, "little")


def _opened(file: os.PathLike[str], kind: Compression) -> BinaryIO:
    if kind == "GZIP":
        return gzip.open(file, "rb")  # type: ignore[return-value]
    return open(file, "rb") if kind == "" else _Inflated(open(file, "rb"))  # type: ignore[return-value]


class _Inflated:
    """A file that is compressed without gzip's head, as it was; read once from the beginning to the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, b""
        self._inflate = zlib.decompressobj()

    def read(self, size: int) -> bytes:
        while len(self._left) < size:
            if self._inflate.eof:
                more = self._inflate.unused_data or self._file.read(1 << 20)
                self._inflate = zlib.decompressobj()
            else:
                more = self._file.read(1 << 20)
            if not more:
                break
            self._left += self._inflate.decompress(more)
        found, self._left = self._left[:size], self._left[size:]
        return found

    def __enter__(self) -> _Inflated:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
