"""The gradient that reaches each layer, as a table of text."""

from __future__ import annotations

import math

from pellucid.calls import explained
from pellucid.inspection.gradient_flow import Flow, GradientFlow
from pellucid.views.flow_words import describe_flow, say_kept
from pellucid.views.given import record_of, room_of
from pellucid.views.precision import short
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["gradient_flow_text"]


@explained
def gradient_flow_text(flow: GradientFlow, *, width: int = 80) -> str:
    """Writes the gradient of a typical weight of each layer at the beginning, in the middle and at the end.

    Args:
        flow: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> flow = Flow("relu", ("a", "b"), np.array([[0.5, 1.0], [0.25, 0.5]]), (1, 1))
        >>> print(gradient_flow_text(GradientFlow((0, 5), (flow,))))
        The gradient of a typical weight of each layer, at 2 of the steps 0 to 5
        <BLANKLINE>
        relu: at first the first layer gets 0.5 times what the last one gets.
            step 0      step 5
               0.5        0.25  ############        a
                 1         0.5  ###############     b
    """
    record = record_of(flow, GradientFlow)
    width = max(room_of("width", width), NARROWEST)
    lines: list[Line] = paragraph(describe_flow(record), width, bold=True)
    sizes = [value for each in record.flows for value in each.typical.ravel().tolist() if value > 0]
    low, high = (math.log10(min(sizes)), math.log10(max(sizes))) if sizes else (0.0, 0.0)
    low -= 1.0  # so that the smallest has a bar too
    for each in record.flows:
        lines += [[], *paragraph(say_kept(each), width)]
        lines += _table(record.steps, each, (low, max(high, low + 1.0)), width)
    return render(lines, color=False)


def _table(steps: tuple[int, ...], flow: Flow, span: tuple[float, float], width: int) -> list[Line]:
    """A line for each layer, with a bar as long as the logarithm of the last number."""
    chosen = sorted({0, len(steps) // 2, len(steps) - 1})
    lines = [plain("".join(f"{f'step {steps[place]:,}':>10}  " for place in chosen).rstrip())]
    room = max(0, min(20, width - 12 * len(chosen) - max(map(len, flow.layers)) - 1))
    for number, name in enumerate(flow.layers):
        values = [float(flow.typical[place, number]) for place in chosen]
        share = (math.log10(values[-1]) - span[0]) / (span[1] - span[0]) if values[-1] > 0 else 0.0
        bar = f"{'#' * round(share * (room - 1)):<{room}}" if room else ""
        lines.append(plain("".join(f"{short(value, 3):>10}  " for value in values) + bar + name))
    return lines
