"""Tables of image files with what is to be learned of each: names of classes, several labels, or numbers."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import shlex
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.folders.named_parts import TRAIN, part_called
from pellucid.data.tables.annotations import ANNOTATIONS, LISTS, rows_of_json, rows_of_list
from pellucid.data.tables.files import TableFiles
from pellucid.errors import FileError, escaped
from pellucid.formats.source import read_source
from pellucid.formats.texts import number_in, text_of
from pellucid.frozen import Frozen
from pellucid.naming import repeated

__all__ = ["ImageTable", "is_table", "read_table"]

SPLITS = ("split", "set", "subset", "part", "usage")
SEPARATORS = (";", "|", ",", " ")
TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", *ANNOTATIONS, *LISTS)
"""How the names of tables end."""
NO_TITLES = ("", "Unnamed: 0")
OF_CLASSES = ("class", "classid", "classes", "category", "categoryid", "label", "labelid", "labels")
"""Titles, but for case and signs, of a column whose whole numbers are names of classes, and no measure of anything."""
OF_LABELS = ("tags", "keywords", "attributes")
"""Titles of a column whose words, with spaces between them, are labels."""
YES_AND_NO = (("true", "false"), ("yes", "no"))
COARSE = 0.01
"""How far numbers may be rounded, as a share of their standard deviation."""
MOST_BYTES = 2**28
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
    """

    files: tuple[str, ...]
    targets: np.ndarray
    names: tuple[str, ...]
    kind: str
    held: np.ndarray | None = None
    missing: tuple[str, ...] = ()

    def to_test(self) -> ImageTable:
        """What is held out, where the table says it; else all."""
        if self.held is None or not self.held.any():
            return self
        rows = np.flatnonzero(self.held)
        files = tuple(self.files[row] for row in rows)
        return ImageTable(files, self.targets[rows], self.names, self.kind, None, self.missing)


