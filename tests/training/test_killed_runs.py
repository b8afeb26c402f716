"""A training that is killed at any moment ends as if it had not been; see `killing`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sampling

TRAININGS = 4 if sampling.SAMPLES else 50
TIMEOUT_S = 600


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the lives of a training")
def test_trainings_that_are_killed_end_with_the_same_bits(tmp_path: Path) -> None:
    """SIGKILL at drawn batches and moments; dropout, batch normalisation, shuffling, schedules, early stopping."""
    script = Path(__file__).with_name("killing.py")
    seed = sampling.commit() or "0"
    command = [sys.executable, str(script), str(tmp_path), str(TRAININGS), seed]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("the same bits") == TRAININGS
    assert ": killed" in done.stdout
