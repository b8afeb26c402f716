"""Two states of a model, or two models, side by side: which filter is which, how often they are right, their maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.asked import Asked
from pellucid.explorer.looking import fewer
from pellucid.explorer.pictured import pictured
from pellucid.explorer.sides import AGAINST, MOST_COUNTED, NOW
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection import feature_maps
from pellucid.inspection.comparison_records import LayerMatch
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.record import plain_data
from pellucid.inspection.seen import look_at
from pellucid.models import Model

__all__ = ["choices", "comparison", "filters", "maps", "pair"]

_MOST_PICTURES = 48
_MOST_MATCHED = 512
"""Maps of a layer without filters; the time for a match grows with the third power."""


def choices(study: Study, asked: Asked) -> Response:
    """What can be compared: the model now, the other one, every moment that is kept."""
    told = [{"id": NOW, "name": "the model now"}]
    if study.against is not None:
        told.append({"id": AGAINST, "name": f"{study.against.name}, given with --against"})
    for moment in study.training.course.moments:
        told.append({"id": str(moment.number), "name": f"step {moment.step} of run {moment.branch + 1}"})
    return JSONResponse({"choices": told})


def _asked(study: Study, asked: Asked) -> tuple[str, str]:
    return asked.query.get("a", NOW)[:40], asked.query.get("b", AGAINST)[:40]


def comparison(study: Study, asked: Asked) -> Response:
    """Two sides: `?a=now&b=3`, how alike their layers are, how often both say the same, how often each is right."""
    a, b = _asked(study, asked)
    one, two = study.sides.side(study, a), study.sides.side(study, b)
    found = study.sides.comparison(study, a, b)
    layers = [
        {
            "a": each.a,
            "b": each.b,
            "by": each.by,
            "mean": each.mean,
            "by_chance": each.by_chance,
            "match": each.match,
            "likeness": each.likeness,
            "sign": each.sign,
            "weights": each.weights,
            "has_weights": each.bank_a is not None,
            "lowest": float(np.nanmin(each.likeness)),
        }
        for each in found.layers
    ]
    told = {
        "a": {"name": one.name, "accuracy": one.accuracy, "step": one.step},
        "b": {"name": two.name, "accuracy": two.accuracy, "step": two.step},
        "counted": 0 if study.samples.y is None else min(len(study.samples), MOST_COUNTED),
        "samples": found.samples,
        "same_answer": found.same_answer,
        "largest_difference": found.largest_difference,
        "layers": layers,
        "notes": found.notes,
    }
    return JSONResponse(plain_data(told))


def filters(study: Study, asked: Asked) -> Response:
    """The filters of a layer of both, matched: `?a=now&b=3&channel=0` for one of the channels that they read."""
    a, b = _asked(study, asked)
    match = _match(study, a, b, asked.path["layer"])
    if match.bank_a is None or match.bank_b is None:
        raise ArgumentError(f"{match.a}: its weights cannot be laid side by side")
    channel = asked.whole("channel", 0)
    one, two = match.bank_a.kernel, match.bank_b.kernel
    if channel >= one.shape[-2]:
        raise ArgumentError(f"{match.a} reads channels 0 to {one.shape[-2] - 1}, got {channel}")
    pairs = _in_order(match)
    sides = {
        "a": one[..., channel, :][..., [i for i, _ in pairs]],
        "b": two[..., channel, :][..., [j for _, j in pairs]] * match.sign[[i for i, _ in pairs]],
    }
    return _both(match, pairs, sides, {"layer": match.a, "channel": channel, "channels": one.shape[-2]})


def maps(study: Study, asked: Asked) -> Response:
    """What a layer of both answers to the input of the moment: `?a=now&b=3&call=0`, the use of it where it has several.

    Maps are matched where that can be.
    """
    path = asked.path["layer"]
    match, found = _answers(study, asked)
    few = min(record.channels for record in found)
    pairs = [(number, number) for number in range(few)][:_MOST_PICTURES] if match is None else _in_order(match)
    sides = {
        name: record.maps[..., [pair[column] for pair in pairs]]
        for column, (name, record) in enumerate(zip(("a", "b"), found, strict=True))
    }
    return _both(match, pairs, sides, {"version": study.version, "layer": path, "use": _use(found[0])})


def pair(study: Study, asked: Asked) -> Response:
    """One map, or unit, and the one of the other that it is matched with: `?a=now&b=3&number=5`.

    Both are told as they are, on one scale, and what the first has more than the other; without a number
    the least alike. Where nothing is matched the one of the same number stands beside it; where sizes differ there is
    no difference.
    """
    match, found = _answers(study, asked)
    first = 0 if match is None else next((i for i, _ in _in_order(match)), 0)
    one = asked.whole("number", first)
    other = _partner(match, found, one)
    sides = {name: each.maps[..., [number]] for name, each, number in zip("ab", found, (one, other), strict=True)}
    if sides["a"].shape == sides["b"].shape:
        with np.errstate(invalid="ignore"):  # infinite on both sides: a difference that is no number, and drawn as such
            sides["difference"] = sides["a"] - sides["b"]
    head = {
        "version": study.version,
        "layers": [record.layer for record in found],
        "use": _use(found[0]),
        "numbers": [one, other],
        "counts": [record.channels for record in found],
        "is_matched": match is not None,
        "likeness": None if match is None else _signed(match, one),
        "limit": max(_largest(sides["a"]), _largest(sides["b"])),
        "largest_difference": _largest(sides["difference"]) if "difference" in sides else None,
    }
    return Response(packed(head, sides), media_type="application/octet-stream")


def _partner(match: LayerMatch | None, found: list[FeatureMaps], number: int) -> int:
    """The number of the other's map that stands beside one; raises `ArgumentError` where there is none."""
    one, other = found
    if number >= one.channels:
        raise ArgumentError(f"{one.layer} has maps 0 to {one.channels - 1}, got {number}")
    partner = number if match is None else int(match.match[number])
    if not 0 <= partner < other.channels:
        raise ArgumentError(
            f"{one.layer}: the other has {other.channels} maps, and none of them stands beside {number}"
        )
    return partner


