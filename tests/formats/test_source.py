"""The door for files from outside, and the words for what came through it."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest

from pellucid.errors import FileError
from pellucid.formats import source
from pellucid.formats.signatures import describe_content
from pellucid.formats.source import read_source, source_name
from pellucid.formats.strict_json import MAX_JSON_BYTES, parse_json_object


def test_reads_paths_and_bytes(tmp_path: Path) -> None:
    """Both kinds of source, up to exactly the limit."""
    (tmp_path / "x").write_bytes(b"abc")
    for origin in (tmp_path / "x", str(tmp_path / "x"), b"abc"):
        assert read_source(origin, what="text", max_bytes=3) == b"abc"
        with pytest.raises(FileError, match="is larger than 2 bytes, too large for text"):
            read_source(origin, what="text", max_bytes=2)
    assert source_name(b"abc") == "<bytes>"


def test_disk_that_fails_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad sector, a network drive that went away."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(source, "open_source", lambda *_, **__: Failing())
    with pytest.raises(FileError, match=r"x\.idx cannot be read: Input/output error; expected an IDX file"):
        read_source("x.idx", what="an IDX file", max_bytes=10)


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
