"""What the cells of a column are: numbers, answers, classes, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pellucid.formats.texts import number_in

__all__ = [
    "answers_in",
    "are_mostly_numbers",
    "is_missing",
    "is_of_classes",
    "numbers_in",
    "repeating",
    "rows_left_out_told",
]

OF_CLASSES = ("class", "classid", "classes", "category", "categoryid", "label", "labelid", "labels")
"""Titles, but for case and signs, of a column whose whole numbers are names of classes, and no measure of anything."""
YES_AND_NO = (("true", "false"), ("yes", "no"))
NOTHING = ("", "nan", "na", "n/a", "null", "none")
"""What stands among numbers where there is none."""


def is_of_classes(title: str) -> bool:
    """Whether a column is called as classes are.

    Example:
        >>> is_of_classes("Class_ID"), is_of_classes("age")
        (True, False)
    """
    return re.sub(r"[\W_]", "", title.lower()) in OF_CLASSES


def is_missing(cell: str) -> bool:
    """Whether a cell among numbers says that there is none.

    Example:
        >>> is_missing(" "), is_missing("NaN"), is_missing("0"), is_missing("?")
        (True, True, False, False)
    """
    return cell.strip().lower() in NOTHING


def lacking(cells: Sequence[str]) -> list[int]:
    """The rows in which a column has nothing: of words the empty cell, among numbers "nan" and kin as well.

    Example:
        >>> lacking(["1", "", "nan"]), lacking(["cat", "", "None"])
        ([1, 2], [1])
    """
    are_numbers = numbers_in([cell for cell in cells if not is_missing(cell)]) is not None
    return [row for row, cell in enumerate(cells) if not cell.strip() or (are_numbers and is_missing(cell))]


def rows_left_out_told(count: int) -> str:
    """How many rows of a table are not used, since something is missing that is learned.

    Example:
        >>> rows_left_out_told(1)
        'Left out, since something is missing in them that is learned: 1 row.'
    """
    return f"Left out, since something is missing in them that is learned: {count:,} row{'s' * (count > 1)}."


def numbers_in(cells: Sequence[str]) -> list[float] | None:
    """The numbers in a column; None where a cell is none.

    Example:
        >>> numbers_in(["1", "2.5"]), numbers_in(["1", "cat"])
        ([1.0, 2.5], None)
    """
    found = [number_in(cell) for cell in cells]
    return None if None in found else [each for each in found if each is not None]


def answers_in(cells: Sequence[str]) -> list[float] | None:
    """A column of yes and no as 1 and 0; None where a cell is neither.

    Example:
        >>> answers_in(["Yes", "no"]), answers_in(["yes", "perhaps"])
        ([1.0, 0.0], None)
    """
    said = [cell.lower() for cell in cells]
    yes = next((yes for yes, no in YES_AND_NO if set(said) <= {yes, no}), None)
    return None if yes is None else [float(each == yes) for each in said]


def are_mostly_numbers(cells: Sequence[str]) -> bool:
    """Whether words in a column are slips among numbers, or numbers with signs of their own, and no names of classes.

    Such as "12,5" and "$1,100": they begin with a digit, or a sign and a digit, and hardly one occurs twice.

    Example:
        >>> are_mostly_numbers(["1", "2", "x"]), are_mostly_numbers(["$1,100", "$900"]), are_mostly_numbers(["a", "b"])
        (True, True, False)
    """
    like = [cell for cell in cells if re.match(r"[^\w\s]?\s?[-+]?\d", cell)]
    plain = sum(number_in(cell) is not None for cell in cells)
    return 2 * plain > len(cells) or (2 * len(like) > len(cells) and 2 * len(set(like)) > len(like))


def repeating(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
    """The columns that could be classes, with how many there would be: those whose values come again and again.

    A column that tells nearly all rows apart numbers or names them. What is called as classes are comes first, then
    words, then whole numbers.

    Args:
        titles: of the columns.
        cells: of each column.

    Example:
        >>> repeating(["id", "age", "sex"], [["a1", "a2", "a3", "a4"], ["50", "50", "60", "60"], ["f", "m", "f", "f"]])
        [('sex', 2), ('age', 2)]
    """
    there = [(title, column, len(set(column))) for title, column in zip(titles, cells, strict=True)]
    found = [each for each in there if 1 < each[2] <= len(each[1]) / 2]
    found.sort(key=lambda each: (not is_of_classes(each[0]), any(number_in(cell) is not None for cell in each[1])))
    return [(title, count) for title, _, count in found]
