"""What can be kept of a study: the model as a file, any picture as a file, everything as a report."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import sliding_bank
from pellucid.explorer.explaining import explained, no_sum, value_at
from pellucid.explorer.scene import SceneNode
from pellucid.explorer.study import Study
from pellucid.explorer.training_requests import counted
from pellucid.inspection import filters, receptive_field, trace
from pellucid.inspection.training_step import layer_at
from pellucid.views import (
    arithmetic_figure,
    confusion_figure,
    curves_figure,
    field_figure,
    filters_figure,
    maps_figure,
    report_html,
    save_figure,
    trace_figure,
)

__all__ = ["PICTURES", "kept_model", "kept_picture", "kept_report", "stop_report"]

FORMATS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
_MOST_SAMPLES = 512  # that a report looks at
_LONGEST_JOB = 40


def kept_model(study: Study, asked: Asked) -> Response:
    """The model as it is now, as a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        study.model.save(path)
        return _file(path.read_bytes(), "application/octet-stream")


def kept_report(study: Study, asked: Asked) -> Response:
    """One page on the model, complete in itself, as `pellucid report` writes it.

    With `?job=word` pages hear how far it is ("making" with that word), and it can be broken off;
    where the page is closed it is not made to its end.
    """
    with study.making.of(_job(asked.query.get("job", "")), asked.has_gone) as tell:
        samples = study.samples.first(_MOST_SAMPLES)
        page = report_html(study.model, *samples, title=study.model.name, on_section=tell)
    return _file(page.encode(), "text/html; charset=utf-8")


def stop_report(study: Study, asked: Asked) -> Response:
    """Break a report off: {"job": word}."""
    return JSONResponse({"was_under_way": study.making.stop(_job(asked.sent().get("job")))})


def _job(given: object) -> str:
    if not isinstance(given, str) or len(given) > _LONGEST_JOB:
        raise ArgumentError(f"job is a word of at most {_LONGEST_JOB} letters, got {shown(given)}")
    return given


def kept_picture(study: Study, asked: Asked) -> Response:
    """A picture of what is chosen: `?of=maps&layer=conv&format=png`, with `value=3,4,0` for those of one value.

    `input=left` says on which of several inputs a field is drawn.
    """
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
    return maps_figure(study.maps(_node(study, asked).id))


def _filters(study: Study, asked: Asked) -> Any:
    """Of the bank that is chosen, told by its weight as on the whole page; of the first where that has no filters."""
    node = _node(study, asked)
    layer = layer_at(study.opened, node.path)
    chosen, which = sliding_bank(node.path, layer, list(node.banks), asked.query.get("bank", ""))
    return filters_figure(filters(chosen, which=which))


def _sum(study: Study, asked: Asked) -> Any:
    place = asked.wholes("value")
    node, _ = value_at(study, _node(study, asked).id, place)
    said = no_sum(study, node)
    if said:
        raise ArgumentError(said)
    return arithmetic_figure(explained(study, node, place))


def _first(node: SceneNode) -> SceneNode:
    """The box, if it shows the first result of its layer, of which pictures are made."""
    if node.result:
        raise ArgumentError(f"{node.id}: this picture is made of the first result of a layer; choose {node.feeds[0]}")
    return node


def _trace(study: Study, asked: Asked) -> Any:
    node, (position, unit) = _first(_node(study, asked)), _place(asked)
    return trace_figure(trace(study.model, node.path, _sample(study), position, unit, call=node.call))


def _field(study: Study, asked: Asked) -> Any:
    node, (position, unit) = _first(_node(study, asked)), _place(asked)
    name, sample = asked.query.get("input", ""), _sample(study)
    on = study.entry(name).id if name else None
    return field_figure(receptive_field(study.model, node.path, position, unit, sample, call=node.call, input=on))


def _curves(study: Study, asked: Asked) -> Any:
    told = study.training.course.now.epochs
    if not told:
        raise ArgumentError("no epoch of this run has ended yet, so there are no curves over epochs to draw")
    names = [name for name in told[-1] if name not in ("epoch", "step")]
    return curves_figure({name: [each.get(name, math.nan) for each in told] for name in names})


def _confusion(study: Study, asked: Asked) -> Any:
    found, _ = counted(study)
    if found is None:
        raise ArgumentError(study.training.classes.why_not or "what is taken for what has not been counted yet")
    return confusion_figure(found)


def _sample(study: Study) -> Any:
    """The input of the moment, as `inspection` takes it: an array, or one for each input."""
    arrays = [part.x for part in study.chosen.parts]
    return arrays[0] if len(arrays) == 1 else arrays


def _node(study: Study, asked: Asked) -> SceneNode:
    """The use of a layer that is chosen."""
    return study.node(asked.query.get("layer") or study.entries[0].id)


def _place(asked: Asked) -> tuple[tuple[int, ...], int]:
    """Position and filter of the value that is chosen, as `inspection` takes them."""
    *position, unit = asked.wholes("value")
    return tuple(position), unit


PICTURES: dict[str, Callable[[Study, Asked], Any]] = {
    "maps": _maps,
    "filters": _filters,
    "sum": _sum,
    "trace": _trace,
    "field": _field,
    "curves": _curves,
    "confusion": _confusion,
}
"""By what they are of."""


def _file(content: bytes, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": "attachment"})
