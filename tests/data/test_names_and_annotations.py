"""Classes in the names of files, annotations in JSON, lists: as people have downloaded them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pellucid.cli.class_folders import classes_in
from pellucid.data.folders.class_folders import unwrapped
from pellucid.data.folders.named_files import classes_by_name
from pellucid.data.masks.pairs import pairs_in
from pellucid.data.tables.annotations import rows_of_json, rows_of_list
from pellucid.data.tables.image_tables import is_table, read_table
from pellucid.errors import FileError


def _touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (("cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.12.jpg"), ("cat", "dog")),
        (("Abyssinian_1.jpg", "Abyssinian_2.jpg", "great_pyrenees_1.jpg", "great_pyrenees_12.jpg"), None),
        (("cat (1).jpg", "cat (2).jpg", "dog1.jpg", "dog2.jpg"), ("cat", "dog")),
        (("IMG_1.jpg", "IMG_2.jpg", "DSC_1.jpg", "DSC_2.jpg"), ()),
        (("a1.png", "a2.png", "a1_mask0.png", "a2_mask0.png"), ()),
        (("cat1.jpg", "cat2.jpg", "dog1.jpg"), ()),
        (("cat1.jpg", "cat2.jpg", "dog.jpg", "dog1.jpg"), ()),
        (("1.jpg", "2.jpg", "3.jpg", "4.jpg"), ()),
    ],
)
def test_classes_in_names(tmp_path: Path, names: tuple[str, ...], classes: tuple[str, ...] | None) -> None:
    """Only where all say one; what cameras write says none."""
    found = classes_by_name(_touched(tmp_path, *names))
    if classes == ():
        assert found is None
        return
    assert found is not None and found.class_names == (classes or ("Abyssinian", "great_pyrenees"))
    assert [Path(path).name.lower().startswith((found.class_names or ())[label].lower())
            for path, label in zip(found.files, found.labels or (), strict=True)] == [True] * 4  # fmt: skip


def test_names_that_a_model_does_not_tell(tmp_path: Path) -> None:
    _touched(tmp_path, "cat1.jpg", "cat2.jpg", "ant1.jpg", "ant2.jpg")
    assert classes_by_name(tmp_path, ["dog", "cat", "ant"]).labels == (2, 2, 1, 1)  # type: ignore[union-attr]
    with pytest.raises(FileError, match="begin with ant, which is none of the classes"):
        classes_by_name(tmp_path, ["cat", "dog"])


def test_dogs_versus_cats(tmp_path: Path) -> None:
    """A part `test1` was a class, beside `train`."""
    _touched(tmp_path, *(f"train/{kind}.{number}.jpg" for kind in ("cat", "dog") for number in range(3)), "test1/1.jpg")
    found = classes_in(tmp_path)
    assert found.listings[0].class_names == ("cat", "dog") and len(found.listings[0].files) == 6
    assert "are taken for the classes" in found.told[0] and "The part test1 has no folders of classes" in found.told[1]
    _touched(tmp_path / "pets", *(f"images/{kind}_{number}.jpg" for kind in ("pug", "boxer") for number in range(3)))
    assert classes_in(tmp_path / "pets").listings[0].class_names == ("boxer", "pug")


def test_folders_around_folders(tmp_path: Path) -> None:
    _touched(
        tmp_path, "a/b/cats/1.jpg", "a/b/dogs/1.jpg", "a/readme.txt", "one/cats/1.jpg", "photo/1.jpg", "photo/x/y/z"
    )
    assert unwrapped(tmp_path / "a") == str(tmp_path / "a" / "b")
    for name in ("one", "photo", "a/b"):
        assert unwrapped(tmp_path / name) == str(tmp_path / name)


COCO = {
    "images": [{"id": 7, "file_name": "1.jpg"}, {"id": 9, "file_name": "2.jpg"}],
    "categories": [{"id": 1, "name": "cat"}, {"id": 5, "name": "traffic light"}],
    "annotations": [{"image_id": 9, "category_id": 5, "bbox": [0, 0, 1, 1]}, {"image_id": 7, "category_id": 1}],
}


def test_annotations_are_tables(tmp_path: Path) -> None:
    """COCO's with one category for each image or several, mappings, records, a line for each, lists."""
    _touched(tmp_path, "1.jpg", "images/2.jpg")
    several = {**COCO, "annotations": [*COCO["annotations"], {"image_id": 7, "category_id": 5}]}
    none = {**COCO, "annotations": COCO["annotations"][:1]}
    records = [{"file_name": "1.jpg", "label": "b"}, {"file_name": "2.jpg", "label": "a"}]
    broken = [{**each, "label": f"{each['label']}\u2028c"} for each in records]
    lines_with_breaks = "\r\n".join(json.dumps(each, ensure_ascii=False) for each in broken)
    for name, text, kind, names, targets in (
        ("coco.json", json.dumps(COCO), "classes", ("cat", "traffic light"), [0, 1]),
        ("several.json", json.dumps(several), "labels", ("cat", "traffic light"), [[1, 1], [0, 1]]),
        ("none.json", json.dumps(none), "labels", ("traffic light",), [[0], [1]]),
        ("map.json", '{"1.jpg": "b", "2.jpg": ["a"]}', "classes", ("a", "b"), [1, 0]),
        ("records.json", json.dumps(records), "classes", ("a", "b"), [1, 0]),
        ("lines.jsonl", "\n".join(map(json.dumps, records)), "classes", ("a", "b"), [1, 0]),
        ("odd.jsonl", lines_with_breaks, "classes", ("a\u2028c", "b\u2028c"), [1, 0]),
        ("list.txt", "1.jpg 0\nimages/2.jpg\t1\n", "classes", ("0", "1"), [0, 1]),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        assert is_table(tmp_path / name)
        found = read_table(tmp_path / name)
        assert (found.kind, found.names, found.targets.tolist()) == (kind, names, targets), name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no JSON|no annotations that are read"),
        ("3", "holds no annotations that are read"),
        ("{}", "holds no images"),
        ("[" * 100_000, "is nested too deeply|no annotations that are read"),
        ('{"1.jpg": {"boxes": []}}', "where a class, labels or a number should be"),
        ('[{"a": 1}, {"b": 2}]', "record 2 has other names than the first one, a"),
        ('{"images": [], "annotations": [{}], "categories": []}', "is not as COCO has its annotations"),
    ],
)
def test_annotations_that_are_none(text: str, told: str) -> None:
    with pytest.raises(FileError, match=told):
        rows_of_json(text, "a.json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Dear all,\n", "list of image files with their classes, and line 1 is 'Dear all,'; expected lines"),
        ("", "is empty"),
        ("1.jpg\n2.jpg\n", "names files without a class; where folders are the classes, give the folder"),
        ("0 0.5 0.5 0.25 0.25\n1 0.5 0.5 1 1\n", "boxes of objects that YOLO writes, which are not learned"),
    ],
)
def test_lists_that_are_none(text: str, told: str) -> None:
    with pytest.raises(FileError, match=told):
        rows_of_list(text, "a.txt")


