"""Tables of image files with what is to be learned of each: names of classes, several labels, or numbers."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pellucid.data.folders.named_parts import TRAIN, part_called
from pellucid.data.tables.annotations import (
    ANNOTATIONS,
    EXPECTED_ANNOTATIONS,
    EXPECTED_LINES,
    LISTS,
    rows_of_json,
    rows_of_list,
)
from pellucid.data.tables.columns import lacking, rows_left_out_told
from pellucid.data.tables.files import TableFiles
from pellucid.data.tables.learned import refuse_class_among, targets_of
from pellucid.data.tables.rows import Rows, rows_of_csv
from pellucid.errors import FileError, escaped
from pellucid.formats.source import read_source
from pellucid.formats.texts import text_of
from pellucid.frozen import Frozen

__all__ = ["ImageTable", "files_named", "is_table", "read_table"]

SPLITS = ("split", "set", "subset", "part", "usage")
TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", *ANNOTATIONS, *LISTS)
"""How the names of tables end."""
NO_TITLES = ("", "Unnamed: 0")
MOST_BYTES = 2**28
EXPECTED = (
    "expected lines such as photo.jpg,3.5 below titles such as file,price, and the files beside the table or in a "
    "folder beside it"
)
ONE_HOT = (
    "In each row exactly one of the columns is 1: they are taken for classes. Labels of which an image may have any "
    "are written in one column called tags: sun;sea."
)
MOST_NAMED = 10


class ImageTable(Frozen, eq=False):
    """Image files with what is known of each.

    Attributes:
        files: their paths.
        targets: of each: the number of its class (files,), or 0 and 1 for each label, or numbers (files, columns).
        names: of the classes, the labels or the columns of numbers.
        kind: "classes", "labels" or "numbers".
        held: whether each is to be held out; None where the table does not say it.
        missing: files that are named and not there.
        told: what was found beside, in sentences.
    """

    files: tuple[str, ...]
    targets: np.ndarray
    names: tuple[str, ...]
    kind: str
    held: np.ndarray | None = None
    missing: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def to_test(self) -> ImageTable:
        """What is held out, where the table says it; else all."""
        if self.held is None or not self.held.any():
            return self
        rows = np.flatnonzero(self.held)
        files = tuple(self.files[row] for row in rows)
        return ImageTable(files, self.targets[rows], self.names, self.kind, None, self.missing, self.told)


def is_table(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a file that could be such a table."""
    return Path(path).name.lower().endswith(TABLES) and Path(path).is_file()


def files_named(path: Path) -> list[str]:
    """The image files that a table names, whatever it says of them; those that are not there as they are written.

    Args:
        path: see `read_table`.

    Raises:
        FileError: it cannot be read, or names no images.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open(f"{folder}/1.png", "w").close()
        ...     _ = Path(folder, "wanted.csv").write_text("id,kind\\n1.png,?\\n")
        ...     found = files_named(Path(folder, "wanted.csv"))
        >>> [Path(file).name for file in found]
        ['1.png']
    """
    table, place = _rows(path), TableFiles(path)
    column = place.column(table.titles, table.cells, table.lines)
    names = [row[column] for row in table.cells]
    return [place.found(here) or str(path.parent / name) for name, here in zip(names, place.here(names), strict=True)]


