"""Which commands there are, and in which module each stands.

A module is imported when its command is asked for: whoever types one waits for what that one needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.main import get_command

from pellucid.collecting import Paused

_MODULES = {
    "train": "train",
    "explore": "explore",
    "summary": "summary",
    "predict": "predict",
    "evaluate": "evaluate",
    "maps": "maps",
    "explain": "maps",
    "profile": "profile",
    "lint": "lint",
    "filters": "filters",
    "field": "looking",
    "filter": "looking",
    "learn": "learning",
    "compare": "comparing",
    "report": "comparing",
    "convert": "convert",
    "export": "convert",
    "inspect": "convert",
    "doctor": "doctor",
    "run": "run",
}  # in the order of --help
_CONTEXTS = {
    # What stands behind the script belongs to it, options too.
    "run": {"allow_interspersed_args": False, "ignore_unknown_options": True},
}


def load(arguments: Iterable[str]) -> None:
    """Import the module of the command that a command line names, if it names one."""
    name = next((word for word in arguments if word in _MODULES), None)
    if name is not None:
        _module_of(name)


def _module_of(command: str) -> ModuleType:
    with Paused():
        return import_module(f"pellucid.cli.{_MODULES[command]}")


class Commands(Mapping[str, Any]):
    """Typer's commands by their names; each is the function of that name in its module."""

    def __getitem__(self, name: str) -> Any:
        alone = typer.Typer(add_completion=False)
        alone.command(name, context_settings=_CONTEXTS.get(name))(getattr(_module_of(name), name))
        return get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)
