"""What docs/explain/trainings-that-survive.md shows can be done as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "trainings-that-survive.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    run_page(PAGE)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "[0, 1, 2, 3, 4]"
    assert printed.pop(1) == printed[0]
    assert re.search(
        r"the loss is \w+ since epoch \d: in batch \d of epoch \d \(step \d+ of the training\), ", printed[1]
    )
    assert printed[2] == "True"
    assert "'trainable_variables'" in printed[3]
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")] == ["kept/best.run"]
