"""Tables that hold the pixels of images themselves: a column for each, or all of an image in one cell."""

from __future__ import annotations

import csv
import gzip
import io
import re
import shlex
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.folders.class_folders import READ
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION, part_called
from pellucid.data.pixels.part import Part, PixelFile
from pellucid.data.pixels.shapes import grid_in, sides_of
from pellucid.data.tables.columns import is_missing, lacking, numbers_in, repeating, rows_left_out_told
from pellucid.data.tables.rows import SEPARATORS
from pellucid.errors import FileError, escaped
from pellucid.formats.source import open_source
from pellucid.formats.texts import MARKED, number_in
from pellucid.frozen import Frozen

__all__ = ["has_pixels", "is_pixel_title", "read_pixels"]

FEWEST = 16
"""Pixels of an image in such a table."""
PIXEL = r"(pixel|pix|px|p)?[\W_]?\d+([x_.]\d+)?"
"""Titles of their columns: "pixel0", "1x28", "783", and "0.12" where pandas has told equal titles apart."""
CELL = ("pixels", "pixel", "image", "image_pixels")
SPLITS = ("usage", "split", "set", "subset", "part")
COUNTS = ("", "unnamed: 0", "id", "imageid", "image_id", "index", "idx")
"""Titles of a column that numbers the images."""
LONGEST_LINE = 2**24
MOST_BYTES = 2**32
HEAD = 64
"""Rows that are looked at to tell labels from pixels where no title does."""


class _Layout(Frozen):
    """Which columns are what.

    Attributes:
        pixels: where those of the pixels begin and end; of a table with all in one cell, that one.
        labels: the column of the labels, if there is one; several of numbers where that is asked for.
        split: that of the parts.
        counts: that of the names of the images.
        in_cell: whether all pixels stand in one cell.
        has_titles: whether the first line is one of titles.
    """

    pixels: tuple[int, int]
    labels: tuple[int, ...]
    split: int | None = None
    counts: int | None = None
    in_cell: bool = False
    has_titles: bool = True


def is_pixel_title(title: str) -> bool:
    """Whether a title is that of a column of pixels.

    Example:
        >>> [is_pixel_title(title) for title in ("pixel783", "28x28", "label")]
        [True, True, False]
    """
    return bool(re.fullmatch(PIXEL, title.strip().lower()))


def has_pixels(path: Path) -> bool:
    """Whether a table holds the pixels of images; False too for what cannot be read, which others say."""
    try:
        with _lines(path) as (lines, sign):
            titles, further = _cells(next(lines, ""), sign), [_cells(line, sign) for line in islice(lines, HEAD)]
    except FileError:
        return False
    try:
        return _layout(path, titles, further, ()) is not None
    except FileError:
        return True  # it has, and who reads them says what is wrong


def read_pixels(path: Path, columns: Sequence[str] | None = (), on_missing: str = "error") -> PixelFile:
    """A table with the pixels of an image in each row.

    Args:
        path: CSV or TSV, packed with gzip or not: `label,pixel0,...` or `emotion,pixels,Usage`.
        columns: the title of the column of labels, where several could be; several of numbers, which all are learned
            by default where they are fractions; None where nobody asks for labels.
        on_missing: "error", or "skip" to leave out rows in which something is missing that is learned.

    Raises:
        FileError: it is no such table, or a cell is no number.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "faces.csv")
        ...     _ = path.write_text("emotion,pixels,Usage\\n3,0 1 2 3,Training\\n1,4 5 6 255,PrivateTest\\n")
        ...     found = read_pixels(path)
        >>> {name: (part.values.tolist(), part.labels) for name, part in found.parts.items()}
        {'train': ([[0, 1, 2, 3]], ['3']), 'test': ([[4, 5, 6, 255]], ['1'])}
    """
    with _lines(path) as (lines, sign):
        titles, head = _cells(next(lines, ""), sign), list(islice(lines, HEAD))
        layout = _layout(path, titles, [_cells(line, sign) for line in head], columns)
        if layout is None:
            raise FileError(
                f"{escaped(path)} holds no pixels; expected lines such as 7,0,0,12,... below titles such as "
                "label,pixel0,pixel1,..."
            )
        first = [] if layout.has_titles else [sign.join(titles)]
        found = _rows(path, layout, (*first, *head), lines, sign, len(titles))
    lack = _lacking(found[1])
    if lack and on_missing != "skip":
        raise _missing(path, found[1], lack, 2 if layout.has_titles else 1)
    values, labels, splits, called = _without(found, lack)
    if not len(values):
        raise FileError(f"{escaped(path)}: in every row something is missing that is learned")
    is_titled = layout.has_titles and all(number_in(titles[place]) is None for place in layout.labels)
    called_so = tuple(titles[place].strip() for place in layout.labels) if is_titled else ()
    begin, end = layout.pixels
    grid = grid_in(titles[begin:end]) if layout.has_titles and not layout.in_cell else None
    whole = Part(values, labels, escaped(path.name), called_so or ("label",), called)
    is_titled = is_titled or not layout.labels
    place = "first" if layout.labels == (0,) else "last"
    told = [f"No column of {escaped(path.name)} has a title in words: the {place} is taken for the label."]
    told = told * (not is_titled) + [rows_left_out_told(len(lack))] * bool(lack)
    return PixelFile({"": whole} if splits is None else _divided(path, whole, splits), grid, tuple(told))


