"""Annotations in JSON, and lists of files with a class behind each, as rows of a table: COCO's, records, mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from pellucid.data.folders.class_folders import READ
from pellucid.errors import FileError, shown

__all__ = ["ANNOTATIONS", "LISTS", "rows_of_json", "rows_of_list"]

ANNOTATIONS, LISTS = (".json", ".jsonl"), (".txt", ".lst")
"""How the names of such files end."""
Rows: TypeAlias = tuple[list[str], list[list[str]], list[int]]
COCO = ("images", "annotations", "categories")
BETWEEN = ";"
EXPECTED = (
    'expected {"photo.jpg": "cat", ...}, a list of {"file_name": "photo.jpg", "label": "cat"}, or images, annotations '
    "and categories as COCO has them"
)


def rows_of_json(text: str, name: str) -> Rows:
    """Titles, rows and their numbers, of annotations in JSON or a line of JSON for each image.

    Of COCO's annotations each image has the names of its categories, as a class where every image has one, else as
    labels; where objects are is not learned.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        FileError: it is no JSON, or other annotations.

    Example:
        >>> rows_of_json('{"1.jpg": "cat", "2.jpg": "dog"}', "labels.json")
        (['file', 'class'], [['1.jpg', 'cat'], ['2.jpg', 'dog']], [1, 2])
    """
    try:
        found = json.loads(text)
    except RecursionError:
        raise FileError(f"{name} is nested too deeply; {EXPECTED}") from None
    except ValueError as error:
        found = _of_lines(text, name, error)
    if isinstance(found, Mapping) and set(COCO) <= set(found):
        titles, rows = _of_coco(found, name)
    elif isinstance(found, Mapping):
        titles, rows = ["file", "class"], [[str(file), _cell(label, name)] for file, label in found.items()]
    elif isinstance(found, list) and found and all(isinstance(each, Mapping) for each in found):
        titles = [str(key) for key in found[0]]
        strange = next((row for row, each in enumerate(found) if set(map(str, each)) != set(titles)), None)
        if strange is not None:
            raise FileError(f"{name}: record {strange + 1} has other names than the first one, {', '.join(titles)}")
        rows = [[_cell(each[title], name) for title in titles] for each in found]
    else:
        raise FileError(f"{name} holds no annotations that are read; {EXPECTED}")
    if not rows:
        raise FileError(f"{name} holds no images; {EXPECTED}")
    return titles, rows, list(range(1, len(rows) + 1))


def _of_lines(text: str, name: str, error: ValueError) -> list[Any]:
    """Of a file with a record in each line."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines] if len(lines) > 1 else []
    except (ValueError, RecursionError):
        raise FileError(f"{name} is no JSON: {error}; {EXPECTED}") from None


def _cell(value: Any, name: str) -> str:
    """One value as a cell of a table; several as labels."""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return BETWEEN.join(map(str, value))
    if isinstance(value, str | int | float):
        return str(int(value) if isinstance(value, bool) else value)
    raise FileError(f"{name} has {shown(value)} where a class, labels or a number should be; {EXPECTED}")


def _of_coco(found: Mapping[str, Any], name: str) -> tuple[list[str], list[list[str]]]:
    try:
        names = {each["id"]: str(each["name"]) for each in found["categories"]}
        files = {each["id"]: str(each["file_name"]) for each in found["images"]}
        said: dict[Any, dict[str, None]] = {number: {} for number in files}
        for each in found["annotations"]:
            said[each["image_id"]][names[each["category_id"]]] = None
    except (KeyError, TypeError) as error:
        raise FileError(f"{name} is not as COCO has its annotations: {error!s} is missing or strange") from None
    title = "class" if all(len(each) == 1 for each in said.values()) else "tags"
    if title == "tags" and any(BETWEEN in each for each in names.values()):
        raise FileError(f"{name}: a category has a {BETWEEN!r} in its name, which stands between labels; rename it")
    cells = (BETWEEN.join(each) + BETWEEN * (title == "tags") for each in said.values())
    return ["file", title], [[file, cell] for file, cell in zip(files.values(), cells, strict=True)]


def rows_of_list(text: str, name: str) -> Rows:
    """Titles, rows and their numbers, of lines with a file and its class behind it: "cats/1.jpg 0".

    Raises:
        FileError: a line is none of these.

    Example:
        >>> rows_of_list("a 1.jpg 0\\nb.jpg 1\\n", "train.txt")
        (['file', 'class'], [['a 1.jpg', '0'], ['b.jpg', '1']], [1, 2])
    """
    found = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    rows = [_split(line) for _, line in found]
    wrong = next((place for place, row in enumerate(rows) if not row), None)
    if wrong is not None or not rows:
        what = f"line {found[wrong][0]} is {shown(found[wrong][1])}" if wrong is not None else "it is empty"
        raise FileError(
            f"{name}: {what}; expected lines with a file and its class, such as cats/1.jpg 0, or a table (CSV) with "
            "lines such as photo.jpg,cat below the titles file,class"
        )
    return ["file", "class"], rows, [number for number, _ in found]


def _split(line: str) -> list[str]:
    for sign in ("\t", ",", ";", None):
        parts = [part.strip() for part in line.rsplit(sign, 1)]
        if len(parts) == 2 and parts[0].lower().endswith(READ) and parts[1]:
            return parts
    return []
