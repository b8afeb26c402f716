"""Darknet's files: a `.cfg` of sections with settings, and `.weights`, a header with a row of float32 numbers.

What a section means is not decided here.

Source: https://github.com/pjreddie/darknet, src/parser.c.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from pellucid.errors import FileError, escaped
from pellucid.formats.source import Source, read_source, source_name
from pellucid.frozen import Frozen

__all__ = ["MOST_SECTIONS", "DarknetSection", "DarknetWeights", "read_cfg", "read_weights"]

MAX_CFG_BYTES = 2**20
MAX_WEIGHTS_BYTES = 4 * 2**30
MOST_SECTIONS = 2000
_HEADER = re.compile(r"\[\s*([A-Za-z0-9_]{1,40})\s*\]")


class DarknetSection(Frozen):
    """One section of a `.cfg`.

    Attributes:
        kind: "convolutional".
        settings: texts by name.
        line: where it begins.
    """

    kind: str
    settings: dict[str, str]
    line: int


class DarknetWeights(Frozen, eq=False):
    """What a `.weights` file holds: its version, how many images were seen in training, and the numbers."""

    version: tuple[int, int, int]
    seen: int
    numbers: np.ndarray


def read_cfg(source: Source) -> list[DarknetSection]:
    """The sections of a `.cfg` file; the first is [net] or [network].

    Args:
        source: a path, or the bytes of the file.

    Raises:
        FileError: the file is missing, too large, no text, or not of sections with settings.

    Example:
        >>> [section.kind for section in read_cfg(b"[net]\\nwidth=4\\n# a comment\\n[softmax]\\n")]
        ['net', 'softmax']
    """
    name = source_name(source)
    content = read_source(source, what="a .cfg file of Darknet", max_bytes=MAX_CFG_BYTES)
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise FileError(f"{name} is no text: {error.reason} at byte {error.start:,}") from error
    sections: list[DarknetSection] = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line[0] in "#;":
            continue
        where = f"{name}, line {number}"
        if line[0] == "[":
            sections.append(_section(line, number, where))
        elif not sections:
            raise FileError(f"{where}: expected a section such as [net], got {line[:60]!r}")
        else:
            _add_setting(sections[-1], line, where)
    if not sections or sections[0].kind not in ("net", "network"):
        raise FileError(f"{name} does not begin with [net], as Darknet's files do")
    if len(sections) > MOST_SECTIONS:
        raise FileError(f"{name} has {len(sections):,} sections; at most {MOST_SECTIONS:,} are read")
    return sections


def _section(line: str, number: int, where: str) -> DarknetSection:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise FileError(f"{where}: expected a section such as [convolutional], got {line[:60]!r}")
    return DarknetSection(found[1].lower(), {}, number)


def _add_setting(section: DarknetSection, line: str, where: str) -> None:
    name, sign, value = (part.strip() for part in line.partition("="))
    if not sign or not name:
        raise FileError(f"{where}: expected a setting such as filters=32, got {line[:60]!r}")
    value = value.partition("#")[0].strip()
    if section.settings.get(name, value) != value:
        raise FileError(f"{where}: {name[:40]!r} stands twice in [{section.kind}], with different values")
    section.settings[name] = value


def read_weights(path: Path, *, max_bytes: int = MAX_WEIGHTS_BYTES) -> DarknetWeights:
    """The numbers of a `.weights` file.

    Args:
        path: of the file.
        max_bytes: the largest file that is read [bytes].

    Raises:
        FileError: the file is missing, too large, or does not begin as such files do.
    """
    content = read_source(path, what="a .weights file of Darknet", max_bytes=max_bytes)
    if len(content) < 16:
        raise FileError(f"{escaped(path)} is cut short: Darknet's .weights begin with 16 or 20 bytes of header")
    major, minor, revision = (int(number) for number in np.frombuffer(content, "<i4", 3))
    if not (0 <= major < 1000 and 0 <= minor < 1000 and revision >= 0):
        raise FileError(
            f"{escaped(path)} is no .weights file of Darknet: its version would be {major}.{minor}.{revision}"
        )
    width = 8 if major * 10 + minor >= 2 else 4  # of the count of images, which grew
    begin = 12 + width
    if (len(content) - begin) % 4 or len(content) < begin:
        raise FileError(f"{escaped(path)} is cut short: it has {len(content) - begin:,} bytes of numbers of 4 bytes")
    seen = int.from_bytes(content[12:begin], "little")
    return DarknetWeights((major, minor, revision), seen, np.frombuffer(content, "<f4", offset=begin))
