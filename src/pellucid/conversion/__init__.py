"""Models and weights out of other systems' files and into them; each way ends with a report of what became of what.

`table` says which files there are and what can be done with each; a format has a file of this room that reads and
writes it on top of `pellucid.formats`, which turns bytes into plain records. Nothing here is loaded before somebody
opens or writes such a file.
"""

import importlib
from typing import Any

from pellucid.absent import absent

__all__ = [
    "Report",
    "Row",
    "convert",
    "export",
    "load",
    "load_filter",
    "load_weights",
    "save",
    "save_filter",
    "save_weights",
]

HOMES = {
    "Report": "report",
    "Row": "report",
    "convert": "doors",
    "export": "doors",
    "load": "doors",
    "load_filter": "filter_tables",
    "load_weights": "doors",
    "save": "doors",
    "save_filter": "filter_tables",
    "save_weights": "doors",
}
"""The file of each name."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    raise absent(__name__, name)
