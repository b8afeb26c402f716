"""Functions stay small, and sources harmless: read with `ast`, nothing is imported.

A test is a rule for all files and names each file that breaks it: a test for each file and rule made thousands, whose
collection took longer than reading the files.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
MOST_LINES_OF_A_FUNCTION = 80
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal", "joblib", "cloudpickle"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
KNOW_THE_EXTENSION = {"engines/native.py", "engines/state.py"}


@pytest.fixture(scope="module")
def sources() -> dict[str, ast.Module]:
    """Every source of the package, by its path in it."""
    files = sorted(ROOT.rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in files}


def imports(tree: ast.Module) -> set[str]:
    """Full names of what a file imports: `from a import b` counts as a and as a.b."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def outer_packages(tree: ast.Module) -> set[str]:
    """What stands before the first dot of the names that a file imports."""
    return {name.partition(".")[0] for name in imports(tree)}


def test_the_sources_are_found(sources: dict[str, ast.Module]) -> None:
    assert len(sources) > 50 and "graph/ops.py" in sources


def test_functions_are_short(sources: dict[str, ast.Module]) -> None:
    lengths = {
        f"{path}: {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


def test_files_say_what_they_are_for(sources: dict[str, ast.Module]) -> None:
    """They begin with a docstring."""
    assert [path for path, tree in sources.items() if not ast.get_docstring(tree)] == []


def test_nothing_is_unpickled(sources: dict[str, ast.Module]) -> None:
    assert [path for path, tree in sources.items() if outer_packages(tree) & UNSAFE_MODULES] == []


def test_nothing_is_executed_that_is_not_written_here(sources: dict[str, ast.Module]) -> None:
    """No eval, exec or the like; a method of that name, such as `model.compile`, is something else."""
    calls = [
        f"{path}, line {node.lineno}: {node.func.id}"
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS
    ]
    assert calls == []


def test_only_the_native_engine_knows_the_extension(sources: dict[str, ast.Module]) -> None:
    know = {path for path, tree in sources.items() if {"pellucid._native", "_native"} & imports(tree)}
    assert know == KNOW_THE_EXTENSION


def test_only_the_xla_engine_knows_jax(sources: dict[str, ast.Module]) -> None:
    know = {path for path, tree in sources.items() if {"jax", "jaxlib"} & outer_packages(tree)}
    assert {path for path in know if Path(path).parent.as_posix() != "engines/xla"} == set()
    assert know
