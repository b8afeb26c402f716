"""Annotations in JSON, and lists of files with a class behind each, as rows of a table: COCO's, records, mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pellucid.data.folders.class_folders import READ
from pellucid.data.tables.rows import SEPARATORS, Rows, rows_of_csv
from pellucid.errors import FileError, escaped, shown
from pellucid.formats.texts import number_in

__all__ = ["ANNOTATIONS", "EXPECTED_ANNOTATIONS", "EXPECTED_LINES", "LISTS", "rows_of_json", "rows_of_list"]

ANNOTATIONS, LISTS = (".json", ".jsonl"), (".txt", ".lst")
"""How the names of such files end."""
COCO = ("images", "annotations", "categories")
OTHERS: dict[tuple[str, ...], str] = {
    ("shapes", "imagePath"): "outlines of objects in one image, as LabelMe writes them, which are not learned",
    (
        "class_name",
        "config",
    ): "the description of a model, without its weights; of what it is trained on it says nothing",
    ("type", "features"): "shapes on a map (GeoJSON)",
}
"""What JSON holds beside annotations, by names that are in it."""
BETWEEN = ";"
MOST_NAMED = 6
BOX = 5
"""Numbers in a line of YOLO's: a class and a box."""
EXPECTED_ANNOTATIONS = (
    'expected {"photo.jpg": "cat", ...}, a list of {"file_name": "photo.jpg", "label": "cat"}, or images, annotations '
    "and categories as COCO has them"
)
EXPECTED_LINES = (
    "expected lines with a file and its class, such as cats/1.jpg 0, or a table (CSV) with lines such as photo.jpg,cat "
    "below the titles file,class"
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
        >>> found = rows_of_json('{"1.jpg": "cat", "2.jpg": "dog"}', "labels.json")
        >>> found.titles, found.cells, found.lines
        (['file', 'class'], [['1.jpg', 'cat'], ['2.jpg', 'dog']], [1, 2])
    """
    told: tuple[str, ...] = ()
    try:
        found = json.loads(text)
    except RecursionError:
        raise FileError(f"{name} is nested too deeply; {EXPECTED_ANNOTATIONS}") from None
    except ValueError as error:
        found = _of_lines(text, name, error)
    if isinstance(found, Mapping) and set(COCO) <= set(found):
        titles, rows, told = _of_coco(found, name)
    elif isinstance(found, Mapping):
        _refuse_others(found, name)
        titles, rows = ["file", "class"], [[str(file), _cell(label, name)] for file, label in found.items()]
    elif isinstance(found, list) and found and all(isinstance(each, Mapping) for each in found):
        titles = [str(key) for key in found[0]]
        strange = next((row for row, each in enumerate(found) if set(map(str, each)) != set(titles)), None)
        if strange is not None:
            raise FileError(f"{name}: record {strange + 1} has other names than the first one, {', '.join(titles)}")
        rows = [[_cell(each[title], name) for title in titles] for each in found]
    else:
        raise FileError(f"{name} holds no annotations that are read; {EXPECTED_ANNOTATIONS}")
    if not rows:
        raise FileError(f"{name} holds no images; {EXPECTED_ANNOTATIONS}")
    return Rows(titles, rows, list(range(1, len(rows) + 1)), told)


def _refuse_others(found: Mapping[str, Any], name: str) -> None:
    """Raise `FileError` for an object that maps no files to classes, with what it seems to be."""
    known = next((what for names, what in OTHERS.items() if set(names) <= set(found)), None)
    are_files = any(str(key).lower().endswith(READ) for key in found)
    if known is None and (are_files or all(isinstance(each, str | int | float | list) for each in found.values())):
        return
    listed = escaped(", ".join(list(map(str, found))[:MOST_NAMED]))
    what = f"it holds {known}" if known else f"its names are {listed}, and none is that of an image file"
    raise FileError(f"{name} is taken for annotations of images, and {what}; {EXPECTED_ANNOTATIONS}")


def _of_lines(text: str, name: str, error: ValueError) -> list[Any]:
    """Of a file with a record in each line."""
    lines = [line for line in text.split("\n") if line.strip()]  # a text may have Unicode's further line breaks in it
    try:
        return [json.loads(line) for line in lines] if len(lines) > 1 else []
    except (ValueError, RecursionError):
        raise FileError(f"{name} is no JSON: {error}; {EXPECTED_ANNOTATIONS}") from None


def _cell(value: Any, name: str) -> str:
    """One value as a cell of a table; several as labels."""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return BETWEEN.join(map(str, value))
    if isinstance(value, str | int | float):
        return str(int(value) if isinstance(value, bool) else value)
    raise FileError(f"{name} has {shown(value)} where a class, labels or a number should be; {EXPECTED_ANNOTATIONS}")


def _of_coco(found: Mapping[str, Any], name: str) -> tuple[list[str], list[list[str]], tuple[str, ...]]:
    """Titles and rows; and what is left out of it, in a sentence."""
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
    places = sum(bool(each.get("bbox") or each.get("segmentation")) for each in found["annotations"])
    told = (
        f"Where objects are is not learned: of {places:,} boxes and outlines only the names of what is in an image are "
        "taken.",
    ) * bool(places)
    return ["file", title], [[file, cell] for file, cell in zip(files.values(), cells, strict=True)], told


def rows_of_list(text: str, name: str) -> Rows:
    """Titles, rows and their numbers, of lines with a file and its class behind it: "cats/1.jpg 0".

    A first line that is none is one of titles, where all others are; a table that is called a text is a table.

    Raises:
        FileError: a line is none of these.

    Example:
        >>> found = rows_of_list("a 1.jpg 0\\nb.jpg 1\\n", "train.txt")
        >>> found.cells, found.lines
        ([['a 1.jpg', '0'], ['b.jpg', '1']], [1, 2])
        >>> rows_of_list("name,age,sex\\n1.jpg,31,f\\n", "people.txt").titles
        ['name', 'age', 'sex']
    """
    found = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    rows = [_split(line) for _, line in found]
    if len(rows) > 1 and not rows[0] and all(rows[1:]):
        found, rows = found[1:], rows[1:]
    wrong = next((place for place, row in enumerate(rows) if not row), None)
    if rows and wrong is None:
        return Rows(["file", "class"], rows, [number for number, _ in found])
    counts = [{line.count(sign) for _, line in found} for sign in SEPARATORS]
    if len(rows) > 1 and any(len(each) == 1 and each != {0} for each in counts):
        return rows_of_csv(text, name)
    what = "is empty" if wrong is None else _told_of(found[wrong], [line for _, line in found])
    raise FileError(f"{name} is taken for a list of image files with their classes, and {what}; {EXPECTED_LINES}")


def _told_of(wrong: tuple[int, str], lines: list[str]) -> str:
    """What a text is that is no list of files with classes, as far as it is known."""
    if all(line.lower().endswith(READ) for line in lines):
        return "names files without a class; where folders are the classes, give the folder"
    numbers = [[number_in(word) for word in line.split()] for line in lines]
    if all(len(each) >= BOX and None not in each for each in numbers):
        return "holds numbers alone, as boxes of objects that YOLO writes, which are not learned"
    return f"line {wrong[0]} is {shown(wrong[1])}"


def _split(line: str) -> list[str]:
    for sign in ("\t", ",", ";", None):
        parts = [part.strip() for part in line.rsplit(sign, 1)]
        if len(parts) == 2 and parts[0].lower().endswith(READ) and parts[1]:
            return parts
    return []
