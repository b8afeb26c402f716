"""Tables of pixels and NumPy's arrays as people have them: recognised, told, or refused with what to say."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.data.pixels.answers import answers_of
from pellucid.data.pixels.arrays import read_arrays
from pellucid.data.pixels.files import are_pixels, pixels_in
from pellucid.data.pixels.form import Form, white_in
from pellucid.data.pixels.shapes import shape_of
from pellucid.errors import ArgumentError, FileError

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 16))


def _table(path: Path, titles: str, rows: list[str]) -> Path:
    path.write_text("\n".join([*([titles] if titles else []), *rows]) + "\n")
    return path


def _lines(*columns: Any) -> list[str]:
    """Rows of a table, of columns and of blocks of pixels."""
    blocks = [np.asarray(column).reshape(6, -1) for column in columns]
    return [",".join(str(cell) for block in blocks for cell in block[row]) for row in range(6)]


LABELS = np.array([3, 1, 3, 0, 1, 0])
TITLES = ",".join(f"pixel{number}" for number in range(16))
GRID = ",".join(f"{row}x{column}" for row in range(1, 3) for column in range(1, 9))


@pytest.mark.parametrize(
    ("titles", "columns", "shape"),
    [
        (f"label,{TITLES}", (LABELS, PIXELS), (4, 4, 1, False)),
        (f"{TITLES},label", (PIXELS, LABELS), (4, 4, 1, False)),
        (f",label,{TITLES}", (range(6), LABELS, PIXELS), (4, 4, 1, False)),
        (f"label,{GRID}", (LABELS, PIXELS), (2, 8, 1, False)),
        ("", (LABELS, np.where(np.arange(16) == 15, 0, PIXELS)), (4, 4, 1, False)),
        ("3,0," + ",".join(f"0.{number}" for number in range(1, 16)), (LABELS, PIXELS * (np.arange(16) < 15)), None),
    ],
)
def test_tables_with_a_column_for_each_pixel(tmp_path: Path, titles: str, columns: Any, shape: Any) -> None:
    """As digit-recognizer, Fashion-MNIST, Sign Language MNIST and others have them, packed or not."""
    path = _table(tmp_path / "train.csv", titles, _lines(*columns))
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    wanted = columns[0] if np.asarray(columns[0]).ndim == 2 else columns[-1]
    for each in (path, packed):
        assert are_pixels(each)
        found = pixels_in(each)
        part = found.to_test
        assert np.array_equal(part.values, wanted) and part.values.dtype == np.uint8
        assert part.labels == [str(label) for label in LABELS]
        assert shape is None or shape_of(part.values, part.owner, grid=found.grid)[0] == shape
    assert ("has a title in words" in " ".join(found.told)) == (titles in ("",) or titles.startswith("3,"))


def test_all_pixels_in_one_cell_and_a_usage(tmp_path: Path) -> None:
    """As FER2013 has them: three parts, by their names there."""
    cells = [" ".join(map(str, row)) for row in PIXELS]
    usage = ["Training"] * 3 + ["PublicTest", "PrivateTest", "PrivateTest"]
    found = pixels_in(_table(tmp_path / "fer.csv", "emotion,pixels,Usage", _lines(LABELS, cells, usage)))
    places = {"train": [0, 1, 2], "val": [3], "test": [4, 5]}
    assert set(found.parts) == set(places)
    for part, rows in places.items():
        assert np.array_equal(found.parts[part].values, PIXELS[rows])
        assert found.parts[part].labels == [str(label) for label in LABELS[rows]]
    assert found.parts["test"].names == ("fer.csv row 6", "fer.csv row 7")
    test = pixels_in(_table(tmp_path / "test.csv", f"id,{TITLES}", _lines([f"a{n}" for n in range(6)], PIXELS))).to_test
    assert test.labels is None and test.names[0] == "test.csv a0"


@pytest.mark.parametrize(
    ("titles", "rows", "told"),
    [
        (f"label,{TITLES}", ["1," + ",".join(["7"] * 15) + ",x"], "row 2 has 'x' among its pixels"),
        (f"label,{TITLES}", ["1," + ",".join(["7"] * 15) + ","], "row 2 has an empty cell among its pixels"),
        (f"label,{TITLES}", ["1,2,3"], "row 2 has 3 cells, the first line 17"),
        ("label,pixels", ["1,1 2 3 4", "1,1 2 3"], "the image of row 3 has 3 pixels, that of row 2 4"),
        (f"label,colour,{TITLES}", _lines(LABELS, LABELS, PIXELS), "say which is learned: --target label"),
        (f"name,kind,{TITLES}", _lines(list("abcdef"), list("xxyyxy"), PIXELS), "say which is learned: --target kind"),
        ("", _lines(LABELS, PIXELS), "has no titles, and its label may stand in the first column or in the last"),
        ("label,pixels,Usage", ["1,1 2 3 4,Later"], "train, val or test, got 'Later'"),
    ],
)
def test_tables_that_are_wrong(tmp_path: Path, titles: str, rows: list[str], told: str) -> None:
    path = _table(tmp_path / "t.csv", titles, rows)
    assert are_pixels(path)
    with pytest.raises(FileError, match=told):
        pixels_in(path)


def test_tables_of_files_are_none_of_pixels(tmp_path: Path) -> None:
    """Though labels may be called by numbers."""
    rows = _lines([f"{number}.png" for number in range(6)], PIXELS % 2)
    for titles in (",".join(["file", *map(str, range(16))]), "file," + TITLES):
        assert not are_pixels(_table(tmp_path / "tags.csv", titles, rows))
    assert not are_pixels(_table(tmp_path / "prices.csv", "file,price", ["1.png,3"]))
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"label")[:9])
    assert not are_pixels(tmp_path / "cut.csv.gz") and not are_pixels(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ((5, 8, 6), (8, 6, 1, False)),
        ((5, 8, 6, 1), (8, 6, 1, False)),
        ((5, 8, 6, 3), (8, 6, 3, False)),
        ((5, 3, 8, 6), (8, 6, 3, True)),
        ((5, 1, 8, 6), (8, 6, 1, True)),
        ((5, 64), (8, 8, 1, False)),
        ((5, 64, 1), (8, 8, 1, False)),
        ((5, 3, 8, 3), "channels may be first or last; say which: --shape 3x8x3"),
        ((5, 8, 3), "in grey. Then say so: --shape 8x3"),
        ((5, 60), "no square of 1 or 3 channels; say rows and columns, such as --shape 6x10"),
        ((8, 6, 3, 50), "seem to lie in the last axis; in NumPy: x = numpy.moveaxis"),
        ((5, 8, 6, 4), "how much pixels cover; leave it out"),
        ((5,), "expected images"),
    ],
)
def test_shapes_are_recognised_or_asked_for(shape: tuple[int, ...], wanted: Any) -> None:
    if isinstance(wanted, tuple):
        assert shape_of(np.zeros(shape), "x.npy")[0] == wanted
        return
    with pytest.raises(FileError, match=wanted.replace("grey.", "grey\\?")):
        shape_of(np.zeros(shape), "x.npy")


def test_the_order_of_colours_is_told_by_smoothness() -> None:
    """Of rows that hold three colours; noise is smooth in no order, and asked for."""
    rng = np.random.default_rng(1)
    smooth = np.cumsum(np.cumsum(rng.normal(0, 1, (8, 12, 12, 3)), 1), 2) + 40 * np.arange(3)
    for image in (smooth, np.repeat(smooth[..., :1], 3, axis=-1)):
        assert shape_of(image.reshape(8, -1), "t.csv")[0] == (12, 12, 3, False)
        assert shape_of(np.moveaxis(image, -1, 1).reshape(8, -1), "t.csv")[0] == (12, 12, 3, True)
    with pytest.raises(FileError, match="--shape 12x12x3 if they do, --shape 3x12x12"):
        shape_of(rng.normal(0, 1, (8, 432)), "t.csv")


def test_a_form_gives_images_whatever_way_they_lie() -> None:
    images = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
    last, first = Form(4, 5, 3), Form(4, 5, 3, True)
    for values in (images, images.reshape(2, -1)):
        assert np.array_equal(last.images(values, "x"), images)
    for values in (np.moveaxis(images, -1, 1), np.moveaxis(images, -1, 1).reshape(2, -1)):
        assert np.array_equal(first.images(values, "x"), images)
    assert last.images(images[0], "x").shape == (1, 4, 5, 3) and first.words == "3x4x5"
    with pytest.raises(FileError, match="expected images of 4x5x3"):
        last.images(images[:, :3], "x")
    with pytest.raises(FileError, match="NaN or infinite numbers in 1 images, the first is number 1"):
        Form(2, 2).images(np.array([[0, 0, 0, 1], [0, np.nan, 0, 1.0]]), "x")


def test_white_and_ranges() -> None:
    for values, white in (([0, 255], 255), ([0.0, 1.0], 1), ([-1.0, 1.0], 0), ([0, 16], 0), ([0, 60000], 65535)):
        assert white_in(np.array(values), "x") == white
    with pytest.raises(FileError, match="all numbers of its images are 3"):
        white_in(np.full(4, 3), "x")
    grey, own = Form(1, 2, white=1.0), Form(1, 2, least=-2.0, largest=2.0)
    grey.check_range(np.array([0.2, 1.0]), "x")
    own.check_range(np.array([-2.5, 3.0]), "x")
    for form, values in ((grey, [0, 200.0]), (grey, [-1.0, 1.0]), (own, [0, 255.0])):
        with pytest.raises(FileError, match="bring the images to those first"):
            form.check_range(np.array(values), "x")
    told = TrainedOn(Reading(1, 2, 1), arrays=own)
    assert TrainedOn.of_record(told.to_record()) == told
    with pytest.raises(ArgumentError, match="nobody can tell how the pixels of an image file become such"):
        told.sample("nothing.png")


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("X_train", "y_train", "X_test", "y_test"), ("train", "test")),
        (("train_images", "train_labels", "val_images", "val_labels"), ("train", "val")),
        (("trainX", "trainY"), ("train",)),
        (("images", "labels"), ("",)),
        (("x", "y"), ("",)),
        (("arr_0", "arr_1"), ("",)),
        (("kmnist-train-imgs", "kmnist-train-labels"), ("train",)),
    ],
)
def test_arrays_under_the_usual_names(tmp_path: Path, names: tuple[str, ...], parts: tuple[str, ...]) -> None:
    """In one file, or in a folder, and with texts for labels."""
    images, labels = np.arange(2 * 16).reshape(2, 4, 4), np.array(["cat", "dog"])
    arrays = {name: (images + place, labels)[place % 2] for place, name in enumerate(names)}
    np.savez(tmp_path / "set.npz", **arrays)
    (tmp_path / "folder").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "folder" / f"{name}.npy", array)
    for path in (tmp_path / "set.npz", tmp_path / "folder"):
        assert are_pixels(path)
        found, told = read_arrays(path)
        assert tuple(found) == parts and told == ()
        assert np.array_equal(found[parts[-1]].values, images + len(names) - 2)
        assert found[parts[0]].labels.tolist() == ["cat", "dog"]


def test_a_file_or_a_folder_for_each_class(tmp_path: Path) -> None:
    """As of QuickDraw, and as people keep what they have cut out."""
    for name, value in (("cat", 1), ("dog", 2)):
        (tmp_path / "tree" / "train" / name).mkdir(parents=True)
        (tmp_path / "files").mkdir(exist_ok=True)
        np.save(tmp_path / "files" / f"{name}.npy", np.full((value, 16), value, np.uint8))
        for number in range(value):
            np.save(tmp_path / "tree" / "train" / name / f"{number}.npy", np.full((4, 4), value))
    for path, part in ((tmp_path / "files", ""), (tmp_path / "tree", "train")):
        assert are_pixels(path)
        found = read_arrays(path)[0][part]
        assert found.labels == ["cat", "dog", "dog"] and found.values.reshape(3, -1)[:, 0].tolist() == [1, 2, 2]


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"x": np.zeros((2, 4, 4)), "y": np.zeros(3)}, "expected a label for each image"),
        ({"x": np.zeros((4, 4, 3, 2)), "y": np.zeros(2)}, "the images lie in its last axis: in NumPy"),
        ({"x": np.zeros((2, 4)), "images": np.zeros((2, 4))}, "x and images would both be the images of all"),
        ({"cat": np.zeros(2), "dog": np.zeros(3)}, "none is called as images are; expected names such as x_train"),
        ({"x": np.zeros((2, 4)), "x_test": np.zeros((2, 4))}, "x belongs to no part and others do"),
        ({"x": np.array([{}, None], object), "y": np.zeros(2)}, "something other than plain numbers"),
    ],
)
def test_arrays_that_say_nothing_or_two_things(tmp_path: Path, arrays: dict[str, np.ndarray], told: str) -> None:
    """And objects of Python's, which are never unpickled."""
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(FileError, match=told):
        read_arrays(tmp_path / "set.npz")


