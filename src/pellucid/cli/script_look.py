"""What of a script is not supported, found in its text before anything runs: names by line, and why not.

Names of Keras and TensorFlow are looked up where the script will find them (see `keras_imports`), in the script and in
the modules beside it that it imports. What stands in a
`try` that catches errors, behind a question after another backend than TensorFlow, or in a function that nobody
mentions is left alone.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import sys
from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path

from pellucid.cli.beside_script import Beside
from pellucid.cli.call_look import is_model, unknown_words, unknown_words_of_model
from pellucid.cli.companions import old_companions
from pellucid.cli.keras_imports import ROOTS, is_explained, keras_is_pellucid, missing, value_of
from pellucid.cli.script import Script
from pellucid.frozen import Frozen
from pellucid.legacy.recognition import Recognised, recognise

CAUGHT = frozenset(["AttributeError", "BaseException", "Exception", "ImportError", "ModuleNotFoundError"])
LOOP_INSTEAD = (
    "is a training step written by hand, which fit does not call; write the loop: for each batch, with "
    "tf.GradientTape() as tape: compute the loss; then gradients = tape.gradient(loss, model.trainable_variables) and "
    "optimizer.apply_gradients(zip(gradients, model.trainable_variables))"
)
PREDICT_INSTEAD = (
    "is a prediction written by hand, which predict does not call; give the method another name and call it yourself"
)
BY_HAND = {"train_step": LOOP_INSTEAD, "test_step": LOOP_INSTEAD, "predict_step": PREDICT_INSTEAD}


class Missing(Frozen):
    """Something that a script asks for in vain.

    Attributes:
        line: of the script, from 1, counted through where it has parts.
        message: what is missing, and why.
        file: of a module beside the script, which it imports; None for the script itself.
    """

    line: int
    message: str
    file: Path | None = None


class Seen(Frozen):
    """What the text of a script says.

    Attributes:
        recognised: for which Keras it was written.
        missing: what it asks for that there is not.
    """

    recognised: Recognised = Recognised(None)
    missing: tuple[Missing, ...] = ()


def seen_in(script: Script) -> Seen:
    """What the text of a script says; nothing of one that imports neither Keras nor TensorFlow, or is no Python."""
    try:
        tree = script.tree()
    except (SyntaxError, ValueError):
        return Seen()  # Python itself says it best
    if not any(name.partition(".")[0] in ROOTS for name in _imported(tree)):
        return Seen()
    return Seen(recognise(tree), tuple(look(tree, script.path)))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def look(tree: ast.Module, script: Path) -> list[Missing]:
    """What a script asks for that there is not, each thing once, in the order of its lines.

    Args:
        tree: the script, as Python parses it.
        script: where it stands; modules beside it are found.

    Example:
        >>> look(ast.parse("from keras.layers import LSTM, Dense"), Path("script.py"))[0].line
        1
    """
    found: dict[str, Missing] = {}
    with keras_is_pellucid(), old_companions():
        for each in _Look(tree, Beside(script.resolve().parent)).findings():
            found.setdefault(each.message, each)
    return sorted(found.values(), key=lambda each: (str(each.file or ""), each.line))


class _Look:
    """One look at a script, or at a module beside it: the names that stand for modules of Keras's, and what is asked
    of them.

    Args:
        tree: as Python parses it.
        beside: the modules beside the script.
        file: of the module; None for the script.
        mentioned: names by which others may ask for what is in the module.
    """

    def __init__(
        self, tree: ast.Module, beside: Beside, file: Path | None = None, mentioned: Set[str] = frozenset()
    ) -> None:
        self.tree, self.beside, self.file = tree, beside, file
        beside.note_folders(tree)
        self.names: dict[str, str] = {}  # a name of the script's: what it stands for, in full
        self.models: set[str] = set()  # names that stand for models
        self.methods: set[ast.FunctionDef] = set()  # of classes that are mentioned
        self.mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | mentioned
        self.mentioned |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    def findings(self) -> Iterator[Missing]:
        for each in self._block(self.tree.body):
            yield each if each.file is not None else replace(each, file=self.file)

    def _block(self, statements: list[ast.stmt]) -> Iterator[Missing]:
        for statement in statements:
            yield from self._statement(statement)

    def _statement(self, node: ast.stmt) -> Iterator[Missing]:
        match node:
            case ast.Import():
                yield from self._import(node)
            case ast.ImportFrom():
                yield from self._import_from(node)
            case ast.Try() if any(map(_catches, node.handlers)):
                yield from self._block(node.finalbody)
            case ast.FunctionDef() if not self._is_used(node):
                pass
            case ast.If() if _asks_for_backend(node.test):
                yield from self._block(_for_tensorflow(node))
            case ast.ClassDef():
                yield from self._class(node)
            case _:
                self._alias(node)
                yield from self._parts(node)

    def _parts(self, node: ast.AST) -> Iterator[Missing]:
        """What a statement or an expression asks for, its blocks statement by statement."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from self._statement(child)
            elif isinstance(child, ast.Call):
                yield from self._call(child)
            elif isinstance(child, ast.Attribute) and (name := self._full_name(child)) is not None:
                yield from self._named(name, child.lineno)
            else:
                yield from self._parts(child)

    def _call(self, node: ast.Call) -> Iterator[Missing]:
        """What a call asks for: the name, its arguments, and what is inside."""
        name, function = self._full_name(node.func), node.func
        if name is not None:
            yield from self._named(name, function.lineno)
            yield from (Missing(node.lineno, said) for said in unknown_words(name, node))
        elif isinstance(function, ast.Attribute) and getattr(function.value, "id", None) in self.models:
            yield from (Missing(node.lineno, said) for said in unknown_words_of_model(function.attr, node))
        yield from self._parts(node)

    def _is_used(self, node: ast.FunctionDef) -> bool:
        """Whether somebody may call a function: methods are called by the library, others by their names."""
        return node.name in self.mentioned or bool(node.decorator_list) or node in self.methods

    def _class(self, node: ast.ClassDef) -> Iterator[Missing]:
        if node.name in self.mentioned:
            self.methods.update(part for part in node.body if isinstance(part, ast.FunctionDef))
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and part.name in BY_HAND and self._is_model(node):
                yield Missing(part.lineno, f"{node.name}.{part.name} {BY_HAND[part.name]}")
        yield from self._parts(node)

    def _is_model(self, node: ast.ClassDef) -> bool:
        bases = [self._full_name(base) or getattr(base, "id", "") for base in node.bases]
        return any(base.rpartition(".")[2] in ("Model", "Sequential") for base in bases)

    def _import(self, node: ast.Import) -> Iterator[Missing]:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            if root not in ROOTS:
                yield from self._other(alias.name, node)
                continue
            self.names[alias.asname or root] = alias.name if alias.asname else root
            yield from self._named(alias.name, node.lineno)

    def _import_from(self, node: ast.ImportFrom) -> Iterator[Missing]:
        module = node.module or ""
        if module == "__future__":
            return
        if node.level or module.partition(".")[0] not in ROOTS:
            yield from self._other(module, node, node.level)
            return
        failed = list(self._named(module, node.lineno))
        yield from failed
        for alias in node.names if not failed else ():
            if alias.name == "*":
                self._import_all(module)
            else:
                self.names[alias.asname or alias.name] = f"{module}.{alias.name}"
                yield from self._named(f"{module}.{alias.name}", node.lineno)

    def _import_all(self, module: str) -> None:
        """Names of the script's that come from a module, or would if it had them, as far as that is known."""
        for name in self.mentioned - set(self.names) - set(dir(builtins)):
            if value_of(f"{module}.{name}") is not None or is_explained(f"{module}.{name}"):
                self.names[name] = f"{module}.{name}"

    def _other(self, module: str, node: ast.Import | ast.ImportFrom, level: int = 0) -> Iterator[Missing]:
        """A module of somebody else's; of one beside the script what it asks for in its turn."""
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        found = self.beside.files_of(module, names, self.file if level else None, level)
        for file in found:
            tree = self.beside.new(file)
            if tree is not None:
                yield from _Look(tree, self.beside, file, self.mentioned).findings()
        root = module.partition(".")[0]
        is_looked_for_elsewhere = level or self.beside.has_further_folders
        if not (found or is_looked_for_elsewhere or root in sys.modules) and importlib.util.find_spec(root) is None:
            yield Missing(node.lineno, f"there is no module {root!r} in this environment")

    def _alias(self, node: ast.stmt) -> None:
        """`layers = tf.keras.layers`: the name stands for the same."""
        if not isinstance(node, ast.Assign):
            return
        name = self._full_name(node.value)
        made = self._full_name(node.value.func) if isinstance(node.value, ast.Call) else None
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names.pop(target.id, None)
                self.models.discard(target.id)
                if made is not None and is_model(made):
                    self.models.add(target.id)
                if name is not None:
                    self.names[target.id] = name

    def _full_name(self, node: ast.AST) -> str | None:
        """The name of Keras's or TensorFlow's that an expression gives; None for all else."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            inner = self._full_name(node.value)
            return None if inner is None else f"{inner}.{node.attr}"
        return None

    def _named(self, name: str, line: int) -> Iterator[Missing]:
        message = missing(name)
        if message is not None:
            yield Missing(line, message)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches what a missing name raises."""
    if handler.type is None:
        return True
    return any(isinstance(node, ast.Name) and node.id in CAUGHT for node in ast.walk(handler.type))


def _for_tensorflow(node: ast.If) -> list[ast.stmt]:
    """What of a question after the backend is run where it is TensorFlow's; nothing where nobody knows."""
    match node.test:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() as how], comparators=[ast.Constant(value=str(name))]):
            is_so = (name == "tensorflow") == isinstance(how, ast.Eq)
            return node.body if is_so else node.orelse
    return []


def _asks_for_backend(test: ast.expr) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in ("backend", "_BACKEND", "__version__"))
        or (isinstance(node, ast.Name) and node.id == "backend")
        for node in ast.walk(test)
    )
