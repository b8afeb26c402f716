"""A script as it stands in a file: Python, or a notebook of Jupyter's, whose cells are run one after another."""

from __future__ import annotations

import ast
import json
import linecache
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pellucid.errors import FileError
from pellucid.frozen import Frozen

NOTEBOOK = ".ipynb"
DISPLAY = "__display__"
"""Stands in a notebook for what shows the value of a cell; `display` itself may be another's by then."""
COMMAND = re.compile(r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$)")
"""A line of a notebook's that is a command to it: `%matplotlib inline`, `!pip install keras`, `?model`, `model??`."""
TIMED = re.compile(r"%{1,2}(?:time|timeit|prun|capture)\b(?:\s+-\w+(?:\s+\d+)?)*")
"""Commands that only measure, or keep what is printed: what stands behind or below them is Python."""
ABOUT_THE_NOTEBOOK = re.compile(
    r"\?|[\w.]+\?|%(?:matplotlib|config|load_ext|reload_ext|autoreload|autosave|tensorflow_version|tensorboard|pylab|"
    r"pdb|pinfo|precision|reset|who|whos|history|lsmagic|time|timeit|prun|%time|%timeit|%prun|%capture)\b"
)
"""Commands that change nothing of what a script computes."""


class Part(Frozen):
    """A piece of a script that Python compiles as one.

    Attributes:
        file: as tracebacks and messages name it.
        text: its Python.
        before: how many lines of the script stand before it.
    """

    file: str
    text: bytes
    before: int = 0


class Script(Frozen):
    """A script as it stands in a file.

    Attributes:
        path: of the file.
        parts: the whole of a Python file, or the cells of a notebook, in order.
        left_out: commands to a notebook that are not Python and are not run, with their places.
    """

    path: Path
    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()

    @property
    def is_notebook(self) -> bool:
        """Whether it is one of Jupyter's."""
        return self.path.suffix == NOTEBOOK

    def tree(self) -> ast.Module:
        """All of it as Python parses it, its lines counted through.

        Raises:
            SyntaxError: where it is no Python.
        """
        body: list[ast.stmt] = []
        for part in self.parts:
            tree = ast.parse(part.text, part.file)
            ast.increment_lineno(tree, part.before)
            body += tree.body
        return ast.Module(body, [])

    def place(self, line: int) -> tuple[str, int]:
        """The file and the line of it, from 1, for a line that is counted through."""
        part = next(part for part in reversed(self.parts) if part.before < line)
        return part.file, line - part.before


def read_script(path: Path) -> Script:
    """The script in a file; what ends in `.ipynb` is a notebook.

    Args:
        path: of the file.

    Raises:
        FileError: for a notebook that cannot be read, or is not in Python.

    Example:
        >>> import tempfile
        >>> cell = {"cell_type": "code", "source": ["%matplotlib inline\\n", "!ls\\n", "print(1)"]}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "digits.ipynb"
        ...     _ = path.write_text(json.dumps({"cells": [cell]}))
        ...     script = read_script(path)
        >>> script.parts[0].text.split()
        [b'pass', b'pass', b'print(1)']
        >>> script.place(3)[1], [each.partition("digits.ipynb, ")[2] for each in script.left_out]
        (3, ['cell 1:2: !ls'])
    """
    if path.suffix != NOTEBOOK:
        return Script(path, (Part(str(path.absolute()), path.read_bytes()),))
    parts: list[Part] = []
    left_out: list[str] = []
    lines = 0
    for number, text in enumerate(_cells(path), 1):
        file = f"{path.absolute()}, cell {number}"
        text, commands = _python_of(text)
        left_out += [f"{file}:{line}: {command}" for line, command in commands]
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # what tracebacks quote
        parts.append(Part(file, text.encode(), lines))
        lines += text.count("\n") + 1
    return Script(path, tuple(parts), tuple(left_out))


def _cells(path: Path) -> Iterator[str]:
    """The text of each cell that holds code (format of Jupyter's notebooks, versions 3 and 4)."""
    try:
        notebook = json.loads(path.read_bytes())
    except ValueError as error:
        raise FileError(f"{path} is no notebook: a notebook is a file of JSON, and this is none ({error})") from error
    metadata = _as_dict(_as_dict(notebook).get("metadata"))
    named = [
        _as_dict(metadata.get(name)).get(word) for name, word in (("kernelspec", "language"), ("language_info", "name"))
    ]
    other = next((each for each in named if each not in (None, "python")), None)
    if other is not None:
        raise FileError(f"{path} is a notebook in {other}; Pellucid runs those in Python")
    sheets = [notebook, *_as_dict(notebook).get("worksheets", ())]
    cells = [_as_dict(cell) for sheet in sheets for cell in _as_dict(sheet).get("cells", ())]
    if not cells:
        raise FileError(f"{path} is no notebook, or an empty one: there is no cell in it")
    for cell in cells:
        if cell.get("cell_type") == "code":
            text = cell.get("source", cell.get("input", ""))
            yield text if isinstance(text, str) else "".join(map(str, text))


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _python_of(text: str) -> tuple[str, list[tuple[int, str]]]:
    """A cell without its commands to the notebook, line by line the same, and those that matter with their lines.

    Only a line at which Python stumbles is taken for a command: `% 3` in the middle of a formula stays.
    """
    lines = text.split("\n")
    left_out: list[tuple[int, str]] = []
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%") and not TIMED.match(lines[first]):
        return "\n" * (len(lines) - 1), [(first + 1, lines[first].strip())]
    while (at := _stumbles_at(lines)) is not None and COMMAND.match(lines[at]):
        indent, command = re.match(r"(\s*)(.*)", lines[at]).groups()  # type: ignore[union-attr]  # matches all
        lines[at] = indent + (TIMED.sub("", command).strip() or "pass" if TIMED.match(command) else "pass")
        if not ABOUT_THE_NOTEBOOK.match(command):
            left_out.append((at + 1, command))
        while command.endswith("\\") and at + 1 < len(lines):  # it goes on in the next line
            at += 1
            command, lines[at] = lines[at], ""
    return "\n".join(lines), left_out


def _stumbles_at(lines: list[str]) -> int | None:
    """The line, from 0, at which Python finds that this is none; None where it is."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return None if error.lineno is None else min(error.lineno, len(lines)) - 1
    except ValueError:
        return None
    return None


def showing_its_value(part: Part) -> ast.Module:
    """A cell as Python parses it; the value of an expression at its end is shown, as notebooks do, by `display`.

    Raises:
        SyntaxError: where it is no Python.
    """
    tree = ast.parse(part.text, part.file)
    match tree.body:
        case [*_, ast.Expr(value=value) as last] if not part.text.rstrip().endswith(b";"):
            function = ast.copy_location(ast.Name(DISPLAY, ast.Load()), last)
            last.value = ast.copy_location(ast.Call(function, [value], []), last)
    return tree
