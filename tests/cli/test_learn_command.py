"""`pellucid learn`: the list, a page as text, HTML, JSON and a notebook that runs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sampling import runs

import pellucid
from pellucid import Sequential, layers
from pellucid.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("own model")
    pellucid.clear_session()
    model = Sequential([
        layers.Input((9, 7, 3)), layers.Conv2D(4, 3, strides=2, name="first"), layers.DepthwiseConv2D(2, name="second"),
        layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax"),
    ], name="own")  # fmt: skip
    model.save(place / "own.keras")
    x = np.random.default_rng(0).random((12, 9, 7, 3)).astype(np.float32)
    np.savez(place / "data.npz", x=x, y=np.arange(12) % 2)
    return place


def test_the_questions_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main.run(["learn"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split()[0]) for line in lines[:18]] == list(range(1, 19))


def test_the_list_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Questions go on below their text, not below their number."""
    monkeypatch.setenv("COLUMNS", "40")
    assert main.run(["learn"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40 and "    Conv2D(32, (3, 3)), as mathematics?" in lines


def test_a_page_on_a_layer_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, data = str(folder / "own.keras"), str(folder / "data.npz")
    assert main.run(["learn", "3", "--model", file, "--layer", "first", "--data", data]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3. ") and f"pellucid learn 3 --model {shlex.quote(file)} --layer first" in out
    assert "first reads 3 channels" in out and "maps of first: 4" in out
    assert main.run(["learn", "5", "--model", file, "--layer", "second", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["number"] == 5
    page = folder / "page.html"
    assert main.run(["learn", "7", "--model", file, "--data", data, "-o", str(page)]) == 0
    assert "written: " in capsys.readouterr().out and "<script" not in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["19"], "up to 18"),
        (["0"], "positive integer"),
        (["1", "-o", "page.png"], "ends in .html"),
        (["1", "--notebook", "page.html"], "ends in .ipynb"),
        (["1", "--layer", "nowhere"], "nowhere"),
        (["1", "--data", "digits"], "samples are for a model"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["learn", *arguments]) == 1
    assert said in capsys.readouterr().err and not list(tmp_path.iterdir())


NOTEBOOKS = [str(number) for number in range(1, 19) if number in (5, 12) or runs(f"the notebook of page {number}")]


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_the_notebook_shows_itself(folder: Path, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All its cells run, and the last one leaves the page."""
    path = folder / "page.ipynb"
    options = ["--model", str(folder / "own.keras"), "--data", str(folder / "data.npz"), "--notebook", str(path)]
    assert main.run(["learn", number, *options]) == 0
    assert "written: " in capsys.readouterr().out
    notebook = json.loads(path.read_text("utf-8"))
    *cells, last = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    for cell in cells:
        exec(compile(cell, "cell", "exec"), names)
    page = eval(last, names)
    assert page.number == int(number) and page._repr_html_().startswith("<div") and page._repr_png_()[1:4] == b"PNG"
