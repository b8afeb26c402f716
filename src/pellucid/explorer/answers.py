"""What the network says of the input of the moment, and what each unit of its answer stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.explorer.asked import Asked
from pellucid.explorer.study import Study
from pellucid.inspection.record import plain_data

__all__ = ["answer", "unit_name", "unit_names"]

_MOST = 20  # units that are told of
_TWO = 2  # classes that one number tells apart


def unit_names(study: Study) -> tuple[str, ...]:
    """What the units of the only answer stand for, in words; () where nobody knows, or there are several answers.

    A single unit tells two classes apart, and its number is that of the second one: so `binary_crossentropy` has it.
    """
    outputs, names = study.model.outputs, study.samples.class_names
    if len(outputs) != 1:
        return ()
    if outputs[0].shape[1:] != (1,):
        return names
    return (_of_two(study)[1],) if _of_two(study) else ()


def unit_name(study: Study, number: int, end: str) -> str:
    """What a unit of an answer stands for; its number where nobody knows, and of which answer where there are several.

    Args:
        study: of what.
        number: of the unit.
        end: the box of the answer.
    """
    if len(study.drawing.ends) > 1:
        return f"{end}[{number}]"
    names = unit_names(study)
    return names[number] if number < len(names) else str(number)


def _of_two(study: Study) -> tuple[str, ...]:
    """The names of the two classes that one number tells apart; () where it is a number of another kind."""
    names, y = study.samples.class_names, study.samples.y
    if names:
        return names if len(names) == _TWO else ()
    return ("0", "1") if y is not None and int(y.min()) >= 0 and int(y.max()) < _TWO else ()


def answer(study: Study, asked: Asked) -> Response:
    """What the network says of the input: the numbers of its output, the largest first; of several that of each.

    A number that stands for one of two classes, as behind a sigmoid, is told with what is left for the other. One that
    stands for no class has no name.
    """
    ends = study.drawing.ends
    scores = _scores(study, ends[0]) if len(ends) == 1 else [_largest(study, name) for name in ends]
    told = [each for each in scores if each is not None]
    return JSONResponse(plain_data({"version": study.version, "scores": told}))


def _scores(study: Study, end: str) -> list[dict[str, Any] | None]:
    record = study.all_maps().get(end)
    if record is None or record.spatial:
        return []
    if record.channels == 1:
        return [*_one(study, end, float(record.maps[0]))]
    order = np.argsort(-record.maps, kind="stable")[:_MOST].tolist()
    return [{"class": unit, "name": unit_name(study, unit, end), "value": float(record.maps[unit])} for unit in order]


def _one(study: Study, end: str, value: float) -> list[dict[str, Any]]:
    """What a single unit says."""
    names, node, seen = _of_two(study), study.node(end), study.seen()
    if not names or len(study.model.outputs) != 1:
        return [{"class": 0, "name": "", "value": value}]
    both = [{"class": 1, "name": names[1], "value": value}]
    if seen.found[node.path][node.number_in(seen)].tensor.link == "sigmoid":
        both.append({"class": 0, "name": names[0], "value": 1.0 - value})
    return sorted(both, key=lambda each: -each["value"])


def _largest(study: Study, end: str) -> dict[str, Any] | None:
    """The largest number of one of several answers."""
    record = study.all_maps().get(end)
    if record is None or record.spatial:
        return None
    number = int(np.argsort(-record.maps, kind="stable")[0])
    return {"class": number, "name": unit_name(study, number, end), "value": float(record.maps[number])}
