"""What a table tells of each image: the number of its class, labels that it has or not, or numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.tables.columns import (
    answers_in,
    are_mostly_numbers,
    is_missing,
    is_of_classes,
    numbers_in,
    repeating,
)
from pellucid.errors import FileError, escaped
from pellucid.formats.texts import number_in
from pellucid.naming import repeated

__all__ = ["Targets", "refuse_class_among", "targets_of"]

Targets = tuple[np.ndarray, tuple[str, ...], str]
"""What is learned of each image, the names of it, and of which kind it is; see `ImageTable`."""
SEPARATORS = (";", "|", ",", " ")
OF_LABELS = ("tags", "keywords", "attributes")
"""Titles of a column whose words, with spaces between them, are labels."""
COARSE = 0.01
"""How far numbers may be rounded, as a share of their standard deviation."""
MOST_NAMED = 10


def targets_of(
    path: Path,
    titles: list[str],
    cells: list[list[str]],
    lines: Sequence[int],
    names: Sequence[str] | None,
    kind: str | None,
) -> Targets:
    """What is to be learned, the names of it, and of which kind it is."""
    twice = repeated(titles)
    if twice:
        raise FileError(f"{escaped(path)}: several columns are called {escaped(twice[0])!r}; give each its own title")
    if names and kind in ("labels", "numbers") and not (kind == "labels" and len(cells) == 1 and len(names) > 1):
        cells, titles = _known_columns(path, titles, cells, names)
    if names and kind == "classes" and len(cells) > 1:
        fitting = [place for place, column in enumerate(cells) if set(column) <= set(names)]
        if set(names) <= set(titles):
            cells, titles = _known_columns(path, titles, cells, names)
        elif len(fitting) == 1:  # the only column of classes that the model tells
            cells, titles = [cells[fitting[0]]], [titles[fitting[0]]]
    numbers = [numbers_in(column) or (answers_in(column) if len(cells) > 1 else None) for column in cells]
    if all(column is not None for column in numbers):
        return _of_numbers(path, titles, cells, _as_float32(path, titles, numbers), lines, names, kind)
    if len(cells) > 1 or kind == "numbers" or are_mostly_numbers(cells[0]):
        raise _no_number(path, titles, cells, [column is None for column in numbers], lines)
    separator = next((each for each in SEPARATORS if any(each in cell for cell in cells[0])), None)
    signs = SEPARATORS if titles[0].lower() in OF_LABELS else SEPARATORS[:3]
    if kind == "labels" or (kind is None and separator in signs):
        return _labels(path, cells[0], separator, names)
    return _classes(path, cells[0], names)


def _of_numbers(
    path: Path,
    titles: Sequence[str],
    cells: Sequence[Sequence[str]],
    values: np.ndarray,
    lines: Sequence[int],
    names: Sequence[str] | None,
    kind: str | None,
) -> Targets:
    """As `targets_of`, of columns of numbers alone."""
    if kind != "numbers" and len(titles) > 1 and np.isin(values, (-1.0, 1.0)).all():
        values = np.maximum(values, 0)  # labels as -1 and 1
    binary = bool(np.isin(values, (0.0, 1.0)).all())
    if kind is None and binary and len(titles) == 1:
        return values[:, 0].astype(np.int32), ("0", "1"), "classes"
    if kind is None and len(titles) == 1 and is_of_classes(titles[0]) and (values == values.round()).all():
        return _classes(path, cells[0], sorted(set(cells[0]), key=float))
    if kind in (None, "classes") and binary and len(titles) > 1:
        others = np.flatnonzero(values.sum(axis=1) != 1)
        if not others.size:
            return values.argmax(axis=1).astype(np.int32), tuple(titles), "classes"
        if kind == "classes":
            raise FileError(
                f"{escaped(path)}: row {lines[others[0]]} has {int(values[others[0]].sum())} ones in the columns "
                f"{escaped(', '.join(titles[:MOST_NAMED]))}, and the model tells exactly one class of each image"
            )
    if kind == "classes":
        return _classes(path, cells[0], names)
    found = kind or ("labels" if binary else "numbers")
    if found == "labels" and not binary:
        raise FileError(f"{escaped(path)}: labels are 0 or 1 in each column; another number stands there")
    return values, tuple(titles), found


def refuse_class_among(path: Path, titles: Sequence[str]) -> None:
    """Raise `FileError` where one of several columns of numbers is called as classes are: it would be measured."""
    named = [title for title in titles if is_of_classes(title)]
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


def _no_number(
    path: Path, titles: Sequence[str], columns: Sequence[Sequence[str]], are_words: Sequence[bool], lines: Sequence[int]
) -> FileError:
    """The error for a cell among numbers that is none: in which line, and what to write; or which column to learn."""
    several, likely = len(columns) > 1, repeating(titles, columns)
    words = [place for place, is_word in enumerate(are_words) if is_word]
    chosen = [place for title, _ in likely for place in words if titles[place] == title]
    place = next(iter(chosen), words[0])
    title, cells = titles[place], columns[place]
    row, cell = next((row, cell) for row, cell in zip(lines, cells, strict=True) if number_in(cell) is None)
    what = f"{escaped(cell)!r}" if cell else "nothing"
    hint = ""
    if several:
        best = likely[0][0] if likely else title
        told = "Several columns are learned at once only where all are numbers: say which is learned, such as "
        counted = ", ".join(f"{escaped(name)} {count:,}" for name, count in likely[:MOST_NAMED])
        values = f" (columns whose values repeat, and how many they are: {counted})" if len(likely) > 1 else ""
        hint = f"{told}--target {shlex.quote(best)}{values}. "
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", cell):
        hint = "Thousands are written without commas: 1200. "
    elif re.fullmatch(r"[-+]?\d+,\d+", cell):
        hint = "Numbers are written with a point: 12.5. "
    empty = sum(map(is_missing, cells))
    leave = (
        f"leave such rows, {empty:,} of {len(cells):,}, out with --on-missing skip"
        if is_missing(cell)
        else "leave the row out"
    )
    return FileError(
        f"{escaped(path)}: row {row} of {escaped(title)!r} has {what}, which is no finite number. {hint}"
        f"{'Or mend' if several else 'Mend'} the cell, or {leave}"
    )


def _classes(path: Path, cells: Sequence[str], names: Sequence[str] | None) -> Targets:
    if "" in cells:
        raise FileError(
            f"{escaped(path)}: the class of {cells.count(''):,} images is empty; write it, or leave those rows out "
            "with --on-missing skip"
        )
    known = tuple(names) if names else tuple(sorted(set(cells)))
    _check_known(path, cells, known)
    return np.array([known.index(cell) for cell in cells], np.int32), known, "classes"


def _labels(path: Path, cells: Sequence[str], separator: str | None, names: Sequence[str] | None) -> Targets:
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
