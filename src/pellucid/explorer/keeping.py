"""What can be kept of a study: the model as a file, any picture as a file, everything as a report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.responses import Response

from pellucid.errors import unknown_name
from pellucid.explorer.asked import Asked
from pellucid.explorer.study import Study
from pellucid.inspection import arithmetic, filters, receptive_field, trace
from pellucid.learn.subject import layer_of
from pellucid.views import (
    arithmetic_figure,
    field_figure,
    filters_figure,
    maps_figure,
    report_html,
    save_figure,
    trace_figure,
)

__all__ = ["PICTURES", "kept_model", "kept_picture", "kept_report"]

FORMATS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
_MOST_SAMPLES = 512  # that a report looks at


def kept_model(study: Study, asked: Asked) -> Response:
    """The model as it is now, as a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        study.model.save(path)
        return _file(path.read_bytes(), "application/octet-stream")


def kept_report(study: Study, asked: Asked) -> Response:
    """One page on the model, complete in itself, as `pellucid report` writes it."""
    x, y = study.samples.x[:_MOST_SAMPLES], study.samples.y
    page = report_html(study.model, x, None if y is None else y[:_MOST_SAMPLES], title=study.model.name)
    return _file(page.encode(), "text/html; charset=utf-8")


def kept_picture(study: Study, asked: Asked) -> Response:
    """A picture of what is chosen: `?of=maps&layer=conv&format=png`, with `value=3,4,0` for those of one value."""
    of, suffix = asked.query.get("of", ""), asked.query.get("format", "png")
    if of not in PICTURES:
        raise unknown_name("picture", of, list(PICTURES))
    if suffix not in FORMATS:
        raise unknown_name("format", suffix, list(FORMATS))
    figure = PICTURES[of](study, asked)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture.{suffix}"
        save_figure(figure, path)
        return _file(path.read_bytes(), FORMATS[suffix])


def _maps(study: Study, asked: Asked) -> Any:
    return maps_figure(study.maps(asked.query.get("layer", "input")))


def _filters(study: Study, asked: Asked) -> Any:
    return filters_figure(filters(layer_of(study.model, asked.query.get("layer", ""))))


def _sum(study: Study, asked: Asked) -> Any:
    return arithmetic_figure(arithmetic(study.model, *_value(study, asked)))


def _trace(study: Study, asked: Asked) -> Any:
    return trace_figure(trace(study.model, *_value(study, asked)))


def _field(study: Study, asked: Asked) -> Any:
    layer, sample, position, unit = _value(study, asked)
    return field_figure(receptive_field(study.model, layer, position, unit, sample))


def _value(study: Study, asked: Asked) -> tuple[str, Any, tuple[int, ...], int]:
    """Layer, input, position and filter of the value that is chosen, as `inspection` takes them."""
    *position, unit = asked.wholes("value")
    return asked.query.get("layer", ""), study.chosen.x, tuple(position), unit


PICTURES: dict[str, Callable[[Study, Asked], Any]] = {
    "maps": _maps,
    "filters": _filters,
    "sum": _sum,
    "trace": _trace,
    "field": _field,
}
"""By what they are of."""


def _file(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": "attachment"})
