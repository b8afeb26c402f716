"""One value that is touched: how it comes about, term by term, and what it sees of all that lies before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError
from pellucid.explorer.asked import Asked
from pellucid.explorer.grids import grids_of
from pellucid.explorer.scene import SceneNode
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection import Arithmetic, Product, Step
from pellucid.inspection.arithmetic import arithmetic_of_use
from pellucid.inspection.feature_maps import maps_at
from pellucid.inspection.fields_between import fields_between
from pellucid.inspection.formulas import read_element
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.running import Use, uses
from pellucid.inspection.seen import INPUT
from pellucid.network import input_name
from pellucid.views.captions import compare_values, describe_output, name_factors, say_left_out
from pellucid.views.precision import number_format

__all__ = ["field", "value"]

_LISTED = 12  # terms of a sum that are told one by one
_STEPS = 24
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
    said = _no_sum(study, node)
    if said:
        return _packed({**head, "said": said}, {})
    told = _Told(study, node)
    use = uses(study.model, node.path)[node.call]
    given = _given(study, node)
    found = arithmetic_of_use(study.model, use, given, place[:-1], place[-1])
    form = number_format(found.numbers, 6)
    is_by_size = asked.word("order", _ORDERS) == "size"
    grids, arrays = grids_of(found, asked.whole("first", 0), asked.whole("count", 8, 1, 64), by_size=is_by_size)
    is_turned = asked.word("kernel", _KERNELS) == "turned" and bool(grids) and found.combination == "sum of products"
    if is_turned:
        arrays["weights"] = arrays["weights"][:, ::-1, ::-1, ::-1]
    cells = [told.of_product(found.products[number]) for number in grids.pop("products")] if grids else []
    head |= {
        "title": describe_output(found),
        "formula": found.formula,
        "combination": found.combination,
        "turned": _TURNED if is_turned else "",
        "factors": name_factors(found.products, found.combination),
        "activation": found.activation,
        "sum": found.sum,
        "bias": found.bias,
        "total": found.total,
        "value": found.value,
        "engine": compare_values(found, form),
        "grids": {**grids, "to": cells} if grids else None,
        "terms": None if grids and len(found.products) <= _LISTED else told.terms(found.products),
        "steps": [told.step(step) for step in found.steps[:_STEPS]],
        "left_out": say_left_out(found.left_out + len(found.steps[_STEPS:])),
        "softmax": _softmax(study, node, found, use, given),
    }
    return _packed(head, arrays)


def field(study: Study, asked: Asked) -> Response:
    """What a value sees of each box before it: first and last place along each axis of its maps."""
    node, _, place = _chosen(study, asked)
    if node.id == INPUT:
        boxes = {INPUT: tuple((at, at) for at in place[:-1])}
    else:
        ids = {(each.path, each.call): each.id for each in study.drawing.nodes.values()}
        found = fields_between(study.seen(), node.path, node.call, place[:-1], place[-1])
        before = study.drawing.before(node.id)
        boxes = {ids[use]: box for use, box in found.items() if use in ids and ids[use] in before}
    return JSONResponse({"version": study.version, "layer": node.id, "at": place, "boxes": boxes})


def _chosen(study: Study, asked: Asked) -> tuple[SceneNode, FeatureMaps, tuple[int, ...]]:
    """The box, its maps, and the place in them."""
    record, place = study.maps(asked.path["layer"]), asked.place("at")
    shape = record.maps.shape
    if len(place) != len(shape) or any(at >= size for at, size in zip(place, shape, strict=True)):
        raise ArgumentError(f'"{record.layer}" has maps of shape {shape}, there is no value {list(place)}')
    return study.node(asked.path["layer"]), record, place


def _no_sum(study: Study, node: SceneNode) -> str:
    """Why a value has no arithmetic of a layer's; "" where it has."""
    if node.id == INPUT:
        return "This is a number of the input itself: nothing is computed here."
    fed = " and ".join(dict.fromkeys(node.feeds))
    try:
        uses(study.model, node.path)
    except ArgumentError:
        return f"{node.id} ({node.kind}) is no layer but a function of {fed}; layers are told term by term."
    missing = [feed for feed in node.feeds if feed not in study.all_maps()]
    return f"{node.id} reads {', '.join(missing)}, which has too many axes to be told of." if missing else ""


