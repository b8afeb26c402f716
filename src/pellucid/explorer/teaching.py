"""The requests of lessons: which there are, where the steps of one lead, and the book's page on the reader's layer."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.asked import Asked
from pellucid.explorer.lessons import Lesson, led
from pellucid.explorer.study import Study
from pellucid.inspection.record import plain_data
from pellucid.inspection.training_step import layer_at
from pellucid.learn import page
from pellucid.learn.subject import has_filters

__all__ = ["book_page", "lesson", "listed_lessons"]

_MOST_SAMPLES = 512  # that a page of the book looks at or trains on


def listed_lessons(study: Study, asked: Asked) -> Response:
    """The titles, in order."""
    listed = [{"title": each.title, "question": each.question, "steps": len(each.steps)} for each in study.lessons]
    return JSONResponse({"lessons": listed})


def lesson(study: Study, asked: Asked) -> Response:
    """The steps of a lesson, each with what is chosen in this network."""
    found = _lesson(study, asked.path["number"])
    shapes = {name: record.maps.shape for name, record in study.all_maps().items()}
    steps = [led(step, study.scene, shapes) for step in found.steps]
    return JSONResponse(plain_data({"title": found.title, "question": found.question, "steps": steps}))


def book_page(study: Study, asked: Asked) -> Response:
    """The book's page of a lesson's question as text, made on the layer that is chosen, or on one that fits."""
    found = _lesson(study, asked.path["number"])
    if found.question is None:
        raise ArgumentError(f"{found.title}: this lesson has no page in the book")
    chosen = next((node for node in study.scene.nodes if node.id == asked.query.get("layer")), None)
    fits = chosen is not None and bool(chosen.banks) and has_filters(layer_at(study.opened, chosen.path))
    layer = chosen.path if chosen is not None and fits else None
    made = page(found.question, study.model, layer, *study.samples.first(_MOST_SAMPLES))
    return JSONResponse({"text": str(made)})


def _lesson(study: Study, number: object) -> Lesson:
    if not (str(number).isascii() and str(number).isdecimal() and len(str(number)) < 6):
        raise ArgumentError(f"a lesson has a number, got {shown(number)}")
    if int(str(number)) >= len(study.lessons):
        raise ArgumentError(f"there are lessons 0 to {len(study.lessons) - 1}, got {number}")
    return study.lessons[int(str(number))]