def test_lists_that_are_tables() -> None:
    """With a line of titles, or with more columns than two: as tables whose names end in .txt."""
    assert rows_of_list("image_id class\n1.jpg 0\n2.jpg 1\n", "a.txt").cells == [["1.jpg", "0"], ["2.jpg", "1"]]
    found = rows_of_list("file\tage\tsex\n1.jpg\t31\tf\n2.jpg\t9\tm\n", "a.txt")
    assert (found.titles, found.cells[1], found.lines) == (["file", "age", "sex"], ["2.jpg", "9", "m"], [2, 3])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": "5.0", "shapes": [], "imagePath": "1.jpg"}', "outlines of objects in one image, as LabelMe"),
        ('{"class_name": "Sequential", "config": {}}', "the description of a model, without its weights"),
        ('{"type": "FeatureCollection", "features": []}', "shapes on a map"),
        ('{"name": "x", "scripts": {"a": 1}}', "its names are name, scripts, and none is that of an image file"),
    ],
)
def test_json_that_is_something_else(text: str, told: str) -> None:
    with pytest.raises(FileError, match=f"taken for annotations of images, and .*{told}"):
        rows_of_json(text, "a.json")


def test_files_that_are_not_there_are_told_in_the_words_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "options.json").write_text('{"rate": 0.1, "name": "x"}')
    with pytest.raises(FileError, match=r"names no image files that are there \(rate, \.\.\.\)"):
        read_table(_touched(tmp_path, "1.jpg") / "options.json")


def test_boxes_are_told_to_be_left_out() -> None:
    assert rows_of_json(json.dumps(COCO), "a.json").told == (
        "Where objects are is not learned: of 1 boxes and outlines only the names of what is in an image are taken.",
    )
    bare = {**COCO, "annotations": [{"image_id": each, "category_id": 1} for each in (7, 9)]}
    assert rows_of_json(json.dumps(bare), "a.json").told == ()


def test_a_class_among_numbers_is_asked_for(tmp_path: Path) -> None:
    """ClassId was measured as Width was, in one network."""
    _touched(tmp_path, "1.ppm", "2.ppm")
    (tmp_path / "t.csv").write_text("Filename;Width;ClassId\n1.ppm;30;4\n2.ppm;50;7\n")
    with pytest.raises(FileError, match="'ClassId' is called as classes are; say which is learned, such as --target C"):
        read_table(tmp_path / "t.csv")
    assert read_table(tmp_path / "t.csv", columns=["ClassId"]).kind == "classes"
    assert read_table(tmp_path / "t.csv", columns=["Width", "ClassId"]).kind == "numbers"


def test_masks_with_a_number_behind(tmp_path: Path) -> None:
    _touched(tmp_path, *(f"images/{number}.png" for number in (1, 2)), "masks/1_0.png", "masks/2_0.png")
    found = pairs_in(tmp_path)
    assert [Path(path).name for path in found.masks] == ["1_0.png", "2_0.png"] and not found.objects
