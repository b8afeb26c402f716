"""Every command that shows something: text by default, a figure with -o, its record with --json, both with both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid import Sequential, inspection, layers, load_model
from pellucid.cli import main
from pellucid.data.images.reading import Reading, TrainedOn

COMMANDS = {
    "summary": ["summary", "MODEL", "--derive"],
    "lint": ["lint", "MODEL", "--data", "SAMPLES", "--ignore", "never moved"],
    "maps": ["maps", "MODEL", "SAMPLES", "--sample", "2"],
    "explain": ["explain", "MODEL", "SAMPLES", "--sample", "2", "-l", "head"],
    "trace": ["explain", "MODEL", "IMAGE", "-l", "head", "--trace"],
    "field": ["field", "MODEL", "-l", "head", "--image", "SAMPLES", "--sample", "1"],
    "filters": ["filters", "MODEL", "-l", "conv"],
    "filter": ["filter", "IMAGE", "--kernel", "sobel_x"],
    "profile": ["profile", "MODEL", "--runs", "1"],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder, rng = tmp_path_factory.mktemp("shown"), np.random.default_rng(0)
    stack = [layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten(), layers.Dense(2, name="head")]
    Sequential([layers.Input((6, 6, 1)), *stack]).save(folder / "model.keras")
    np.save(folder / "x.npy", rng.random((4, 6, 6, 1), dtype=np.float32))
    Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).save(folder / "image.png")
    return {"MODEL": str(folder / "model.keras"), "SAMPLES": str(folder / "x.npy"), "IMAGE": str(folder / "image.png")}


@pytest.mark.parametrize("name", COMMANDS)
def test_text_figure_and_record(
    name: str,
    files: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = [files.get(word, word) for word in COMMANDS[name]]
    monkeypatch.setenv("COLUMNS", "40")
    done = 1 if name == "lint" and main.run(arguments) == 1 else 0  # it ends with 1 where something is found
    capsys.readouterr()
    assert main.run(arguments) == done
    text = capsys.readouterr().out
    assert text.strip() and max(map(len, text.splitlines())) <= 40
    figure = tmp_path / "shown.png"
    assert main.run([*arguments, "-o", str(figure)]) == done
    assert capsys.readouterr().out == f"drawn: {figure}\n" and figure.stat().st_size > 1000
    figure.unlink()
    assert main.run([*arguments, "-o", str(figure), "--json"]) == done
    assert json.loads(capsys.readouterr().out) and figure.exists()


def test_a_sample_of_a_file_is_followed_back(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The record of the command is that of the function, of the largest value where none is named."""
    command = ["explain", files["MODEL"], files["SAMPLES"], "-l", "head", "--trace", "--json", "--limit", "3"]
    assert main.run([*command, "--sample", "3", "--values", "5"]) == 0
    told = json.loads(capsys.readouterr().out)
    model, x = load_model(files["MODEL"]), np.load(files["SAMPLES"])[3]
    unit = int(inspection.feature_maps(model, x, "head")[0].maps.argmax())
    expected = inspection.trace(model, "head", x, filter=unit, largest=3, values=5)
    assert [value["total"] for value in told["values"]] == [value.total for value in expected.values]
    assert len(told["values"][0]["largest"]) == 3


WRONG = {
    "of which sample": (["maps", "MODEL", "SAMPLES"], "x.npy holds 4 samples; say which: --sample 0"),
    "a sample that is not there": (["explain", "MODEL", "SAMPLES", "-l", "head", "--sample", "4"], "no sample 4"),
    "a sample of an image": (["maps", "MODEL", "IMAGE", "--sample", "1"], "is one image; there is no sample 1"),
    "numbers swapped": (["maps", "MODEL", "SAMPLES", "--sample", "1", "--invert"], "holds numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_samples(name: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = WRONG[name]
    assert main.run([files.get(word, word) for word in arguments]) == 1
    outcome = capsys.readouterr()
    assert message in outcome.err and outcome.err.count("\n") == 1 and not outcome.out


def test_dark_and_light_are_swapped_in_the_models_own_scale(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that takes pixels of 0..255 gets 255 less them."""
    model = load_model(files["MODEL"])
    model.trained_on = TrainedOn(Reading(6, 6, 1), 1.0)
    model.save(tmp_path / "bytes.keras")
    assert main.run(["maps", str(tmp_path / "bytes.keras"), files["IMAGE"], "-l", "input", "--invert", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    pixels = np.asarray(Image.open(files["IMAGE"]), np.float32)
    np.testing.assert_array_equal(np.array(told["maps"], np.float32)[..., 0], 255 - pixels)


def test_doctor_tells_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["works"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["maps", "M", "I", "--seed", "3"], "--seed goes with --training"),
        (["maps", "M", "I", "--scale", "map"], "--scale goes with a figure: -o FILE"),
        (["explain", "M", "I", "--layer", "c", "--values", "3"], "--values goes with --trace"),
        (["filters", "M", "--describe", "--scale", "filter"], "--scale goes with the weights themselves"),
        (["filters", "M", "--initial", "--filter", "1"], "--filter goes with the weights"),
        (["field", "M", "--layer", "c", "--sample", "1"], "--sample goes with --image"),
        (["lint", "M", "--samples", "5"], "--samples goes with --data"),
        (["compare", "M", "M", "--samples", "5"], "--samples goes with --data"),
        (["learn", "--model", "M"], "say which page is wanted"),
    ],
)
def test_an_option_that_would_mean_nothing_is_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is taken and ignored."""
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten()])
    model.save(tmp_path / "m.keras")
    np.save(tmp_path / "x.npy", np.ones((6, 6, 1)))
    names = {"M": str(tmp_path / "m.keras"), "I": str(tmp_path / "x.npy")}
    assert main.run([names.get(each, each) for each in arguments]) == 1
    assert said in capsys.readouterr().err
