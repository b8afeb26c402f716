"""How the answers of a model move with its image, as a table of text."""

from __future__ import annotations

import math
import textwrap

from pellucid.calls import explained
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer
from pellucid.views.captions import describe_shift, say_inexact, say_shift
from pellucid.views.given import record_of, room_of
from pellucid.views.terminal.lines import NARROWEST

__all__ = ["equivariance_text"]


@explained
def equivariance_text(shifted: Equivariance, *, width: int = 80) -> str:
    """Writes for each layer how far its maps moved, and the errors inside, at the edges, and if they had not moved.

    Args:
        shifted: the record.
        width: columns of the terminal, 20 or more (less is taken as 20); where the table does not fit, each layer has
            sentences.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import ShiftedLayer
        >>> conv = ShiftedLayer("conv", "Conv2D", (1, 0), True, 0.0, 0.5, 0.5, 0.75, np.zeros((4, 4)))
        >>> pool = ShiftedLayer("pool", "MaxPooling2D", (1, 0), False, 0.25, None, 1.0, 0.125, np.zeros((2, 2)))
        >>> print(equivariance_text(Equivariance("tiny", (1, 0), "zero", (conv, pool))))
        tiny: the image moved by (1, 0), filled with zero; errors as shares of the
        answer
        <BLANKLINE>
              maps by      inside        edge   if unmoved   of
               (1, 0)           0       50.0%        75.0%   conv
              (1, 0)~       25.0%                    12.5%   pool
        <BLANKLINE>
        ~ The strides do not divide the shift: no whole number of places is right.
    """
    record_of(shifted, Equivariance)
    width = max(room_of("width", width), NARROWEST)
    lines = textwrap.wrap(describe_shift(shifted), width)
    table = [f"{'maps by':>13}  {'inside':>10}  {'edge':>10}  {'if unmoved':>11}   of"]
    table += [_row(each) for each in shifted.layers]
    if max(map(len, table)) > width:
        table = [line for each in shifted.layers for line in textwrap.wrap(_told(each), width, subsequent_indent="  ")]
    lines += ["", *table]
    for note in say_inexact(shifted):
        lines += ["", *textwrap.wrap(note, width)]
    return "\n".join(lines)


def _row(each: ShiftedLayer) -> str:
    moved = "" if each.shift is None else f"{say_shift(each.shift)}{'' if each.divides else '~'}"
    inside, edge, unmoved = (_percent(error) for error in (each.inside, each.edge, each.invariance))
    return f"{moved:>13}  {inside:>10}  {edge:>10}  {unmoved:>11}   {each.use}"


def _told(each: ShiftedLayer) -> str:
    """A row of the table in words."""
    moved = "" if each.shift is None else f", maps by {say_shift(each.shift)}{'' if each.divides else '~'}"
    errors = (("inside", each.inside), ("edge", each.edge), ("if unmoved", each.invariance))
    said = ", ".join(f"{name} {_percent(error)}" for name, error in errors if error is not None)
    return f"{each.use}{moved}: {said}"


def _percent(error: float | None) -> str:
    if error is None:
        return ""
    if not math.isfinite(error):
        return "NaN" if math.isnan(error) else "infinite"
    return "0" if not error else f"{error:.3g}" if error < 1e-3 else f"{error:.1%}"
