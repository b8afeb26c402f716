"""Every rung of benchmarks/ladder.cc computes what the first one does, built as `make ladder` builds it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not (shutil.which("c++") and shutil.which("make")), reason="no C++ compiler or no make here")
def test_rungs_compute_what_the_definition_says(tmp_path: Path) -> None:
    """The exit code tells, and the file is complete; how long the rungs take is not looked at."""
    program, numbers = tmp_path / "ladder", tmp_path / "ladder.json"
    command = ["make", "-C", ROOT, "CXX=c++", f"BUILD={tmp_path}", program]
    build = subprocess.run(command, capture_output=True, text=True)
    assert build.returncode == 0, build.stderr
    result = subprocess.run([program, "0", numbers], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    rungs = json.loads(numbers.read_text(encoding="utf-8"))["rungs"]
    assert len(rungs) == 5 and all(rung["error"] <= 1e-5 for rung in rungs)
