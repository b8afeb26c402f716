"""Lessons: a few steps each, which say something and lead to the right place on the reader's own network.

A lesson is a small file in TOML, which a teacher can write:

    title = "What does a unit see?"
    question = 12                    # of the book, whose page can be opened beside it; may be left out

    [[steps]]
    say = "Each value depends on a window of the input."
    panel = "value"                  # one of `PANELS`
    layer = "first"                  # one of `ROLES`, or the name of a layer
    value = "middle"                 # or "corner", or [row, column, channel]
    filter = 0
    sample = 3
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.errors import ArgumentError, FileError, escaped, unknown_name
from pellucid.explorer.scene import Scene, SceneNode
from pellucid.formats.source import read_source
from pellucid.frozen import Frozen
from pellucid.inspection.given import is_whole

__all__ = ["PANELS", "ROLES", "Lesson", "LessonStep", "book_lessons", "led", "read_lesson"]

PANELS = ("input", "layer", "value", "filter", "train", "compare", "keep")
ROLES = {
    "input": "where the data come in",
    "first": "the first layer with filters",
    "last": "the last layer with filters",
    "pool": "the first pooling layer",
    "dropout": "the first dropout layer",
    "dense": "the first dense layer",
    "output": "the last layer",
}
"""Layers by what they are, so that a lesson fits every network."""
MOST_BYTES, MOST_STEPS, MOST_LETTERS = 100_000, 100, 2_000
_FOLDER = Path(__file__).with_name("lessons")
_OF_LESSON, _OF_STEP = {"title", "question", "steps"}, {"say", "panel", "layer", "value", "filter", "sample"}


class LessonStep(Frozen):
    """One step.

    Args:
        say: what is told.
        panel: that is shown.
        layer: a role or a name; "" for the one that is chosen.
        value: "middle", "corner", or a place; "" for none.
        filter: its number; None for none.
        sample: the input; None for the one that is there.
    """

    say: str
    panel: str = ""
    layer: str = ""
    value: str | tuple[int, ...] = ""
    filter: int | None = None
    sample: int | None = None


class Lesson(Frozen):
    """A lesson.

    Args:
        title: a question, or what it is on.
        steps: at least one.
        question: of the book; None for none.
    """

    title: str
    steps: tuple[LessonStep, ...]
    question: int | None = None


def book_lessons() -> list[Lesson]:
    """Those that come with Pellucid, one for each question of the book.

    Example:
        >>> [lesson.title for lesson in book_lessons()][11]
        'What does a unit see?'
    """
    return [read_lesson(path) for path in sorted(_FOLDER.glob("*.toml"))]


def read_lesson(path: str | Path) -> Lesson:
    """A lesson from a file.

    Raises:
        FileError: there is none, or it says something that lessons do not say.
    """
    name = escaped(path)
    content = read_source(path, what="a lesson", max_bytes=MOST_BYTES)
    try:
        told = tomllib.loads(content.decode("utf-8"))
        return _lesson(told)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileError(f"{name} is no TOML: {error}") from None
    except ArgumentError as error:
        raise FileError(f"{name}: {error}") from None


def _lesson(told: Mapping[str, Any]) -> Lesson:
    _known(told, _OF_LESSON, "a lesson")
    steps = told.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise ArgumentError(f"a lesson has 1 to {MOST_STEPS} steps, each under [[steps]]")
    question = told.get("question")
    if question is not None and not (is_whole(question) and 1 <= question <= 18):
        raise ArgumentError("question is one of the book's, 1 to 18")
    return Lesson(_text(told, "title"), tuple(_step(each) for each in steps), question)


def _step(told: object) -> LessonStep:
    if not isinstance(told, dict):
        raise ArgumentError("a step is a table, under [[steps]]")
    _known(told, _OF_STEP, "a step")
    panel, value = told.get("panel", ""), told.get("value", "")
    if panel and panel not in PANELS:
        raise unknown_name("panel", str(panel), PANELS)
    if isinstance(value, list) and value and all(is_whole(each) and each >= 0 for each in value):
        value = tuple(value)
    elif value not in ("", "middle", "corner"):
        raise ArgumentError('value is "middle", "corner" or whole numbers in brackets, as in [3, 4, 0]')
    for name in ("filter", "sample"):
        if name in told and not (is_whole(told[name]) and told[name] >= 0):
            raise ArgumentError(f"{name} is a whole number from 0")
    layer = _text(told, "layer") if "layer" in told else ""
    return LessonStep(_text(told, "say"), panel, layer, value, told.get("filter"), told.get("sample"))


def _known(told: Mapping[str, Any], known: set[str], what: str) -> None:
    for name in told:
        if name not in known:
            raise unknown_name(f"word in {what}", name, sorted(known))


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= MOST_LETTERS:
        raise ArgumentError(f"{name} is text of 1 to {MOST_LETTERS:,} letters")
    return text


def led(step: LessonStep, scene: Scene, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Where a step leads in this network: what is said and what is chosen.

    Args:
        step: of a lesson.
        scene: the network.
        shapes: of the maps of each layer, by path.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> from pellucid.explorer.scene import scene_of
        >>> scene = scene_of(Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c")]), np.ones((8, 8, 1)))
        >>> led(LessonStep("Look.", "value", "first", "middle"), scene, {"c": (6, 6, 4)})["choose"]
        {'panel': 'value', 'layer': 'c', 'value': '3,3,0'}
    """
    choose: dict[str, str] = {"panel": step.panel} if step.panel else {}
    say, node = step.say, None
    if step.layer:
        node = _found(step.layer, scene)
        if node is None:
            say += f" (This network has no such layer: {ROLES.get(step.layer, step.layer)}.)"
            choose = {}
        else:
            choose["layer"] = node.id
    if node is not None and step.value:
        choose["value"] = ",".join(map(str, _place(step.value, shapes.get(node.path, ()))))
    if node is not None and step.filter is not None:
        choose["filter"] = str(step.filter)
    return {"say": say, "choose": choose, "sample": step.sample}


def _found(layer: str, scene: Scene) -> SceneNode | None:
    """The box of a role, or of a name."""
    nodes, banked = scene.nodes, [node for node in scene.nodes if node.banks]
    of_role: dict[str, list[SceneNode]] = {
        "input": [node for node in nodes if node.is_input],
        "first": banked,
        "last": banked[::-1],
        "pool": [node for node in nodes if "Pool" in node.kind],
        "dropout": [node for node in nodes if "Dropout" in node.kind],
        "dense": [node for node in nodes if node.kind == "Dense"],
        "output": list(nodes[::-1]),
    }
    named = [node for node in nodes if layer in (node.id, node.path)]
    return next(iter(of_role.get(layer) or named), None)


def _place(value: str | tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The place in maps (spatial..., channels) that is meant; those that lie outside are brought to the border."""
    if isinstance(value, tuple):
        return tuple(min(at, size - 1) for at, size in zip(value, shape, strict=False))
    return (*(size // 2 if value == "middle" else 0 for size in shape[:-1]), 0)
