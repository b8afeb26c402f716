"""Tables of image files as a training takes them: found, said in words, cut into two parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid.cli.image_folders import (
    FEW,
    FRACTION,
    Photos,
    alike_told,
    copies_told,
    dark_told,
    division_told,
    few_told,
    files_told,
    fits_memory,
    leaks_told,
    looks_in,
)
from pellucid.cli.unused_files import MOST_NAMED, known_choice, left_out_told, refuse_bad
from pellucid.data.folders.image_sets import ImageSet
from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION, part_called
from pellucid.data.folders.survey import Survey, stratified, survey
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.tables.image_tables import ImageTable, is_table, read_table
from pellucid.errors import FileError, escaped

TARGET = Annotated[
    list[str] | None,
    typer.Option(help="Of a table: the title of a column that is learned, as often as wanted; all by default."),
]
ON_MISSING = Annotated[
    str | None,
    typer.Option(
        callback=known_choice,
        help='Rows of a table that lack what is learned: "error", which is the default, or "skip".',
    ),
]
ODD = 0.1
"""The share of rows up to which labels are told that might be classes."""
WORDS = {
    "classes": ("class", "classes"),
    "labels": ("label, which an image may have", "labels, of which an image may have any"),
    "numbers": ("number to tell", "numbers to tell"),
}
"""What a table tells of each image: of one kind, and of several."""


def of_tables_alone(columns: Sequence[str], on_missing: str | None) -> str:
    """What an option that was given is for, where it is for tables alone; "" where none was given.

    Example:
        >>> of_tables_alone([], "skip"), of_tables_alone([], None)
        ('--on-missing is for rows of a table', '')
    """
    if columns:
        return "--target names columns of a table"
    return "" if on_missing is None else "--on-missing is for rows of a table"


def find_tabled(
    path: Path,
    size: int | tuple[int, int],
    seed: int,
    on_bad_image: str,
    batch_size: int,
    reading: Reading | None = None,
    told: TrainedOn | None = None,
    columns: Sequence[str] = (),
    on_missing: str = "error",
) -> Photos:
    """Images of a table, looked at and cut into two parts; see `find_photos`.

    Args:
        path: of the table, see `read_table`.
        size: side of the images, or (rows, columns) [pixels].
        seed: decides which are kept aside.
        on_bad_image: "error", or "skip" to leave out what cannot be read.
        batch_size: images in a step.
        reading: how images were read that a model was trained on before.
        told: what that model was trained on.
        columns: titles of what is learned, see `read_table`.
        on_missing: what becomes of rows in which something is missing, see `read_table`.

    Raises:
        FileError: the table or its images cannot be read, or there are too few.
    """
    table, found = usable(path, on_bad_image, told, columns, on_missing)
    rows_columns = (size, size) if isinstance(size, int) else size
    reading = reading or Reading(*rows_columns, 1 if found.is_grey else 3)
    if table.kind == "classes" and len(table.names) < 2:
        raise FileError(f"{escaped(path)}: all images are {escaped(table.names[0])}; a classifier tells classes apart")
    sentences = _told(table, found, reading)
    parts = _divided(table, found, seed)
    if not all(map(len, parts)):
        raise FileError(f"{escaped(path)}: images to train on and others to validate with are needed; give more")
    if table.held is not None:
        sentences += leaks_told([[table.files[row] for row in part] for part in parts], found)
    else:
        sentences += _tables_beside_told(path)
    sentences += division_told(len(table.files) if table.held is None else None, [len(part) for part in parts])
    cached = fits_memory([len(table.files)], reading)
    sets = [
        ImageSet(
            [table.files[row] for row in part], table.targets[part], reading, batch_size=batch_size,
            shuffle=place == 0, class_names=table.names, on_bad_image=on_bad_image, cached=cached,
        )
        for place, part in enumerate(parts)
    ]  # fmt: skip
    learned = table.targets[parts[0]].astype(np.float64)
    spread = (learned.mean(axis=0), learned.std(axis=0)) if table.kind == "numbers" else None
    looks = looks_in(sets[0], found)
    digests = tuple(found.digests[path] for path in sets[0].file_paths)
    sentences += dark_told(looks)
    return Photos(sets[0], sets[1], reading, table.names, tuple(sentences), table.kind, None, looks, spread, digests)


def usable(
    path: Path,
    on_bad_image: str,
    told: TrainedOn | None = None,
    columns: Sequence[str] = (),
    on_missing: str = "error",
) -> tuple[ImageTable, Survey]:
    """The rows of a table whose images can be read; raises `FileError` for others that are not to be skipped."""
    names, kind = (None, None) if told is None else (told.class_names, told.kind)
    table = read_table(path, names, kind, columns, on_missing)
    found = survey(table.files)
    bad = dict(found.bad) | {name: f"{escaped(name)} is not there" for name in table.missing}
    refuse_bad(bad, on_bad_image, "the table or the files", "rows")
    rows = [row for row, file in enumerate(table.files) if file not in found.bad]
    if not rows:
        raise FileError(f"{escaped(path)}: none of its images can be read")
    held = None if table.held is None else table.held[rows]
    files = tuple(table.files[row] for row in rows)
    kept = ImageTable(files, table.targets[rows], table.names, table.kind, held, table.missing, table.told)
    return kept, replace(found, bad=bad)


def _divided(table: ImageTable, found: Survey, seed: int) -> Sequence[np.ndarray]:
    """The rows to train on, and those held out: as the table says, or of each class the same share, no copies."""
    if table.held is not None:
        return np.flatnonzero(~table.held), np.flatnonzero(table.held)
    labels = table.targets.tolist() if table.kind == "classes" else [0] * len(table.files)
    return stratified(labels, FRACTION, seed, found.copies_among(table.files))


def _tables_beside_told(path: Path) -> list[str]:
    """Tables beside that of a training which are called as those to validate or to test with: they are not read."""
    if part_called(_stem(path)) != TRAIN:
        return []
    beside = [each for each in sorted(path.parent.iterdir()) if each.suffix == path.suffix and is_table(each)]
    held = [escaped(each.name) for each in beside if part_called(_stem(each)) in (VALIDATION, TEST)]
    what = "; evaluate tells how good the model is on them" if held else ""
    return [f"Left alone: {', '.join(held[:MOST_NAMED])} beside it{what}."] * bool(held)


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _told(table: ImageTable, found: Survey, reading: Reading) -> list[str]:
    """What was found, in sentences."""
    values = table.targets
    if table.kind == "numbers":
        ends = zip(table.names, values.min(axis=0), values.max(axis=0), strict=True)
        each = [f"{escaped(name)} from {low:.4g} to {high:.4g}" for name, low, high in ends]
    else:
        counts = np.bincount(values, minlength=len(table.names)) if table.kind == "classes" else values.sum(axis=0)
        each = [f"{escaped(name)} {int(count):,}" for name, count in zip(table.names, counts, strict=True)]
    more = f" and {len(each) - MOST_NAMED} more" if len(each) > MOST_NAMED else ""
    count = f"{len(table.files):,} images and {len(table.names)} {WORDS[table.kind][len(table.names) > 1]}"
    told = [f"Found {count}: {', '.join(each[:MOST_NAMED])}{more}."]
    told += [*table.told, *files_told(found, reading), *left_out_told(found.bad), *_kind_told(table)]
    return [*told, *copies_told(found, is_divided=table.held is not None), *_rows_told(table, found)]


def _kind_told(table: ImageTable) -> list[str]:
    """What might be classes, and is learned as something else."""
    if table.kind == "labels" and len(table.names) > 1:
        others = int((table.targets.sum(axis=1) != 1).sum())
        return [f"All rows but {others:,} have exactly one of these labels: if they are classes, mend those rows."] * (
            others <= ODD * len(table.files)
        )
    if table.kind != "numbers":
        return []
    few = [
        escaped(name)
        for name, column in zip(table.names, table.targets.T, strict=True)
        if (column == column.round()).all() and 1 < len(np.unique(column)) <= min(FEW, len(column) / 2)
    ]
    few = few[:MOST_NAMED]
    return [f"Few whole numbers alone: {', '.join(few)}. If they stand for classes, call the column class."] * bool(few)


def _rows_told(table: ImageTable, found: Survey) -> list[str]:
    """Rows that say again what another says, rows that contradict another, and classes with few images."""
    of_first = found.copies_among(table.files)
    again = [row for row, first in of_first.items() if table.files[row] == table.files[first]]
    other = [row for row, first in of_first.items() if not np.array_equal(table.targets[row], table.targets[first])]
    told = []
    if again:
        told.append(f"{len(again):,} rows name an image that another row names too.")
    if other:
        named = ", ".join(escaped(Path(table.files[row]).name) for row in other[:MOST_NAMED])
        told.append(f"The same image with other values in {len(other):,} rows: {named}. One of each is wrong.")
    if table.kind == "classes":
        counts = np.bincount(table.targets, minlength=len(table.names))
        told += [*alike_told(table.names), *few_told(table.names, counts.tolist())]
    return told
