"""What a change of weights or pixels does, as text: how far each layer's numbers go, the outputs and the loss."""

from __future__ import annotations

import textwrap

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.what_if import WhatIf
from pellucid.views.given import record_of, room_of
from pellucid.views.terminal.lines import NARROWEST

__all__ = ["what_if_text"]

_MOST_OUTPUTS = 10
_TABLE = 46  # columns of a table of outputs


@explained
def what_if_text(tried: WhatIf, *, width: int = 80) -> str:
    """Writes what was changed, the largest difference in each layer, and outputs and loss before and after.

    Args:
        tried: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import FeatureMaps
        >>> before, after = (FeatureMaps("dense", "Dense", np.array(values)) for values in ([0.5, 1.0], [0.25, 1.0]))
        >>> ends = (before.maps,), (after.maps,)
        >>> print(what_if_text(WhatIf("tiny", ("dense/bias: 1 of 2 numbers",), (before,), (after,), *ends, 0.5, 0.25)))
        tiny, if it were different:
            dense/bias: 1 of 2 numbers
        <BLANKLINE>
        largest difference   of the largest   in
                      0.25              25%   dense
        <BLANKLINE>
            output      before       after      change
                 0         0.5        0.25       -0.25
                 1           1           1           0
        <BLANKLINE>
        loss 0.5, would be 0.25 (-0.25)
    """
    record_of(tried, WhatIf)
    width = max(room_of("width", width), NARROWEST)
    lines = textwrap.wrap(f"{tried.model}, if it were different:", width)
    for text in tried.changes:
        lines += textwrap.wrap(text, width, initial_indent="    ", subsequent_indent="        ")
    table = ["largest difference   of the largest   in"]
    told = []
    for record, (_, distance) in zip(tried.before, tried.distances, strict=True):
        largest = float(np.abs(record.maps.astype(np.float64)).max())
        share = f"{distance / largest:.3g}" if largest else ""
        percent = f"{distance / largest:.0%}" if largest and distance / largest < 10 else share and f"{share} times"
        table.append(f"{distance:>18.4g}   {percent:>14}   {record.use}")
        told.append(f"{record.use}: {distance:.4g}" + (f", {percent} of the largest" if percent else ""))
    if max(map(len, table)) > width:
        table = ["largest differences", *(line for each in told for line in textwrap.wrap(each, width))]
    lines += ["", *table]
    for number, (before, after) in enumerate(zip(tried.outputs_before, tried.outputs_after, strict=True)):
        if before.ndim <= 1:
            name = "output" if len(tried.outputs_before) == 1 else f"output {number}"
            lines += ["", *_output(name, np.atleast_1d(before), np.atleast_1d(after), width)]
    if tried.loss_before is not None and tried.loss_after is not None:
        change = tried.loss_after - tried.loss_before
        lines += ["", f"loss {tried.loss_before:.4g}, would be {tried.loss_after:.4g} ({_signed(change)})"]
    return "\n".join(lines)


def _output(name: str, before: np.ndarray, after: np.ndarray, width: int) -> list[str]:
    """The numbers of an output beside each other; of many those that change most."""
    first, room, digits = (10, 12, 4) if width >= _TABLE else (8, 10, 3)
    change = after.astype(np.float64) - before
    shown = sorted(np.argsort(-np.abs(change), kind="stable")[:_MOST_OUTPUTS].tolist())
    lines = [f"{name:>{first}}{'before':>{room}}{'after':>{room}}{'change':>{room}}"]
    for k in shown:
        numbers = f"{before[k] + 0.0:>{room}.{digits}g}{after[k] + 0.0:>{room}.{digits}g}"
        lines.append(f"{k:>{first}}{numbers}{_signed(change[k], digits):>{room}}")
    left = len(change) - len(shown)
    return lines + ([f"and {left} others that change less"] if left else [])


def _signed(change: float, digits: int = 4) -> str:
    return f"{change:+.{digits}g}" if change else "0"
