"""A value followed back to the pixels, as text: each value with what adds most to it, the rest as one sum."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.chains import Chain
from pellucid.inspection.contributions import SLOPES, Contribution, TracedValue
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.precision import number_format
from pellucid.views.terminal.lines import NARROWEST, Line, Span, paragraph, plain, render

__all__ = ["trace_text"]

_DIGITS = 4


@explained
def trace_text(chain: Chain, *, width: int = 80, color: bool = False) -> str:
    """Writes each value of a chain as the sum that it is, largest contributions first.

    Args:
        chain: what `inspection.trace` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether the titles are bold.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> from pellucid.inspection import trace
        >>> dense = layers.Dense(1, weights=[np.array([[3.0], [1.0], [1.0]]), [0.5]], name="d")
        >>> chain = trace(Sequential([layers.Input((3,)), dense]), "d", np.array([1.0, 2.0, 4.0]), largest=2)
        >>> print(trace_text(chain))
        [0] d unit 0 = 9.5
          input 2    4.0 x 1.0 = 4.0
          input 0    1.0 x 3.0 = 3.0
          the other 1          = 2.0
          bias                 = 0.5
          sum                  = 9.5
        The engine's sums are those of the numbers listed, up to float32 rounding (0
        here).
    """
    record = record_of(chain, Chain)
    width, color = max(room_of("width", width), NARROWEST), switch_of("color", color)
    lines: list[Line] = []
    for number, value in enumerate(record.values):
        lines += [[]] if lines else []
        lines += _value(number, value, width)
    gaps = [abs(value.sum - value.total) for value in record.values]
    said = f"The engine's sums are those of the numbers listed, up to float32 rounding ({max(gaps):.1g} here)."
    if record.not_followed:
        said += f" {record.not_followed} of the listed contributions are not followed further; values={2 * len(gaps)} "
        said += "follows more."
    return render([*lines, *paragraph(said, width)], color)


def _value(number: int, value: TracedValue, width: int) -> list[Line]:
    """One value: its title, its largest contributions, the rest, the bias, the sum, what follows."""
    listed = [each for part in value.largest for each in (part.input, part.slope, part.product)]
    form = number_format([*listed, value.rest, value.added, value.total, value.value], _DIGITS)
    title = f"[{number}] {_place(value.layer, value.position, value.filter, 'unit')} = {form(value.value)}"
    rows: list[tuple[str, str, float]] = []
    for part in value.largest:
        rows.append((_name(part), f"{form(part.input)} x {form(part.slope)}", part.product))
    if value.others:
        rows.append((f"the other {value.others}", "", value.rest))
    if value.combination == SLOPES:
        rows.append(("what is no such sum", "", value.added))
    elif value.added:
        rows.append(("bias", "", value.added))
    if len(rows) > 1:
        rows.append(("sum", "", value.total))
    if value.activation != "linear":
        rows.append((f"after {value.activation}", "", value.value))
    names = max((len(name) for name, _, _ in rows), default=0)
    factors = max((len(product) for _, product, _ in rows), default=0)
    numbers = max((len(form(row[2])) for row in rows), default=0)
    lines: list[Line] = [[Span(title, bold=True)]]
    for name, product, result in rows:
        whole = f"  {name:<{names}}  {product:>{factors}} = {form(result):>{numbers}}"
        if len(whole) <= width:
            lines.append(plain(whole))
        else:
            lines += [plain(f"  {name}"), plain(f"    {product} = {form(result)}".replace("   = ", "  = "))]
    return lines


def _name(part: Contribution) -> str:
    where = _place(part.layer, part.position, part.channel, "input" if part.layer == "input" else "unit")
    return where if part.value is None else f"{where} [{part.value}]"


def _place(layer: str, position: tuple[int, ...], channel: int, alone: str) -> str:
    """An element: "conv2d [2, 3] channel 5", "dense unit 3", "input 7"."""
    if position:
        return f"{layer} {list(position)} channel {channel}"
    return f"{layer} {channel}" if alone == "input" else f"{layer} unit {channel}"