def test_labels_of_every_kind() -> None:
    for given in ([2, 0, 2], [[2], [0], [2]], np.array([2.0, 0.0, 2.0]), ["2", "0", "2"], ["2.0", "0.0", "2.0"]):
        found = answers_of(given, "y")
        assert (found.targets.tolist(), found.names, found.kind) == ([1, 0, 1], ("0", "2"), "classes")
    assert answers_of(["10", "9", "9"], "y").names == ("9", "10")
    assert answers_of([[1, 1], [0, 0]], "y").kind == "labels"
    assert answers_of([1.5, 2.5], "y", ("age",)).names == ("age",)
    assert answers_of([1, 0], "y", names=("0", "1", "7"), kind="classes").targets.tolist() == [1, 0]
    assert answers_of(np.array([True, False, True, False]), "y").kind == "classes"
    for given, told in (([1, 8], "8 is none of the classes"), ([np.nan, 1.0], "NaN"), (["", "a"], "1 images is empty")):
        with pytest.raises(FileError, match=told):
            answers_of(given, "y", names=("0", "1"), kind="classes")


def test_fractions_in_any_cell_are_read(tmp_path: Path) -> None:
    rows = np.array([[0, 255, 3, 4] * 4, [0, 1, 2, 0.5] * 4, [0.25, 1, 2, 3] * 4, [1, 2, 3, 1e-3] * 4])
    path = _table(tmp_path / "t.csv", f"label,{TITLES}", ["1," + ",".join(f"{cell:g}" for cell in row) for row in rows])
    assert np.array_equal(pixels_in(path).to_test.values, rows.astype(np.float32))


