"""Text in encodings that people have: read where it is certain which one it is, else told with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pellucid.data.masks.coding import Coding
from pellucid.data.masks.values import names_of
from pellucid.data.tables.image_tables import read_table
from pellucid.errors import FileError
from pellucid.formats.csv_tables import read_tables
from pellucid.formats.texts import text_of

ROWS = "file,class\n1.png,café\n2.png,猫\n3.png,thé\n"


def _table(folder: Path, content: bytes) -> Path:
    for number in (1, 2, 3):
        (folder / f"{number}.png").touch()
    (folder / "kinds.csv").write_bytes(content)
    return folder / "kinds.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unambiguous_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    assert read_table(_table(tmp_path, ROWS.encode(encoding))).names == ("café", "thé", "猫")
    (tmp_path / "classes.txt").write_bytes("sol\ncafé\n".encode(encoding))
    assert names_of(tmp_path, Coding((0, 1))) == ("sol", "café")
    assert read_tables("1,2\n".encode(encoding))[0].tolist() == [[1, 2]]


def test_big_endian_text_with_its_mark_is_read() -> None:
    assert text_of(b"\xfe\xff" + "café".encode("utf-16-be"), "here") == "café"


def test_others_are_told(tmp_path: Path) -> None:
    content = ROWS.replace("猫", "chat").encode("latin-1")
    with pytest.raises(FileError, match=r"no text in UTF-8: line 2 is '1\.png,café' if .*cp1252.*; save it as text in"):
        read_table(_table(tmp_path, content))
    with pytest.raises(FileError, match="it has bytes of zero, as UTF-16 without a mark; save it in UTF-8"):
        read_table(_table(tmp_path, "file,class\n1.png,a\n".encode("utf-16-le")))
    with pytest.raises(FileError, match="here is no text in UTF-16: it is cut short or damaged"):
        text_of(b"\xff\xfea", "here")
