"""Tables as text: titles, the rows below them, and in which line of the file each stands."""

from __future__ import annotations

import csv
import io

from pellucid.errors import FileError
from pellucid.frozen import Frozen

__all__ = ["Rows", "rows_of_csv"]

SEPARATORS = ",;\t|"
NAMES_SEPARATOR = "sep="
"""What Excel writes above the titles: the sign that stands between cells."""


class Rows(Frozen, eq=False):
    """A table of texts.

    Attributes:
        titles: of the columns.
        cells: of each row, one for each title.
        lines: in which line of the file each row is, or which of its records.
        told: what the file says beside and is not in the table, in sentences.
    """

    titles: list[str]
    cells: list[list[str]]
    lines: list[int]
    told: tuple[str, ...] = ()


def rows_of_csv(text: str, name: str) -> Rows:
    """The rows of a table whose cells have commas, semicolons, tabs, bars or else spaces between them.

    Empty rows, and empty cells behind the last title, are nothing.

    Args:
        text: of the file, with titles in its first line.
        name: of the file, for messages.

    Raises:
        FileError: it is no table, or rows have other numbers of cells than titles.

    Example:
        >>> found = rows_of_csv("sep=;\\nfile;class\\n1.jpg;cat\\n\\n2.jpg;dog\\n", "labels.csv")
        >>> found.titles, found.cells, found.lines
        (['file', 'class'], [['1.jpg', 'cat'], ['2.jpg', 'dog']], [3, 5])
    """
    first, _, rest = text.partition("\n")
    above, sign = 0, max(SEPARATORS if set(SEPARATORS) & set(first) else " ", key=first.count)
    if first.lower()[:-1] == NAMES_SEPARATOR and first[-1] in SEPARATORS:
        above, sign, text = 1, first[-1], rest
    reader = csv.reader(io.StringIO(text), delimiter=sign, strict=True)
    try:
        found = [(row, above + reader.line_num) for row in reader if any(row)]
    except csv.Error as error:
        raise FileError(f"{name} is no table: {error}") from error
    if len(found) < 2:
        raise FileError(f"{name} has no rows; expected titles in the first line and an image in each further")
    titles = found[0][0]
    for row, number in found[1:]:
        if not any(row[len(titles) :]):
            del row[len(titles) :]
        if len(row) != len(titles):
            raise FileError(f"{name}: row {number} has {len(row)} cells, the titles are {len(titles)}")
    return Rows(titles, [row for row, _ in found[1:]], [number for _, number in found[1:]])
