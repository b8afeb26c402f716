"""Files on disk and what they hold: one module per format, bytes to (config, arrays) and back.

Nothing here knows a model or an engine. Whatever is read is treated as hostile: every size is checked against a limit
before memory is taken, nothing in a file is ever executed, and no file is opened because another file names it.
"""

import importlib
from typing import Any

from pellucid.absent import absent

__all__ = ["Contents", "open"]

HOMES = {"Contents": "contents", "open": "opening"}
"""The file of each name: looking into files brings their readers along, which few programs need at once."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    raise absent(__name__, name)
