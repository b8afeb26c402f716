"""What docs/explain/many-machines.md shows, and examples/multi_host.py on one machine."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines of Python print what stands behind them."""
    text = (ROOT / "docs" / "explain" / "many-machines.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "many-machines.md", "exec"), {})
    assert capsys.readouterr().out == "0 1 True\n"


def test_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone it trains, writes a model, and says how good it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["multi_host.py", "--epochs", "1"])
    runpy.run_path(str(ROOT / "examples" / "multi_host.py"), run_name="__main__")
    assert "1 process(es), held-out accuracy" in capsys.readouterr().out
    assert (tmp_path / "multi-host.keras").exists()
