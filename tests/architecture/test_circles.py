"""No module needs itself: imports are read with `ast`, those inside functions and for types alone too.

Importing a package's part runs the package's `__init__` as well; that is Python's doing and not counted. What counts is
which module a name is taken from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
DOORS = {
    "pellucid.absent": "the names that Keras has are read where one is missing",
    "pellucid.calls": "so are the arguments",
    "pellucid": "`import pellucid` costs little beside NumPy: rooms that few need come at their first use",
    "pellucid.callbacks": "a training has few of them: each comes at its first use",
    "pellucid.cli.companions": "old scripts find modules of Python's own under the names that they had",
    "pellucid.cli.commands": "a command is imported when it is asked for",
    "pellucid.cli.entry": "Ctrl-C is answered while the command line is being loaded",
    "pellucid.cli.keras_imports": "finds modules by the names that a script's imports of Keras have",
    "pellucid.engines": "the engine that needs JAX comes at its first use",
    "pellucid.conversion": "few programs read or write files of other systems",
    "pellucid.explorer": "few programs are a web server",
    "pellucid.formats": "so do programs that look into files",
    "pellucid.formats.extras": "a format's reader is loaded when such a file is met: it may need a package of its own",
    "pellucid.data": "sources and folders of images come at their first use",
    "pellucid.initializers": "kernels with names are read by few programs",
    "pellucid.initializers.banks": "they are",
    "pellucid.layers": "few programs vary images: layers that do come at their first use",
    "pellucid.layers.uses": "few programs take a single filter in hand",
    "pellucid.models": "reading files brings zip and JSON along, which few programs need at once",
    "pellucid.models.model": "what describes and writes models comes at its first use",
    "pellucid.models.batchwise": "so does what trains them",
    "pellucid.models.compiled": "so does what compiles them",
    "pellucid.models.other_formats": "what makes models of other systems' files stands above models",
    "pellucid.models.trained": "so does what trains them",
    "pellucid.ops": "functions of images come at their first use",
    "pellucid.models.sequential": "so does what writes chains",
    "pellucid.utils": "records of objects bring all rooms along, which `to_categorical` does not need",
    "pellucid.notebooks": "what draws stands above all that is drawn, and is loaded where somebody wants to see",
    "pellucid.random": "Keras has functions of tensors under that name, which stand above what only draws numbers",
    "pellucid.old_modules": "old module paths hand on names of modules that they must not load before",
}
"""Modules that import others of the package late, and why."""


def module_name(path: Path) -> str:
    """The full name of a module of the package."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def imports(tree: ast.AST, modules: set[str], late: bool = False) -> Iterator[tuple[str, bool]]:
    """The modules of the package from which names are taken, and whether late: in a function, or for types alone."""
    for node in ast.iter_child_nodes(tree):
        is_late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_for_types(node)
        if isinstance(node, ast.Import):
            yield from ((alias.name, is_late) for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if name in modules else str(node.module) for name in full]
            yield from ((name, is_late) for name in found if name in modules)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            yield "importlib.import_module", True
        yield from imports(node, modules, is_late)


def is_for_types(node: ast.AST) -> bool:
    """Whether a node is an `if TYPE_CHECKING` block."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def circle(sources: dict[str, ast.Module]) -> list[str]:
    """Modules that import each other in a circle; none if there is none."""
    modules = set(sources)
    needs = {name: {other for other, _ in imports(tree, modules)} & modules for name, tree in sources.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_is_no_circle() -> None:
    assert circle(SOURCES) == []


def test_nothing_of_the_package_is_imported_late() -> None:
    """Neither inside a function nor for types alone: what both need belongs into a module below them.

    Libraries may be imported late: they know nothing of the package. A door that imports nothing late is none.
    """
    modules = set(SOURCES)
    late = {module: {name for name, late in imports(tree, modules) if late} for module, tree in SOURCES.items()}
    assert {module: names for module, names in late.items() if names and module not in DOORS} == {}
    assert [module for module in DOORS if not late.get(module)] == []


def test_doors_are_modules() -> None:
    assert set(DOORS) <= set(SOURCES)


SMALL = {
    "straight": {"a": "from pkg.b import f", "b": "import pkg.c", "c": "import math"},
    "plain": {"a": "from pkg.b import f", "b": "import pkg.c", "c": "from pkg import a"},
    "for types": {"a": "from pkg import b", "b": "if TYPE_CHECKING:\n    from pkg.a import A"},
    "in a function": {"a": "from pkg import b", "b": "def f():\n    from pkg import a"},
    "in a method": {"a": "from pkg import b", "b": "class B:\n    async def f(self):\n        import pkg.a"},
    "by the package": {"": "from pkg.a import f", "a": "from pkg import f"},
}


@pytest.mark.parametrize("name", SMALL)
def test_circles_are_found(name: str) -> None:
    sources = {f"pkg.{module}".rstrip("."): ast.parse(text) for module, text in SMALL[name].items()}
    assert bool(circle(sources)) is (name != "straight")
    late = {module for module, tree in sources.items() if any(late for _, late in imports(tree, set(sources)))}
    assert bool(late) is name.startswith(("for", "in"))


def test_imports_by_name_are_found() -> None:
    (found,) = imports(ast.parse("def f(name):\n    return importlib.import_module(name)"), set())
    assert found == ("importlib.import_module", True)
