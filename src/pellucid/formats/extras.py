"""Modules that need a package which not everybody has: imported when they are needed, with a sentence where it is not
there."""

from __future__ import annotations

import importlib
from typing import Any

from pellucid.errors import FileError

__all__ = ["imported"]


def imported(module: str, what: str) -> Any:
    """A module of Pellucid that reads or writes a format.

    Args:
        module: its full name.
        what: the format, as it reads in a sentence.

    Raises:
        FileError: it needs a package that is not installed; the message says how to install it.

    Example:
        >>> imported("pellucid.formats.safetensors", "a safetensors file").__name__
        'pellucid.formats.safetensors'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing == __name__.partition(".")[0]:
            raise
        raise FileError(
            f"{what} needs the package {missing!r}, which is not installed; type: pip install 'pellucid[onnx]'"
        ) from error
