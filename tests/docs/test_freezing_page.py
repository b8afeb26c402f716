"""What docs/explain/freezing-and-transfer.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "freezing-and-transfer.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other."""
    pellucid.clear_session()
    pellucid.set_random_seed(1)
    run_page(PAGE)
    printed = capsys.readouterr().out
    assert '<Filter 0 of Conv2D "edges", 3x3x1 (rows, columns, channels)>' in printed
    assert str([True] * 3 + [False] * 5) in printed
    assert "Transfer from sequential to evenness by name: 6 of 8 weights, " in printed
    assert "\nTrue\nbatches of 128, MB " in printed and "most of it for Conv2D" in printed
