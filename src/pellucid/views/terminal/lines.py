"""Text for a terminal: coloured spans in lines, blocks side by side, and whether a stream can show them.

The text views are built of these. Nothing here prints; colours are 24-bit and are written only on request, so that the
same lines, uncoloured, are plain text. Pellucid's own words are ASCII; names of layers and classes are kept as given.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple, TextIO

from pellucid.calls import explained
from pellucid.errors import ArgumentTypeError
from pellucid.inspection.given import described

if TYPE_CHECKING:
    from rich.style import Style

__all__ = ["NARROWEST", "RGB", "Line", "Span", "beside", "paragraph", "plain", "render", "terminal_color", "text_width"]

RGB = tuple[int, int, int]
NARROWEST = 20  # columns; in less, lines may be longer than the terminal
_LOWER_HALF = "\N{UPPER HALF BLOCK}"


class Span(NamedTuple):
    """Some letters with one look."""

    text: str
    ink: RGB | None = None
    paper: RGB | None = None
    bold: bool = False


Line = list[Span]


def plain(text: str, bold: bool = False) -> Line:
    """A line without colour."""
    return [Span(text, bold=bold)]


def paragraph(text: str, width: int, bold: bool = False) -> list[Line]:
    """Text wrapped to a width."""
    return [plain(line, bold) for line in textwrap.wrap(text, width)]


def text_width(line: Line) -> int:
    """Columns that a line takes."""
    from rich.cells import cell_len

    return sum(cell_len(span.text) for span in line)


def beside(blocks: Sequence[Sequence[Line]], width: int, gap: int = 2) -> list[Line]:
    """Puts blocks of lines side by side, as many as a width takes, then goes on below after an empty line.

    Args:
        blocks: the blocks; one that is wider than `width` gets a row of its own, uncut.
        width: columns of the terminal.
        gap: empty columns between two blocks.

    Returns:
        all lines.

    Example:
        >>> lines = beside([[plain("a1"), plain("a2")], [plain("b")], [plain("c")]], width=6)
        >>> print(render(lines, color=False))
        a1  b
        a2
        <BLANKLINE>
        c
    """
    rows: list[list[tuple[Sequence[Line], int]]] = []
    used = 0
    for block in blocks:
        columns = max(map(text_width, block), default=0)
        if rows and used + gap + columns <= width:
            rows[-1].append((block, columns))
            used += gap + columns
        else:
            rows.append([(block, columns)])
            used = columns
    lines: list[Line] = []
    for row in rows:
        lines += [[]] if lines else []
        for height in range(max(len(block) for block, _ in row)):
            line: Line = []
            for index, (block, columns) in enumerate(row):
                cells = block[height] if height < len(block) else []
                line += cells
                if index + 1 < len(row):
                    line.append(Span(" " * (columns - text_width(cells) + gap)))
            lines.append(line)
    return lines


def render(lines: Sequence[Line], color: bool) -> str:
    """Lines as one string without a final newline, with colours as escape sequences or without any.

    Example:
        >>> render([[Span("ab", ink=(255, 0, 0)), Span("c  ")]], color=False)
        'abc'
        >>> render([[Span("ab", ink=(255, 0, 0)), Span("c")]], color=True)
        '\\x1b[38;2;255;0;0mab\\x1b[0mc'
    """
    if not color:
        return "\n".join("".join(span.text for span in line).rstrip() for line in lines)
    from rich.console import Console
    from rich.segment import Segment, Segments

    segments = []
    for line in lines:
        segments += [Segment(span.text, _style(span.ink, span.paper, span.bold)) for span in line] + [Segment.line()]
    output = StringIO()
    console = Console(
        file=output,
        force_terminal=True,
        force_jupyter=False,
        color_system="truecolor",
        no_color=False,
        legacy_windows=False,
    )
    console.print(Segments(segments[:-1]), end="", crop=False)
    return output.getvalue()


@lru_cache(maxsize=4096)
def _style(ink: RGB | None, paper: RGB | None, bold: bool) -> Style | None:
    from rich.color import Color
    from rich.style import Style

    if ink is None and paper is None and not bold:
        return None
    color, background = (Color.from_rgb(*part) if part else None for part in (ink, paper))
    return Style(color=color, bgcolor=background, bold=bold or None)


@explained
def terminal_color(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a stream shows the coloured text views as they are meant.

    Args:
        stream: where the text will be written.
        environment: variables that describe the terminal; NO_COLOR, when set to anything, says no.

    Returns:
        True for a terminal with 24-bit colours and an encoding that has block characters.

    Raises:
        ArgumentTypeError: it is no stream, or the environment no mapping.

    Example:
        >>> terminal_color(StringIO())
        False

    Source: no-color.org; COLORTERM as set by most terminal programs.
    """
    if not hasattr(stream, "isatty"):
        raise ArgumentTypeError(f"expected a stream of text, such as sys.stdout, got {described(stream)}")
    if not isinstance(environment, Mapping):
        raise ArgumentTypeError(f"environment is a mapping, such as os.environ, got {described(environment)}")
    if environment.get("NO_COLOR") or not stream.isatty():
        return False
    try:
        _LOWER_HALF.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    if environment.get("COLORTERM") in ("truecolor", "24bit") or "WT_SESSION" in environment:
        return True
    term = environment.get("TERM", "")
    if term.startswith("screen") or environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return False  # 256 colours at most unless COLORTERM says more
    return any(word in term for word in ("256color", "direct", "kitty", "alacritty"))
