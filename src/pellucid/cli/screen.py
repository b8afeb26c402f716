"""What can be shown where the output goes."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable
from typing import TextIO

import typer

from pellucid.frozen import Frozen
from pellucid.processes import is_terminal
from pellucid.views import terminal_color


class Screen(Frozen):
    """Columns, and whether colours come through."""

    width: int
    color: bool


def screen(stream: TextIO | None) -> Screen:
    """The width and colours of a stream; 80 columns and none where it is not a terminal, or closed."""
    width = shutil.get_terminal_size().columns  # as COLUMNS says, or the terminal
    return Screen(max(width, 20), stream is not None and terminal_color(stream))


def say(sentences: Iterable[str], *, err: bool = False) -> None:
    """Print sentences, one below the other: on a terminal broken between words at its width, else each in one line.

    Args:
        sentences: without line breaks.
        err: whether they go to the error stream.
    """
    stream = sys.stderr if err else sys.stdout
    width = screen(stream).width
    for each in sentences:
        wrapped = textwrap.fill(each, width, break_long_words=False, break_on_hyphens=False)
        typer.echo(wrapped if is_terminal(stream) else each, err=err)
