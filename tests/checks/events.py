"""A reader of files of events, made from their description alone, to hold the writer to it."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pellucid.formats.record_file import checksum, masked

Fields = dict[int, list[Any]]
HISTOGRAM, PICTURE = 5, 4  # fields of a value that are messages themselves


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = content[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields_of(content: bytes) -> Fields:
    """The fields of a message by number: whole numbers, doubles, and bytes (also for those of four bytes)."""
    found: Fields = defaultdict(list)
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(content, at)
        elif kind == 1:
            [value] = struct.unpack_from("<d", content, at)
            at += 8
        else:
            assert kind in (2, 5), f"kind {kind}"
            length, at = _varint(content, at) if kind == 2 else (4, at)
            value, at = content[at : at + length], at + length
        found[key >> 3].append(value)
    assert at == len(content)
    return dict(found)


def events_of(path: Path) -> list[Fields]:
    """The events of a file; fails where a checksum or a length is wrong."""
    content, at, found = path.read_bytes(), 0, []
    while at < len(content):
        [length] = struct.unpack_from("<Q", content, at)
        assert struct.unpack_from("<I", content, at + 8)[0] == masked(checksum(content[at : at + 8]))
        event = content[at + 12 : at + 12 + length]
        assert len(event) == length
        assert struct.unpack_from("<I", content, at + 12 + length)[0] == masked(checksum(event))
        found.append(fields_of(event))
        at += 16 + length
    return found


def values_of(path: Path) -> Iterator[tuple[str, int, int, Any]]:
    """Tag, step, number of the field and content of all that was written; of histograms and pictures the fields."""
    for event in events_of(path):
        for summary in event.get(5, []):
            for value in fields_of(summary)[1]:
                fields = fields_of(value)
                [(field, [content])] = [item for item in fields.items() if item[0] not in (1, 9)]
                message = fields_of(content) if field in (HISTOGRAM, PICTURE) else content
                yield fields[1][0].decode(), event.get(2, [0])[0], field, message
