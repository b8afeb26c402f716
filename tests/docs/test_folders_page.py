"""What docs/explain/folders-of-images.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "folders-of-images.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other."""
    monkeypatch.chdir(tmp_path)
    run_page(PAGE)
    out = capsys.readouterr().out
    assert "Found 24 files belonging to 2 classes." in out and "Using 6 files for validation." in out
    assert "Rows are what is true" in out and "(6, 16, 16, 3)" in out
    assert "2 batches for the first of two machines" in out
    assert (tmp_path / "confusion.png").exists()
