"""The encoding of Protocol Buffers: messages as rows of fields, each with a number and a kind.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pellucid.errors import FileError

__all__ = ["VARINT", "bytes_", "fields", "key", "real", "varint", "varints", "whole"]

VARINT, EIGHT, SIZED, FOUR = 0, 1, 2, 5
"""Kinds of fields: a whole number, 8 bytes, bytes behind their number, 4 bytes."""
LONGEST = 10
"""Bytes of a whole number of 64 bits, seven bits a byte."""
BITS = 64


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte, the lowest first; one below 0 as that of 64 bits with the same bits.

    Example:
        >>> varint(300), len(varint(-1))
        (b'\\xac\\x02', 10)
    """
    value &= (1 << BITS) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def key(field: int, kind: int) -> bytes:
    """What stands before a field: its number and its kind."""
    return varint(field << 3 | kind)


def whole(field: int, value: int) -> bytes:
    """A field that is a whole number."""
    return key(field, VARINT) + varint(value)


def real(field: int, value: float) -> bytes:
    """A field that is a number of 8 bytes."""
    return key(field, EIGHT) + struct.pack("<d", value)


def bytes_(field: int, value: bytes) -> bytes:
    """A field that is bytes: text, or another message."""
    return key(field, SIZED) + varint(len(value)) + value


def fields(message: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message in order: the number of each, and a whole number or the bytes that it holds.

    Raises:
        FileError: it is no message.

    Example:
        >>> (number, value), (name, text) = fields(b"\\x08\\x05\\x12\\x01a")
        >>> number, value, name, bytes(text)
        (1, 5, 2, b'a')
    """
    view, place = memoryview(message), 0
    while place < len(view):
        tag, place = _varint_at(view, place)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, place = _varint_at(view, place)
            yield number, value
            continue
        if kind == SIZED:
            size, place = _varint_at(view, place)
        elif kind in (EIGHT, FOUR):
            size = 8 if kind == EIGHT else 4
        else:
            raise FileError(f"a message of Protocol Buffers has no field of kind {kind}: it is damaged, or none")
        if place + size > len(view):
            raise FileError("a message of Protocol Buffers ends within a field: it is damaged, or none")
        yield number, view[place : place + size]
        place += size


def varints(packed: bytes | memoryview) -> list[int]:
    """Whole numbers of 64 bits, with their sign, that stand one behind the other."""
    view, place, found = memoryview(packed), 0, []
    while place < len(view):
        value, place = _varint_at(view, place)
        found.append(signed(value))
    return found


def signed(value: int) -> int:
    """A whole number of 64 bits with its sign."""
    return value - (1 << BITS) if value >> (BITS - 1) else value


def _varint_at(view: memoryview, place: int) -> tuple[int, int]:
    """The whole number at a place, and the place behind it."""
    found = 0
    for number, byte in enumerate(view[place : place + LONGEST]):
        found |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return found & (1 << BITS) - 1, place + number + 1
    raise FileError("a message of Protocol Buffers ends within a number: it is damaged, or none")
