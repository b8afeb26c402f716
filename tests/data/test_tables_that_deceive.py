"""Tables as people have them, whose numbers or columns would be taken for others without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pellucid.data.tables.image_tables import ImageTable, read_table
from pellucid.errors import FileError


def table(folder: Path, text: str, names: tuple[str, ...] | None = None, kind: str | None = None) -> ImageTable:
    """What is read of a table of images that are all there."""
    for line in text.replace("\\", "/").split("\n")[1:]:
        for cell in line.replace(";", ",").split(","):
            if cell.strip().endswith(".png") and "gone" not in cell:
                (folder / cell.strip()).parent.mkdir(parents=True, exist_ok=True)
                (folder / cell.strip()).touch()
    path = folder / "table.csv"
    path.write_text(text)
    return read_table(path, names, kind)


def test_the_columns_that_a_model_tells_are_found_by_their_titles(tmp_path: Path) -> None:
    known = ("x", "size")
    found = table(tmp_path, "file,age,size,x\na.png,9,1.5,2\nb.png,8,3,4", known, "numbers")
    assert found.targets.tolist() == [[2.0, 1.5], [4.0, 3.0]] and found.names == known
    for text in ("file,width,x\na.png,1,2", "file,circle,left\na.png,1,0", "file,x\na.png,1"):
        with pytest.raises(FileError, match=r"has no column '(x|size)', which the model tells \(it tells x, size\)"):
            table(tmp_path, text, known, "numbers")
    with pytest.raises(FileError, match=r"has no column 'left', .* its columns are: people, circle"):
        table(tmp_path, "file,people,circle\na.png,1,0", ("circle", "left"), "labels")
    tags = table(tmp_path, "file;tags\na.png;circle|left\nb.png;left", ("circle", "left"), "labels")
    assert tags.targets.tolist() == [[1.0, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize("title", ["", "Unnamed: 0"])
def test_a_column_that_numbers_the_rows_is_nothing(tmp_path: Path, title: str) -> None:
    """As pandas writes its index."""
    found = table(tmp_path, f"{title},file,x\n0,a.png,3.5\n1,b.png,4")
    assert (found.names, found.targets.tolist()) == (("x",), [[3.5], [4.0]])
    kept = table(tmp_path, f"{title},file,x\n7,a.png,3.5\n5,b.png,4")
    assert kept.targets.shape == (2, 2)


@pytest.mark.parametrize("title", ["class", "Label", "category_id"])
def test_whole_numbers_of_classes_are_their_names(tmp_path: Path, title: str) -> None:
    found = table(tmp_path, f"file,{title}\na.png,10\nb.png,2\nc.png,10")
    assert (found.kind, found.names, found.targets.tolist()) == ("classes", ("2", "10"), [1, 0, 1])
    assert table(tmp_path, "file,age\na.png,10\nb.png,2\nc.png,10").kind == "numbers"
    assert table(tmp_path, f"file,{title}\na.png,1.5\nb.png,2").kind == "numbers"


SLIPS: list[tuple[str, str]] = [
    ("file,x\na.png,1\nb.png,\nc.png,3", "row 3 of 'x' has nothing, which is no finite number"),
    ("file,x\na.png,1\nb.png,nan\nc.png,3", "row 3 of 'x' has 'nan'"),
    ("file,x\na.png,1\nb.png,inf\nc.png,3", "row 3 of 'x' has 'inf'"),
    ("file;x\na.png;1,5\nb.png;2,5", r"row 2 of 'x' has '1,5', .* written with a point: 12\.5"),
    ("file,x\ngone.png,4\na.png,1\nb.png,n/a\nc.png,3", "row 4 of 'x' has 'n/a'"),
    ("file,x\na.png,$1100\nb.png,$900\nc.png,$20", r"row 2 of 'x' has '\$1100'"),
    ("file,x,y\na.png,1,2\nb.png,3,?", r"row 3 of 'y' has '\?', .* say which is learned, such as --target y"),
    ("file,x,x\na.png,1,2\nb.png,3,4", "several columns are called 'x'"),
]


@pytest.mark.parametrize(("text", "said"), SLIPS)
def test_a_cell_that_is_no_number_is_told_by_its_row(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        table(tmp_path, text)


def test_classes_may_begin_with_digits(tmp_path: Path) -> None:
    rows = "\n".join(f"{number}.png,{number % 2}0s" for number in range(8))
    assert table(tmp_path, f"file,decade\n{rows}").names == ("00s", "10s")


def test_paths_as_windows_writes_them(tmp_path: Path) -> None:
    found = table(tmp_path, "file,x\nphotos\\a.png,1\nphotos\\b.png,2")
    assert [Path(file).relative_to(tmp_path).as_posix() for file in found.files] == ["photos/a.png", "photos/b.png"]
