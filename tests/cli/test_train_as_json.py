"""`pellucid train --json`: one line of JSON on the output, all words on the error stream."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.cli.main import run


def test_what_came_of_a_training_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draws = np.random.default_rng(0)
    for kind, name in enumerate(["cats", "dogs"]):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(12):
            pixels = draws.uniform(0, 120, (16, 16, 3))
            pixels[..., kind] += 120
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "pets" / name / f"{number}.png")
    out = str(tmp_path / "out")
    assert run(["train", str(tmp_path / "pets"), "--epochs", "2", "--size", "16", "--out", out, "--json"]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert printed.out.count("\n") == 1 and "Training" in printed.err
    assert len(told["history"]["loss"]) == 2 and told["held out"]["classes"] == ["cats", "dogs"]
    assert Path(told["model"]).exists() and all(Path(file).exists() for file in told["pictures"])
