"""Files of records and messages: contents come back; what is damaged is told; checksums against the plain loop."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest

from pellucid.errors import FileError
from pellucid.formats.record_file import _one_by_one, checksum, compressed, record, records_in
from pellucid.formats.wire import bytes_, fields, real, varint, varints, whole

RNG = np.random.default_rng(3)
CONTENTS = [b"", b"first\0", RNG.bytes(5000), bytes(700)]


@pytest.mark.parametrize("size", [511, 512, 513, 514, 4096, 5000, 65537])
@pytest.mark.parametrize("make", [RNG.bytes, bytes])
def test_many_bytes_at_once_have_the_checksum_of_one_after_the_other(size: int, make: type[bytes]) -> None:
    content = make(size)
    assert checksum(content) == _one_by_one(content) ^ 0xFFFFFFFF


@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
def test_contents_come_back(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "all.tfrecord"
    with file.open("wb") as out:  # a compressed file may have several parts
        for half in (CONTENTS[:2], CONTENTS[2:]):
            out.write(compressed(b"".join(map(record, half)), kind))  # type: ignore[arg-type]
    assert list(records_in(file, kind)) == CONTENTS  # type: ignore[arg-type]


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bad.tfrecord"
    whole_ = record(b"first") + record(b"second")
    for damaged, told in {
        b"PNG" + whole_: "record 1 of .*its length is damaged, or this is no such file",
        whole_[:-1]: "record 2 of .*the file ends within it",
        whole_[:14] + b"?" + whole_[15:]: "record 1 of .*its content is damaged",
        whole_ + b"\1": "record 3 of .*its length is damaged",
        gzip.compress(whole_): "or a compressed one",
    }.items():
        file.write_bytes(damaged)
        with pytest.raises(FileError, match=told):
            list(records_in(file))
    with pytest.raises(FileError, match="cannot be read as records compressed by ZLIB"):
        list(records_in(file, "ZLIB"))
    file.write_bytes(zlib.compress(whole_)[:-6])
    with pytest.raises(FileError, match=r"the file ends within it|is damaged"):
        list(records_in(file, "ZLIB"))
    with pytest.raises(FileError, match="there is no file"):
        list(records_in(tmp_path / "none"))


def test_messages_are_rows_of_fields() -> None:
    message = whole(1, 300) + bytes_(2, b"text") + real(3, 0.5) + whole(1, -1)
    found = [(number, value if isinstance(value, int) else bytes(value)) for number, value in fields(message)]
    assert found == [(1, 300), (2, b"text"), (3, b"\0\0\0\0\0\0\xe0?"), (1, 2**64 - 1)]
    assert varints(b"".join(map(varint, (0, -1, 127, 128, -(2**63))))) == [0, -1, 127, 128, -(2**63)]
    for damaged in (message[:4], b"\x12\x09abc", b"\x0b", b"\x80" * 11):
        with pytest.raises(FileError, match="damaged"):
            list(fields(damaged))