def test_several_numbers_beside_pixels(tmp_path: Path) -> None:
    """As facial keypoints have them; one that is missing is told by its row."""
    eyes = np.arange(12.0).reshape(6, 2)
    path = _table(tmp_path / "t.csv", "x,y,Image", _lines(eyes, [" ".join(map(str, row)) for row in PIXELS]))
    with pytest.raises(FileError, match="has pixels and the columns x, y; say which is learned: --target x"):
        pixels_in(path)
    part = pixels_in(path, ["x", "y"]).to_test
    found = answers_of(part.labels, part.owner, part.titles)
    assert found.names == ("x", "y") and found.kind == "numbers" and np.array_equal(found.targets, eyes)
    assert answers_of(part.taken([1, 2]).labels, "t").targets.tolist() == [[2, 3], [4, 5]]
    path.write_text(path.read_text().replace("2.0,3.0", "2.0,"))
    with pytest.raises(FileError, match="row 3 has nothing among the columns that are learned, as 1 of 6 rows do"):
        pixels_in(path, ["x", "y"])
    found = pixels_in(path, ["x", "y"], "skip")
    assert np.array_equal(found.to_test.labels, eyes[[0, 2, 3, 4, 5]]) and np.array_equal(
        found.to_test.values, PIXELS[[0, 2, 3, 4, 5]]
    )
    assert found.told == ("Left out, since something is missing in them that is learned: 1 row.",)
    assert pixels_in(path, None).to_test.labels is None and len(pixels_in(path, None).to_test.values) == 6


