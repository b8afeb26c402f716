"""Modules that stand beside a script, which it imports before all others."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

MOST = 200
"""Files that are looked into: a folder may hold a whole library."""


class Beside:
    """The modules beside a script, each to be looked into once.

    Args:
        folder: of the script; Python looks here first.

    Attributes:
        has_further_folders: whether the script lets Python look in others too (`sys.path`).

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "nets.py").write_text("import keras")
        ...     beside = Beside(Path(folder))
        ...     [file.name for file in beside.files_of("nets")], beside.files_of("numpy")
        (['nets.py'], [])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has_further_folders = False
        self._seen: set[Path] = set()

    def note_folders(self, tree: ast.Module) -> None:
        """Note whether a file adds folders in which Python looks: what is not found then may lie there.

        Example:
            >>> beside = Beside(Path("."))
            >>> beside.note_folders(ast.parse("import sys; sys.path.append('../nets')"))
            >>> beside.has_further_folders
            True
        """
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id="sys"), attr="path") | ast.Attribute(attr="addsitedir"):
                    self.has_further_folders = True

    def files_of(
        self, module: str, names: Sequence[str] = (), importer: Path | None = None, level: int = 0
    ) -> list[Path]:
        """The files that an import runs: those of the packages around a module, its own, and those that it names.

        Args:
            module: as it is imported, with dots.
            names: of `from module import names`, which may be modules in their turn.
            importer: the file that imports, where that counts from its own package.
            level: how many dots stand before the module.
        """
        place = self.folder if importer is None or not level else importer.parent
        for _ in range(level - 1):
            place = place.parent
        found: list[Path] = []
        for part in module.split(".") if module else ():
            found += _file_of(place, part)
            place = place / part
        for name in names:
            found += _file_of(place, name) if place != self.folder or level else []
        return found

    def new(self, file: Path) -> ast.Module | None:
        """A file as Python parses it; None where it was looked into before, or is no Python."""
        if file in self._seen or len(self._seen) >= MOST:
            return None
        self._seen.add(file)
        try:
            return ast.parse(file.read_bytes())
        except (SyntaxError, ValueError, OSError):
            return None  # Python itself says it best


def _file_of(folder: Path, name: str) -> list[Path]:
    """The file of a module in a folder; a package without one has none, and is there all the same."""
    candidates = (folder / name / "__init__.py", folder / f"{name}.py")
    return [file for file in candidates if file.is_file()][:1]
