"""What docs/explain/many-devices.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "many-devices.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Both blocks, one after the other, on the first device that JAX sees."""
    pellucid.clear_session()
    run_page(PAGE)
    assert capsys.readouterr().out.strip() in map(str, range(10))
