"""How one output value comes about, as a figure: inputs, weights and products as grids of numbers, then the sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.command_words import hint
from pellucid.frozen import Frozen
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.records import Arithmetic, Product, Step
from pellucid.views.captions import compare_values, describe_output, describe_step, name_factors, name_sum
from pellucid.views.colors import ink_on, paint
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.foremost import Foremost, digits_of, foremost, foremost_of_step, most_of
from pellucid.views.given import page_width, record_of
from pellucid.views.precision import NumberFormat, number_format, precision_note

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["arithmetic_figure"]

_DIGITS = 4  # significant digits of the largest number
_CELL = (30, 50)  # (height, smallest width) of one number
_NUMBER, _TOTAL, _RESULT = (7.5, "normal"), (10, "bold"), (12, "bold")  # sizes and weights of the type of numbers
_SIGN = 34  # width of "x" and "=" between the grids
_HEAD = 32  # height of the line above the grids of a block, with the numbers of columns
_SIDE = 22  # width of the numbers of rows
_BELOW = 30  # height of the sum, where it stands below the grids
_DENSE_ROW = 8  # products of a dense layer in one row
_ASPECT = 1.4  # wished width divided by height of all blocks together
_MOST_STEPS = 24  # steps that are drawn


class _Block(Frozen):
    """The products of one channel, in rows as they lie in the kernel; all products for a dense layer."""

    title: str
    factors: str
    rows: list[list[Product]]
    total: float
    end: str
    form: NumberFormat
    is_scattered: bool = False  # whether its products are the largest of many, each with its place in its cell
    is_stacked: bool = False  # whether its grids stand below each other, as on a narrow page

    @property
    def is_choice(self) -> bool:
        """Whether one of the inputs is kept, and nothing is summed."""
        return self.end == "largest"

    def result(self, product: Product) -> float | None:
        """What becomes of an input; None where another is kept."""
        return None if self.is_choice and not product.weight else product.product

    @property
    def columns(self) -> int:
        return max(map(len, self.rows))

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) on the page."""
        total = max(90, math.ceil(text_width(self.form(self.total), *_TOTAL)) + 12)
        height = _HEAD + len(self.rows) * _CELL[0]
        if self.is_stacked:
            return 3 * (height + 4) + _BELOW, max(self.grid_width, self.end_width + total)
        return height + 14, 3 * self.grid_width + 2 * _SIGN + self.end_width + total

    @property
    def end_width(self) -> int:
        """Of what stands between the products and their sum."""
        return max(_SIGN, math.ceil(text_width(self.end, 9)) + 10)

    @cached_property
    def cell(self) -> int:
        """Width of one number."""
        numbers = [number for row in self.rows for p in row for number in (p.input, p.weight, p.product)]
        return max(_CELL[1], math.ceil(max(text_width(self.form(number), *_NUMBER) for number in numbers)) + 6)

    @property
    def grid_width(self) -> int:
        """Of one of its three grids, with the numbers of the rows; its title fits above it."""
        titles = [text_width(title, 8.5, "bold") for title in (self.title, self.factors, "products")]
        return _SIDE + max(self.columns * self.cell, math.ceil(max(titles)))


