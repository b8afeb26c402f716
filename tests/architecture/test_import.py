"""`import pellucid` costs NumPy and little else: what is heavy is imported by whoever needs it, when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "h5py",
    "PIL",
    "matplotlib",
    "jax",
    "rich",
    "typer",
    "pooch",
    "keras",
    "torch",
    "tensorflow",
    "scipy",
    "requests",
    "zipfile",
    "json",
    "hashlib",
    "shutil",
    "difflib",
)
MOST_MODULES = 180  # beside NumPy's

SCRIPT = """
import json, sys
import numpy
before = set(sys.modules)
import pellucid
from pellucid.legacy.modules import OldModule  # names of older Kerases that import nothing by themselves
print(json.dumps(sorted(n for n in set(sys.modules) - before if not isinstance(sys.modules[n], OldModule))))
"""


@pytest.fixture(scope="module")
def imported() -> list[str]:
    """The modules that `import pellucid` adds to those of NumPy, in a fresh interpreter."""
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_are_not_imported(imported, library):
    assert [name for name in imported if name.split(".")[0] == library] == []


def test_few_modules_are_imported(imported):
    assert "pellucid.layers.convolution" in imported
    assert len(imported) <= MOST_MODULES
