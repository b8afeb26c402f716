"""The door for files from outside, and the words for what came through it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pellucid.errors import FileError
from pellucid.formats.signatures import describe_content
from pellucid.formats.source import open_source, read_source, source_name
from pellucid.formats.strict_json import MAX_JSON_BYTES, parse_json_object


def test_reads_paths_and_bytes(tmp_path: Path) -> None:
    """Both kinds of source, up to exactly the limit."""
    (tmp_path / "x").write_bytes(b"abc")
    for origin in (tmp_path / "x", str(tmp_path / "x"), b"abc"):
        assert read_source(origin, what="text", max_bytes=3) == b"abc"
        with pytest.raises(FileError, match="is larger than 2 bytes, too large for text"):
            read_source(origin, what="text", max_bytes=2)
    assert source_name(b"abc") == "<bytes>"


@pytest.mark.parametrize("size", [-1, 4])
def test_disk_that_fails_while_it_is_read(size: int, tmp_path: Path) -> None:
    """As with a bad sector, or a network drive that went away: below the file there is nothing that can be read."""
    (tmp_path / "x.idx").write_bytes(b"abcdef")
    with open_source(tmp_path / "x.idx", what="an IDX file") as file:
        broken = os.open(os.devnull, os.O_WRONLY)
        os.dup2(broken, file.fileno())
        os.close(broken)
        with pytest.raises(FileError, match=r"x\.idx cannot be read: Bad file descriptor; expected an IDX file"):
            file.read(size)


def test_json_has_a_limit_of_its_own() -> None:
    """Whoever calls the parser."""
    with pytest.raises(FileError, match="at most 16,777,216 are accepted"):
        parse_json_object(b" " * (MAX_JSON_BYTES + 1), name="x")


@pytest.mark.parametrize(
    ("head", "description"),
    [
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"PK\x03\x04" + bytes(26) + b"weights.npy", "a NumPy archive (.npz)"),
        (b"PK\x03\x04" + bytes(26) + b"config.json", "a zip archive"),
        (b"\0\0\x08\x03", "an IDX file"),
        (b"caf\xc3\xa9", "text"),
        (b"\x01\x02", "a file of an unknown kind"),
    ],
)
def test_descriptions(head: bytes, description: str) -> None:
    """As they stand in errors."""
    assert describe_content(head) == description
