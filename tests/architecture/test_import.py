"""`import pellucid` costs next to nothing, its models NumPy and little else: what is heavy comes when it is needed."""

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
MOST_MODULES = 153  # beside NumPy's

SCRIPT = """
import json, sys
import numpy
before = set(sys.modules)
from pellucid import Model
from pellucid.old_modules import OldModule  # names of older Kerases that import nothing by themselves
print(json.dumps(sorted(n for n in set(sys.modules) - before if not isinstance(sys.modules[n], OldModule))))
"""


@pytest.fixture(scope="module")
def imported() -> list[str]:
    """The modules that are added to those of NumPy for whoever makes models, in a fresh interpreter."""
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_are_not_imported(imported, library):
    assert [name for name in imported if name.split(".")[0] == library] == []


def test_few_modules_are_imported(imported):
    assert "pellucid.layers.base" in imported
    assert "pellucid.layers.convolution" not in imported
    assert len(imported) <= MOST_MODULES


def test_the_package_alone_costs_next_to_nothing():
    """The command line begins with it, and answers Ctrl-C only from then on."""
    script = "import sys; before = set(sys.modules); import pellucid; print(*sorted(set(sys.modules) - before))"
    added = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"pellucid", "pellucid.old_modules"} <= set(added)
    assert {"numpy", "typing", "inspect"}.isdisjoint(added)
    assert len(added) < 20


def test_every_room_can_be_had_of_the_package_without_being_imported():
    script = "import pellucid; print(pellucid.errors.DataError, pellucid.layers.Dense, hasattr(pellucid, 'nothing'))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split()[-1] == "False"


@pytest.mark.parametrize("state", ["enable", "disable"])
def test_the_collector_is_left_as_it_was(state):
    """It pauses while modules are read: nothing of them is garbage."""
    script = (
        f"import gc; gc.{state}(); import pellucid; pellucid.Model; hasattr(pellucid, 'nothing'); print(gc.isenabled())"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [str(state == "enable")]
