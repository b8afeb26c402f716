"""Tables whose columns say one class together, lack values, or could each be what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pellucid.data.tables.columns import repeating
from pellucid.data.tables.image_tables import ImageTable, read_table
from pellucid.errors import FileError


def table(folder: Path, titles: str, rows: Sequence[str], **options: Any) -> ImageTable:
    """What is read of a table with a file 0.png, 1.png, ... before each row."""
    for number in range(len(rows)):
        (folder / f"{number}.png").touch()
    lines = [f"{number}.png,{row}" for number, row in enumerate(rows)]
    (folder / "t.csv").write_text("\n".join([f"file,{titles}", *lines]))
    return read_table(folder / "t.csv", **options)


def test_columns_of_which_each_row_has_one_are_classes(tmp_path: Path) -> None:
    """As skin lesions and leaves come from competitions; the columns of the table are the classes, in their order."""
    found = table(tmp_path, "MEL,NV,BCC", ["0.0,1.0,0.0", "1.0,0.0,0.0", "0.0,1.0,0.0", "0.0,0.0,1.0"])
    assert (found.kind, found.names, found.targets.tolist()) == ("classes", ("MEL", "NV", "BCC"), [1, 0, 1, 2])
    assert "exactly one of the columns is 1: they are taken for classes" in found.told[0]
    for other in ("1,1,0", "0,0,0"):
        several = table(tmp_path, "MEL,NV,BCC", ["0,1,0", other])
        assert (several.kind, several.told) == ("labels", ())
    assert table(tmp_path, "MEL,NV", ["0,1", "1,0"], kind="labels", names=("NV", "MEL")).targets.tolist() == [
        [1, 0], [0, 1],
    ]  # fmt: skip


def test_such_columns_are_held_to_what_a_model_tells(tmp_path: Path) -> None:
    """By their titles, in whatever order they stand, beside whatever else."""
    known: dict[str, Any] = {"kind": "classes", "names": ("MEL", "NV")}
    assert table(tmp_path, "age,NV,MEL", ["50,1,0", "60,0,1"], **known).targets.tolist() == [1, 0]
    with pytest.raises(FileError, match="row 3 has 2 ones in the columns MEL, NV, and the model tells exactly one"):
        table(tmp_path, "NV,MEL", ["1,0", "1,1"], **known)


def test_the_column_that_repeats_is_named_and_not_that_which_counts(tmp_path: Path) -> None:
    """HAM10000's: `lesion_id` is nearly another one in each row, `dx` is what is wanted."""
    kinds = ["nv", "mel", "nv", "bkl", "nv", "mel", "bkl", "nv"]
    rows = [f"HAM_{n // 2 + n % 2 * 9},{kind},{40 + n},{'fm'[n % 2]}" for n, kind in enumerate(kinds)]
    told = "row 2 of 'dx' has 'nv', .*say which is learned, such as --target dx .*: dx 3, sex 2"
    with pytest.raises(FileError, match=told):
        table(tmp_path, "lesion_id,dx,age,sex", rows)
    assert repeating(["a", "label"], [["x", "x", "y", "y"], ["1", "1", "2", "2"]]) == [("label", 2), ("a", 2)]


def test_rows_that_lack_what_is_learned(tmp_path: Path) -> None:
    """They are told with their number, and left out where that is asked for: never a number."""
    rows = ["1.5,2.5", ",3.5", "4.5,NaN", "6.5,7.5"]
    with pytest.raises(
        FileError, match=r"row 3 of 'x' has nothing.*leave such rows, 1 of 4, out with --on-missing skip"
    ):
        table(tmp_path, "x,y", rows)
    found = table(tmp_path, "x,y", rows, on_missing="skip")
    assert found.targets.tolist() == [[1.5, 2.5], [6.5, 7.5]]
    assert [Path(file).stem for file in found.files] == ["0", "3"]
    assert found.told == ("Left out, since something is missing in them that is learned: 2 rows.",)
    known = table(tmp_path, "x,y", rows, on_missing="skip", kind="numbers", names=("x",))
    assert known.targets.tolist() == [[1.5], [4.5], [6.5]]
    named = table(tmp_path, "kind", ["None", "", "cat", "None"], on_missing="skip")
    assert (named.names, named.targets.tolist()) == (("None", "cat"), [0, 1, 0])
    with pytest.raises(FileError, match="in every row something is missing of x"):
        table(tmp_path, "x", ["", "nan"], on_missing="skip", columns=["x"])
    with pytest.raises(FileError, match=r"row 4 of 'x' has '\?'"):
        table(tmp_path, "x", ["1", "2", "?", ""], on_missing="skip")


def test_names_with_a_line_between_digits_are_no_numbers(tmp_path: Path) -> None:
    """Python reads "1_2" as 12."""
    assert table(tmp_path, "class", ["1_2", "12", "1_2", "12"]).names == ("12", "1_2")


@pytest.mark.parametrize("before", ["/home/me/input/", "C:\\Users\\me\\", "https://example.com/", "./data/set/"])
def test_files_that_lay_elsewhere_are_found_here(tmp_path: Path, before: str) -> None:
    """What all names begin with is left out, and said; never so that a file of another folder is taken."""
    for name in ("cat/1.jpg", "dog/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    path = tmp_path / "t.csv"
    path.write_text("".join(f"{row}\n" for row in ("file,kind", f"{before}cat/1.jpg,cat", f"{before}dog/1.jpg,dog")))
    found = read_table(path)
    assert [Path(file).relative_to(tmp_path).as_posix() for file in found.files] == ["cat/1.jpg", "dog/1.jpg"]
    plain = before.replace("\\", "/")
    assert found.told == (f"The names of files begin with {plain} in the table, which leads nowhere here: left out.",)
    path.write_text(f"file,kind\n{before}train/1.jpg,cat\n")
    (tmp_path / "dog" / "1.jpg").unlink()
    with pytest.raises(FileError, match="names no file that is there"):
        read_table(path)


@pytest.mark.parametrize("text", ["file|kind\na.png|x\n", "file kind\na.png x\n", "file,kind\na.png,x,\n"])
def test_cells_that_stand_apart_otherwise(tmp_path: Path, text: str) -> None:
    """By bars, by spaces, and with a comma behind the last."""
    (tmp_path / "a.png").touch()
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv").names == ("x",)


def test_tables_as_spreadsheets_write_them(tmp_path: Path) -> None:
    """With a mark in front, semicolons, a line that says so, and empty columns behind."""
    (tmp_path / "Käse 1.PNG").touch()
    path = tmp_path / "t.csv"
    path.write_bytes("sep=;\r\nDatei;Klasse;;\r\nKäse 1.PNG;Käse;;\r\n".encode("utf-8-sig"))
    found = read_table(path)
    assert found.names == ("Käse",) and [Path(file).name for file in found.files] == ["Käse 1.PNG"]
