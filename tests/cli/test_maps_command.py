"""`pellucid maps` and `pellucid explain`: text, figure and JSON of an image's maps, held to the model itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid import Sequential, layers
from pellucid.cli import main

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 6), dtype=np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Sequential]:
    """A saved model, an image, and the model itself."""
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    model = Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Dropout(0.5, name="drop"),
            layers.Flatten(name="flat"),
            layers.Dense(2, name="head"),
        ]
    )
    model.save(tmp_path / "model.keras")
    Image.fromarray(PIXELS).save(tmp_path / "image.png")
    return str(tmp_path / "model.keras"), str(tmp_path / "image.png"), model


def test_text_figure_and_json(
    files: tuple[str, str, Sequential], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, image, model = files
    assert main.run(["maps", file, image]) == 0
    out = capsys.readouterr().out
    assert "input: 1 channel of 6x6" in out and "conv (Conv2D): 3 maps of 4x4" in out
    assert "drop (Dropout): hands on what pool answers, as it is" in out
    assert main.run(["maps", file, image, "--layer", "conv", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    sample = PIXELS[..., None].astype(np.float32) / 255
    (expected,) = pellucid.inspection.feature_maps(model, sample, "conv")
    np.testing.assert_array_equal(np.array(record["maps"], np.float32), expected.maps)
    figure = tmp_path / "maps.png"
    assert (
        main.run(["maps", file, image, "-l", "pool", "-l", "drop", "--winners", "--training", "-o", str(figure)]) == 0
    )
    assert capsys.readouterr().out == f"drawn: {figure}\n"
    with Image.open(figure) as picture:
        assert min(picture.size) > 300


def test_the_maps_of_one_filter(
    files: tuple[str, str, Sequential], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, image, _ = files
    assert main.run(["maps", file, image, "-l", "conv", "--filter", "1", "-o", str(tmp_path / "a.svg"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["record"] == "PartialMaps" and np.shape(record["maps"]) == (4, 4, 1)
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    assert main.run(["maps", file, image, "-l", "conv", "--filter", "1"]) == 0
    assert "conv, filter 1: one map for the one channel that it reads" in capsys.readouterr().out


def test_explain_finds_the_largest_value(
    files: tuple[str, str, Sequential], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a place, and with a filter or a position alone."""
    file, image, model = files
    sample = PIXELS[..., None].astype(np.float32) / 255
    for path in ("conv", "head"):
        (maps,) = pellucid.inspection.feature_maps(model, sample, path)
        assert main.run(["explain", file, image, "-l", path, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["engine_value"] == maps.maps.max()
    (maps,) = pellucid.inspection.feature_maps(model, sample, "conv")
    assert main.run(["explain", file, image, "-l", "conv", "--filter", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["engine_value"] == maps.maps[..., 2].max()
    assert main.run(["explain", file, image, "-l", "conv", "--position", "1,2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["engine_value"] == maps.maps[1, 2].max()
    assert main.run(["explain", file, image, "-l", "conv", "--position", "1,2", "--filter", "0"]) == 0
    assert "conv: output [1, 2] of filter 0" in capsys.readouterr().out


WRONG = {
    "unknown layer": (["maps", "-l", "cnov"], "did you mean 'conv'"),
    "unknown stage": (["maps", "--stage", "middle"], "unknown stage"),
    "a filter of no layer": (["maps", "--filter", "1"], "name the layer with --layer"),
    "a filter and a stage": (["maps", "-l", "conv", "--filter", "1", "--stage", "input"], "--stage"),
    "no such filter": (["maps", "-l", "conv", "--filter", "3"], "filters 0 to 2"),
    "a position outside": (["explain", "-l", "conv", "--position", "4,0"], "there is no position (4, 0)"),
    "a position of numbers without places": (
        ["explain", "-l", "flat", "--position", "3"],
        "gives numbers that have no places, so there is no position (3,): leave the position out",
    ),
    "a position of letters": (["explain", "-l", "conv", "--position", "a"], "one whole number per axis"),
    "a filter outside": (["explain", "-l", "conv", "--filter", "-1"], "there is no filter -1"),
    "no picture's suffix": (["maps", "-o", "maps.txt"], "picture format"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(name: str, files: tuple[str, str, Sequential], capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and nothing half drawn."""
    (command, *options), message = WRONG[name]
    assert main.run([command, *files[:2], *options]) == 1
    outcome = capsys.readouterr()
    assert message in outcome.err and outcome.err.count("\n") == 1 and not outcome.out
