"""What docs/explain/filterbank.md shows can be done as it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from checks.pages import run_page
from PIL import Image

import pellucid
from pellucid import filterbank

PAGE = Path(__file__).parents[2] / "docs" / "explain" / "filterbank.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other: the table of names, a picture of the arcs, and the line that is found."""
    monkeypatch.chdir(tmp_path)
    pellucid.clear_session()
    names = run_page(PAGE)
    printed = capsys.readouterr().out
    assert all(name in printed for name in filterbank.names())
    assert printed.endswith("[0. 0. 3. 3. 0. 0.]\n")
    np.testing.assert_array_equal(names["model"].layers[0].get_weights()[0][:, :, 0], filterbank.bank("curves"))
    dark = np.asarray(Image.open(tmp_path / "curves.png").convert("L")) < 100
    assert 0.02 < dark.mean() < 0.2  # eight arcs of 7 of 49 blocks, and the writing