def _lacking(labels: Any) -> list[int]:
    """The rows in which something is missing that is learned: a number of several, or the only label."""
    if labels is None:
        return []
    if isinstance(labels, np.ndarray):
        return np.flatnonzero(np.isnan(labels).any(axis=1)).tolist()
    return lacking(labels)


def _missing(path: Path, labels: Any, lack: Sequence[int], first: int) -> FileError:
    what = "the columns that are learned" if isinstance(labels, np.ndarray) else "the labels"
    return FileError(
        f"{escaped(path)}: row {first + lack[0]} has nothing among {what}, as {len(lack):,} of {len(labels):,} "
        "rows do: mend them, learn other columns with --target, or leave such rows out with --on-missing skip"
    )


def _without(found: tuple[np.ndarray, Any, list[str] | None, list[str]], rows: Sequence[int]) -> tuple[Any, ...]:
    """What was found, without some of the rows."""
    if not rows:
        return found
    left = set(rows)
    kept = [row for row in range(len(found[0])) if row not in left]
    return tuple(
        each if each is None else each[kept] if isinstance(each, np.ndarray) else [each[row] for row in kept]
        for each in found
    )


def _divided(path: Path, whole: Part, splits: Sequence[str]) -> dict[str, Part]:
    words = {word: part_called(word) for word in dict.fromkeys(splits)}
    strange = [word for word, part in words.items() if part is None]
    if strange:
        raise FileError(
            f"{escaped(path)}: which part an image is of is said by train, val or test, got {escaped(strange[0])!r}"
        )
    places = {part: [k for k, word in enumerate(splits) if words[word] == part] for part in (TRAIN, VALIDATION, TEST)}
    return {part: whole.taken(rows) for part, rows in places.items() if rows}


@contextmanager
def _lines(path: Path) -> Iterator[tuple[Iterator[str], str]]:
    """The lines of a table that are not empty, and what stands between its cells."""
    with open_source(path, what="a table") as file:
        content: Any = gzip.GzipFile(fileobj=file) if path.name.lower().endswith(".gz") else file
        head = _read(path, lambda: content.peek(4)[:4])
        text = io.TextIOWrapper(content, "utf-16" if head.startswith(MARKED) else "utf-8-sig", newline=None)
        lines = _given(path, text)
        first = next(lines, "")
        yield chain([first], lines), max(SEPARATORS, key=first.count)


