"""From one element of a result back to inputs and weights, step by step, each with its operation, terms and value."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.graph import Node, Tensor, movement, ops
from pellucid.inspection.addresses import Index, Place, Values, broadcast_place, origin
from pellucid.inspection.agreement import check_sum
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.formulas import Formula, combined, element
from pellucid.inspection.guards import unguarded
from pellucid.inspection.long_sums import Rest, strong_terms
from pellucid.inspection.records import Product, Step
from pellucid.inspection.rules import EXPRESSION, MAXIMUM, MEAN, PRODUCTS, RULES, SUM, Term
from pellucid.inspection.weighted_sums import lies_as_input

LONGEST = 56  # characters of a formula that stands within another
_NO_REST = Rest()
MOST_STEPS = 512  # a deep layer of a user's own may have millions
_WORDS = {PRODUCTS: "sum of {} products such as", SUM: "sum of {} terms such as", MEAN: "mean of {} such as"}
_WORDS[MAXIMUM] = "largest of {} such as"


class Trace:
    """The steps found so far; an element that is met again is not explained again.

    Args:
        emitted: the layer.
        values: the numbers of its tensors.
        is_brief: of long sums the strongest terms are told, and the rest as one sum (`long_sums`).

    Attributes:
        steps: in the order of computation.
        left_out: how many elements could not be explained, since there were too many.
    """

    def __init__(self, emitted: EmittedLayer, values: Values, *, is_brief: bool = False) -> None:
        self.emitted, self.values, self._is_brief = emitted, values, is_brief
        self.steps: list[Step] = []
        self.left_out = 0
        self._known: dict[Place, Formula] = {}
        self._axes: dict[tuple[Node, int], int | None] = {}

    def value(self, place: Place | None) -> float:
        """The number at a place; 0 where padding is."""
        return 0.0 if place is None else place.value(self.values)

    def formula(self, place: Place | None) -> Formula:
        """An element in terms of inputs, weights and earlier steps.

        Raises:
            ArgumentError: an operation has no rule.
        """
        place = None if place is None else origin(place)
        if place is None or not place.inside:
            return Formula("0")
        if place not in self._known:
            self._known[place] = self._found(place)
        return self._known[place]

    def _found(self, place: Place) -> Formula:
        op, value = place.tensor.node.op, self.value(place)
        match op:
            case ops.Input(name=name):
                text = element("x" if len(self.emitted.inputs) == 1 else name, place.index[1:])
                return Formula(text, operands={text: value})
            case ops.Parameter():
                text = element(self.emitted.weight_name(place.tensor), place.index)
                return Formula(text, operands={text: value})
            case ops.Constant() | ops.Literal():
                return Formula(f"{value:.6g}" if value >= 0 else f"({value:.6g})")
            case ops.RandomUniform():
                text = element("random", place.index)
                return Formula(text, operands={text: value})
            case ops.OneHot():
                (index,) = place.tensor.node.inputs
                return combined("equal", [self.formula(Place(index, place.index[:-1])), Formula(str(place.index[-1]))])
            case movement.GatherAt():
                return self._chosen(place)
            case ops.Elementwise():
                found = self._applied(place)
                return self._named(EXPRESSION, found, (), place) if len(found.text) > LONGEST else found
        if type(op) not in RULES:
            raise ArgumentError(
                f"{self.emitted.layer.label}: there is no rule that explains the operation {type(op).__name__}"
            )
        if len(self.steps) >= MOST_STEPS:
            self.left_out += 1
            text = element(type(op).__name__, place.index)
            return Formula(text, operands={text: value})
        combination, terms, rest = self.told_terms(place)
        formula = self.sum_formula(combination, terms, rest.count)
        return self._named(combination, formula, self.products(terms), place, rest)

    def _chosen(self, place: Place) -> Formula:
        """An element of the row that a number names: the element, and the number beside it; 0 where it names none."""
        rows, numbers = place.tensor.node.inputs
        named = Place(numbers, place.index[:2])
        row, by = self.value(named), self.formula(named)
        is_row = row.is_integer() and 0 <= row < rows.shape[1]
        found = self.formula(Place(rows, (place.index[0], int(row), *place.index[2:])) if is_row else None)
        return Formula(found.text, found.binding, {**found.operands, **by.operands})

    def whole(self, place: Place) -> Formula:
        """As `formula`, but written out, however long it is."""
        found = origin(place)
        is_function = found is not None and found.inside and isinstance(found.tensor.node.op, ops.Elementwise)
        if found is None or not is_function or found in self._known:
            return self.formula(found)
        return self._applied(found)

    def _applied(self, place: Place) -> Formula:
        """A function of the formulas of its operands."""
        function, inputs = unguarded(place.tensor.node)
        return combined(function, [self.formula(broadcast_place(tensor, place.index)) for tensor in inputs])

    def call(self, place: Place, name: str) -> None:
        """Give an element a name, under which formulas mention it; it is explained elsewhere."""
        self._known[place] = Formula(name, operands={name: self.value(place)})

    def name_all(self, places: Sequence[Place | float | None]) -> None:
        """Give each of these elements that is a formula a step of its own."""
        for place in places:
            found = origin(place) if isinstance(place, Place) else None
            if found is None:
                continue
            formula = self.formula(found)
            if formula.operands and formula.text not in formula.operands:
                self._known[found] = self._named(EXPRESSION, formula, (), found)

    def _named(
        self, combination: str, formula: Formula, products: Sequence[Product], place: Place, rest: Rest = _NO_REST
    ) -> Formula:
        """A step of its own; its name from here on."""
        name, value = f"s{len(self.steps) + 1}", self.value(place)
        if rest.count:
            numbers = [*(product.product for product in products), rest.sum]
            check_sum(numbers, 0.0, value, f"step {name}, {formula.text}", rest.count, rest.size)
        left = rest.count, rest.sum
        self.steps.append(Step(name, combination, formula.text, formula.operands, tuple(products), value, *left))
        return Formula(name, operands={name: value})

    def told_terms(self, place: Place) -> tuple[str, list[Term], Rest]:
        """As `terms`; of a long sum, where it is told briefly, the strongest ones, and the rest."""
        found = strong_terms(place, self.values) if self._is_brief else None
        return (*self.terms(place), _NO_REST) if found is None else (found.combination, found.terms, found.rest)

    def terms(self, place: Place) -> tuple[str, list[Term]]:
        """How an element is made of which others; without what adds nothing wherever it is: a zero of no place, and
        what is multiplied by a constant 0, as most elements of an interpolation are."""
        node = place.tensor.node
        combination, rule = RULES[type(node.op)]
        terms = rule(node.op, node, place.index, self.values)
        return combination, [term for term in terms if origin(term.read) is not None and not self._is_nil(term.factor)]

    def _is_nil(self, factor: Place | float) -> bool:
        found = origin(factor) if isinstance(factor, Place) else None
        is_constant = found is not None and isinstance(found.tensor.node.op, ops.Constant | ops.Literal)
        return is_constant and self.value(found) == 0

    def sum_formula(self, combination: str, terms: Sequence[Term], others: int = 0) -> Formula:
        """A sum in words, with its first term; `others` are not among them."""
        if not terms:
            return Formula("0")
        first = self.formula(terms[0].read)
        if isinstance(terms[0].factor, Place):
            first = combined("multiply", [first, self.formula(terms[0].factor)])
        return Formula(f"{_WORDS[combination].format(len(terms) + others)} {first.text}", 0, first.operands)

    def products(self, terms: Sequence[Term]) -> tuple[Product, ...]:
        """The terms of a sum with their numbers, channel by channel and row by row."""
        found = [(term, place) for term in terms if (place := origin(term.read)) is not None]
        positions = [self._position(place) for _, place in found]
        taps = _taps([term.tap for term, _ in found], [position for position, _ in positions])
        products = [
            self._product(term, place, tap, position if tap else (), channel)
            for (term, place), tap, (position, channel) in zip(found, taps, positions, strict=True)
        ]
        order = {product.channel: number for number, product in enumerate(reversed(products))}
        return tuple(sorted(products, key=lambda product: (-order[product.channel], product.tap)))

    def _product(self, term: Term, place: Place, tap: Index, position: Index, channel: int) -> Product:
        number, factor = self.value(place), term.factor
        source = "" if isinstance(place.tensor.node.op, ops.Input) else self.formula(place).text
        weight, name, index = (factor, "", ()) if isinstance(factor, float) else self._factor(factor)
        product = number * weight if weight or not math.isinf(number) else 0.0
        product = product or 0.0  # not -0, as a negative loser of a maximum would give
        of_input = None if source else self._number_of(place)
        read_at = () if source else place.index[1:]
        return Product(
            tap, position, channel, number, weight, product, not place.inside, source, name, index, of_input, read_at
        )

    def _number_of(self, place: Place) -> int:
        """Which of the layer's inputs an element is of."""
        return next(number for number, tensor in enumerate(self.emitted.inputs) if tensor is place.tensor)

    def _factor(self, place: Place) -> tuple[float, str, Index]:
        """The value of a factor, the weight that it is an element of, and where there; or its formula."""
        found = origin(place)
        if found is not None and found.inside and isinstance(found.tensor.node.op, ops.Parameter):
            return self.value(found), self.emitted.weight_name(found.tensor), found.index
        formula = self.formula(found)
        return self.value(found), formula.text if formula.operands else "", ()

    def _position(self, place: Place) -> tuple[Index, int]:
        """Where an element lies, and in which channel."""
        index, tensor = place.index, (place.tensor.node, place.tensor.index)
        if tensor not in self._axes:  # a dense layer has thousands of terms, all of one tensor
            self._axes[tensor] = self._axis_of_channels(place.tensor)
        axis = self._axes[tensor]
        if axis is None:
            return index[:-1], index[-1] if index else 0
        if axis == 0:
            return (), 0
        return (*index[1:axis], *index[axis + 1 :]), index[axis]

    def _axis_of_channels(self, tensor: Tensor) -> int | None:
        """On which axis a tensor has its channels; None for one that does not depend on the input."""
        if not self.emitted.is_live(tensor):
            return None
        as_input = any(tensor.shape == each.shape for each in self.emitted.inputs) and lies_as_input(tensor)
        rank = len(tensor.shape)
        return self.emitted.channel_axis(rank) if as_input else rank - 1


def _taps(taps: Sequence[Index | None], positions: Sequence[Index]) -> list[Index]:
    """The taps of a window; where an operation has none, the order of the positions that are read, axis by axis."""
    known = [tap for tap in taps if tap is not None]
    if len(known) == len(taps):
        return known
    if len(set(positions)) < 2:
        return [()] * len(positions)
    places = np.array(positions).T
    ranks = [np.unique(axis, return_inverse=True)[1] for axis in places]
    return [tuple(map(int, tap)) for tap in zip(*ranks, strict=True)]
