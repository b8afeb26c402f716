"""The questions, in order, and the page of each."""

from __future__ import annotations

import shlex
from typing import Any

from pellucid.checks import whole
from pellucid.errors import PellucidError
from pellucid.learn import filter_pages, likeness_pages, map_pages, size_pages, step_pages, training_pages
from pellucid.learn.parts import Page, Part, Question
from pellucid.learn.subject import Subject, subject_of

__all__ = ["QUESTIONS", "contents", "page"]

_PARTS = (filter_pages, map_pages, size_pages, step_pages, training_pages, likeness_pages)
_ALL = [each for part in _PARTS for each in part.QUESTIONS]
QUESTIONS: tuple[Question, ...] = tuple(sorted(_ALL, key=lambda each: each.number))
"""All questions, in order."""


def contents() -> str:
    """The questions, each with its number.

    Example:
        >>> print(contents().splitlines()[2])
         3  Why do 64 filters over 64 maps give 64 maps, and not 64^2?
    """
    return "\n".join(f"{each.number:2}  {each.text}" for each in QUESTIONS)


def _gathered(question: Question, subject: Subject) -> list[Part]:
    """The parts of a page; where a layer stops it half way, that is said, and raised where nothing was shown yet."""
    parts: list[Part] = []
    try:
        for part in question.make(subject):
            parts.append(part)
    except PellucidError as error:
        if all(isinstance(part, str) for part in parts):
            raise
        parts.append(f"The rest is not told of this layer: {error}")
    return parts


def page(number: int, model: Any = None, layer: Any = None, x: Any = None, y: Any = None, *, file: str = "") -> Page:
    """A page of the book, made on a layer of the reader's own.

    Args:
        number: of the question, 1 to 18.
        model: a built model with one input and one output; by default a small network for digits, trained for it.
        layer: with filters, its name or path; by default the first that convolves, or the last where that says more.
        x: samples for the model; by default digits, or patches drawn at random.
        y: the right answers, for pages that train; by default what the model answers.
        file: the model's, which the page's command names.

    Returns:
        the page; it shows itself in a notebook, `print` writes it.

    Raises:
        ArgumentError: there is no such question, or the layer has no filters.
        DataError: the samples do not fit the model.

    Example:
        >>> from pellucid import Sequential, layers
        >>> net = Sequential([layers.Input((8, 8, 3)), layers.Conv2D(32, 3, name="conv"), layers.GlobalMaxPooling2D()])
        >>> page(5, net).numbers["weights of conv"]
        896.0
    """
    whole("learn", "number", number, 1, len(QUESTIONS))
    question = QUESTIONS[number - 1]
    subject = subject_of(model, layer, x, y, is_deep=question.is_deep)
    asked = f" --model {shlex.quote(file)}" if file else ""
    asked += f" --layer {shlex.quote(subject.path)}" if file or (model is None and layer is not None) else ""
    command = f"pellucid learn {number}{asked}"
    parts = tuple(_gathered(question, subject))
    return Page(number, question.text, command, question.lines, subject.said, question.formula, parts, question.wrong)