def _use(record: FeatureMaps) -> str:
    """A use of a layer, called as its box."""
    return f"{record.layer}#{record.call}" if record.call else record.layer


def _answers(study: Study, asked: Asked) -> tuple[LayerMatch | None, list[FeatureMaps]]:
    """How a layer's maps are matched, None where they are not; and what it answers on both sides.

    They are matched as its filters are; those of a layer without filters, such as a pooling, by what they answer.
    """
    sides, path, call = _asked(study, asked), asked.path["layer"], asked.whole("call", 0)
    match = _match_if_any(study, *sides, path)
    paths = (path, path) if match is None else (match.a, match.b)
    models = [study.sides.side(study, told).model for told in sides]
    found = [_answered(study, model, each, call) for model, each in zip(models, paths, strict=True)]
    one, two = (record.maps.shape for record in found)
    if match is None and len(one) > 1 and one[:-1] == two[:-1] and max(one[-1], two[-1]) <= _MOST_MATCHED:
        match = study.sides.matched(study, *sides, path)
    return match, found


def _largest(values: np.ndarray) -> float:
    """The largest magnitude that is a number; 0 where there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def _answered(study: Study, model: Model, path: str, call: int) -> FeatureMaps:
    """What one use of a layer of one of the two answers to the input of the moment."""
    samples = [part.x[np.newaxis] for part in study.chosen.parts]
    if len(samples) == 1:
        found = feature_maps(model, samples[0][0], path)
        return next((record for record in found if record.call == call), found[0])
    shapes = tuple(sample.shape for sample in samples)
    seen, run = look_at(model, shapes, (path,), None, None, training=False, given=False)
    if path not in seen.found:
        raise ArgumentError(f"{model.name} has no layer {shown(path)} with maps")
    return seen.record(path, call if call < len(seen.found[path]) else 0, run(samples))


def _match(study: Study, a: str, b: str, path: str) -> LayerMatch:
    found = study.sides.comparison(study, a, b)
    match = next((each for each in found.layers if each.a == path), None)
    if match is None:
        raise ArgumentError(f"{path[:80]} is no layer whose filters were matched")
    return match


def _match_if_any(study: Study, a: str, b: str, path: str) -> LayerMatch | None:
    try:
        return _match(study, a, b, path)
    except ArgumentError:
        return None


def _in_order(match: LayerMatch) -> list[tuple[int, int]]:
    """The pairs of filters, the least alike first: there is something to see."""
    order = np.argsort(match.likeness, kind="stable")
    return [(int(i), int(match.match[i])) for i in order if match.match[i] >= 0][:_MOST_PICTURES]


def _both(
    match: LayerMatch | None, pairs: list[tuple[int, int]], sides: dict[str, np.ndarray], further: dict[str, Any]
) -> Response:
    planes = min(_planes(values) for values in sides.values())
    pictures = [(pair, plane) for plane in range(planes) for pair in range(len(pairs))]
    arrays = {name: pictured(values)[..., : max(1, len(pictures))] for name, values in sides.items()}
    for axis in (0, 1):
        arrays = {name: fewer(values, axis) for name, values in arrays.items()}
    limit = max(_largest(values) for values in arrays.values())
    head = {
        **further,
        "pairs": [pairs[pair] for pair, _ in pictures],
        "planes": [plane for _, plane in pictures] if planes > 1 else [],
        "likeness": [] if match is None else [_signed(match, pairs[pair][0]) for pair, _ in pictures],
        "limit": limit,
    }
    return Response(packed(head, arrays), media_type="application/octet-stream")


def _planes(values: np.ndarray) -> int:
    """How many pictures are drawn of each filter or map: of a volume its planes; none of units, which share a row."""
    return 0 if values.ndim < 2 else int(np.prod(values.shape[:-3], dtype=int))


def _signed(match: LayerMatch, number: int) -> float:
    return float(match.sign[number] * match.likeness[number])
