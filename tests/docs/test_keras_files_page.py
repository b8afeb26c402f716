"""What docs/explain/keras-files.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "keras-files.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks, one after the other, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    run_page(PAGE)
    printed = capsys.readouterr().out
    assert "model.h5 into sequential: 8 matched\n  conv/kernel:0" in printed and "\nTrue\n" in printed
    assert "Conv2D \"wide\" cannot be written for Keras 2, which has no padding_mode='reflect'" in printed
    assert "2 matched, 2 left out, 1 missing" in printed
