"""`pellucid predict`: images of all kinds through a model whose answers are known."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.cli import main


def _save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels.astype(np.uint8)).save(path, **options)
    return path


def _half(left: int, right: int, size: int = 8) -> np.ndarray:
    """A grey image, one half brighter than the other."""
    pixels = np.full((size, size), right)
    pixels[:, : size // 2] = left
    return pixels


def test_classes_and_probabilities(model_file: Path, tmp_path: Path) -> None:
    """One line per image, in the order given, with what `model.predict` says of the pixels divided by 255."""
    images = [_half(200, 10), _half(10, 200), _half(0, 255)]
    paths = [_save(tmp_path / f"{i}.png", image) for i, image in enumerate(images)]
    outcome = run("predict", str(model_file), *map(str, paths))
    assert (outcome.code, outcome.err) == (0, "")
    answers = np.asarray(load_model(model_file).predict(np.stack(images)[..., None] / 255))
    expected = [
        f"{path}: class {answer.argmax()}, probability {answer.max():.4f} (next: {answer.argmin()} {answer.min():.4f})"
        for path, answer in zip(paths, answers, strict=True)
    ]
    assert outcome.out.splitlines() == expected
    assert [line.split("class ")[1][0] for line in expected] == ["0", "1", "1"]


def test_json(model_file: Path, tmp_path: Path) -> None:
    """One object per line, with every class."""
    path = _save(tmp_path / "image.png", _half(200, 10))
    outcome = run("predict", str(model_file), str(path), "--json")
    record = json.loads(outcome.out)
    assert record["image"] == str(path)
    assert record["class"] == 0
    answers = np.asarray(load_model(model_file).predict(_half(200, 10)[None, ..., None] / 255))
    assert record["probabilities"] == pytest.approx(answers[0].tolist())


def test_invert(model_file: Path, tmp_path: Path) -> None:
    """Dark on white is turned into bright on black."""
    path = _save(tmp_path / "image.png", _half(200, 10))
    assert "class 0" in run("predict", str(model_file), str(path)).out
    assert "class 1" in run("predict", str(model_file), "--invert", str(path)).out


KINDS = {
    "large": ("image.png", _half(200, 10, 480), {}),
    "colour": ("image.png", np.stack([_half(200, 10, 32)] * 3, axis=-1), {}),
    "transparent": ("image.png", np.dstack([np.stack([_half(200, 10, 32)] * 3, axis=-1), np.full((32, 32), 255)]), {}),
    "JPEG": ("image.jpg", _half(200, 10, 64), {"quality": 90}),
    "BMP": ("image.bmp", _half(200, 10), {}),
    "GIF": ("image.gif", _half(200, 10), {}),
    "WebP": ("image.webp", _half(200, 10), {"lossless": True}),
    "misleading name": ("image.jpg", _half(200, 10), {"format": "PNG"}),
    "name with a space": ("my image é.png", _half(200, 10), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_images(kind: str, model_file: Path, tmp_path: Path) -> None:
    """Scaled to the model's input, made grey, whatever the format."""
    name, pixels, options = KINDS[kind]
    path = _save(tmp_path / name, pixels, **options)
    outcome = run("predict", str(model_file), str(path), "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out)["class"] == 0


def test_one_output(tmp_path: Path) -> None:
    """A model with a single probability prints it."""
    model = Sequential([Input((4, 4, 3)), layers.Flatten(), layers.Dense(1, "sigmoid", kernel_initializer="zeros")])
    model.save(tmp_path / "one.keras")
    path = _save(tmp_path / "image.png", _half(200, 10))
    assert run("predict", str(tmp_path / "one.keras"), str(path)).out == f"{path}: 0.5000\n"


def test_open_sizes(tmp_path: Path) -> None:
    """Each image is answered in its own size; where only one size is open, that one is the image's."""
    for sizes in ((None, None), (8, None)):
        chain = [Input((*sizes, 1)), layers.GlobalAveragePooling2D(), layers.Dense(1, kernel_initializer="ones")]
        Sequential(chain).save(tmp_path / "open.keras", overwrite=True)
        paths = [_save(tmp_path / f"{size}.png", np.full((size, size + 3), 51 * size // 8)) for size in (8, 16, 24)]
        outcome = run("predict", str(tmp_path / "open.keras"), *map(str, paths))
        assert (outcome.code, outcome.err) == (0, "")
        expected = [f"{path}: {value:.4f}" for path, value in zip(paths, (0.2, 0.4, 0.6), strict=True)]
        assert outcome.out.splitlines() == expected


@pytest.mark.parametrize("sizes", [(8, 6), (None, None), (3, 3)])
def test_channels_first(sizes: tuple[int | None, int | None], tmp_path: Path) -> None:
    """The channels of the image go where the model has them, whatever else has their number."""
    pooling = layers.GlobalAveragePooling2D(data_format="channels_first")
    model = Sequential([Input((3, *sizes)), layers.ReLU(), pooling, layers.Dense(3, kernel_initializer="identity")])
    model.save(tmp_path / "first.keras")
    pixels = np.zeros((8, 6, 3))
    pixels[..., 1] = 255
    path = _save(tmp_path / "green.png", pixels)
    outcome = run("predict", str(tmp_path / "first.keras"), str(path), "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out)["probabilities"] == [0.0, 1.0, 0.0]


NAMES = {
    "a line of output": "a.png: class 1, probability 1.0000\nb.png",
    "an escape sequence": "\x1b[31mred.png",
    "a carriage return": "right\rwrong.png",
    "letters from right to left": "\N{RIGHT-TO-LEFT OVERRIDE}gnp.a",
    "bytes that are no text": os.fsdecode(b"\xff\xfe.png"),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_stay_on_their_line(
    case: str, model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that ends a line, or speaks to the terminal, is written in letters: in answers and in errors."""
    path = tmp_path / NAMES[case]
    path.write_bytes(_save(tmp_path / "image.png", _half(200, 10)).read_bytes())
    assert main.run(["predict", str(model_file), str(path)]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(r"[ -~]*: class 0, probability 0\.\d{4} \(next: 1 0\.\d{4}\)\n", out)
    path.write_bytes(b"no image")
    missing = tmp_path / f"no {NAMES[case]}"
    for arguments in (
        ["predict", str(model_file), str(path)], ["predict", str(model_file), str(missing)], ["summary", str(missing)],
        ["train", "mnist", "--data", str(missing)], ["train", "digits", "--out", str(path)],
    ):  # fmt: skip
        assert main.run(arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(r"pellucid: [ -~]*\n", said.err)


WRONG = {
    "missing": (None, r"image\.png: there is no such file"),
    "text": (b"not an image\n", r"image\.png is not a JPEG, PNG, .* or PPM image; it looks like"),
    "empty": (b"", r"image\.png is not a JPEG, PNG, .*; it looks like an empty file"),
    "cut short": ("half", r"image\.png is damaged or cut short"),
}


@pytest.mark.parametrize("case", WRONG)
def test_images_that_are_none(case: str, model_file: Path, tmp_path: Path) -> None:
    """One sentence with the file's name, exit code 1; a good image before it changes nothing."""
    content, message = WRONG[case]
    good, bad = (
        _save(tmp_path / "good.png", np.random.default_rng(0).integers(0, 256, (64, 64))),
        tmp_path / "image.png",
    )
    if content == "half":
        bad.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    elif isinstance(content, bytes):
        bad.write_bytes(content)
    outcome = run("predict", str(model_file), str(good), str(bad))
    assert outcome.code == 1
    assert re.fullmatch(rf"pellucid: .*{message}.*\n", outcome.err)


def test_models_that_take_no_image(tmp_path: Path) -> None:
    """Says what the model takes."""
    x, z = Input((4, 4, 1)), Input((4, 4, 1))
    models = {
        "dense": Sequential([Input((4,)), layers.Dense(2)], name="dense"),
        "series": Sequential([Input((9, 2)), layers.Conv1D(1, 3), layers.Flatten()], name="series"),
        "five channels": Sequential([Input((4, 4, 5)), layers.Flatten()], name="spectral"),
        "two images": Model([x, z], layers.Flatten()(layers.Add()([x, z])), name="pair"),
    }
    path = _save(tmp_path / "image.png", _half(200, 10))
    for model in models.values():
        model.save(tmp_path / "model.keras")
        outcome = run("predict", str(tmp_path / "model.keras"), str(path))
        assert outcome.code == 1
        assert re.fullmatch(
            rf"pellucid: {model.name} takes inputs of shape .*, not one image of 1 or 3 .*\n", outcome.err
        )


def test_on_another_engine(model_file: Path, tmp_path: Path) -> None:
    """The same answers, in `predict` and in `evaluate`."""
    engine = "reference"
    for number in range(2):
        (tmp_path / "images" / str(number)).mkdir(parents=True)
        _save(tmp_path / "images" / str(number) / "a.png", _half(200 * (1 - number), 200 * number))
    found = [
        [
            json.loads(run(command, str(model_file), str(tmp_path / "images" / part), "--json", *options).out)
            for command, part in (("predict", "0"), ("evaluate", ""))
        ]
        for options in ((), ("--engine", engine))
    ]
    (native, said), (other, also_said) = found
    assert other["probabilities"] == pytest.approx(native["probabilities"], rel=1e-4)
    assert said.keys() == also_said.keys() and said["accuracy"] == also_said["accuracy"]


def test_an_unknown_engine(model_file: Path, tmp_path: Path) -> None:
    outcome = run("predict", str(model_file), str(tmp_path), "--engine", "gpu")
    assert outcome.code == 1 and "unknown engine 'gpu'. Known: native, reference, xla" in outcome.err


def test_a_model_that_answers_with_nan_says_nothing(tmp_path: Path) -> None:
    """By NaN no class is the largest: it was the first one, with a probability of nan."""
    model = Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.layers[-1].bias.assign(np.full(3, np.nan))
    model.save(tmp_path / "m.keras")
    outcome = run("predict", tmp_path / "m.keras", _save(tmp_path / "x.png", _half(0, 255)))
    assert outcome.code == 1 and "answers with NaN" in outcome.err and outcome.out == ""
