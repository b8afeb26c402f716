"""A value explained for the page: each number with the box and the place that it is found at."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pellucid.errors import ArgumentError, EngineError
from pellucid.explorer.scene import SceneNode
from pellucid.explorer.study import Study
from pellucid.frozen import Frozen
from pellucid.inspection import Arithmetic, Product, Step
from pellucid.inspection.agreement import exact_sum, is_close
from pellucid.inspection.arithmetic import arithmetic_of_use
from pellucid.inspection.formulas import elements_in, read_element
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.running import Use, uses
from pellucid.inspection.seen import look_at
from pellucid.network import input_name

__all__ = ["LISTED", "Told", "explained", "given_from_input", "given_to", "no_sum", "steady", "use_of", "value_at"]

LISTED = 12
"""Terms of a sum that are told one by one."""
_TRIES = 4
Found = TypeVar("Found")


class Told(Frozen):
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

    def largest(self, found: Arithmetic) -> tuple[dict[str, Any], float | None, float | None] | None:
        """Where the largest of what a value is made of is found, what it is multiplied by, and what it adds.

        A term that is a step of its own, as the depthwise sum within a separable convolution, leads to the largest of
        what that is made of.
        """
        steps = {step.name: step for step in found.steps}
        return self._strongest(found.products, steps) or self._first_of(found.steps, steps)

    def _strongest(
        self, products: Sequence[Product], steps: Mapping[str, Step]
    ) -> tuple[dict[str, Any], float | None, float | None] | None:
        """Of the terms of a sum the strongest that is found somewhere, or whose own terms are."""
        for product in sorted(products, key=_strength):
            to = self.of_product(product)
            if to is not None:
                return to, product.weight, product.product
            step = steps.get(product.source)
            inner = self._read_in(product) if step is None else self._first_of([step], steps)
            if inner is not None:
                return inner
        return None

    def _read_in(self, product: Product) -> tuple[dict[str, Any], float | None, float | None] | None:
        """Where a term that is a function of one number, as a power, finds that number."""
        places = [self.operand(name) for name in dict.fromkeys(elements_in(product.source))]
        return (places[0], None, product.product) if len(places) == 1 and places[0] is not None else None

    def _first_of(
        self, of: Sequence[Step], steps: Mapping[str, Step]
    ) -> tuple[dict[str, Any], float | None, float | None] | None:
        """Of all that steps name, their terms and their operands, the largest that is found somewhere."""
        found = self._strongest([product for step in of for product in step.products], steps)
        if found is not None:
            return found
        operands = [item for step in of for item in step.operands.items()]
        for name, _ in sorted(operands, key=lambda item: -abs(item[1])):
            to = self.operand(name)
            if to is not None:
                return to, None, None
        return None

    def terms(self, products: Sequence[Product], others: int = 0, added: float = 0.0) -> dict[str, Any] | None:
        """The terms of a sum, the largest first; all others are one number, with `others` that add so much."""
        if not products:
            return None
        order = sorted(products, key=_strength)
        rest = order[LISTED:]
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
            for each in order[:LISTED]
        ]
        sums = (*(each.product for each in rest), added)
        return {"listed": listed, "others": len(rest) + others, "rest": exact_sum(sums)}

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
            "terms": self.terms(step.products, step.others, step.rest),
            "result": step.result,
        }


def _strength(term: Product) -> tuple[float, float]:
    """By which the strongest term comes first: what is no number, and of maxima the winner even where it is 0."""
    return (-abs(term.product) if math.isfinite(term.product) else -math.inf, -term.weight)


def explained(study: Study, node: SceneNode, place: tuple[int, ...]) -> Arithmetic:
    """The record of a value: from what its layer was given, or else, where that leads elsewhere (its layer reads a
    second result of another, or the weights have changed meanwhile), from the input."""

    def told(given: list[np.ndarray]) -> Arithmetic:
        use, (*position, filter) = use_of(study, node), place
        return steady(lambda: arithmetic_of_use(study.opened, use, given, position, filter, is_brief=True))

    found = told(given_to(study, node))
    if is_close(found.value, float(study.maps(node.id).maps[place]), 4 * found.rounding_bound):
        return found
    return told(given_from_input(study, node))


def given_from_input(study: Study, node: SceneNode) -> list[np.ndarray]:
    """What a layer is given, computed anew from the input of the moment."""
    samples = [part.x[np.newaxis] for part in study.chosen.parts]
    shapes = tuple(sample.shape for sample in samples)
    seen, run = look_at(study.opened, shapes, (node.path,), None, None, training=False, given=True)
    answers, each = run(samples), seen.found[node.path][node.call]
    return [answers[f"{each.name} input {number}"] for number in range(len(each.inputs))]


def value_at(study: Study, name: str, place: tuple[int, ...]) -> tuple[SceneNode, FeatureMaps]:
    """The box with this id and its maps; raises `ArgumentError` where there is none, or no value at such a place."""
    record = study.maps(name)
    shape = record.maps.shape
    if len(place) != len(shape) or any(at >= size for at, size in zip(place, shape, strict=True)):
        raise ArgumentError(f'"{record.layer}" has maps of shape {shape}, there is no value {list(place)}')
    return study.node(name), record


def steady(compute: Callable[[], Found]) -> Found:
    """What is computed in two ways and compared; a training may change the weights between, so it is tried again.

    Raises:
        EngineError: the two differ each time.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(EngineError):
            return compute()
    return compute()


def use_of(study: Study, node: SceneNode) -> Use:
    """The use of a layer that a box is."""
    return uses(study.opened, node.path)[node.call]


def no_sum(study: Study, node: SceneNode) -> str:
    """Why a value has no arithmetic of a layer's; "" where it has."""
    if node.is_input:
        return "This is a number of the input itself: nothing is computed here."
    fed = " and ".join(dict.fromkeys(node.feeds))
    if node.results > 1:
        return f"{node.path} gives {node.results} results; layers that give one are told term by term."
    try:
        uses(study.opened, node.path)
    except ArgumentError:
        return f"{node.id} ({node.kind}) is no layer but a function of {fed}; layers are told term by term."
    missing = [feed for feed in node.feeds if feed not in study.all_maps()]
    return f"{node.id} reads {', '.join(missing)}, which has too many axes to be told of." if missing else ""


def given_to(study: Study, node: SceneNode) -> list[np.ndarray]:
    """What a layer is given: the maps of those that feed it, in their own order of axes, each as a batch of one."""
    arrays = []
    for name in node.feeds:
        feed, maps = study.drawing.nodes[name], study.maps(name).maps
        arrays.append((np.moveaxis(maps, -1, -1 - feed.behind) if maps.ndim > feed.behind else maps)[np.newaxis])
    return arrays
