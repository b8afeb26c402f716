"""What docs/explain/onnx.md shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "onnx.md"
SHOWN = re.compile(r"```\n\n((?:    .*\n)+)")


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All Python blocks, one after the other; what the page says is printed is printed, in that order."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    run_page(PAGE)
    printed = iter(capsys.readouterr().out.splitlines())
    for block in SHOWN.findall(PAGE.read_text(encoding="utf-8")):
        for line in block.splitlines():
            assert line.strip() == "..." or any(line.strip() == found.strip() for found in printed), line
