"""How one output value comes about, as a table of text: every product, every sum, up to the engine's value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.records import Arithmetic, Product
from pellucid.views.captions import compare_values, describe_output, describe_step, name_sum, say_left_out
from pellucid.views.colors import ink_on, paint
from pellucid.views.foremost import Foremost, digits_of, foremost, foremost_of_step, most_of
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.precision import NumberFormat, number_format, precision_note
from pellucid.views.terminal.lines import NARROWEST, Line, Span, paragraph, plain, render
from pellucid.views.terminal.tiles import left_out

__all__ = ["arithmetic_text"]

_DIGITS = 6  # significant digits of the largest number


@explained
def arithmetic_text(
    arithmetic: Arithmetic, *, width: int = 80, color: bool = False, limit: int | str | None = "few"
) -> str:
    """Writes the products behind one output value, and the sums up to the engine's value.

    Where earlier steps lead to it (the depthwise half of a separable convolution, the mean of a normalisation), they
    come first, each with its formula and its products.

    Args:
        arithmetic: the products and sums.
        width: columns of the terminal, 20 or more (less is taken as 20); where a product does not fit, its positions
            get a line of their own.
        color: whether inputs, weights and products are painted, each on a scale of its own, with 24-bit colours.
        limit: show only so many products and steps, of the steps only the formula, and say so; the sums are always of
            all; None for all. By default 128, of a dense layer 64: the channels with the largest sums first, or the
            largest products where each stands for itself, and all others as one sum.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: `limit` is below 1.

    Example:
        >>> products = [Product((0,), (2,), 0, 1.0, 0.5, 0.5), Product((1,), (3,), 0, 2.0, 3.0, 6.0)]
        >>> sums = Arithmetic("conv1d", "Conv1D", (2,), 0, products, (6.5,), 0.25, 6.75, "relu", 6.75, 6.75, "")
        >>> print(arithmetic_text(sums))
        conv1d: output [2] of filter 0
        <BLANKLINE>
        channel 0
        weight [0] input [2]  1.00 x 0.50 = 0.50
        weight [1] input [3]  2.00 x 3.00 = 6.00
        <BLANKLINE>
        sum of the products               = 6.50
        bias                              = 0.25
        sum + bias                        = 6.75
        after relu                        = 6.75
        The engine computed 6.75: equal.
        Every number is exact as shown.
    """
    record_of(arithmetic, Arithmetic)
    most, color = most_of(limit), switch_of("color", color)
    fewest = None if isinstance(limit, str) else most  # then the first, in their order
    width = max(room_of("width", width), NARROWEST)
    form = number_format(arithmetic.numbers, digits_of(arithmetic, _DIGITS), arithmetic.kinds)
    lines = paragraph(describe_output(arithmetic), width, bold=True)
    lines += paragraph(arithmetic.formula, width)
    for step in arithmetic.steps[:fewest]:
        lines += [[], *paragraph(describe_step(step, form), width)]
        if step.products and fewest is None:
            seen = foremost_of_step(step, most)
            rest = [] if seen.rest is None else [seen.rest]
            table = _Table(seen.products, step.combination, [step.result, *rest], form, width, color)
            lines += [*table.rows(), *table.rest(seen)]
    lines += [plain(note) for note in left_out(fewest, len(arithmetic.steps), "step")]
    lines += [line for note in say_left_out(arithmetic.left_out) for line in paragraph(note, width)]
    chosen = foremost(arithmetic, None if fewest else most)
    lines += _sums(arithmetic, chosen, form, width, color, fewest)
    lines += paragraph(compare_values(arithmetic, form), width)
    lines += paragraph(precision_note(form, arithmetic.sums), width)
    return render(lines, color)


def _sums(
    arithmetic: Arithmetic, chosen: Foremost, form: NumberFormat, width: int, color: bool, limit: int | None
) -> list[Line]:
    """Every product, and the sums down to the value; nothing but an empty line for a formula, whose last step it is."""
    if arithmetic.combination == "expression":
        return [[]]
    sums = [arithmetic.sum, arithmetic.bias, arithmetic.total, arithmetic.value, *arithmetic.channel_sums]
    sums += [] if chosen.rest is None else [chosen.rest]
    table = _Table(chosen.products, arithmetic.combination, sums, form, width, color)
    lines = [*table.products(arithmetic, limit), *([[]] if chosen.others else []), *table.rest(chosen)]
    lines += [[], *table.sum(name_sum(arithmetic), arithmetic.sum)]
    is_plain_sum = arithmetic.combination in ("sum of products", "sum")
    if (is_plain_sum and arithmetic.has_bias) or arithmetic.bias:
        lines += table.sum("bias", arithmetic.bias) + table.sum("sum + bias", arithmetic.total)
    if arithmetic.activation != "linear":
        lines += table.sum(f"after {arithmetic.activation}", arithmetic.value)
    return lines


class _Table:
    """Columns of equal width for products, and sums below them."""

    def __init__(
        self,
        products: Sequence[Product],
        combination: str,
        sums: Sequence[float],
        form: NumberFormat,
        width: int,
        color: bool,
    ) -> None:
        self._products, self._form, self._color = products, form, color
        self._largest = combination == "maximum"
        getters: tuple[Callable[[Product], float], ...] = (lambda p: p.input, lambda p: p.weight, lambda p: p.product)
        columns = [[form(get(product)) for product in products] for get in getters]
        columns[2] += [form(number) for number in sums]
        self._rooms = [max(map(len, column)) for column in columns]
        self._looks = [_looks(np.array([get(product) for product in products])) for get in getters]
        self._places = _align([_place(product, combination) for product in products])
        self._narrow = len(self._places[0]) + 2 + self._calculation + len(" padding") > width

    @property
    def _calculation(self) -> int:
        """Columns of `input x weight = product`; of the larger of input and maximum."""
        return max(self._rooms[0], self._rooms[2] + 3) if self._largest else sum(self._rooms) + 6

    def rows(self) -> list[Line]:
        """Every product, without sums."""
        return [line for index in range(len(self._products)) for line in self._product(index)]

    def products(self, arithmetic: Arithmetic, limit: int | None) -> list[Line]:
        """Every product, under the number of its channel and above the sum of that channel."""
        products = self._products
        shown = len(products) if limit is None else limit
        sums = dict(zip(arithmetic.channels, arithmetic.channel_sums, strict=True))
        lines: list[Line] = []
        are_single = arithmetic.is_dense or len(sums) == 1
        for index, product in enumerate(products[:shown]):
            first = index == 0 or product.channel != products[index - 1].channel
            last = index + 1 == len(products) or product.channel != products[index + 1].channel
            if arithmetic.is_dense:
                lines += [[]] if index == 0 else []
            elif first:
                lines += [[], plain(f"channel {product.channel}", bold=True)]
            lines += self._product(index)
            if last and not are_single:
                lines += self.sum(f"sum of channel {product.channel}", sums[product.channel])
        return lines + [plain(note) for note in left_out(limit, len(products), "product")]

    def rest(self, chosen: Foremost) -> list[Line]:
        """What is not shown, as one sum."""
        if not chosen.others:
            return []
        if chosen.rest is None:
            return [plain(f"{chosen.rest_name} are no larger")]
        return self.sum(chosen.rest_name, chosen.rest)

    def _product(self, index: int) -> list[Line]:
        product = self._products[index]
        numbers = (product.input, product.weight, product.product)
        cells = []
        for number, room, look in zip(numbers, self._rooms, self._looks, strict=True):
            ink, paper = look[index] if self._color else (None, None)
            cells.append(Span(f"{self._form(number):>{room}}", ink, paper))
        if self._largest:
            gap = " " * (self._calculation - self._rooms[0])
            calculation = [Span(gap), cells[0], *([Span(" largest", bold=True)] if product.weight else [])]
        else:
            calculation = [cells[0], Span(" x "), cells[1], Span(" = "), cells[2]]
        padding = " padding" if product.is_padding else ""
        if self._narrow:
            return [plain(self._places[index].rstrip() + padding), [Span("  "), *calculation]]
        calculation += [Span(padding)] if padding else []
        return [[Span(self._places[index] + "  "), *calculation]]

    def sum(self, name: str, number: float) -> list[Line]:
        """A sum, its number in the column of the products."""
        indent = 2 if self._narrow else len(self._places[0]) + 2
        column = indent + self._calculation - self._rooms[2] - 3
        text = f" = {self._form(number):>{self._rooms[2]}}"
        if len(name) > column:
            return [plain(name), plain(" " * column + text)]
        return [[Span(f"{name:<{column}}{text}", bold=True)]]


def _place(product: Product, combination: str) -> tuple[str, ...]:
    """Where a product's weight and input are."""
    named = (f"by {product.weight_name}",) if product.weight_name and not product.weight_index else ()
    if not product.tap:
        return (product.source or f"input {product.channel}", *named)
    factor = "weight" if combination == "sum of products" else "tap"
    return f"{factor} {list(product.tap)}", product.source or f"input {list(product.position)}", *named


def _align(places: list[tuple[str, ...]]) -> list[str]:
    """Places as lines of equal length, column under column; of padding no factor is computed, so it has none named."""
    columns = list(zip_longest(*places, fillvalue=""))
    rooms = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return [" ".join(f"{part:<{room}}" for part, room in zip(row, rooms, strict=True)) for row in rows]


def _looks(numbers: np.ndarray) -> list[tuple[tuple[int, int, int], tuple[int, int, int]]]:
    """(ink, paper) of each number, on a scale of their own."""
    finite = np.abs(numbers[np.isfinite(numbers)])
    papers = paint(numbers, float(finite.max(initial=0.0)))
    return [(tuple(ink), tuple(paper)) for ink, paper in zip(ink_on(papers).tolist(), papers.tolist(), strict=True)]
