"""The heaps in which HDF5 keeps texts of any length: looked through before the library reads one.

HDF5's library goes from piece to piece of a heap by the sizes that stand in it, and goes on for ever where one says 0,
or so much that the sum runs over: a single changed byte is enough. Such heaps are refused here.

Source: the HDF5 file format, section III.E (global heaps).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from pellucid.errors import FileError

__all__ = ["check_heaps"]

SIGNATURE = b"GCOL\x01"
HEADER = 16
"""Bytes before the first piece, and before the content of each."""
MOST_PIECES = 2**18
MOST_BYTES = 2**26  # of one heap; Keras's texts are of at most 16 MiB
_BLOCK = 2**20
_OVER = 2**64


def check_heaps(file: BinaryIO, name: str) -> None:
    """Refuse a file with a heap that cannot be gone through.

    Args:
        file: open for reading; it is at its beginning afterwards.
        name: how errors call it.

    Raises:
        FileError: as said, or there are far more pieces than such files have.
    """
    if _bytes_of_sizes(file) not in (8, None):
        raise FileError(f"{name} writes sizes in another number of bytes than 8, as no file of Keras does")
    left = MOST_PIECES
    for start in _places(file):
        left -= _pieces(file, start, left, name)
        if left <= 0:
            raise FileError(f"{name} keeps texts in more than {MOST_PIECES:,} pieces")
    file.seek(0)


def _bytes_of_sizes(file: BinaryIO) -> int | None:
    """How many bytes a size has in the file; None where it is none of HDF5's, which its reader says."""
    file.seek(0)
    head = file.read(15)
    return None if len(head) < 15 else head[14] if head[8] < 2 else head[10]


def _places(file: BinaryIO) -> Iterator[int]:
    """Where heaps begin, or something that looks like one."""
    offset, kept = 0, b""
    while True:
        file.seek(offset)
        block = file.read(_BLOCK)
        if not block:
            return
        content, first = kept + block, offset - len(kept)
        place = content.find(SIGNATURE)
        while place >= 0:
            yield first + place
            place = content.find(SIGNATURE, place + 1)
        offset, kept = offset + len(block), content[-len(SIGNATURE) + 1 :]


def _pieces(file: BinaryIO, start: int, most: int, name: str) -> int:
    """How many pieces a heap has, as the library counts them; at most so many are counted."""
    size = min(_whole(file, start + 8), MOST_BYTES)
    place, end, count = start + HEADER, start + size, 1
    while place + HEADER <= end and count <= most:
        file.seek(place)
        head = file.read(HEADER)
        if len(head) < HEADER:
            break
        index, _, _, length = struct.unpack("<HHIQ", head)
        step = length if index == 0 else (HEADER + (length + 7) // 8 * 8) % _OVER
        if step == 0 or (index and length > _OVER - 2 * HEADER):
            raise FileError(f"{name} is damaged: a heap of texts has a piece of the size {length}, which has no end")
        place, count = place + step, count + 1
    return count


def _whole(file: BinaryIO, place: int) -> int:
    file.seek(place)
    content = file.read(8)
    return int.from_bytes(content, "little") if len(content) == 8 else 0