def is_table(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a file that could be such a table."""
    return Path(path).name.lower().endswith(TABLES) and Path(path).is_file()


def read_table(
    path: Path, names: Sequence[str] | None = None, kind: str | None = None, columns: Sequence[str] = ()
) -> ImageTable:
    """A table with a column of file names and, beside it, what is to be learned.

    One column of words tells classes, or several labels where words stand behind each other ("sun;beach"); so do whole
    numbers under a title such as "class". Columns of 0 and 1 are labels, others are numbers. A column "split" says what
    is held out; one without a title that numbers the rows is nothing.

    Args:
        path: CSV or TSV, with titles in its first line; where files are found says `TableFiles`.
        names: of the classes, labels or columns that a model knows; those that the table has by default.
        kind: what that model tells.
        columns: titles of what is learned; all beside the file names by default.

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
    titles, rows, lines = _rows(path)
    place = TableFiles(path)
    column = place.column(titles, rows, lines)
    files = [place.found(row[column]) for row in rows]
    split = next((k for k, title in enumerate(titles) if title.strip().lower() in SPLITS and k != column), None)
    others = [k for k in range(len(titles)) if k not in (column, split) and not _counts_rows(titles[k], rows, k)]
    if columns:
        others = _wanted(path, titles, columns)
    there = [number for number, file in enumerate(files) if file is not None]
    missing = tuple(row[column] for row, file in zip(rows, files, strict=True) if file is None)
    if not others or not there:
        what = "has no column beside the file names" if there else f"names no file that is there ({missing[0]}, ...)"
        raise FileError(
            f"{escaped(path)} {escaped(what)}; expected lines such as photo.jpg,3.5 below titles such as file,price, "
            "and the files beside the table or in a folder beside it"
        )
    kept = [rows[number] for number in there]
    held = None if split is None else _held(path, [row[split] for row in kept])
    cells = [[row[k].strip() for row in kept] for k in others]
    lines = [lines[number] for number in there]
    learned = [titles[k].strip() for k in others]
    targets, known, found = _targets(path, learned, cells, lines, names, kind)
    if found == "numbers" and kind is None and not columns:
        _refuse_class_among(path, learned)
    paths = tuple(str(files[number]) for number in there)
    return ImageTable(paths, targets, known, found, held, missing)


def _wanted(path: Path, titles: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The places of columns that are asked for; raises `FileError` where there is none of a title."""
    there = [title.strip() for title in titles]
    for name in columns:
        if name not in there:
            listed = escaped(", ".join(there[:MOST_NAMED]))
            raise FileError(f"{escaped(path)} has no column {escaped(name)!r}; its columns are: {listed}")
    return [there.index(name) for name in columns]


def _rows(path: Path) -> tuple[list[str], list[list[str]], list[int]]:
    """The titles, the rows below them that are not empty, and in which line of the file each ends."""
    content = read_source(path, what="a table", max_bytes=MOST_BYTES)
    if path.suffix.lower() == ".gz":
        content = _unpacked(content, path)
    text = text_of(content, escaped(path)).replace("\r\n", "\n").replace("\r", "\n")
    if path.suffix.lower() in ANNOTATIONS:
        return rows_of_json(text, escaped(path))
    if path.suffix.lower() in LISTS:
        return rows_of_list(text, escaped(path))
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        found = [(row, reader.line_num) for row in reader if any(row)]
    except csv.Error as error:
        raise FileError(f"{escaped(path)} is no table: {error}") from error
    if len(found) < 2:
        raise FileError(f"{escaped(path)} has no rows; expected titles in the first line and an image in each further")
    titles = found[0][0]
    for row, number in found[1:]:
        if len(row) != len(titles):
            raise FileError(f"{escaped(path)}: row {number} has {len(row)} cells, the titles are {len(titles)}")
    return titles, [row for row, _ in found[1:]], [number for _, number in found[1:]]


def _unpacked(content: bytes, path: Path) -> bytes:
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{escaped(path)} is no gzip file, or damaged ({error}); copy or download it again") from error
    if len(found) > MOST_BYTES:
        raise FileError(f"{escaped(path)} holds more than {MOST_BYTES:,} bytes, at most so many are read")
    return found


def _counts_rows(title: str, rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a column without a title does but number the rows, as the index does that pandas writes."""
    numbers = [row[column].strip() for row in rows]
    return title.strip() in NO_TITLES and numbers == [str(number) for number in range(len(rows))]


def _held(path: Path, words: Sequence[str]) -> np.ndarray:
    found = [part_called(word) for word in words]
    strange = [word for word, part in zip(words, found, strict=True) if part is None]
    if strange:
        raise FileError(f"{escaped(path)}: what is held out is said by train, val or test, got {escaped(strange[0])!r}")
    return np.array([part != TRAIN for part in found])


def _targets(
    path: Path,
    titles: list[str],
    cells: list[list[str]],
    lines: Sequence[int],
    names: Sequence[str] | None,
    kind: str | None,
) -> tuple[np.ndarray, tuple[str, ...], str]:
    """What is to be learned, the names of it, and of which kind it is."""
    twice = repeated(titles)
    if twice:
        raise FileError(f"{escaped(path)}: several columns are called {escaped(twice[0])!r}; give each its own title")
    if names and kind in ("labels", "numbers") and not (kind == "labels" and len(cells) == 1 and len(names) > 1):
        cells, titles = _known_columns(path, titles, cells, names)
    if names and kind == "classes" and len(cells) > 1:
        fitting = [place for place, column in enumerate(cells) if set(column) <= set(names)]
        if len(fitting) == 1:  # the only column of classes that the model tells
            cells, titles = [cells[fitting[0]]], [titles[fitting[0]]]
    numbers = [_numbers(column) or (_answers(column) if len(cells) > 1 else None) for column in cells]
    if all(column is not None for column in numbers):
        values = _as_float32(path, titles, numbers)
        if kind != "numbers" and len(titles) > 1 and np.isin(values, (-1.0, 1.0)).all():
            values = np.maximum(values, 0)  # labels as -1 and 1
        binary = bool(np.isin(values, (0.0, 1.0)).all())
        if kind is None and binary and len(titles) == 1:
            return values[:, 0].astype(np.int32), ("0", "1"), "classes"
        if kind is None and len(titles) == 1 and _is_of_classes(titles[0]) and (values == values.round()).all():
            return _classes(path, cells[0], sorted(set(cells[0]), key=float))
        if kind == "classes":
            return _classes(path, cells[0], names)
        found = kind or ("labels" if binary else "numbers")
        if found == "labels" and not binary:
            raise FileError(f"{escaped(path)}: labels are 0 or 1 in each column; another number stands there")
        return values, tuple(titles), found
    if len(cells) > 1 or kind == "numbers" or _are_mostly_numbers(cells[0]):
        wrong = next(place for place, column in enumerate(numbers) if column is None)
        raise _no_number(path, titles[wrong], dict(zip(lines, cells[wrong], strict=True)), several=len(cells) > 1)
    separator = next((each for each in SEPARATORS if any(each in cell for cell in cells[0])), None)
    signs = SEPARATORS if titles[0].lower() in OF_LABELS else SEPARATORS[:3]
    if kind == "labels" or (kind is None and separator in signs):
        return _labels(path, cells[0], separator, names)
    return _classes(path, cells[0], names)


def _is_of_classes(title: str) -> bool:
    return re.sub(r"[\W_]", "", title.lower()) in OF_CLASSES


def _refuse_class_among(path: Path, titles: Sequence[str]) -> None:
    """Raise `FileError` where one of several columns of numbers is called as classes are: it would be measured."""
    named = [title for title in titles if _is_of_classes(title)]
    if named and len(titles) > 1:
        raise FileError(
            f"{escaped(path)} has several columns of numbers, and {escaped(named[0])!r} is called as classes are; say "
            f"which is learned, such as --target {shlex.quote(named[0])}, or all of them, each with a --target"
        )


def _known_columns(
    path: Path, titles: list[str], cells: list[list[str]], names: Sequence[str]
) -> tuple[list[list[str]], list[str]]:
    """The columns that a model tells, in its order; what stands in others is nothing that it could be held to."""
    absent = [name for name in names if name not in titles]
    if absent:
        there = escaped(", ".join(titles[:MOST_NAMED]))
        raise FileError(
            f"{escaped(path)} has no column {escaped(absent[0])!r}, which the model tells (it tells "
            f"{escaped(', '.join(names[:MOST_NAMED]))}); its columns are: {there}"
        )
    return [cells[titles.index(name)] for name in names], list(names)


def _as_float32(path: Path, titles: Sequence[str], numbers: Sequence[Any]) -> np.ndarray:
    """Columns of numbers (rows, columns); raises `FileError` where rounding them would take away what they say."""
    exact = np.array(numbers, np.float64).T
    with np.errstate(over="ignore"):
        values = exact.astype(np.float32)
    for title, column, narrow in zip(titles, exact.T, values.T, strict=True):
        if len(np.unique(column)) > 1 and np.abs(column - narrow).max() > COARSE * column.std():
            raise FileError(
                f"{escaped(path)}: the numbers of {escaped(title)!r}, such as {column[0]:.15g}, differ by less than "
                "float32 can tell; subtract what they have in common, or leave the column out if it is none to be "
                "learned"
            )
    return values


def _answers(cells: Sequence[str]) -> list[float] | None:
    """A column of yes and no as 1 and 0; None where a cell is neither."""
    said = [cell.lower() for cell in cells]
    yes = next((yes for yes, no in YES_AND_NO if set(said) <= {yes, no}), None)
    return None if yes is None else [float(each == yes) for each in said]


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """The numbers in a column; None where a cell is none."""
    found = [number_in(cell) for cell in cells]
    return None if None in found else [each for each in found if each is not None]


def _are_mostly_numbers(cells: Sequence[str]) -> bool:
    """Whether words in a column are slips among numbers, or numbers with signs of their own, and no names of classes.

    Such as "12,5" and "$1,100": they begin with a digit, or a sign and a digit, and hardly one occurs twice.
    """
    like = [cell for cell in cells if re.match(r"[^\w\s]?\s?[-+]?\d", cell)]
    plain = sum(number_in(cell) is not None for cell in cells)
    return 2 * plain > len(cells) or (2 * len(like) > len(cells) and 2 * len(set(like)) > len(like))


def _no_number(path: Path, title: str, cells: Mapping[int, str], *, several: bool) -> FileError:
    """The error for a cell among numbers, by their lines, that is none: which, and what to write."""
    row, cell = next((number, cell) for number, cell in cells.items() if number_in(cell) is None)
    what = f"{escaped(cell)!r}" if cell else "nothing"
    told = "Several columns are learned at once only where all are numbers: say which is learned, such as "
    hint = f"{told}--target {shlex.quote(title)}. " if several else ""
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", cell):
        hint = "Thousands are written without commas: 1200. "
    elif re.fullmatch(r"[-+]?\d+,\d+", cell):
        hint = "Numbers are written with a point: 12.5. "
    return FileError(
        f"{escaped(path)}: row {row} of {escaped(title)!r} has {what}, which is no finite number. {hint}"
        f"{'Or mend' if several else 'Mend'} the cell, or leave the row out"
    )


def _classes(path: Path, cells: Sequence[str], names: Sequence[str] | None) -> tuple[np.ndarray, tuple[str, ...], str]:
    if "" in cells:
        raise FileError(
            f"{escaped(path)}: the class of {cells.count(''):,} images is empty; write it, or leave those rows out"
        )
    known = tuple(names) if names else tuple(sorted(set(cells)))
    _check_known(path, cells, known)
    return np.array([known.index(cell) for cell in cells], np.int32), known, "classes"


def _labels(
    path: Path, cells: Sequence[str], separator: str | None, names: Sequence[str] | None
) -> tuple[np.ndarray, tuple[str, ...], str]:
    said = [[part.strip() for part in cell.split(separator) if part.strip()] for cell in cells]
    flat = [label for each in said for label in each]
    known = tuple(names) if names else tuple(sorted(set(flat)))
    _check_known(path, flat, known)
    return np.array([[name in each for name in known] for each in said], np.float32), known, "labels"


def _check_known(path: Path, cells: Sequence[str], known: Sequence[str]) -> None:
    strange = sorted(set(cells) - set(known))
    if strange:
        listed = escaped(", ".join(strange[:MOST_NAMED]))
        raise FileError(f"{escaped(path)}: {listed} is none of {escaped(', '.join(known[:MOST_NAMED]))}")
