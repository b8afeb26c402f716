"""A table of file names with numbers, labels or classes: trained, evaluated, predicted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import stopping
from PIL import Image

from pellucid import Sequential, layers, load_model
from pellucid.cli import main
from pellucid.cli.overfitting import overfitting_told, settling_steps
from pellucid.cli.table_images import find_tabled
from pellucid.data.tables.image_tables import read_table
from pellucid.errors import FileError


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares of many greys; with the price of each, which is its grey, and with its labels."""
    folder, rng = tmp_path_factory.mktemp("tabled"), np.random.default_rng(4)
    (folder / "images").mkdir()
    prices, labels = ["file,price,split"], ["name;tags"]
    for number in range(40):
        grey = int(rng.integers(20, 235))
        pixels = rng.normal(grey, 6, (12, 12)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
        prices.append(f"{number}.png,{1000 + 10 * grey},{'val' if number < 8 else 'train'}")
        tags = [name for name, there in (("dark", grey < 110), ("light", grey > 90)) if there]
        labels.append(f"images/{number}.png;{'|'.join(tags)}")
    (folder / "prices.csv").write_text("\n".join(prices))
    (folder / "tags.csv").write_text("\ufeff" + "\r\n".join(labels), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.cli.train.draw_pictures", lambda *arguments: [])


def _trained(table: Path, out: Path, *more: str) -> Path:
    arguments = ["train", str(table), "--size", "8", "--verbose", "0", "--batch", "8", "--out", str(out), *more]
    assert main.run(arguments) == 0
    return out / "model.keras"


def test_numbers(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In their own units, and better than whoever says the mean."""
    path = _trained(photos / "prices.csv", tmp_path / "out", "--epochs", "30", "--rate", "0.01")
    out = capsys.readouterr().out
    assert "Found 40 images and 1 number to tell: price from" in out and "32 to train on, 8 held out" in out
    assert load_model(path).trained_on.kind == "numbers"
    assert main.run(["evaluate", str(path), str(photos / "prices.csv"), "--json", "-o", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[0])
    assert found["samples"] == 8 and found["r2"][0] > 0.5 and found["mean_absolute_error"][0] < 400
    assert (tmp_path / "mistakes.png").exists()
    assert main.run(["predict", str(path), str(photos / "images" / "3.png")]) == 0
    said = capsys.readouterr().out
    assert ": price " in said and 800 < float(said.split("price ")[1]) < 3800
    assert main.run(["evaluate", str(path), str(photos)]) == 1
    assert "tells numbers; give a table" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["prices.csv", "tags.csv"])
def test_interrupted_and_resumed(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """To the same bits; not with other numbers or labels of the same images."""
    table = photos / f"begun-{name}"
    text = (photos / name).read_bytes()
    table.write_bytes(text)
    whole = load_model(_trained(table, tmp_path / "whole", "--epochs", "2"))
    with stopping.after_an_epoch():
        arguments = ["train", str(table), "--size", "8", "--verbose", "0", "--batch", "8", "--epochs", "2"]
        assert main.run([*arguments, "--out", str(tmp_path / "parts")]) == 130
    table.write_bytes(text.replace(b",1", b",2", 1).replace(b"dark", b"light", 1))
    capsys.readouterr()
    assert main.run(["train", "--resume", str(tmp_path / "parts"), "--verbose", "0"]) == 1
    assert "are not those any more with which the training was begun" in capsys.readouterr().err
    table.write_bytes(text)
    assert main.run(["train", "--resume", str(tmp_path / "parts"), "--verbose", "0"]) == 0
    parts = load_model(tmp_path / "parts" / "model.keras")
    assert all(map(np.array_equal, whole.get_weights(), parts.get_weights()))


def test_labels(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _trained(photos / "tags.csv", tmp_path / "out", "--epochs", "20", "--rate", "0.01")
    assert "2 labels, of which an image may have any: dark" in capsys.readouterr().out
    assert main.run(["evaluate", str(path), str(photos / "tags.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["labels"] == ["dark", "light"] and min(found["recall"]) > 0.6
    assert main.run(["predict", str(path), str(photos / "images" / "3.png"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [name for name, share in zip(told["names"], told["probabilities"], strict=True) if share >= 0.5] == sorted(
        told["labels"]
    )


def test_one_column_of_several_is_learned(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chosen by its title, kept with a training that is resumed, found again by what the model tells."""
    lines = (photos / "prices.csv").read_text().split("\n")
    rows = [f"{line.rsplit(',', 1)[0]},{'odd' if number % 2 else 'even'}" for number, line in enumerate(lines[1:])]
    table = photos / "several.csv"
    table.write_text("\n".join(["file,price,kind", *rows]))
    with stopping.in_epoch(2):
        assert main.run(["train", str(table), "--target", "kind", "--size", "8", "--out", str(tmp_path / "out")]) == 130
    capsys.readouterr()
    assert main.run(["train", "--resume", str(tmp_path / "out"), "--epochs", "2", "--verbose", "0"]) == 0
    said = capsys.readouterr().out
    assert "and 2 classes: even 20, odd 20" in said
    assert said.count("--target kind") == 2  # in the commands that are proposed
    path = str(tmp_path / "out" / "model.keras")
    assert main.run(["evaluate", path, str(table)]) == 0
    assert "Of 40 samples" in capsys.readouterr().out
    assert main.run(["evaluate", path, str(photos), "--target", "kind"]) == 1
    assert "--target names columns of a table" in capsys.readouterr().err


def test_overfitting_is_told() -> None:
    """After the best epoch of validation, if it gets worse from there while training gets better."""
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")

    def told(loss: list[float], validation: list[float]) -> list[str]:
        model.fit(np.zeros((2, 2)), np.zeros((2, 1)), epochs=len(loss), verbose=0)
        model.history.history.clear()
        model.history.history.update(loss=loss, val_loss=validation)
        return overfitting_told(model)

    (line,) = told([3.0, 2.0, 1.0, 0.5], [3.0, 2.5, 2.8, 4.0])
    assert line.startswith("Overfitting begins after epoch 2: the validation loss was 2.5 there and is 4 in the end")
    assert "that of training 0.5." in line
    (line,) = told([3.0, 2.0, 1.0], [3.0, 2.5, 2.0])
    assert line.startswith("Overfitting is not seen")
    assert told([3.0, 2.0], [3.0, 4.0]) == []


def test_validation_is_not_believed_before_moving_averages_have_settled() -> None:
    """A small folder makes few steps: what validation said in the first ones is no overfitting."""
    model = Sequential([layers.Input((2,)), layers.BatchNormalization(momentum=0.6), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert settling_steps(model) == 10  # 0.6 ** 9 = 0.0101, 0.6 ** 10 = 0.006

    def told(epochs: int, validation: list[float]) -> list[str]:
        model.optimizer.iterations = 0
        model.fit(np.zeros((2, 2)), np.zeros((2, 1)), epochs=epochs, verbose=0)
        model.history.history.clear()
        model.history.history.update(loss=[1 / (1 + epoch) for epoch in range(epochs)], val_loss=validation)
        return overfitting_told(model)

    (line,) = told(4, [1.0, 2.0, 3.0, 4.0])
    assert line.startswith("Validation says little yet: ") and "within about 10 steps, and 4 were made" in line
    (line,) = told(14, [0.1] * 5 + [9.0] * 5 + [4.0, 3.0, 2.0, 1.0])
    assert line.startswith("Overfitting is not seen: the validation loss ends at 1")
    (line,) = told(14, [0.1] * 5 + [9.0] * 5 + [4.0, 3.0, 5.0, 6.0])
    assert line.startswith("Overfitting begins after epoch 12: the validation loss was 3 there")


def test_an_image_in_both_parts_of_a_table_is_told(tmp_path: Path) -> None:
    """Whichever of the two rows comes first."""
    for number in range(6):
        Image.new("L", (8, 8), 40 * number).save(tmp_path / f"{number}.png")
    Image.new("L", (8, 8), 0).save(tmp_path / "again.png")
    parts = ["val", "val", "train", "train", "train", "train"]
    rows = [f"{number}.png,{number},{part}" for number, part in enumerate(parts)]
    table = _table(tmp_path, "\n".join(["file,n,split", *rows, "again.png,0,train", "1.png,1,train"]))
    told = " ".join(find_tabled(table, 8, 1, "error", 4).told)
    assert "1 is a copy of another, byte by byte. " in told
    assert "2 held-out images are in the training part too, so they say nothing of new ones: 0.png, 1.png." in told


def _table(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_what_tables_say(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).touch()

    def read(text: str) -> tuple[str, tuple[str, ...], list[object]]:
        found = read_table(_table(tmp_path, text))
        return found.kind, found.names, found.targets.tolist()

    assert read("f\tkind\na.png\tcat\nb.png\tdog") == ("classes", ("cat", "dog"), [0, 1])
    assert read("x,y,f\n1,2.5,a.png\n3,4,b.png") == ("numbers", ("x", "y"), [[1.0, 2.5], [3.0, 4.0]])
    assert read("f,sun,sea\na.png,0,1\nb.png,1,1") == ("labels", ("sun", "sea"), [[0.0, 1.0], [1.0, 1.0]])
    assert read("f,good\na.png,0\nb.png,1") == ("classes", ("0", "1"), [0, 1])
    assert read('f,t\na.png,"sea, sun"\nb.png,sea\nc.png,') == (
        "labels", ("sea", "sun"), [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
    )  # fmt: skip
    assert read_table(_table(tmp_path, "f,n\na.png,1\ngone.png,2")).missing == ("gone.png",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows"),
        ("f,n\n", "has no rows"),
        ("f,n\na.png,1,2", "row 2 has 3 cells, the titles are 2"),
        ("a.png,1\nb.png,2", "has no titles"),
        ("f,n\na.doc,1", "no column has names of image files"),
        ("f,n\ngone.png,1", "names no file that is there"),
        ("f\na.png", "has no column beside the file names"),
        ("f,n,m\na.png,1,x\nb.png,2,y", "row 2 of 'm' has 'x', which is no finite number"),
        ("f,n,split\na.png,1,maybe", "what is held out is said by train, val or test, got 'maybe'"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    with pytest.raises(FileError, match=message):
        read_table(_table(tmp_path, text))
