"""What docs/explain/files.md shows can be done as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "files.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every way in five lines; what is printed is what the page says."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    run_page(PAGE)
    printed = capsys.readouterr().out
    assert printed.count("True") == 8 and "False" not in printed
    text = re.sub(r"```python.*?```", "", PAGE.read_text("utf-8"), flags=re.S)
    blocks = re.findall(r"^```\n(.*?)^```", text, re.S | re.M)
    for line in "".join(blocks).splitlines():
        assert line.strip() == "..." or line in printed, line
    assert "(None, 10, 7, 2)" in printed and "['0.bias', '0.weight']" in printed
