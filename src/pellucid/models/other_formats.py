"""The way from models to files of other systems: `conversion` stands above, since it makes models, and is loaded only
where such a file is read or written."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["doors"]


def doors() -> Any:
    """The module with `load`, `save`, `load_weights`, `save_weights` for files of all formats."""
    return importlib.import_module("pellucid.conversion.doors")