def test_places_in_images_are_learned_all_at_once(tmp_path: Path) -> None:
    """Fractions in several columns, as facial keypoints have them, with cells that are empty, and labels that lack."""
    eyes = np.arange(12.0).reshape(6, 2) + 0.25
    cells = [" ".join(map(str, row)) for row in PIXELS]
    path = _table(tmp_path / "t.csv", "x,y,Image", _lines(eyes, cells))
    path.write_text(path.read_text().replace("4.25,", ","))
    found = pixels_in(path, on_missing="skip").to_test
    assert found.titles == ("x", "y") and np.array_equal(found.labels, eyes[[0, 1, 3, 4, 5]])
    path = _table(tmp_path / "one.csv", "x,Image", _lines(["1.5", "nan", "", "2", "3", "4"], cells))
    with pytest.raises(FileError, match="row 3 has nothing among the labels, as 2 of 6 rows do"):
        pixels_in(path)
    assert pixels_in(path, on_missing="skip").to_test.labels == ["1.5", "2", "3", "4"]


def test_names_that_python_takes_for_numbers() -> None:
    """Classes may be called inf and 1_2; "nan" among numbers is one that is missing."""
    found = answers_of(["inf", "cat", "1_2", "12"], "y")
    assert (found.names, found.targets.tolist()) == (("12", "1_2", "cat", "inf"), [3, 2, 1, 0])
    for words, told in (
        (["1", "nan", "2"], "'nan' among labels that are numbers"),
        (["0.5", "0.25", "x"], "'x' among"),
    ):
        with pytest.raises(FileError, match=told):
            answers_of(words, "y")


def test_names_of_files_and_the_same_images_twice(tmp_path: Path) -> None:
    """What all files begin with is no name of a class; rows and images of the same are one."""
    for name in ("cat", "dog"):
        np.save(tmp_path / f"full_bitmap_{name}.npy", np.ones((2, 16)))
    assert read_arrays(tmp_path)[0][""].labels == ["cat", "cat", "dog", "dog"]
    images = np.arange(32).reshape(2, 4, 4)
    np.savez(tmp_path / "digits.npz", data=images.reshape(2, 16), images=images, target=[0, 1])
    assert read_arrays(tmp_path / "digits.npz")[0][""].values.shape == (2, 4, 4)
    path = _table(tmp_path / "t.csv", f"label;{TITLES.replace(',', ';')}", ["1;" + ";".join(["0,5"] * 16)])
    with pytest.raises(FileError, match="row 2 has '0,5' among its pixels; expected numbers, written with a point"):
        pixels_in(path)
