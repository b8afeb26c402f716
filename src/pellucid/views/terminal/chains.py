"""A value followed back to the pixels, as text: each value with what adds most to it, the rest as one sum."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.chains import Chain
from pellucid.inspection.traced_values import TracedValue
from pellucid.views.chain_words import closing_words, form_of, rows_of, value_name
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["trace_text"]


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
    return render([*lines, *paragraph(closing_words(record), width)], color)


def _value(number: int, value: TracedValue, width: int) -> list[Line]:
    """One value: its title, its largest contributions, the rest, the bias, the sum, what follows."""
    form = form_of(value)
    title = f"{value_name(number, value)} = {form(value.value)}"
    rows = rows_of(value, form)
    names = max((len(row.name) for row in rows), default=0)
    factors = max((len(row.factors) for row in rows), default=0)
    numbers = max((len(form(row.number)) for row in rows), default=0)
    lines: list[Line] = paragraph(title, width, bold=True)
    for name, product, result, _ in rows:
        whole = f"  {name:<{names}}  {product:>{factors}} = {form(result):>{numbers}}"
        if len(whole) <= width:
            lines.append(plain(whole))
        else:
            lines += [plain(f"  {name}"), plain(f"    {product} = {form(result)}".replace("   = ", "  = "))]
    return lines
