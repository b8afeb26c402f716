"""What docs/explain/recipe.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "recipe.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    """All blocks, one after the other, without a word of warning."""
    pellucid.clear_session()
    run_page(PAGE)
    assert capsys.readouterr().out.splitlines() == ["(1437, 8, 8, 1) (360, 8, 8, 1)", *["True"] * 4]
    assert [str(warning.message) for warning in recwarn] == []
