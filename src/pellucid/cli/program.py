"""How this program was called, so that the commands that it proposes work when they are copied."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "pellucid"


def command(*arguments: object) -> str:
    """A command line for the program as it was called: by its name where that finds it, else by its path.

    Example:
        >>> command("summary", "my model.keras").endswith(" summary 'my model.keras'")
        True
    """
    return " ".join([*_called(), *(shlex.quote(str(argument)) for argument in arguments)])


def _called() -> list[str]:
    script = Path(sys.argv[0])
    if script.stem != NAME or not script.is_file():
        return [shlex.quote(sys.executable), "-m", NAME]
    found = shutil.which(NAME)
    if found is not None and os.path.samefile(found, script):
        return [NAME]
    return [shlex.quote(os.path.relpath(script) if _is_below(script) else str(script))]


def _is_below(script: Path) -> bool:
    """Whether it stands below the current folder, as a virtual environment mostly does."""
    return script.absolute().is_relative_to(Path.cwd())
