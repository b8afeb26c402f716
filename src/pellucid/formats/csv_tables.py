"""Tables of numbers as text, such as spreadsheets write: rows of cells, tables apart by empty lines.

Cells are apart by commas, semicolons or tabs; where semicolons or tabs are, a comma in a number is its decimal point.
Lines that begin with "#" say something to people.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from pellucid.errors import FileError
from pellucid.formats.atomic import atomic_write
from pellucid.formats.source import Source, read_source, source_name
from pellucid.formats.texts import text_of

__all__ = ["read_tables", "write_tables"]

MAX_BYTES = 16 * 2**20


def read_tables(source: Source) -> list[np.ndarray]:
    """The tables of a file: each (rows, columns).

    Args:
        source: a path, or the bytes of the file.

    Raises:
        FileError: the file is missing, too large, no text, or a cell is no finite number or a row of another length.

    Example:
        >>> [table.tolist() for table in read_tables(b"1,2\\n3,4\\n\\n0.5;0,25\\n")]
        [[[1.0, 2.0], [3.0, 4.0]], [[0.5, 0.25]]]
    """
    name = source_name(source)
    content = read_source(source, what="a table of numbers (.csv)", max_bytes=MAX_BYTES)
    lines = text_of(content, name).splitlines()
    tables: list[list[list[float]]] = [[]]
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.startswith("#"):
            continue
        if not line.strip(",;"):
            tables.append([])
            continue
        row = _row(line, f"{name}, line {number}")
        if tables[-1] and len(row) != len(tables[-1][0]):
            raise FileError(f"{name}, line {number}: {len(row)} cells; the line before has {len(tables[-1][0])}")
        tables[-1].append(row)
    found = [np.array(table) for table in tables if table]
    if not found:
        raise FileError(f"{name} holds no numbers")
    return found


def _row(line: str, where: str) -> list[float]:
    sign = next((each for each in ("\t", ";") if each in line), ",")
    cells = [cell.strip() for cell in line.split(sign)]
    if sign != ",":
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        row = [float(cell) for cell in cells]
    except ValueError as error:
        raise FileError(f"{where}: expected numbers apart by commas, got {line[:60]!r}") from error
    if not np.isfinite(row).all():
        raise FileError(f"{where}: a number is not finite in {line[:60]!r}")
    return row


def write_tables(path: str | os.PathLike[str], tables: Sequence[tuple[str, np.ndarray]]) -> None:
    """Write tables to a file in one step, each behind a line about it; numbers are written so that they come back.

    Args:
        path: the file to create or to replace.
        tables: what is said of each, and its numbers (rows, columns).

    Raises:
        FileError: see `atomic.atomic_write`.
    """
    parts = []
    for title, table in tables:
        rows = [",".join(repr(float(value)) for value in row) for row in table]
        parts.append("\n".join([f"# {title}", *rows, ""]))
    with atomic_write(path) as file:
        file.write("\n".join(parts).encode())
