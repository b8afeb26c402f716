"""What docs/explain quotes of the C++ sources stands there, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import run_page

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "explain").glob("*.md"))


def lines_of(text: str) -> set[str]:
    """Without indentation, which a quotation changes."""
    return {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_quoted_lines_are_in_the_sources(page: Path) -> None:
    sources = [*(ROOT / "benchmarks").glob("ladder*"), *(ROOT / "native" / "kernels").iterdir()]
    known = set().union(*(lines_of(source.read_text(encoding="utf-8")) for source in sources))
    blocks = re.findall(r"```cpp\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert [line for block in blocks for line in sorted(lines_of(block) - known)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_links_exist(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#]+)\)", prose)
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_callbacks_can_be_used_as_their_page_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All Python blocks of the page, one after the other."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level("INFO")
    page = ROOT / "docs" / "explain" / "callbacks.md"
    run_page(page)
    printed = capsys.readouterr().out
    assert "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss" in printed and "epoch 1 of 2: " in printed
    assert [record.getMessage()[:8] for record in caplog.records if record.name == "pellucid"] == ["45/45 - "]
    assert list((tmp_path / "models").iterdir()) and list((tmp_path / "logs" / "train").iterdir())
