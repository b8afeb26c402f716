"""What the README shows can be done as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

README = Path(__file__).parents[2] / "README.md"


def test_python_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All Python blocks, one after the other, as a reader would type them; they draw files and print products."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    run_page(README)
    printed = capsys.readouterr().out
    assert (tmp_path / "filters.png").stat().st_size > 1000
    assert "filter 7" in printed and "sum of the products" in printed


def test_pictures_and_links_exist() -> None:
    """No picture and no page that the README refers to is missing."""
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert local
    assert [target for target in local if not (README.parent / target).exists()] == []


def test_commands_are_targets_of_the_makefile() -> None:
    """Every `make` command that is named can be run."""
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake (\w+)", README.read_text(encoding="utf-8")))
    assert {"demo", "test", "bench"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