def read_table(
    path: Path,
    names: Sequence[str] | None = None,
    kind: str | None = None,
    columns: Sequence[str] = (),
    on_missing: str = "error",
) -> ImageTable:
    """A table with a column of file names and, beside it, what is to be learned.

    One column of words tells classes, or several labels where words stand behind each other ("sun;beach"); so do whole
    numbers under a title such as "class". Columns of 0 and 1 are classes where each row has exactly one 1, else labels;
    others are numbers. A column "split" says what is held out; one without a title that is empty or numbers the rows is
    nothing.

    Args:
        path: CSV or TSV, with titles in its first line; where files are found says `TableFiles`.
        names: of the classes, labels or columns that a model knows; those that the table has by default.
        kind: what that model tells.
        columns: titles of what is learned; all beside the file names by default.
        on_missing: "error", or "skip" to leave out rows in which something is missing that is learned.

    Raises:
        FileError: the table cannot be read, names no images, has no column that the model tells, or a cell is not what
            its column is.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("1.png", "2.png"):
        ...         open(f"{folder}/{name}", "w").close()
        ...     table = Path(folder, "ages.csv")
        ...     _ = table.write_text("file,age\\n1.png,31\\n2.png,9.5\\n")
        ...     found = read_table(table)
        >>> found.kind, found.names, found.targets.tolist()
        ('numbers', ('age',), [[31.0], [9.5]])
    """
    table = _rows(path)
    titles, rows, lines = table.titles, table.cells, table.lines
    place = TableFiles(path)
    column = place.column(titles, rows, lines)
    files = [place.found(name) for name in place.here([row[column] for row in rows])]
    split = next((k for k, title in enumerate(titles) if title.strip().lower() in SPLITS and k != column), None)
    others = [k for k in range(len(titles)) if k not in (column, split) and not _says_nothing(titles[k], rows, k)]
    if columns:
        others = _wanted(path, titles, columns)
    elif names and set(names) <= {titles[k].strip() for k in others}:
        others = [k for k in others if titles[k].strip() in names]
    there = [number for number, file in enumerate(files) if file is not None]
    missing = tuple(row[column] for row, file in zip(rows, files, strict=True) if file is None)
    if not others or not there:
        what = "has no column beside the file names" if there else f"names no file that is there ({missing[0]}, ...)"
        raise FileError(f"{escaped(path)} {escaped(what)}; {_expected(path)}")
    learned = [titles[k].strip() for k in others]
    lack = {there[row] for k in others for row in lacking([rows[number][k] for number in there])}
    kept = [number for number in there if number not in lack] if on_missing == "skip" else there
    told = [*table.told, *place.told, *[rows_left_out_told(len(there) - len(kept))] * (len(kept) < len(there))]
    if not kept:
        listed = escaped(", ".join(learned[:MOST_NAMED]))
        raise FileError(f"{escaped(path)}: in every row something is missing of {listed}")
    held = None if split is None else _held(path, [rows[number][split] for number in kept])
    cells = [[rows[number][k].strip() for number in kept] for k in others]
    targets, known, found = targets_of(path, learned, cells, [lines[number] for number in kept], names, kind)
    if found == "numbers" and kind is None and not columns:
        refuse_class_among(path, learned)
    told += [ONE_HOT] * (kind is None and found == "classes" and len(learned) > 1)
    paths = tuple(str(files[number]) for number in kept)
    return ImageTable(paths, targets, known, found, held, missing, tuple(told))


def _expected(path: Path) -> str:
    others = {**dict.fromkeys(ANNOTATIONS, EXPECTED_ANNOTATIONS), **dict.fromkeys(LISTS, EXPECTED_LINES)}
    return others.get(path.suffix.lower(), EXPECTED)


def _wanted(path: Path, titles: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The places of columns that are asked for; raises `FileError` where there is none of a title."""
    there = [title.strip() for title in titles]
    for name in columns:
        if name not in there:
            listed = escaped(", ".join(there[:MOST_NAMED]))
            raise FileError(f"{escaped(path)} has no column {escaped(name)!r}; its columns are: {listed}")
    return [there.index(name) for name in columns]


def _rows(path: Path) -> Rows:
    """The titles, the rows below them that are not empty, and in which line of the file each ends."""
    content = read_source(path, what="a table", max_bytes=MOST_BYTES)
    if path.suffix.lower() == ".gz":
        content = _unpacked(content, path)
    text = text_of(content, escaped(path)).replace("\r\n", "\n").replace("\r", "\n")
    if path.suffix.lower() in ANNOTATIONS:
        return rows_of_json(text, escaped(path))
    if path.suffix.lower() in LISTS:
        return rows_of_list(text, escaped(path))
    return rows_of_csv(text, escaped(path))


def _unpacked(content: bytes, path: Path) -> bytes:
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{escaped(path)} is no gzip file, or damaged ({error}); copy or download it again") from error
    if len(found) > MOST_BYTES:
        raise FileError(f"{escaped(path)} holds more than {MOST_BYTES:,} bytes, at most so many are read")
    return found


def _says_nothing(title: str, rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column without a title is empty, as spreadsheets leave it, or does but number the rows, as the index
    does that pandas writes."""
    cells = [row[column].strip() for row in rows]
    return title.strip() in NO_TITLES and (not any(cells) or cells == [str(number) for number in range(len(rows))])


def _held(path: Path, words: Sequence[str]) -> np.ndarray:
    found = [part_called(word) for word in words]
    strange = [word for word, part in zip(words, found, strict=True) if part is None]
    if strange:
        raise FileError(f"{escaped(path)}: what is held out is said by train, val or test, got {escaped(strange[0])!r}")
    return np.array([part != TRAIN for part in found])
