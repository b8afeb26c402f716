"""Functions stay small, and sources harmless: read with `ast`, nothing is imported."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES_OF_A_FUNCTION = 80
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal", "joblib", "cloudpickle"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def imports(path: Path) -> set[str]:
    """Full names of what a file imports: `from a import b` counts as a and as a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_sources_are_found():
    assert len(FILES) > 50 and ROOT / "graph" / "ops.py" in FILES


@each_file
def test_functions_are_short(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MOST_LINES_OF_A_FUNCTION, f"{node.name} has {length} lines"


@each_file
def test_file_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), "begin the module with a docstring"


@each_file
def test_nothing_is_unpickled(path):
    assert not {name.split(".")[0] for name in imports(path)} & UNSAFE_MODULES


@each_file
def test_nothing_is_executed_that_is_not_written_here(path):
    """No eval, exec or the like; a method of that name, such as `model.compile`, is something else."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in UNSAFE_CALLS, f"line {node.lineno} calls {node.func.id}"


@each_file
def test_only_the_native_engine_knows_the_extension(path):
    knows = "pellucid._native" in imports(path) or "_native" in imports(path)
    assert knows == (path in {ROOT / "engines" / "native.py", ROOT / "engines" / "state.py"})


@each_file
def test_only_the_xla_engine_knows_jax(path):
    knows = any(name.partition(".")[0] in ("jax", "jaxlib") for name in imports(path))
    assert not knows or path.parent == ROOT / "engines" / "xla"