def _given(study: Study, node: SceneNode) -> list[np.ndarray]:
    """What a layer is given: the maps of those that feed it, in their own order of axes, each as a batch of one."""
    arrays = []
    for name in node.feeds:
        feed, maps = study.drawing.nodes[name], study.maps(name).maps
        arrays.append((np.moveaxis(maps, -1, -1 - feed.behind) if maps.ndim > feed.behind else maps)[np.newaxis])
    return arrays


def _packed(head: dict[str, Any], arrays: dict[str, np.ndarray]) -> Response:
    return Response(packed(head, arrays), media_type="application/octet-stream")


@dataclass(frozen=True)
class _Told:
    """The parts of a record as the page is told of them: with the box and the place that each number is found at."""

    study: Study
    node: SceneNode

    def of_product(self, product: Product) -> dict[str, Any] | None:
        """Where what a product read is found."""
        return None if product.of_input is None else self.found_at(product.of_input, product.read_at)

    def found_at(self, number: int, index: Sequence[int]) -> dict[str, Any] | None:
        """The box that gives one of the layer's inputs, and the place in its maps; None for padding."""
        if number >= len(self.node.feeds):
            return None
        feed = self.study.drawing.nodes[self.node.feeds[number]]
        maps = self.study.maps(feed.id).maps
        axis = len(index) - 1 - feed.behind if len(index) > feed.behind else len(index) - 1
        place = (*index[:axis], *index[axis + 1 :], index[axis]) if index else ()
        is_there = len(place) == maps.ndim and all(0 <= at < size for at, size in zip(place, maps.shape, strict=True))
        return {"layer": feed.id, "at": place} if is_there else None

    def operand(self, name: str) -> dict[str, Any] | None:
        """The same of a number that a formula names; None for weights and steps."""
        read, index = read_element(name)
        names = ["x"] if len(self.node.feeds) == 1 else [input_name(i) for i in range(len(self.node.feeds))]
        return self.found_at(names.index(read), index) if read in names else None

    def terms(self, products: Sequence[Product]) -> dict[str, Any] | None:
        """The terms of a sum, the largest first; all others are one number."""
        if not products:
            return None
        order = sorted(products, key=lambda each: -abs(each.product) if math.isfinite(each.product) else -math.inf)
        rest = order[_LISTED:]
        listed = [
            {
                "name": each.source or self._name(each),
                "input": each.input,
                "weight": each.weight,
                "weight_name": each.weight_name,
                "product": each.product,
                "is_padding": each.is_padding,
                "to": self.of_product(each),
            }
            for each in order[:_LISTED]
        ]
        return {"listed": listed, "others": len(rest), "rest": math.fsum(each.product for each in rest)}

    def _name(self, product: Product) -> str:
        """What was read, in words."""
        found = self.of_product(product)
        return "padding" if found is None else f"{found['layer']}[{', '.join(map(str, found['at']))}]"

    def step(self, step: Step) -> dict[str, Any]:
        """A step on the way, its operands with their places."""
        operands = [{"name": name, "value": number, "to": self.operand(name)} for name, number in step.operands.items()]
        return {
            "name": step.name,
            "combination": step.combination,
            "formula": step.formula,
            "operands": operands,
            "terms": self.terms(step.products),
            "result": step.result,
        }


def _softmax(
    study: Study, node: SceneNode, found: Arithmetic, use: Use, given: Sequence[np.ndarray]
) -> dict[str, Any] | None:
    """The terms of the sum that a softmax divides by, the largest first; None where there is none.

    Args:
        study: of what.
        node: the layer's box.
        found: the record of the value.
        use: the layer's.
        given: its inputs.
    """
    if found.activation != "softmax" or found.output_index:
        return None
    before = maps_at(study.model, use, given, "before activation")
    if before is None:
        return None
    totals = before[0].astype(np.float64)
    powers = np.exp(totals - totals.max())
    if not math.isclose(powers[found.filter] / math.fsum(powers), found.value, rel_tol=_SAME):
        return None
    order = np.argsort(-powers, kind="stable")
    terms = [
        {
            "unit": unit,
            "name": study.samples.class_name(unit),
            "total": float(totals[unit]),
            "term": float(powers[unit]),
            "to": {"layer": node.id, "at": [unit]},
        }
        for unit in order[:_LISTED].tolist()
    ]
    rest = order[_LISTED:]
    return {
        "largest": float(totals.max()),
        "term": float(powers[found.filter]),
        "sum": math.fsum(powers),
        "listed": terms,
        "others": len(rest),
        "rest": math.fsum(powers[rest]),
    }
