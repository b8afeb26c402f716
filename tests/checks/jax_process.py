"""Runs the tests that compare with Keras on JAX (`on_jax.py`) in a process of their own.

There are two such processes, each started by a test in a file of its own, since the workers of a test run share the
files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import sampling
from on_jax import ON_JAX

TESTS = Path(__file__).parents[1]


def check_on_jax(half: int) -> None:
    """All of them in one half of the files, or of long tables the rows whose turn it is; each that is listed is there.

    Args:
        half: 0 or 1.
    """
    middle = len(ON_JAX) // 2
    files = sorted(ON_JAX)[middle:] if half else sorted(ON_JAX)[:middle]
    paths = [str(TESTS / file) for file in files]
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-m", "keras_on_jax", *paths]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    surroundings["KERAS_BACKEND"] = "jax"
    ended = subprocess.run(command, env=surroundings, cwd=TESTS.parent, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    passed = re.findall(r"^PASSED (.*)$", ended.stdout, re.MULTILINE)
    assert passed
    listed = [(file, test, part) for file in files for test, parts in ON_JAX[file].items() for part in parts]
    for file, test, part in [] if sampling.SAMPLES else listed:
        assert any(f"{file}::{test}" in node and part in node.partition(test)[2] for node in passed), (file, test, part)
