"""`make mnist`: the recipe learns, and what is seen of its process from outside is told as it is."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from cold_start import SCRIPT, line, main, mean, misses, timed

import pellucid

SPENDS = """
import json, sys, time
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
while time.process_time() < 0.2:
    pass
time.sleep(0.2)
found = {"seed": int(arguments["--seed"]), "accuracy": 0.5, "data": arguments.get("--data")}
open(arguments["--json"], "w").write(json.dumps(found))
"""


def test_the_recipe_learns_from_bytes() -> None:
    """A bright square in one of ten places; a few steps do, with the rate at nothing at their end."""
    recipe = runpy.run_path(str(SCRIPT))
    chance = np.random.default_rng(0)
    labels = chance.integers(10, size=1024)
    images = chance.integers(60, size=(1024, 28, 28, 1), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = 2 + 13 * (label // 5), 1 + 5 * (label % 5)
        image[row : row + 8, column : column + 4] += 180
    pellucid.set_random_seed(0)
    model = recipe["build"]()
    recipe["train"](model, images, labels, epochs=2)
    assert recipe["accuracy"](model, images, labels) == 1.0
    assert float(model.optimizer.learning_rate) < 1e-4


def test_a_process_is_seen_from_outside(tmp_path: Path) -> None:
    """Its wait counts for the watch and not for the processor."""
    script = tmp_path / "spends.py"
    script.write_text(SPENDS)
    found = timed(3, "somewhere", script)
    assert (found["seed"], found["accuracy"], found["data"]) == (3, 0.5, "somewhere")
    assert found["cpu"] >= 0.2
    assert found["wall"] >= found["cpu"] / 2 + 0.2
    assert line(found).startswith("seed 3     50.00%")


def test_a_process_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    """With the name of the script and how it ended."""
    script = tmp_path / "fails.py"
    script.write_text("raise SystemExit(7)")
    with pytest.raises(SystemExit, match=r"fails\.py ended with 7"):
        timed(0, None, script)


def test_what_is_missed() -> None:
    """The mean counts, not the worst seed."""
    runs = [{"accuracy": value, "wall": 4.0, "cpu": 6.0} for value in (0.989, 0.992)]
    assert misses(mean(runs)) == []
    assert misses(mean(runs[:1])) == ["accuracy below 99.0%"]
    assert misses(mean(runs) | {"wall": 10.5}) == ["more than 10 s"]
    assert line(mean(runs)).startswith("mean       99.05%")


def test_all_seeds_are_told_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file has every run; and what misses a goal ends with 1."""
    seen = {"accuracy": 0.5, "wall": 1.0, "cpu": 1.5}
    monkeypatch.setattr("cold_start.timed", lambda seed, data: {"seed": seed, **seen})
    file = tmp_path / "all.json"
    monkeypatch.setattr("sys.argv", ["cold_start.py", "--data", "here", "--seeds", "2", "--json", str(file)])
    assert main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "accuracy below 99.0%"
    document = json.loads(file.read_text())
    assert [run["seed"] for run in document["runs"]] == [0, 1]
    assert document["mean"] == seen
