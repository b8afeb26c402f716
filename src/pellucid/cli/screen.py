"""What can be shown where the output goes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TextIO

from pellucid.views import terminal_color


@dataclass(frozen=True)
class Screen:
    """Columns, and whether colours come through."""

    width: int
    color: bool


def screen(stream: TextIO | None) -> Screen:
    """The width and colours of a stream; 80 columns and none where it is not a terminal, or closed."""
    width = shutil.get_terminal_size().columns  # as COLUMNS says, or the terminal
    return Screen(max(width, 20), stream is not None and terminal_color(stream))
