"""What docs/explain/in-terms-of-the-input.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "in-terms-of-the-input.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    """All blocks, one after the other, without a word of warning."""
    names = run_page(PAGE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "(12, 6, 5, 5, 1) ('unit', 'rank', 'rows', 'columns', 'channel')"
    assert lines[1].startswith("It gives ")
    assert lines[2:] == [
        "True",
        "True (8, 8, 1)",
        "it takes from the score: with the baseline in its place the score would be higher",
        names["map"].doubt.verdict,
        "True",
        "(5, 5, 1) everywhere",
        "for this sample True",
        "conv1 (8,) True",
        "('conv1', 'conv2', 'digit') 2",
        "(8,) True",
        "(10, 10) 360",
        "4 ('accuracy', 'loss')" if names["runs"].quantities[0] == "accuracy" else "4 ('loss', 'accuracy')",
        "False True",
    ]
    assert [str(warning.message) for warning in recwarn] == []
