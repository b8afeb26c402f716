"""What docs/explain/keras-generations.md says is so."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from checks.pages import run_page

from pellucid.legacy import LegacyWarning
from pellucid.legacy.tables import SPELLINGS

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "keras-generations.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks: three spellings of one layer, and the two readings of two numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LegacyWarning)
        run_page(PAGE)
    first, second, third, fourth, fifth, sixth, searched, seventh, words = capsys.readouterr().out.splitlines()
    assert words == "[[3, 5, 1, 0, 0, 0, 0, 0]] (2, 3)"
    assert searched == "4 (4, 2)"
    assert seventh == "(None, 1280) [[[-1.0, 1.0, 0.0]]]"
    assert (fifth, sixth) == ("(1, 8, 8, 1)", "1")
    assert fourth.startswith("(4, 32, 32, 3) [")
    assert third == "1.0 Adadelta(learning_rate=1.0)"
    assert first == "True"
    assert second.startswith("Conv2D(32, 3, 3) can be read in two ways")


def test_the_table_names_every_old_argument() -> None:
    """Of layers, optimisers and penalties, but for those that nobody knows any more (Keras 0) and internal ones."""
    text = PAGE.read_text(encoding="utf-8")
    forgotten = {"X", "a", "accuracy", "class_mode", "dims", "ignore_border", "poolsize", "show_accuracy", "stack_size"}
    rare = {"batch_input_shape", "input_dtype", "l", "sample_weight_mode", "theano_mode", "theta", "y"}
    dropped = {name for spelling in SPELLINGS.values() for name in spelling.dropped}
    words = {word for spelling in SPELLINGS.values() for word in spelling.words} - forgotten - rare - dropped
    assert len(words) > 30
    assert [word for word in sorted(words) if not re.search(rf"\b{word}\b", text)] == []
