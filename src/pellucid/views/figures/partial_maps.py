"""The maps of one filter before they are summed, as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.views.colors import color_limits
from pellucid.views.figures.maps import WIDTH, Drawing
from pellucid.views.figures.page import MARGIN, PALE_INK, Page
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.partial_words import describe_partial, say_compared, say_order, sums_of
from pellucid.views.precision import short
from pellucid.views.slices import map_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["partial_maps_figure"]

_ROOM, _SUM_ROOM = 700, 220


@explained
def partial_maps_figure(partial: PartialMaps, *, limit: int | None = 64, width: int | None = None) -> Figure:
    """Draws what each channel adds to a feature map, the strongest first, then their sum, and the sum with the bias.

    The maps of the channels have one scale, so that they can be compared; the sums have one of their own.

    Args:
        partial: the maps.
        limit: draw only so many, and say so; None for all. The sums are of all of them.
        width: of the page [1/100 inch], 1048 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: `limit` is below 1.

    Example:
        >>> record = PartialMaps("conv", "Conv1D", 3, (0, 1), np.ones((4, 2)), 0.5, "relu", np.full(4, 2.5), 1e-6)
        >>> partial_maps_figure(record).axes[0].texts[0].get_text()
        'conv, filter 3: one map for each of the 2 channels that it reads'
    """
    record, limit = record_of(partial, PartialMaps), limit_of(limit, "map")
    page = Page(page_width(width, WIDTH + 2 * MARGIN), width)
    y = page.paragraph(describe_partial(record), MARGIN, 18, size=13, weight="bold")
    rule = "White is zero and darker is farther from zero: orange above, blue below."
    y = page.paragraph(" ".join([rule, *say_order(record)]), MARGIN, y + 2, color=PALE_INK) + 14
    order = list(record.strongest)
    ordered = FeatureMaps(record.layer, record.kind, record.maps[..., order])
    drawing = Drawing(page, "layer", limit, _ROOM)
    names = [str(record.channels[place]) for place in order]
    y = drawing.title(f"What {'each channel' if len(order) > 1 else 'the channel'} adds", ordered.maps,
                      float(color_limits(ordered.maps[None])[0]), y, has_scale=True) + 24  # fmt: skip
    y = drawing.maps(ordered, map_slices(ordered), y, faint=True, names=names) + 18
    sums = sums_of(record)
    y = _sums(page, record, sums, y)
    page.paragraph(say_compared(record), MARGIN, y + 8, size=9)
    return page.finish()


def _sums(page: Page, record: PartialMaps, sums: dict[str, np.ndarray], y: float) -> float:
    """The sum, and the sum with the bias, on one scale; returns the y below them."""
    if not record.spatial:
        for name, total in sums.items():
            y = page.paragraph(f"{name}: {short(float(total), 6)}", MARGIN, y, size=10, weight="bold")
        return y
    both = FeatureMaps(record.layer, record.kind, np.stack(list(sums.values()), axis=-1))
    drawing = Drawing(page, "layer", None, _SUM_ROOM)
    title, largest = f"Left: {'; right: '.join(sums)}", float(color_limits(both.maps[None])[0])
    y = drawing.title(title, both.maps, largest, y, has_scale=True) + 24
    return drawing.maps(both, map_slices(both), y, faint=False, names=["", ""])