def _given(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    count = 0
    while line := _read(path, lambda: text.readline(LONGEST_LINE)):
        count += len(line)
        if len(line) >= LONGEST_LINE or count > MOST_BYTES:
            raise FileError(f"{escaped(path)} is larger than tables of pixels that are read; save it as .npz")
        if line.strip():
            yield line.rstrip("\n")


def _read(path: Path, read: Any) -> Any:
    try:
        return read()
    except UnicodeDecodeError as error:
        raise FileError(f"{escaped(path)} is no text in UTF-8 or UTF-16; save it as text in UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileError(f"{escaped(path)} is no gzip file, or damaged ({error}); copy or download it again") from error


def _cells(line: str, sign: str) -> list[str]:
    if '"' not in line:
        return line.split(sign)
    return next(csv.reader([line], delimiter=sign), [])


def _layout(
    path: Path, titles: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[str] | None
) -> _Layout | None:
    """Which columns are what; None where there are no pixels."""
    words = [title.strip().lower() for title in titles]
    cell = next((place for place, word in enumerate(words) if word in CELL), None)
    if cell is not None and rows and len(rows[0]) > cell and _is_row(rows[0][cell]):
        return _further(path, titles, rows, (cell, cell + 1), columns, in_cell=True)
    if not any(re.search("[a-z]", word) for word in words):
        return _untitled(path, titles, rows)
    pixels = [place for place, word in enumerate(words) if re.fullmatch(PIXEL, word)]
    if len(pixels) < FEWEST or pixels != list(range(pixels[0], pixels[-1] + 1)):
        return None
    begin, end = pixels[0], pixels[-1] + 1
    beside = [cell.strip().lower() for row in rows[:1] for cell in (*row[:begin], *row[end:])]
    if any(cell.endswith(READ) for cell in beside):
        return None  # labels that are called by numbers, beside names of files
    found = _further(path, titles, rows, (begin, end), columns, in_cell=False)
    is_said = any(re.search("[a-z]", word) for word in words[begin:end])
    return found if is_said or (found.labels and sides_of(end - begin)[0]) else None


def _is_row(cell: str) -> bool:
    """Whether a cell holds the pixels of an image, with spaces between them."""
    return bool(re.fullmatch(r"\s*\[?\s*(\d{1,5}\.?\d*\s+){3,}\d{1,5}\.?\d*\s*\]?\s*", cell))


def _untitled(path: Path, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> _Layout | None:
    """Of a table without words in its first line, which are titles where they count the columns, or where pandas has
    told equal ones apart: 0, 0.1, 0.2."""
    count = len(titles)
    if count <= FEWEST or any(len(row) != count or None in map(number_in, row) for row in rows[:3]):
        return None
    is_told_apart = any("." in cell for cell in titles) and not any("." in cell for row in rows[:3] for cell in row)
    has_titles = is_told_apart or list(titles) in (
        [str(place) for place in range(first, first + count)] for first in (0, 1)
    )
    if sides_of(count)[0]:
        return _Layout((0, count), (), has_titles=has_titles)
    if not sides_of(count - 1)[0]:
        return None
    there = [row for row in (*rows, *([] if has_titles else [titles])) if len(row) == count]
    vary_first, vary_last = (len({row[place] for row in there}) > 1 for place in (0, -1))
    if vary_first and vary_last:
        raise FileError(
            f"{escaped(path)} has no titles, and its label may stand in the first column or in the last; write a first "
            f"line such as label,pixel0,...,pixel{count - 2}"
        )
    return (
        _Layout((0, count - 1), (count - 1,), has_titles=has_titles)
        if vary_last
        else _Layout((1, count), (0,), has_titles=has_titles)
    )


def _further(
    path: Path,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    pixels: tuple[int, int],
    columns: Sequence[str] | None,
    *,
    in_cell: bool,
) -> _Layout:
    """What the columns are that hold no pixels."""
    words = [title.strip().lower() for title in titles]
    others = [place for place in range(len(words)) if not pixels[0] <= place < pixels[1]]
    split = next((place for place in others if words[place] in SPLITS), None)
    counts = next((place for place in others if words[place] in COUNTS), None)
    labels = [place for place in others if place not in (split, counts)]
    if columns:
        labels = [place for place in others if titles[place].strip() in columns]
    beside = {place: [row[place].strip() for row in rows if len(row) == len(titles)] for place in others}
    if columns is None:
        labels = []
    elif (len(labels) > 1 and not columns and not _are_measures([beside[place] for place in labels])) or (
        len(labels) < len(columns)
    ):
        there = ", ".join(titles[place].strip() for place in others)
        likely = repeating([titles[place].strip() for place in labels], [beside[place] for place in labels])
        best = likely[0][0] if likely else titles[(labels or others or [0])[0]].strip()
        raise FileError(
            f"{escaped(path)} has pixels and the columns {escaped(there)}; say which is learned: --target "
            f"{escaped(shlex.quote(best))}"
        )
    return _Layout(pixels, tuple(labels), split, counts, in_cell)


def _are_measures(columns: Sequence[Sequence[str]]) -> bool:
    """Whether columns are of numbers that were measured, most of them in fractions, as places in an image are."""
    numbers = [numbers_in([cell for cell in column if not is_missing(cell)]) for column in columns]
    if not all(numbers):
        return False
    fractions = sum(any(value != round(value) for value in each) for each in numbers if each)
    return 2 * fractions > len(columns)


def _rows(
    path: Path, layout: _Layout, head: Sequence[str], lines: Iterator[str], sign: str, width: int
) -> tuple[np.ndarray, Any, list[str] | None, list[str]]:
    """The pixels of all rows, their labels, parts and names."""
    begin, end = layout.pixels
    found: list[np.ndarray] = []
    beside: tuple[list[str], list[str], list[str]] = ([], [], [])
    said: list[list[float]] = []
    first = 2 if layout.has_titles else 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NumPy's, of cells that are no numbers: told below
        for number, line in enumerate(chain(head, lines), first):
            cells = _cells(line, sign)
            if len(cells) != width:
                raise FileError(f"{escaped(path)}: row {number} has {len(cells)} cells, the first line {width}")
            pixels = cells[begin].strip(" []").split() if layout.in_cell else cells[begin:end]
            found.append(_numbers(path, number, pixels))
            if len(found[0]) != len(found[-1]):
                raise FileError(
                    f"{escaped(path)}: the image of row {number} has {len(pixels):,} pixels, that of row {first} "
                    f"{len(found[0]):,}"
                )
            for some, places in zip(beside, (layout.labels, layout.split, layout.counts), strict=True):
                if isinstance(places, tuple):
                    said += [_measured(path, number, cells, places)] if len(places) > 1 else []
                    places = places[0] if len(places) == 1 else None
                if places is not None:
                    some.append(cells[places].strip())
    if not found:
        raise FileError(f"{escaped(path)} has titles and no rows")
    words, splits, counts = (some or None for some in beside)
    called = [f"row {number}" for number in range(first, first + len(found))] if counts is None else counts
    return np.stack(found), np.array(said) if said else words, splits, called


def _measured(path: Path, number: int, cells: Sequence[str], places: Sequence[int]) -> list[float]:
    """The numbers of a row that are learned, NaN where there is none."""
    wrong = next(
        (cells[each] for each in places if number_in(cells[each]) is None and not is_missing(cells[each])), None
    )
    if wrong is not None:
        raise FileError(
            f"{escaped(path)}: row {number} has {escaped(wrong[:40])!r} among the columns that are learned; several "
            "are learned at once where all are numbers: mend the cell, or leave the row out"
        )
    return [np.nan if is_missing(cells[each]) else float(cells[each]) for each in places]


def _numbers(path: Path, number: int, cells: Sequence[str]) -> np.ndarray:
    """The pixels of a row, as bytes where they are such."""
    text = " ".join(cells)
    values: np.ndarray = _parsed(text, np.int64)  # ten times as fast as fractions
    if len(values) != len(cells) or not cells[-1].strip().isdigit():  # of a fraction in the last cell it takes a part
        values = _parsed(text, np.float64)
    if len(values) != len(cells) or not np.isfinite(values).all():
        wrong = next((cell.strip() for cell in cells if number_in(cell) is None), "")
        what = f"{escaped(wrong[:40])!r}" if wrong else "an empty cell"
        how = ", written with a point: 0.5" if re.fullmatch(r"-?\d+,\d+", wrong) else ""
        raise FileError(f"{escaped(path)}: row {number} has {what} among its pixels; expected numbers{how}")
    with np.errstate(invalid="ignore"):
        narrow = values.astype(np.uint8)
    return narrow if (narrow == values).all() else values.astype(np.float32)


def _parsed(text: str, kind: type[np.number]) -> np.ndarray:
    """Numbers with spaces between them, up to the first that is none."""
    try:
        return np.fromstring(text, kind, sep=" ")
    except ValueError:
        return np.empty(0, kind)
