"""`pellucid lint`: faults of a saved model, as text, as JSON and as an exit code."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

from pellucid import Input, Sequential, initializers, layers
from pellucid.cli.comparing import compare
from pellucid.cli.filters import filters
from pellucid.cli.lint import lint
from pellucid.cli.looking import field, filter
from pellucid.cli.maps import explain, maps
from pellucid.cli.profile import profile
from pellucid.cli.summary import summary


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    drawn = initializers.GlorotUniform(seed=1)
    conv = layers.Conv2D(4, 3, activation="relu", kernel_initializer=drawn, name="edges")
    model = Sequential([Input((8, 8, 1)), conv, layers.Flatten(), layers.Dense(2, name="head")])
    conv.kernel[...] = 1.5 * conv.kernel.numpy()
    model.layers[-1].kernel[...] = 1.5 * model.layers[-1].kernel.numpy()
    conv.bias[2] = -99.0
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((20, 8, 8, 1)))
    return tmp_path


def test_text_and_exit_code(faulty: Path) -> None:
    noise = ("--ignore", "noise-like")
    outcome = run("lint", "model.keras", *noise, cwd=faulty)
    assert (outcome.code, outcome.err) == (0, "") and "nothing found in its weights" in outcome.out
    outcome = run("lint", "model.keras", "--data", "x.npy", *noise, cwd=faulty)
    assert (outcome.code, outcome.err) == (1, "") and "dead: edges, filter 2\n" in outcome.out


def test_json(faulty: Path) -> None:
    outcome = run("lint", "model.keras", "--data", "x.npy", "--json", cwd=faulty)
    record = json.loads(outcome.out)
    assert outcome.code == 1 and record["samples"] == 20
    (dead,) = [finding for finding in record["findings"] if finding["kind"] == "dead"]
    assert (dead["layer"], dead["filter"], dead["evidence"]["answers"]) == ("edges", 2, 720)


def test_what_is_no_data(faulty: Path) -> None:
    (faulty / "words.npy").write_text("no numbers")
    for name, message in {"words.npy": "holds no arrays of NumPy's", "none.npy": "there is no file none.npy"}.items():
        outcome = run("lint", "model.keras", "--data", name, cwd=faulty)
        assert outcome.code == 1 and message in outcome.err and not outcome.out


def test_a_figure_of_a_width(faulty: Path) -> None:
    """`--width` goes with -o, for every command that draws."""
    outcome = run("lint", "model.keras", "-o", "lint.png", "--width", "400", cwd=faulty)
    assert outcome.out == "drawn: lint.png\n"
    with Image.open(faulty / "lint.png") as drawn:
        assert drawn.width == 800  # two pixels for a hundredth of an inch
    outcome = run("lint", "model.keras", "--width", "400", cwd=faulty)
    assert outcome.err == "pellucid: --width goes with a figure: -o FILE; give both or neither\n"
    for command in (summary, filters, maps, explain, field, filter, lint, profile, compare):
        assert "width" in inspect.signature(command).parameters, command.__name__
