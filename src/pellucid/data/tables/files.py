"""The image files that a table names: in which of its columns, and where they lie."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from pellucid.data.folders.class_folders import READ, class_folders, spelled
from pellucid.data.tables.annotations import ANNOTATIONS, LISTS
from pellucid.errors import FileError, escaped

__all__ = ["TableFiles"]

IMAGE_FOLDERS = ("", "images", "image", "imgs", "img", "photos")
COMMON = (".jpg", ".png", *(ending for ending in READ if ending not in (".jpg", ".png")))
LOOKED_AT = 20
"""Rows in which names without an ending are looked for."""


class TableFiles:
    """Finds the files that a table names: beside it, in a folder of images, in one that is called as it is, or in the
    only other folder beside it that has them.

    Args:
        path: of the table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_out = ""
        """What the names of files begin with where the table was written, and which leads nowhere here."""

    def here(self, names: Sequence[str]) -> list[str]:
        """Names of files as they can be found here: without the folders that all begin with, as far as it takes.

        A table that was written elsewhere has C:/photos/cats/1.jpg, /input/cats/1.jpg or data/cats/1.jpg. What is left
        out is the same of all, so that no two become one; and such files are looked for in no folder of another name.
        """
        parts = [name.strip().replace("\\", "/").split("/") for name in names]
        if not parts or any(self._candidates(name) for name in names[:LOOKED_AT]):
            return list(names)
        first, last = min(each[:-1] for each in parts), max(each[:-1] for each in parts)
        pairs = zip(first, last, strict=False)  # what the first and the last begin with, all do
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for count in range(1, common + 1):
            short = ["/".join(each[count:]) for each in parts]
            self.left_out = "/".join(parts[0][:count]) + "/"
            if all(self._candidates(name) for name in short[:LOOKED_AT]):
                return short
        self.left_out = ""
        return list(names)

    @property
    def told(self) -> list[str]:
        """What was done to find files, in sentences."""
        what = (
            f"The names of files begin with {escaped(self.left_out)} in the table, which leads nowhere here: left out."
        )
        return [what] * bool(self.left_out)

    def column(self, titles: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> int:
        """The column whose cells end as image files do, or whose files are there once an ending is added.

        Args:
            titles: of the columns.
            rows: their cells.
            lines: in which line of the file each row is.

        Raises:
            FileError: there is none.
        """
        ends = [sum(row[k].strip().lower().endswith(READ) for row in rows) for k in range(len(titles))]
        for column, title in enumerate(titles):
            if title.lower().endswith(READ):
                raise FileError(
                    f"{escaped(self.path)} has no titles; the first line names the columns, such as file,price"
                )
            if ends[column] == len(rows):
                return column
        places = {k: [self._candidates(row[k]) for row in rows[:LOOKED_AT]] for k in range(len(titles))}
        there = [k for k, found in places.items() if all(found)]
        if there:  # of several, such as a class 2 beside an image 2.jpg, the one that tells rows apart
            return max(there, key=lambda k: (max(map(len, places[k])) == 1, len({row[k] for row in rows})))
        column = max(range(len(titles)), key=ends.__getitem__)
        if not ends[column] and self.path.suffix.lower() in (*ANNOTATIONS, *LISTS):
            raise FileError(f"{escaped(self.path)} names no image files that are there ({escaped(rows[0][0])}, ...)")
        if not ends[column]:
            raise FileError(f"{escaped(self.path)}: no column has names of image files ({', '.join(READ)})")
        number = next(number for number, row in enumerate(rows) if not row[column].strip().lower().endswith(READ))
        raise FileError(
            f"{escaped(self.path)}: row {lines[number]} of {escaped(titles[column])!r} has "
            f"{escaped(rows[number][column])!r}, which is no name of an image file ({', '.join(READ)})"
        )

    def found(self, name: str) -> str | None:
        """The path of a file; None where it is not there.

        Raises:
            FileError: several folders have it, and none of them is meant more than another.
        """
        found = self._candidates(name)
        if len(found) > 1:
            raise FileError(
                f"{escaped(self.path)} names {escaped(name)}, and there are {escaped(found[0])} and "
                f"{escaped(found[1])}; write the folder into the table, or put it beside its images"
            )
        return found[0] if found else None

    def _candidates(self, name: str) -> list[str]:
        """The file where it is looked for first; else all that other folders have of that name."""
        if not name.strip():
            return []
        for each in _ways(name):
            for folder in self._meant:
                if os.path.isfile(path := os.path.join(folder, each)):
                    return [path]
        if self.left_out:
            return []
        ways = list(_ways(name))
        others = [
            path for folder in self._others for each in ways if os.path.isfile(path := os.path.join(folder, each))
        ]
        return [path for place, path in enumerate(others) if not _same_as_one_of(path, others[:place])]

    @cached_property
    def _meant(self) -> list[str]:
        """Where files are looked for first: beside the table, or in folders of images, or of its own name."""
        stem, parent = self.path.stem.lower(), self.path.parent
        names = (stem, *(f"{stem}{between}{what}" for between in "_- " for what in IMAGE_FOLDERS[1:]))
        inside = {name.lower(): name for name in class_folders(parent)}
        folders = [parent / inside[name] for name in (*names, *IMAGE_FOLDERS[1:]) if name in inside]
        return [str(folder) for folder in (parent, *folders)]

    @cached_property
    def _others(self) -> list[str]:
        there = [str(self.path.parent / name) for name in class_folders(self.path.parent)]
        return [folder for folder in there if folder not in self._meant]


def _ways(name: str) -> Iterator[str]:
    """A name as it is, as Windows writes it, as macOS writes accents, and with another ending, or one at all."""
    given = name.strip()
    plain = dict.fromkeys([given, given.replace("\\", "/"), spelled(given), unicodedata.normalize("NFD", given)])
    yield from plain
    for each in plain:
        stem, ending = os.path.splitext(each)
        if ending.lower() in READ:
            yield from (stem + ending.lower(), stem + ending.upper())
        else:
            yield from (each + other for ending in COMMON for other in (ending, ending.upper()))


def _same_as_one_of(path: str, others: Sequence[str]) -> bool:
    """Whether it is another name of one of those files, as where a file system takes both cases for one."""
    return any(os.path.samefile(path, other) for other in others)
