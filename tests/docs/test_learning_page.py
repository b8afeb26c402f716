"""docs/explain/how-a-filter-learns.md does what it says: all its examples run, and write what they name."""

from __future__ import annotations

from pathlib import Path

import PIL.Image
import pytest
from checks.pages import run_page

import pellucid

ROOT = Path(__file__).parents[2]


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    pellucid.set_random_seed(1)
    run_page(ROOT / "docs" / "explain" / "how-a-filter-learns.md")
    printed = capsys.readouterr().out
    for words in ("adaptive scaling", "who wrote it in 180 steps of Adam", "by image", "TracIn", "sigmoid: at first"):
        assert words in printed, words
    with PIL.Image.open(tmp_path / "edges.gif") as film:
        assert film.n_frames > 40
    assert 'type="range"' in (tmp_path / "edges.html").read_text("utf-8")
    assert (tmp_path / "flow.png").stat().st_size > 10_000
