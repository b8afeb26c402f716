"""What docs/explain/explorer.md shows can be done as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

from pellucid.explorer import read_lesson

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "explorer.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the address; nothing is left open."""
    run_page(PAGE)
    assert re.fullmatch(r"tiny: http://127\.0\.0\.1:\d+/\?token=\S+\n", capsys.readouterr().out)


def test_the_lesson_is_one(tmp_path: Path) -> None:
    """A teacher can copy it."""
    lines = PAGE.read_text().partition("## A lesson of your own")[2].splitlines()
    (tmp_path / "sevens.toml").write_text("\n".join(line[4:] for line in lines if line.startswith("    ")))
    assert read_lesson(tmp_path / "sevens.toml").steps[0].sample == 7
