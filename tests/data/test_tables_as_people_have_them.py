"""Tables as they come from competitions, spreadsheets and other libraries: which files, which columns, which kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.data.tables.image_tables import ImageTable, read_table
from pellucid.errors import FileError


def table(folder: Path, text: str, files: Sequence[str] = (), name: str = "labels.csv", **options: Any) -> ImageTable:
    """What is read of a table; files a.png to d.png are there, or others."""
    for each in files or [f"{letter}.png" for letter in "abcd"]:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).touch()
    (folder / name).write_text(text)
    return read_table(folder / name, **options)


def places(found: ImageTable, folder: Path) -> list[str]:
    return [Path(file).relative_to(folder).as_posix() for file in found.files]


def test_names_without_an_ending_are_found(tmp_path: Path) -> None:
    """Of two columns that name files, that which tells rows apart."""
    files = [f"images/{number}.jpg" for number in range(4)]
    found = table(tmp_path, "class,id\n1,0\n0,1\n1,2\n0,3", files)
    assert places(found, tmp_path) == files and found.names == ("0", "1")
    found = table(tmp_path, "image,kind\n0.JPG,x\n1.jpeg,y\n2.JPG,y")
    assert places(found, tmp_path) == ["images/0.jpg", "images/2.jpg"] and found.missing == ("1.jpeg",)


def test_classes_that_are_called_as_files_are_no_files(tmp_path: Path) -> None:
    """Though each folder of a class has files of those names."""
    files = [f"{kind}/{number}.jpg" for kind in ("c0", "c1") for number in range(2)]
    rows = "\n".join(f"{file[:-4]},{file[1]}" for file in files)
    found = table(tmp_path, f"id,class\n{rows}", files)
    assert places(found, tmp_path) == files and found.names == ("0", "1")


def test_folders_that_are_called_as_the_table_come_first(tmp_path: Path) -> None:
    """Never a file of the same name in another folder, which would be another image."""
    both = ["train/0.png", "test/0.png", "train/1.png", "test/1.png"]
    text = "file,kind\n0.png,x\n1.png,y"
    assert places(table(tmp_path, text, both, "train.csv"), tmp_path) == ["train/0.png", "train/1.png"]
    assert places(table(tmp_path, text, both, "Test.csv"), tmp_path) == ["test/0.png", "test/1.png"]
    with pytest.raises(FileError, match=r"names 0\.png, and there are .*test/0\.png and .*train/0\.png; write"):
        table(tmp_path, text, both, "labels.csv")
    single = tmp_path / "single"
    assert places(table(single, text, ["scans/0.png", "scans/1.png"]), single) == ["scans/0.png", "scans/1.png"]


def test_the_column_that_is_learned_is_chosen(tmp_path: Path) -> None:
    text = "id,file,kind,width\n7,a.png,x,24\n8,b.png,y,20\n9,c.png,x,10"
    with pytest.raises(FileError, match=r"row 2 of 'kind' has 'x', .* say which is learned, such as --target kind\."):
        table(tmp_path, text)
    assert table(tmp_path, text, columns=["kind"]).names == ("x", "y")
    found = table(tmp_path, text, columns=["width", "id"])
    assert (found.kind, found.names, found.targets[0].tolist()) == ("numbers", ("width", "id"), [24.0, 7.0])
    with pytest.raises(FileError, match=r"has no column 'size'; its columns are: id, file, kind, width"):
        table(tmp_path, text, columns=["size"])
    assert table(tmp_path, text, names=("y", "x"), kind="classes").targets.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "kind", "names", "first"),
    [
        ("f,male,smiles\na.png,-1,1\nb.png,1,1", "labels", ("male", "smiles"), [0, 1]),
        ("f,cat,dog\na.png,-1,1\nb.png,1,-1", "classes", ("cat", "dog"), 1),
        ("f,cat,in\na.png,yes,no\nb.png,no,no", "labels", ("cat", "in"), [1, 0]),
        ("f,cat,in\na.png,True,FALSE\nb.png,True,True", "labels", ("cat", "in"), [1, 0]),
        ("f,tags\na.png,haze primary\nb.png,clear", "labels", ("clear", "haze", "primary"), [0, 1, 1]),
        ("f,kind\na.png,golden retriever\nb.png,pug", "classes", ("golden retriever", "pug"), 0),
        ("f,ClassId\na.png,10\nb.png,9", "classes", ("9", "10"), 1),
        ("f,kind\ra.png,x\rb.png,y\r", "classes", ("x", "y"), 0),
    ],
)
def test_what_is_learned(tmp_path: Path, text: str, kind: str, names: tuple[str, ...], first: object) -> None:
    found = table(tmp_path, text)
    assert (found.kind, found.names, found.targets[0].tolist()) == (kind, names, first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f,kind\na.png,x\nb.png,\nc.png,", "the class of 2 images is empty"),
        ("f,x\n\na.png,1\n,\nb.png,?\nc.png,3", "row 5 of 'x'"),
        ("f,kind\na.png,x\nf,kind\nb.png,y", "row 3 of 'f' has 'f', which is no name of an image file"),
        (
            'f,x\na.png,"1,200"\nb.png,"2,400"',
            "row 2 of 'x' has '1,200', .* Thousands are written without commas",
        ),
        ("f,kind\nz.png,x\ny.png,y", r"names no file that is there \(z\.png, \.\.\.\)"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        table(tmp_path, text)


def test_numbers_that_float32_would_make_equal_are_refused(tmp_path: Path) -> None:
    """Dates in seconds, or numbers of rows in a data base: all would be one number, told without an error."""
    with pytest.raises(FileError, match="of 'time', such as 1700000000, differ by less than float32 can tell"):
        table(tmp_path, "f,time\na.png,1700000000\nb.png,1700000001\nc.png,1700000007")
    close = table(tmp_path, "f,x\na.png,0.123456789\nb.png,0.123456790\nc.png,0.7")
    np.testing.assert_allclose(close.targets[:, 0], [0.123456789, 0.12345679, 0.7])
    assert table(tmp_path, "f,x\na.png,0.1\nb.png,0.1").targets.tolist() == [[np.float32(0.1)]] * 2
