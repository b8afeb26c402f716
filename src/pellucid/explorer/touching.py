"""One value that is touched: how it comes about, term by term, and what it sees of all that lies before it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError
from pellucid.explorer.answers import unit_name
from pellucid.explorer.asked import Asked
from pellucid.explorer.explaining import LISTED, Told, explained, given_to, no_sum, steady, use_of, value_at
from pellucid.explorer.grids import grids_of
from pellucid.explorer.scene import SceneNode
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection import Arithmetic
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.feature_maps import maps_at
from pellucid.inspection.fields_between import fields_between
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.partial_maps import partial_maps_of_use
from pellucid.inspection.record import plain_data
from pellucid.views.captions import compare_values, describe_output, name_factors, say_left_out
from pellucid.views.colors import color_limits
from pellucid.views.precision import number_format

__all__ = ["field", "partial", "value", "way"]

_STEPS = 24
_LONGEST = 256  # values on a way back
_ORDERS = ("number", "size")
_KERNELS = ("as it is", "turned")
_TURNED = (
    "As a true convolution: it turns its kernel by half a turn before it lays it on the patch. Here it is drawn "
    "turned beforehand, so turning it back gives the same pairs, the same products and the same sum."
)
_SAME = 1e-4  # of a value: so near comes a softmax that is computed anew from float32 maps


def value(study: Study, asked: Asked) -> Response:
    """How a value comes about: `value/conv?at=2,3,0` is row 2, column 3, channel 0.

    `first=` and `count=` say of which channels of the sum the grids are sent, `order=size` takes the largest first;
    `kernel=turned` turns the kernels, as a true convolution has them.
    """
    node, record, place = _chosen(study, asked)
    head = {"version": study.version, "layer": node.id, "kind": node.kind, "at": place, "shape": record.maps.shape}
    head["number"] = float(record.maps[place])
    said = no_sum(study, node)
    if said:
        return _packed({**head, "said": said}, {})
    told = Told(study, node)
    found = explained(study, node, place)
    form = number_format(found.numbers, 6)
    is_by_size = asked.word("order", _ORDERS) == "size"
    first = asked.whole("first", 0)
    first *= first < len(found.channel_sums)  # an address may name channels that are not there
    grids, arrays = grids_of(found, first, asked.whole("count", 8, 1, 64), by_size=is_by_size)
    is_turned = asked.word("kernel", _KERNELS) == "turned" and bool(grids) and grids["can_turn"]
    if is_turned:
        arrays["weights"] = arrays["weights"][:, ::-1, ::-1, ::-1]
    is_drawn = bool(grids) and len(found.products) <= LISTED
    cells = [told.of_product(found.products[number]) for number in grids.pop("products")] if grids else []
    head |= {
        "title": describe_output(found),
        "formula": found.formula,
        "combination": found.combination,
        "turned": _TURNED if is_turned else "",
        "factors": name_factors(found.products, found.combination),
        "activation": found.activation,
        "sum": found.sum,
        "bias": found.bias if found.has_bias else None,
        "total": found.total,
        "value": found.value,
        "engine": compare_values(found, form),
        "grids": {**grids, "to": cells} if grids else None,
        "terms": None if is_drawn else told.terms(found.products, found.others, found.rest),
        "steps": [told.step(step) for step in found.steps[:_STEPS]],
        "left_out": say_left_out(found.left_out + len(found.steps[_STEPS:])),
        "softmax": _softmax(study, node, found),
    }
    return _packed(head, arrays)


def field(study: Study, asked: Asked) -> Response:
    """What a value sees of each box before it: first and last place along each axis of its maps."""
    node, _, place = _chosen(study, asked)
    if node.is_input:
        boxes = {node.id: tuple((at, at) for at in place[:-1])}
    else:
        seen, boxes_of = study.seen(), study.drawing.nodes.values()
        ids = {(each.path, each.number_in(seen)): each.id for each in boxes_of}
        found = fields_between(seen, node.path, node.number_in(seen), place[:-1], place[-1])
        before = study.drawing.before(node.id)
        boxes = {ids[use]: box for use, box in found.items() if use in ids and ids[use] in before}
    return JSONResponse({"version": study.version, "layer": node.id, "at": place, "boxes": boxes})


def way(study: Study, asked: Asked) -> Response:
    """From a value back to the input, each time to the largest of the values that it is made of."""
    node, _, place = _chosen(study, asked)
    steps: list[dict[str, Any]] = []
    while len(steps) < _LONGEST:
        step = {"layer": node.id, "at": place, "value": float(study.maps(node.id).maps[place])}
        steps.append(step)
        if no_sum(study, node):
            break
        found = Told(study, node).largest(explained(study, node, place))
        if found is None:
            break
        to, step["factor"], step["product"] = found
        node, place = study.node(to["layer"]), tuple(to["at"])
    return JSONResponse(plain_data({"version": study.version, "steps": steps}))


def partial(study: Study, asked: Asked) -> Response:
    """What each channel that is read adds to the map that a value stands in, those that add most first."""
    node, _, place = _chosen(study, asked)
    said = no_sum(study, node)
    if said:
        raise ArgumentError(said)
    use, given = use_of(study, node), given_to(study, node)
    record = steady(lambda: partial_maps_of_use(study.opened, node.path, use, given, place[-1]))
    order = list(record.strongest)[: asked.whole("count", 32, 1, 256)]
    head = {
        "version": study.version,
        "layer": node.id,
        "channels": [record.channels[number] for number in order],
        "of": len(record.channels),
        "limit": float(color_limits(record.maps[np.newaxis])[0]),
        "at": place,
    }
    return _packed(head, {"maps": record.maps[..., order]})


def _chosen(study: Study, asked: Asked) -> tuple[SceneNode, FeatureMaps, tuple[int, ...]]:
    """The box, its maps, and the place in them."""
    place = asked.wholes("at")
    return *value_at(study, asked.path["layer"], place), place


def _packed(head: dict[str, Any], arrays: dict[str, np.ndarray]) -> Response:
    return Response(packed(head, arrays), media_type="application/octet-stream")


def _softmax(study: Study, node: SceneNode, found: Arithmetic) -> dict[str, Any] | None:
    """The terms of the sum that a softmax divides by, the largest first; None where there is none.

    Args:
        study: of what.
        node: the layer's box.
        found: the record of the value.
    """
    if found.activation != "softmax" or found.output_index:
        return None
    before = maps_at(study.opened, use_of(study, node), given_to(study, node), "before activation")
    if before is None:
        return None
    totals = before.astype(np.float64)
    powers = np.exp(totals - totals.max())
    if not math.isclose(powers[found.filter] / exact_sum(powers), found.value, rel_tol=_SAME):
        return None
    order = np.argsort(-powers, kind="stable")
    terms = [
        {
            "unit": unit,
            "name": unit_name(study, unit, node.id) if node.id in study.drawing.ends else str(unit),
            "total": float(totals[unit]),
            "term": float(powers[unit]),
            "to": {"layer": node.id, "at": [unit]},
        }
        for unit in order[:LISTED].tolist()
    ]
    rest = order[LISTED:]
    return {
        "largest": float(totals.max()),
        "term": float(powers[found.filter]),
        "sum": exact_sum(powers),
        "listed": terms,
        "others": len(rest),
        "rest": exact_sum(powers[rest]),
    }
