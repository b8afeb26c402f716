"""Folders and tables of which a part would be missing, or be counted wrong, without a word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Sequential, layers, load_model
from pellucid.cli import main
from pellucid.cli.image_folders import find_photos
from pellucid.cli.table_images import find_tabled
from pellucid.data.folders.class_folders import list_images
from pellucid.data.images.looks import looks_of, unlike
from pellucid.data.images.reading import Reading, TrainedOn
from pellucid.errors import FileError

COMMAND = str(Path(sys.executable).with_name("pellucid"))


def photo(path: Path, grey: int, seed: int = 0) -> Path:
    """A file of noise around a grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).normal(grey, 8, (12, 12, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (("dark", 50), ("light", 200)):
        for number in range(6):
            photo(tmp_path / "photos" / name / f"{number}.png", grey, seed=number + grey)
    return tmp_path / "photos"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Takes what is brighter than 125 for light."""
    net = Sequential([layers.Input((8, 8, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")])
    net.layers[-1].set_weights([np.array([[-1.0, 1.0]] * 3), np.array([1.47, -1.47])])
    net.trained_on = TrainedOn(Reading(8, 8, 3), 1 / 255, ("dark", "light"))
    net.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def test_a_class_that_the_model_cannot_tell_is_told(
    folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["evaluate", str(model), str(folder)]) == 0
    assert "Of 12 samples 12 are right" in capsys.readouterr().out
    photo(folder / "square" / "0.png", 120)
    assert main.run(["evaluate", str(model), str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "square is none of the classes that" in said.err and "dark, light" in said.err


def test_folders_of_programs_inside_of_a_class_are_no_images(folder: Path) -> None:
    before = list_images(folder, hidden=False)
    for name in (".ipynb_checkpoints", "@eaDir", ".thumbs/deep", "__MACOSX"):
        photo(folder / "dark" / name / "0.png", 50)
    assert list_images(folder, hidden=False).files == before.files
    photo(folder / "dark" / "more" / "0.png", 50)
    assert len(list_images(folder, hidden=False).files) == 13


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of files as Unix has them")
def test_a_folder_that_cannot_be_read_is_told(folder: Path, model: Path) -> None:
    """Whoever may read all of a machine's files meets no such folder."""
    photo(folder / "dark" / "more" / "0.png", 50)
    code = (
        "import os, sys\n"
        "from pellucid.cli import main\n"
        "os.chmod(sys.argv[2] + '/dark/more', 0)\n"
        "if os.geteuid() == 0:\n"
        "    for name in ('', sys.argv[2]):\n"
        "        pass\n"
        "    import shutil\n"
        "    scandir = os.scandir\n"
        "    def refused(path='.'):\n"
        "        if str(path).endswith('more'):\n"
        "            raise PermissionError(13, 'Permission denied', str(path))\n"
        "        return scandir(path)\n"
        "    os.scandir = refused\n"
        "sys.exit(main.run(['evaluate', *sys.argv[1:]]))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code, str(model), str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    os.chmod(folder / "dark" / "more", 0o755)
    assert outcome.returncode == 1 and "more cannot be read: Permission denied" in outcome.stderr, outcome.stderr


def test_copies_that_are_left_out_are_counted(tmp_path: Path) -> None:
    for name, grey in (("dark", 50), ("light", 200)):
        for number in range(10):
            photo(tmp_path / name / f"{number}.png", grey, seed=number + grey)
    for number in range(1, 31):
        shutil.copy(tmp_path / "dark" / "0.png", tmp_path / "dark" / f"copy{number}.png")
    counts = set()
    for seed in range(6):
        found = find_photos(tmp_path, 8, seed, "error", 8)
        train, held = len(found.training.file_paths), len(found.held_out.file_paths)
        counts.add(50 - train - held)
        away = "" if train + held == 50 else "; 30 copies of those held out are left out"
        assert found.told[-1] == f"{train} to train on, {held} held out to validate with{away}."
    assert counts == {0, 30}


def test_tables_tell_as_much_as_folders(folder: Path) -> None:
    rows = [f"dark/{number}.png,dark" for number in range(6)] + [f"light/{number}.png,light" for number in range(6)]
    path = folder / "table.csv"
    path.write_text("\n".join(["file,kind", *rows, "dark/0.png,light", "dark/1.png,dark", "light/5.png,rare"]))
    told = " ".join(find_tabled(path, 8, 0, "error", 8).told)
    assert "3 rows name an image that another row names too." in told
    assert "The same image with other values in 2 rows: 0.png, 5.png. One of each is wrong." in told
    assert "Few images, less than" in told and "rare" in told


def test_rows_that_keep_labels_from_being_classes_are_counted(folder: Path) -> None:
    path = folder / "table.csv"
    rows = [f"{name}/{n}.png,{'1,0' if name == 'dark' else '0,1'}" for name in ("dark", "light") for n in range(6)]
    path.write_text("\n".join(["file,dark,light", *rows[:-1], "light/5.png,1,1"]))
    told = " ".join(find_tabled(path, 8, 0, "error", 8).told)
    assert "All rows but 1 have exactly one of these labels: if they are classes, mend those rows." in told
    path.write_text("\n".join(["file,dark,light", *rows[:-2], "light/4.png,0,0", "light/5.png,1,1"]))
    assert "All rows but" not in " ".join(find_tabled(path, 8, 0, "error", 8).told)


def test_what_might_be_classes_is_told(folder: Path) -> None:
    path = folder / "table.csv"
    for titles, rows, said in (
        ("file,dark,light", lambda n: "1,0" if n % 2 else "0,1", "exactly one of the columns is 1: they are taken for"),
        (
            "file,stars",
            lambda n: str(n % 4),
            "Few whole numbers alone: stars. If they stand for classes",
        ),
    ):
        path.write_text("\n".join([titles, *(f"{c}/{n}.png,{rows(n)}" for c in ("dark", "light") for n in range(6))]))
        assert said in " ".join(find_tabled(path, 8, 0, "error", 8).told)


def test_parts_of_a_folder_are_told(folder: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is trained on and held out is counted as found; `evaluate` says at which part it looks."""
    whole = folder.parent / "whole"
    for part, count in (("train", 6), ("val", 2), ("test", 3)):
        for name in ("dark", "light"):
            for number in range(count):
                photo(whole / part / name / f"{number}.png", 50 if name == "dark" else 200, seed=number + 10 * count)
    found = find_photos(whole, 8, 0, "error", 8)
    assert found.told[0] == "Found 16 images of 2 classes: dark 8, light 8."
    assert "The part test is left alone; `pellucid evaluate` looks at it." in found.told
    assert found.told[-1] == "12 to train on, 4 held out to validate with."
    assert main.run(["evaluate", str(model), str(whole)]) == 0
    said = capsys.readouterr()
    assert "the part test is looked at" in said.err and "Of 6 samples 6 are right" in said.out


def test_images_that_cannot_be_read_are_named_at_once_or_counted(
    folder: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x.png", "y.png"):
        (folder / "dark" / name).write_bytes(b"no image")
    assert main.run(["predict", str(model), str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "x.png" in said.err and "y.png" in said.err and "--on-bad-image skip" in said.err
    assert main.run(["predict", str(model), str(folder), "--on-bad-image", "skip"]) == 0
    said = capsys.readouterr()
    assert said.out.count("probability") == 12 and "Left out, since they cannot be read: 2" in said.err
    assert main.run(["evaluate", str(model), str(folder), "--on-bad-image", "skip", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["samples"] == 12 and "Left out, since they cannot be read: 2" in said.err


def test_pictures_of_an_earlier_verdict_are_taken_away(folder: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mistakes.png").write_bytes(b"of another model")
    assert main.run(["evaluate", str(model), str(folder), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["confusion.png"]


def test_a_dark_image_is_dark_and_not_inverted() -> None:
    rng = np.random.default_rng(0)
    seen = looks_of([rng.normal(grey, 10, (8, 8, 1)).clip(0, 255) for grey in range(107, 205, 2)], [(8, 8)] * 49)
    assert seen is not None
    (said,) = unlike(seen, np.full((8, 8, 1), 38.0) + rng.normal(0, 3, (8, 8, 1)), (8, 8))
    assert said.startswith("it is darker than all that was trained on")
    bright = looks_of([rng.normal(grey, 10, (8, 8, 1)).clip(0, 255) for grey in range(200, 240)], [(8, 8)] * 40)
    assert bright is not None
    (said,) = unlike(bright, np.full((8, 8, 1), 30.0) + rng.normal(0, 9, (8, 8, 1)), (8, 8))
    assert said.startswith("it looks inverted")


def test_a_folder_inside_of_a_folder_is_asked_for(folder: Path) -> None:
    (folder.parent / "wrapped").mkdir()
    folder.rename(folder.parent / "wrapped" / "data")
    with pytest.raises(FileError, match=r"has one sub-folder, data: .* is .*wrapped/data meant\?"):
        find_photos(folder.parent / "wrapped", 8, 0, "error", 8)


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("nothere", "A folder with images is one too, and there is none of that name here"),
        ("nothere.csv", "nothere.csv: there is no such file"),
        ("no/where", "no/where: there is no such folder"),
        ("a.xml", "a.xml is a file and no folder: such annotations are not read; write a table (CSV)"),
        ("a.MP4", "a.MP4 is a file and no folder: videos are not read; save their frames"),
        ("a.zip", "a.zip is a file and no folder: unpack the archive"),
        ("a.jpg", "a.jpg is a file and no folder: it is one image"),
    ],
)
def test_what_is_not_there_is_told_as_what_it_seems(
    dataset: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if dataset.startswith("a."):
        Path(dataset).touch()
    assert main.run(["train", dataset]) == 1
    assert said in capsys.readouterr().err


def test_warnings_of_commands_are_sentences(folder: Path, tmp_path: Path) -> None:
    """And no lines of files of this library's."""
    outcome = subprocess.run(
        [COMMAND, "train", str(folder), "--size", "8", "--rate", "1000", "--epochs", "2", "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "warning: " in outcome.stderr, outcome.stderr
    assert "UserWarning" not in outcome.stderr and "site-packages" not in outcome.stderr
    assert "callback(" not in outcome.stderr


def test_images_that_were_trained_on_are_told_from_new_ones(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is in them, wherever they lie; trained further, a model remembers both."""
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])
    arguments = ["--size", "8", "--epochs", "3", "--verbose", "0"]
    assert main.run(["train", str(folder), *arguments, "--out", str(tmp_path / "out")]) == 0
    path = tmp_path / "out" / "model.keras"
    assert len(load_model(path).trained_on.files.digests) == 10  # of 12, two are held out
    capsys.readouterr()
    moved = folder.rename(tmp_path / "moved")
    assert main.run(["evaluate", str(path), str(moved)]) == 0
    said = capsys.readouterr()
    assert "It was trained on 10 of these 12 images; the other 2 tell how good it is on new ones: " in said.err
    new = tmp_path / "new"
    for name, grey in (("dark", 50), ("light", 200)):
        for number in range(4):
            photo(new / name / f"{number}.png", grey, seed=100 + number + grey)
    assert main.run(["evaluate", str(path), str(new)]) == 0
    assert "trained on" not in capsys.readouterr().err
    further = ["train", str(new), "--model", str(path), *arguments[2:], "--out", str(tmp_path / "further")]
    assert main.run(further) == 0
    assert len(load_model(tmp_path / "further" / "model.keras").trained_on.files.digests) == 16
