"""The tests that compare with Keras on JAX (`on_jax.py`), in a process of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sampling
from on_jax import ON_JAX

TESTS = Path(__file__).parents[1]


@pytest.mark.skipif(os.environ["KERAS_BACKEND"] == "jax", reason="they run in this process")
def test_what_is_compared_with_keras_on_jax() -> None:
    """All of them, or of long tables the rows whose turn it is; and each that is listed is there."""
    files = [str(TESTS / file) for file in ON_JAX]
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-m", "keras_on_jax", *files]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    surroundings["KERAS_BACKEND"] = "jax"
    ended = subprocess.run(command, env=surroundings, cwd=TESTS.parent, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    passed = re.findall(r"^PASSED (.*)$", ended.stdout, re.MULTILINE)
    assert passed
    listed = [(file, test, part) for file, table in ON_JAX.items() for test, parts in table.items() for part in parts]
    for file, test, part in [] if sampling.SAMPLES else listed:
        assert any(f"{file}::{test}" in node and part in node.partition(test)[2] for node in passed), (file, test, part)
