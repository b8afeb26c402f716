"""How the answers of a model move with its image, as a figure: for each layer a bar for each kind of error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.equivariance import Equivariance, ShiftedLayer
from pellucid.views.captions import describe_shift, say_shift
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["equivariance_figure"]

_KINDS = (("inside", "#1f68bc"), ("edge", "#a74900"), ("invariance", "#7b8794"))
_WORDS = "Blue: f(Tx) against T f(x) where neither sees an edge; orange: where one does; grey: f(Tx) against f(x)."
_BARS, _NUMBERS, _ROW = 420, 90, 11  # widths of the columns, and the height of a bar
_SHORTEST = 120  # of the longest bar, where the page is narrow


@explained
def equivariance_figure(shifted: Equivariance, *, width: int | None = None) -> Figure:
    """Draws for each layer the error inside and at the edges, when its maps are moved back, and without moving them.

    Args:
        shifted: the record.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> conv = ShiftedLayer("conv", "Conv2D", (1, 0), True, 0.0, 0.5, 0.5, 0.75, np.zeros((4, 4)))
        >>> figure = equivariance_figure(Equivariance("tiny", (1, 0), "zero", (conv,)))
        >>> [text.get_text() for text in figure.axes[0].texts][-3:]
        ['0%', '50.0%', '75.0%']
    """
    record_of(shifted, Equivariance)
    names = round(MARGIN + max((text_width(_name(each)) for each in shifted.layers), default=0)) + 10
    page = Page(page_width(width, names + _BARS + _NUMBERS), width)
    above = names + _SHORTEST + _NUMBERS > page.width  # then each name stands above its bars
    names = MARGIN if above else names
    bars = min(page.width - names - _NUMBERS, _BARS)
    y = page.paragraph(describe_shift(shifted), MARGIN, MARGIN, size=11, weight="bold")
    y = page.paragraph(_WORDS, MARGIN, y, size=8.5, color=PALE_INK) + 10
    errors = [getattr(each, kind) for each in shifted.layers for kind, _ in _KINDS]
    longest = max([1.0, *(error for error in errors if error is not None and error < float("inf"))])
    for each in shifted.layers:
        if above:
            y = page.paragraph(_name(each), MARGIN, y)
        else:
            page.text(names - 10, y + 1.5 * _ROW, _name(each), size=8.5, align="right", anchor="center")
        for kind, color in _KINDS:
            error = getattr(each, kind)
            if error is not None:
                length = 0.0 if math.isnan(error) else min(error / longest, 1.0) * bars
                page.box(names, y + 1, max(length, 1), _ROW - 2, fill=color)
                words = _words(error)
                page.text(names + length + 6, y + _ROW / 2, words, size=7.5, color=INK, anchor="center")
            y += _ROW
        y += 8
    return page.finish()


def _words(error: float) -> str:
    """An error as a share."""
    if not math.isfinite(error):
        return "NaN" if math.isnan(error) else "infinite"
    return "0%" if not error else f"{error:.1%}" if error >= 1e-3 else f"{error:.1e}"


def _name(each: ShiftedLayer) -> str:
    if each.shift is None:
        return each.use
    return f"{each.use}, moved by {say_shift(each.shift)}{'' if each.divides else ' (not exact)'}"
