"""What docs/explain/training.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks.pages import run_page

import pellucid

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "training.md"


def test_the_page_runs(capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    """All blocks, one after the other, without a word of warning."""
    pellucid.clear_session()
    run_page(PAGE)
    assert capsys.readouterr().out.splitlines() == [
        "['accuracy', 'loss', 'val_accuracy', 'val_loss']",
        "['loss', 'mae', 'far_off']",
        "True",
        "True",
        "4.0 1.0",
        "45",
        "(None, None, None, 1)",
        "['digit_accuracy', 'digit_loss', 'even_loss', 'loss']",
        "True",
        "True",
        "['active', 'loss', 'val_active', 'val_loss']",
        "True",
    ]
    assert [str(warning.message) for warning in recwarn] == []
