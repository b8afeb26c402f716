"""docs/learn has all pages as they are made now, but for numbers, and the Python on them runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checks.pages import BLOCK

import pellucid
from pellucid import learn
from pellucid.learn.book import QUESTIONS

FOLDER = Path(__file__).parents[2] / "docs" / "learn"
Example = dict[str, object]


@pytest.fixture(scope="module")
def example() -> Example:
    pellucid.clear_session()
    pellucid.set_random_seed(0)
    return dict(zip(("model", "layer", "x", "y"), learn.example(), strict=True))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.number))
def test_a_page_begins_with_its_command_and_runs(
    question: learn.Question, example: Example, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (FOLDER / f"{question.number:02}.md").read_text("utf-8")
    assert text.startswith(f"# {question.number}. {question.text}\n\n    pellucid learn {question.number}\n")
    assert question.formula.text in text and question.formula.source in text
    assert question.wrong in text.replace("\\", "")
    assert f"({question.number:02}.md)" in (FOLDER / "README.md").read_text("utf-8")
    for picture in re.findall(r"\]\((images/[^)]+)\)", text):
        assert (FOLDER / picture).read_bytes()[1:4] == b"PNG"
    monkeypatch.setattr(learn, "example", lambda: tuple(example.values()))
    (block,) = BLOCK.findall(text)
    exec(compile(block, str(question.number), "exec"), {})
    assert question.lines in block and (capsys.readouterr().out or "history" in block or "summary" in block)
