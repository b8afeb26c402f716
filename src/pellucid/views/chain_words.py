"""The words of a value that is followed back to the pixels; for figures, terminal and notebooks alike."""

from __future__ import annotations

from typing import NamedTuple

from pellucid.command_words import hint
from pellucid.inspection.chains import Chain
from pellucid.inspection.traced_values import SLOPES, Contribution, TracedValue
from pellucid.views.precision import NumberFormat, number_format

__all__ = ["Row", "closing_words", "form_of", "place_name", "rows_of", "value_name"]

_DIGITS = 4


class Row(NamedTuple):
    """A line of a sum: what it is called, its factors where it is a product, its number, whether that is a part."""

    name: str
    factors: str
    number: float
    is_part: bool


def form_of(value: TracedValue) -> NumberFormat:
    """How the numbers of one value are written."""
    listed = [each for part in value.largest for each in (part.input, part.slope, part.product)]
    kinds = [[getattr(part, name) for part in value.largest] for name in ("input", "slope", "product")]
    kinds += [[value.rest], [value.total, value.value]]
    return number_format([*listed, value.rest, value.added, value.total, value.value], _DIGITS, kinds)


def value_name(number: int, value: TracedValue) -> str:
    """Which value of a chain it is: "[2] conv2d [2, 3] channel 5"."""
    return f"[{number}] {place_name(value.use, value.position, value.filter, 'unit')}"


def rows_of(value: TracedValue, form: NumberFormat) -> list[Row]:
    """A value as the sum that it is: the largest contributions, the rest, the bias, the sum, what follows."""
    rows = [
        Row(_source(part), f"{form(part.input)} x {form(part.slope)}", part.product, True) for part in value.largest
    ]
    if value.others:
        rows.append(Row(f"the other {value.others:,}", "", value.rest, True))
    if value.combination == SLOPES:
        rows.append(Row("what is no such sum", "", value.added, True))
    elif value.added:
        rows.append(Row("bias", "", value.added, True))
    if len(rows) > 1:
        rows.append(Row("sum", "", value.total, False))
    if value.activation != "linear":
        rows.append(Row(f"after {value.activation}", "", value.value, False))
    return rows


def closing_words(chain: Chain) -> str:
    """How exact the sums are, and what was not followed."""
    gaps = [abs(value.sum - value.total) for value in chain.values]
    said = f"The engine's sums are those of the numbers listed, up to float32 rounding ({max(gaps):.1g} here)."
    if chain.not_followed:
        more = hint(f"values={2 * len(gaps)}", {"--values": f"--values {2 * len(gaps)}"})
        said += f" {chain.not_followed} of the listed contributions are not followed further; {more} follows more."
    return said


def place_name(layer: str, position: tuple[int, ...], channel: int, alone: str) -> str:
    """An element: "conv2d [2, 3] channel 5", "dense unit 3", "input 7"."""
    if position:
        return f"{layer} {list(position)} channel {channel}"
    return f"{layer} {channel}" if alone == "input" else f"{layer} unit {channel}"


def _source(part: Contribution) -> str:
    where = place_name(part.use, part.position, part.channel, "input" if part.layer == "input" else "unit")
    return where if part.value is None else f"{where} [{part.value}]"