@explained
def arithmetic_figure(arithmetic: Arithmetic, *, limit: int | str | None = "few", width: int | None = None) -> Figure:
    """Draws the products behind one output value, and the sums up to the engine's value.

    Each channel has its inputs, its weights and their products side by side, with row 0 of the kernel on top; inputs,
    weights and products have one colour scale each. Cells outside the input, which padding fills, are marked.

    Args:
        arithmetic: the products and sums.
        limit: draw so many products at most, and all others as one sum; None for all. By default 128, of a dense layer
            64: the channels with the largest sums first, or the largest products where each stands for itself.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Raises:
        ArgumentError: `limit` is below 1.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> products = [Product((0,), (2,), 0, 1.0, 0.5, 0.5), Product((1,), (3,), 0, 2.0, 3.0, 6.0)]
        >>> sums = Arithmetic("conv1d", "Conv1D", (2,), 0, products, (6.5,), 0.25, 6.75, "relu", 6.75, 6.75, "")
        >>> figure = arithmetic_figure(sums)
        >>> figure.axes[0].texts[0].get_text()
        'conv1d: output [2] of filter 0'
    """
    most = most_of(limit)
    record_of(arithmetic, Arithmetic)
    form = number_format(arithmetic.numbers, digits_of(arithmetic, _DIGITS), arithmetic.kinds)
    chosen = foremost(arithmetic, most)
    blocks, earlier = _blocks(arithmetic, chosen, form), _step_blocks(arithmetic.steps[:_MOST_STEPS], form, most)
    columns = max(_columns(blocks), _columns(earlier))
    widest = max((block.size[1] for block in [*blocks, *earlier]), default=0)
    page = Page(page_width(width, max(760, 2 * MARGIN + columns * widest + (columns - 1) * MARGIN)), width)
    if widest > page.room:
        blocks, earlier = ([_narrow(block, page.room) for block in several] for several in (blocks, earlier))
    y = page.paragraph(describe_output(arithmetic), MARGIN, 18, size=13, weight="bold")
    if arithmetic.formula:
        y = page.paragraph(arithmetic.formula, MARGIN, y + 2, color=PALE_INK)
    stacked = any(block.is_stacked for block in [*blocks, *earlier])
    y = page.paragraph(_how_to_read(arithmetic, stacked), MARGIN, y + 2, size=8, color=PALE_INK) + 10
    for step in arithmetic.steps[:_MOST_STEPS]:
        y = page.paragraph(describe_step(step, form), MARGIN, y, size=8.5) + 2
    further = max(len(arithmetic.steps) - _MOST_STEPS, 0) + arithmetic.left_out
    if further:
        y = page.paragraph(f"Steps that are not drawn: {further}.", MARGIN, y, size=8.5, weight="bold") + 2
    y = _draw_blocks(page, earlier, y + (8 if arithmetic.steps else 0))
    y = _draw_blocks(page, blocks, y)
    for note in _left_out(chosen, form, len(arithmetic.products)):
        y = page.paragraph(note, MARGIN, y + 4, size=9, weight="bold")
    y = _draw_sums(page, arithmetic, y + 8, form)
    page.paragraph(precision_note(form, arithmetic.sums), MARGIN, y + 6, size=8, color=PALE_INK)
    return page.finish()


def _left_out(chosen: Foremost, form: NumberFormat, total: int) -> list[str]:
    """What is not drawn, as one sum."""
    if not chosen.others:
        return []
    them = chosen.rest_name.capitalize()
    added = "are no larger" if chosen.rest is None else f"together: {form(chosen.rest)}"
    every = hint("limit=None", {"--limit": f"--limit {total}"})
    return [f"{them} {added}; {every} draws all."]


def _blocks(arithmetic: Arithmetic, chosen: Foremost, form: NumberFormat) -> list[_Block]:
    if not arithmetic.products:
        return []
    products, factors = list(chosen.products), name_factors(arithmetic.products, arithmetic.combination)
    if chosen.others and chosen.noun != "channel":
        end = "largest" if chosen.rest is None else "sum"
        total = arithmetic.sum if chosen.rest is None else exact_sum(product.product for product in products)
        return [
            _Block("inputs of the largest products", factors, _in_rows(products), total, end, form, is_scattered=True)
        ]
    if arithmetic.is_dense:
        return [_Block("inputs", factors, _in_rows(products), arithmetic.sum, "sum", form)]
    blocks = []
    what = "steps" if any(product.source for product in products) else "input"
    end = "largest" if arithmetic.combination == "maximum" else "sum"
    sums = dict(zip(arithmetic.channels, arithmetic.channel_sums, strict=True))
    for channel, own in groupby(products, key=lambda product: product.channel):
        title = f"{what}, channel {channel}"
        blocks.append(_Block(title, factors, _as_they_lie(list(own)), sums[channel], end, form))
    return blocks


def _step_blocks(steps: Sequence[Step], form: NumberFormat, most: int | None) -> list[_Block]:
    """The products of each step, all channels below each other; of very many the largest."""
    blocks = []
    for step in steps:
        if step.products:
            chosen, factors = foremost_of_step(step, most), name_factors(step.products, step.combination)
            products = list(chosen.products)
            rows = _as_they_lie(products) if products[0].tap and not chosen.others else _in_rows(products)
            end = "largest" if step.combination == "maximum" else "sum"
            title = (
                f"{step.name}: {len(products)} of {len(step.products)}" if chosen.others else f"inputs of {step.name}"
            )
            end = "sum of all" if chosen.others and end == "sum" else end
            blocks.append(_Block(title, factors, rows, step.result, end, form, is_scattered=bool(chosen.others)))
    return blocks


def _in_rows(products: list[Product], count: int = _DENSE_ROW) -> list[list[Product]]:
    return [products[start : start + count] for start in range(0, len(products), count)]


def _as_they_lie(products: list[Product]) -> list[list[Product]]:
    return [list(row) for _, row in groupby(products, key=lambda product: (product.channel, product.tap[:-1]))]


