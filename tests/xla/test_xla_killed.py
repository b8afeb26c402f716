"""Four processes, one of which is killed at random moments, come to the bits of a run without that (`kills.py`).

Ten kills take minutes; here are two, and none in `make test`, which has a kill of one of two processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sampling

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kills.py"


@pytest.mark.skipif(sampling.SAMPLES, reason="takes a minute; make test-long runs it")
def test_two_kills() -> None:
    command = [sys.executable, str(SCRIPT), "--kills", "2", "--seed", "4"]
    found = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count(" killed after ") == 2 and found.stdout.rstrip().endswith("the same bits")
