"""What docs/explain/seeing.md shows can be done as it is shown, in Python and on the command line."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from checks.pages import run_page
from PIL import Image

import pellucid
from pellucid.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "seeing.md"
COMMANDS = re.findall(r"^    pellucid (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other, then all commands."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    pellucid.set_random_seed(1)
    names = run_page(PAGE)
    printed = capsys.readouterr().out
    for said in ("In LaTeX, as it is computed", "fan-in 9, fan-out 288", "trained for", "3·3·1·32 + 32 = 320", "picks"):
        assert said in printed, said
    for said in (
        "[('conv', '0', (6, 6, 32))",
        "[0] answer unit 3 =",
        "pool: what the unit at [1, 2] of filter 7",
        "the image moved by",
    ):
        assert said in printed, said
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "filters.png",
        "lint.png",
        "maps.png",
        "narrow.png",
        "trace.png",
    }
    np.save("x_test.npy", names["x_test"][:50])
    Image.fromarray((names["x_test"][0, ..., 0] * 255).astype(np.uint8)).save("photo.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)).save("photo.jpg")
    Path("mine.csv").write_text("-1,0,1\n-2,0,2\n-1,0,1\n")
    assert len(COMMANDS) >= 12
    for command in COMMANDS:
        arguments = shlex.split(command)
        assert main.run(arguments) in ((0, 1) if arguments[0] == "lint" else (0,)), command
        outcome = capsys.readouterr()
        assert outcome.out.strip() and not outcome.err, command