def _narrow(block: _Block, room: float) -> _Block:
    """The same block for a narrow page: its grids below each other, products that have no places in shorter rows."""
    products, taps = [product for row in block.rows for product in row], {len(row) for row in block.rows}
    has_places = bool(products[0].tap) and not block.is_scattered
    fits = max(int((room - _SIDE) // block.cell), 1)
    rows = block.rows if has_places or max(taps) <= fits else _in_rows(products, fits)
    return replace(block, rows=rows, is_stacked=True)


def _columns(blocks: Sequence[_Block], room: float | None = None) -> int:
    """How many stand side by side, so that all together are somewhat wider than high, and fit where room is given."""
    if not blocks:
        return 1
    height, width = (max(sizes) for sizes in zip(*(block.size for block in blocks), strict=True))
    fits = len(blocks) if room is None else int((room + MARGIN) // (width + MARGIN))
    return max(min(round(math.sqrt(len(blocks) * height * _ASPECT / width)), fits), 1)


def _draw_blocks(page: Page, blocks: Sequence[_Block], y: float) -> float:
    """Blocks column by column, on one scale of colours; returns the y below them."""
    if not blocks:
        return y
    height, width = (max(sizes) for sizes in zip(*(block.size for block in blocks), strict=True))
    per_column = math.ceil(len(blocks) / _columns(blocks, page.room))
    limits = _limits([product for block in blocks for row in block.rows for product in row])
    for index, block in enumerate(blocks):
        column, row = divmod(index, per_column)
        _draw_block(page, block, (MARGIN + column * (width + MARGIN), y + row * height), limits)
    return y + per_column * height


def _how_to_read(arithmetic: Arithmetic, is_stacked: bool) -> str:
    if not arithmetic.products:
        return "One step after the other; the last is the result."
    middle = name_factors(arithmetic.products, arithmetic.combination)
    middle = f"the {middle}" if middle in ("weights", "factors") else middle
    end = "what is kept" if arithmetic.combination == "maximum" else "their products"
    places = ("On top", "below them", "then") if is_stacked else ("Left", "in the middle", "right")
    first, second, third = places
    parts = [f"{first} the inputs, {second} {middle}, {third} {end}; darker is farther from zero."]
    if arithmetic.is_dense:
        parts.append("Small numbers count the inputs.")
    else:
        parts.append("Small numbers are positions in the input and in the kernel.")
        if len(arithmetic.output_index) == 3:
            parts.append("The two beside a row are its depth and its row.")
    if any(product.is_padding for product in arithmetic.products):
        parts.append("Cells marked pad lie outside the input: padding puts the value there.")
    return " ".join(parts)


def _limits(products: Sequence[Product]) -> tuple[float, float, float]:
    """The largest magnitude of inputs, weights and products."""
    columns = np.abs(np.array([[p.input, p.weight, p.product] for p in products], dtype=np.float64)).reshape(-1, 3)
    inputs, weights, results = np.where(np.isfinite(columns), columns, 0.0).max(axis=0, initial=0.0).tolist()
    return inputs, weights, results


def _draw_block(page: Page, block: _Block, corner: tuple[float, float], limits: Sequence[float]) -> None:
    """inputs x weights = products, and their sum."""
    x, y = corner
    height = _HEAD + len(block.rows) * _CELL[0]
    middle = y + (_HEAD + height) / 2
    parts: tuple[tuple[str, str, Callable[[Product], float | None], Callable[[Product], tuple[int, ...]]], ...] = (
        (block.title, "x", lambda p: p.input, lambda p: p.position or (p.channel, 0)),
        (block.factors, "=", lambda p: p.weight, lambda p: p.tap),
        ("kept" if block.is_choice else "products", block.end, block.result, lambda p: ()),
    )
    _mark_padding(page, block, (x + _SIDE, y + _HEAD))
    for (name, sign, number, place), limit in zip(parts, limits, strict=True):
        page.text(x + _SIDE, y, name, size=8.5, weight="bold")
        corner = (x + _SIDE, y + _HEAD)
        _draw_grid(page, block, corner, number, limit)
        if block.is_scattered:
            _label_cells(page, block, corner, place, number, limit)
        else:
            _label_grid(page, block, corner, place)
        right, room = x + block.grid_width, block.end_width if sign == block.end else _SIGN
        if not block.is_stacked:
            x, y_sign = right, middle
        elif sign == block.end:
            right, y_sign = x, y + height + _BELOW / 2
        else:  # before the title of the next grid
            right, room, y = x, _SIDE, y + height + 4
            y_sign = y + 4
        page.text(right + room / 2, y_sign, sign, size=9 if len(sign) > 1 else 12, align="center", anchor="center")
        x += 0 if block.is_stacked and sign != block.end else room
    page.text(x + 6, y_sign, block.form(block.total), size=_TOTAL[0], weight=_TOTAL[1], anchor="center")


def _draw_grid(
    page: Page,
    block: _Block,
    corner: tuple[float, float],
    number: Callable[[Product], float | None],
    limit: float,
) -> None:
    """One number of each product in a painted cell; None leaves it empty."""
    height, width = _CELL[0], block.cell
    for row, products in enumerate(block.rows):
        y = corner[1] + row * height
        numbers = [number(product) for product in products]
        colors = paint(np.array([value or 0.0 for value in numbers]), limit)
        page.image(colors[None], corner[0], y, (height, len(products) * width))
        for column, value in enumerate(numbers):
            x = corner[0] + column * width
            ink = tuple(ink_on(colors[column]) / 255)
            page.text(
                x + width / 2,
                y + height / (2.4 if block.is_scattered else 2),
                "" if value is None else block.form(value),
                size=_NUMBER[0],
                color=ink,
                align="center",
                anchor="center",
            )
    page.box(*corner, block.columns * width, len(block.rows) * height, edge="#b8bdc9")


def _mark_padding(page: Page, block: _Block, corner: tuple[float, float]) -> None:
    """Frames the inputs that padding put there."""
    height, width = _CELL[0], block.cell
    for row, products in enumerate(block.rows):
        for column, product in enumerate(products):
            if product.is_padding:
                x, y = corner[0] + column * width, corner[1] + row * height
                page.box(x + 1.5, y + 1.5, width - 3, height - 3, edge=PALE_INK)
                page.text(x + width / 2, y + height - 5.5, "pad", size=5.5, align="center", anchor="center")


def _label_cells(
    page: Page,
    block: _Block,
    corner: tuple[float, float],
    place: Callable[[Product], tuple[int, ...]],
    number: Callable[[Product], float | None],
    limit: float,
) -> None:
    """Writes the position of each cell into it."""
    height, width = _CELL[0], block.cell
    for row, products in enumerate(block.rows):
        inks = ink_on(paint(np.array([number(product) or 0.0 for product in products]), limit)) / 255
        for column, product in enumerate(products):
            where = (product.channel,) if place(product) == (product.channel, 0) else place(product)
            x, y = corner[0] + (column + 0.5) * width, corner[1] + (row + 1) * height - 5.5
            text, ink = ",".join(map(str, where)), tuple(inks[column])
            page.text(x, y, text, size=5.5, color=ink, align="center", anchor="center")


def _label_grid(
    page: Page,
    block: _Block,
    corner: tuple[float, float],
    place: Callable[[Product], tuple[int, ...]],
) -> None:
    """Writes the positions of rows and columns at the edges of a grid."""
    (x, y), rows = corner, block.rows
    for column, product in enumerate(rows[0] if rows[0][0].tap and place(rows[0][0]) else []):
        middle = x + (column + 0.5) * block.cell
        page.text(middle, y - 2, str(place(product)[-1]), size=6.5, color=PALE_INK, align="center", anchor="bottom")
    for row, products in enumerate(rows):
        label = ",".join(map(str, place(products[0])[:-1]))
        page.text(x - 4, y + (row + 0.5) * _CELL[0], label, size=6.5, color=PALE_INK, align="right", anchor="center")


def _draw_sums(page: Page, arithmetic: Arithmetic, y: float, form: NumberFormat) -> float:
    """From the sums of the channels to the engine's value, in one line; returns the y below it."""
    total = ("=", "before activation", arithmetic.total)
    added = [("+", "bias", arithmetic.bias), total] if arithmetic.has_bias else []
    steps = [
        ("", name_sum(arithmetic), arithmetic.sum),
        *added,
        (f"{arithmetic.activation} \N{RIGHTWARDS ARROW}", "value", arithmetic.value),
    ]
    if arithmetic.activation == "linear" and arithmetic.combination not in ("mean", "maximum"):
        steps = [steps[0], *added[:1], ("=", "value", arithmetic.value)]  # no activation: the sum is the value
    if arithmetic.combination == "expression":
        steps = [("", "value", arithmetic.value)]
    elif arithmetic.combination in ("mean", "maximum"):
        steps = [steps[0], *(steps[-1:] if arithmetic.activation != "linear" else [])]
    x = float(MARGIN)
    page.box(x, y, page.width - 2 * MARGIN, 0.8, fill="#b8bdc9")
    for sign, label, number in steps:
        width = max(120, math.ceil(max(text_width(form(number), *_RESULT), text_width(label, 7.5))) + 10)
        room = 28 + text_width(sign, 10) if sign else 0.0
        if x > MARGIN and x + room + width > page.width - MARGIN:
            x, y = float(MARGIN), y + 48
        if sign:
            page.text(x + room / 2, y + 34, sign, size=10, align="center", anchor="center")
            x += room
        page.text(x + width / 2, y + 14, label, size=7.5, color=PALE_INK, align="center")
        page.text(x + width / 2, y + 35, form(number), size=12, weight="bold", align="center", anchor="center")
        x += width
    return page.paragraph(compare_values(arithmetic, form), MARGIN, y + 58, size=9)
