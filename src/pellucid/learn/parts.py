"""What a page of the book is made of."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.errors import PellucidError
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record
from pellucid.learn.subject import Subject
from pellucid.notebooks import Shown
from pellucid.views.boards import Board
from pellucid.views.html import block, escape, note
from pellucid.views.html_board import board_html
from pellucid.views.notebook import html_of, png_of
from pellucid.views.precision import short
from pellucid.views.terminal.board import board_text

__all__ = ["Formula", "Measured", "Page", "Part", "Question", "told"]

_NARROWEST, _WIDEST = 40, 120  # columns of sentences


class Formula(Frozen):
    """A formula, and who says so.

    Args:
        text: as it is written in plain text.
        source: where it stands.

    Example:
        >>> print(Formula("y = x", "Euclid").said)
        y = x    (Source: Euclid.)
    """

    text: str
    source: str

    @property
    def said(self) -> str:
        """In one line."""
        return f"{self.text}    (Source: {self.source}.)"


class Measured(Frozen):
    """A number that was measured on the reader's layer.

    Args:
        what: it is.
        value: as it came.

    Example:
        >>> print(Measured("weights", 896).said)
        weights: 896
    """

    what: str
    value: float

    @property
    def said(self) -> str:
        """In one line."""
        return f"{self.what}: {short(float(self.value), 6)}"


Part = str | Measured | Shown | Board
"""A sentence, a number, what shows itself, or tables."""


class Question(Frozen):
    """A question, and how its page is made.

    Args:
        number: 1 to 18.
        text: the question.
        lines: what to type in Python, where `model`, `layer`, `x` and `y` are there.
        formula: what holds.
        wrong: a well-known answer that is wrong, and how.
        make: gives the parts of the page.
        is_deep: whether it is asked best of the last layer with filters, not of the first.

    Example:
        >>> Question(1, "Why?", "layer", Formula("y = x", "Euclid"), "Because.", lambda subject: iter(())).number
        1
    """

    number: int
    text: str
    lines: str
    formula: Formula
    wrong: str
    make: Callable[[Subject], Iterator[Part]]
    is_deep: bool = False


class Page(Record, Frozen, eq=False):
    """A page of the book, made on a model; `print` writes it, a notebook shows it.

    Args:
        number: of the question.
        question: in words.
        command: that makes it.
        lines: what to type in Python to see the same.
        subject: which model, layer and data it was made on, in sentences.
        formula: what holds.
        parts: sentences, numbers, and records of `inspection`.
        wrong: a well-known answer that is wrong, and how.

    Example:
        >>> made = Page(1, "Why?", "pellucid learn 1", "layer", ("Of a net.",), Formula("y = x", "Euclid"), (), "No.")
        >>> str(made).splitlines()[0], made.numbers
        ('1. Why?', {})
    """

    number: int
    question: str
    command: str
    lines: str
    subject: tuple[str, ...]
    formula: Formula
    parts: tuple[Part, ...]
    wrong: str

    @property
    def numbers(self) -> dict[str, float]:
        """What was measured, by what it is."""
        return {part.what: float(part.value) for part in self.parts if isinstance(part, Measured)}

    @property
    def heading(self) -> str:
        """The number and the question."""
        return f"{self.number}. {self.question}"

    def __str__(self) -> str:
        """As plain text."""
        said = f"Made on: {' '.join(self.subject)}"
        formula = f"    {self.formula.text}\n\nSource: {self.formula.source}."
        wrong = _text(f"Where a well-known answer is wrong: {self.wrong}")
        pieces = [self.heading, f"    {self.command}", _text(said), formula, *map(_text, self.parts), wrong]
        return "\n\n".join(pieces)

    def _repr_html_(self) -> str:
        opening = [f"<pre>{escape(self.command)}</pre>", *map(note, self.subject)]
        body = [f"<p><code>{escape(self.formula.text)}</code></p>", note(f"Source: {self.formula.source}.")]
        wrong = f"<p><b>Where a well-known answer is wrong.</b> {escape(self.wrong)}</p>"
        return block(self.heading, *opening, *body, *map(_html, self.parts), wrong)

    def _repr_png_(self) -> bytes:
        """The first picture."""
        return png_of(next((part for part in self.parts if isinstance(part, Shown)), self))


def told(make: Callable[[], Part]) -> Part:
    """A part of a page; what cannot be told of a layer is said in its place."""
    try:
        return make()
    except PellucidError as error:
        return f"Not told of this layer: {error}"


def _text(part: Any) -> str:
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    match part:
        case str():
            return textwrap.fill(part, width)
        case Measured():
            return f"  {part.said}"
        case Board():
            return board_text(part, width, color=False)
    return str(part)


def _html(part: Any) -> str:
    match part:
        case str():
            return f"<p>{escape(part)}</p>"
        case Measured():
            return f"<p>{escape(part.what)}: <b>{escape(short(float(part.value), 6))}</b></p>"
        case Board():
            return board_html(part)
    return html_of(part)
