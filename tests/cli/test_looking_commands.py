"""`pellucid field` and `pellucid filter`: the record as text, as a figure, as JSON; one sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import pellucid
from pellucid import Input, Sequential, conversion, filterbank, layers
from pellucid.cli import main
from pellucid.inspection import feature_maps, receptive_field


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A colourful image of 9x8."""
    path = tmp_path / "photo.png"
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 8, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A model of images of 9x8 in colour."""
    pellucid.clear_session()
    parts = [layers.Conv2D(4, 3, name="first"), layers.Flatten(), layers.Dense(2, name="out")]
    path = tmp_path / "net.keras"
    Sequential([Input((9, 8, 3)), *parts]).save(path)
    return path


def test_field(net: Path, photo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Text by default, a figure with -o, the record with --json."""
    assert main.run(["field", str(net), "--layer", "first", "--position", "2,3", "--unit", "1"]) == 0
    out = capsys.readouterr().out
    assert (
        "first: what the unit at [2, 3] of filter 1 sees of the input" in out and "rows 2 to 4, columns 3 to 5" in out
    )
    assert main.run(["field", str(net), "--layer", "first"]) == 0  # the middle of 7x6
    assert "what the unit at [3, 3] of filter 0 sees" in capsys.readouterr().out
    assert main.run(["field", str(net), "--layer", "out"]) == 0
    assert "what unit 0 sees" in capsys.readouterr().out
    where = ["--layer", "first", "--position", "2,3", "--unit", "1", "--image", str(photo)]
    assert main.run(["field", str(net), *where, "-o", str(tmp_path / "field.png")]) == 0
    assert (tmp_path / "field.png").read_bytes()[:4] == b"\x89PNG"
    capsys.readouterr()
    assert main.run(["field", str(net), *where, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    x = np.asarray(PIL.Image.open(photo), np.float32) / 255
    expected = receptive_field(pellucid.load_model(net), "first", (2, 3), 1, x)
    np.testing.assert_allclose(record["effective"], expected.effective)
    assert record["spans"] == [[2, 4], [3, 5]] and record["theoretical"] == expected.theoretical.tolist()
    assert main.run(["field", str(net), "--layer", "out"]) == 0


def test_filter_by_name(photo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The map is that of the definition, on the image in grey."""
    assert main.run(["filter", str(photo), "--kernel", "sobel_x"]) == 0
    assert "sobel_x on an image of 9x8" in capsys.readouterr().out
    assert main.run(["filter", str(photo), "--kernel", "gabor", "-o", str(tmp_path / "a.svg")]) == 0
    capsys.readouterr()
    assert main.run(["filter", str(photo), "--kernel", "sobel_x", "--json"]) == 0
    found = np.array(json.loads(capsys.readouterr().out)["map"])
    grey = np.asarray(PIL.Image.open(photo), float) / 255 @ [0.299, 0.587, 0.114]
    expected = sum(filterbank.sobel_x()[i, j] * grey[i : i + 7, j : j + 6] for i in range(3) for j in range(3))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_filter_from_a_file(photo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One over red, green and blue reads all three."""
    kernel = np.zeros((1, 1, 3))
    kernel[..., 2] = 255
    np.save(tmp_path / "blue.npy", kernel)
    assert main.run(["filter", str(photo), "--kernel", str(tmp_path / "blue.npy"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(record["map"], np.asarray(PIL.Image.open(photo))[..., 2], atol=1e-3)
    assert record["name"] == "blue.npy"


def test_filter_from_a_table(photo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One table reads the image in grey, three read red, green and blue: what `save_filter` writes is read."""
    (tmp_path / "rows.csv").write_text("-1,-2,-1\n0,0,0\n1,2,1\n")
    assert main.run(["filter", str(photo), "--kernel", str(tmp_path / "rows.csv"), "--json"]) == 0
    grey = np.asarray(PIL.Image.open(photo), float) / 255 @ [0.299, 0.587, 0.114]
    smooth = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["map"], smooth[2:] - smooth[:-2], atol=1e-5)
    layer = layers.Conv2D(2, (2, 1))
    layer.build((None, 8, 8, 3))
    conversion.save_filter(layer.filter(1), tmp_path / "one.csv")
    assert main.run(["filter", str(photo), "--kernel", str(tmp_path / "one.csv"), "--json"]) == 0
    pixels, kernel = np.asarray(PIL.Image.open(photo), float) / 255, layer.filter(1).kernel[:, 0].astype(float)
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "one.csv"
    np.testing.assert_allclose(found["map"], pixels[:-1] @ kernel[0] + pixels[1:] @ kernel[1], atol=1e-5)


def test_filter_of_a_model(net: Path, photo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The map is the layer's own; channels are named."""
    arguments = ["filter", str(photo), "--model", str(net), "--layer", "first", "--filter", "2"]
    assert main.run(arguments) == 0
    out = capsys.readouterr().out
    assert "first, filter 2 on an image of 9x8" in out and "green" in out
    assert main.run([*arguments, "-o", str(tmp_path / "a.png")]) == 0
    capsys.readouterr()
    assert main.run([*arguments, "--json"]) == 0
    x = np.asarray(PIL.Image.open(photo), np.float32) / 255
    expected = feature_maps(pellucid.load_model(net), x)[1].maps[..., 2]
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["map"], expected, atol=1e-6)
    assert main.run(["filter", str(photo), "--model", str(net)]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["filter", "PHOTO"], "say which filter"),
        (["filter", "PHOTO", "--kernel", "sobol_x"], "did you mean 'sobel_x'"),
        (["filter", "PHOTO", "--kernel", "no.npy"], "there is no file no.npy"),
        (["filter", "PHOTO", "--kernel", "PHOTO.npy"], "holds no array of numbers"),
        (["filter", "PHOTO", "--kernel", "no.csv"], "no.csv"),
        (["filter", "PHOTO", "--kernel", "PHOTO.csv"], "one kernel have one size"),
        (["filter", "PHOTO", "--kernel", "PHOTO"], "read from .npy"),
        (["filter", "PHOTO", "--kernel", "sobel_x", "--layer", "first"], "belong to a filter of a model"),
        (["filter", "PHOTO", "--model", "NET", "--layer", "frist"], "did you mean 'first'"),
        (["filter", "PHOTO", "--model", "NET", "--layer", "out"], "no filters"),
        (["filter", "PHOTO", "--model", "NET", "--layer", "first", "--filter", "4"], "filters 0 to 3"),
        (["filter", "NET", "--kernel", "sobel_x"], "is not a JPEG"),
        (["field", "NET", "--layer", "first", "--position", "9,9"], "there is no position"),
        (["field", "NET", "--layer", "first", "--position", "a,b"], "whole numbers with commas"),
        (["field", "NET", "--layer", "first", "--position", "0,0", "-o", "a.txt"], "picture format"),
    ],
)
def test_what_cannot_be(
    arguments: list[str], words: str, net: Path, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and one sentence."""
    photo.with_name("photo.png.npy").write_bytes(b"hello")
    photo.with_name("photo.png.csv").write_text("1,2\n3,4\n\n1,2,3\n")
    given = [each.replace("PHOTO", str(photo)).replace("NET", str(net)) for each in arguments]
    assert main.run(given) == 1
    err = capsys.readouterr().err
    assert words in err and err.startswith("pellucid: ") and err.count("\n") == 1
