"""What a change of weights or pixels does, as a figure: the maps that change most, as they are and would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.records import FeatureMaps
from pellucid.inspection.what_if import WhatIf
from pellucid.views.captions import describe_maps
from pellucid.views.colors import color_limits
from pellucid.views.figures.mosaic import arrange, draw
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.slices import map_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["what_if_figure"]

_WIDTH, _TILE, _LABEL = 900, 90, 12  # wished width of a layer's maps and height of one; room for its number above


@explained
def what_if_figure(tried: WhatIf, *, limit: int | None = 8, width: int | None = None) -> Figure:
    """Draws for each layer the maps that change most, each as it is, as it would be, and what the change adds.

    The three share the scale of their layer, so that what looks small is small. A layer that does not change has a
    line of text.

    Args:
        tried: the record.
        limit: how many maps of each layer are drawn at most; None for all.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> before, after = (FeatureMaps("conv", "Conv2D", np.full((4, 4, 2), value)) for value in (1.0, 0.5))
        >>> figure = what_if_figure(WhatIf("tiny", ("conv, filter 0",), (before,), (after,), (), ()))
        >>> [text.get_text() for text in figure.axes[0].texts][1]
        'conv, filter 0'
    """
    record_of(tried, WhatIf)
    most = limit_of(limit, "map")
    page = Page(page_width(width, _WIDTH + 2 * MARGIN), width)
    y = page.paragraph(f"{tried.model}, if it were different", MARGIN, 18, size=13, weight="bold")
    for text in tried.changes:
        y = page.paragraph(text, MARGIN, y + 2)
    if tried.loss_before is not None and tried.loss_after is not None:
        y = page.paragraph(f"Loss {tried.loss_before:.4g}, would be {tried.loss_after:.4g}.", MARGIN, y + 2)
    rule = (
        "Of each map three pictures: before, after, and the difference, on the scale of the layer. White is zero, "
        "orange above, blue below. The maps that change most come first, under their numbers."
    )
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 12
    for before, after, difference in zip(tried.before, tried.after, tried.difference, strict=True):
        y = _layer(page, (before, after, difference), most, y) + 14
    return page.finish()


def _layer(page: Page, records: tuple[FeatureMaps, ...], most: int | None, y: float) -> float:
    """Draws one layer; returns the y below it."""
    before, after, difference = (each.maps.astype(np.float64) for each in records)
    distance = float(np.abs(difference).max())
    if not distance:
        return page.paragraph(f"{describe_maps(records[0])}: does not change", MARGIN, y, size=10)
    darkest = float(color_limits(np.stack([before, after])[None])[0])
    title = f"{describe_maps(records[0])}: largest difference {distance:.4g}, darkest {darkest:.4g}"
    y = page.paragraph(title, MARGIN, y, size=10, weight="bold")
    triples = np.concatenate([map_slices(each) for each in records], axis=1)
    changes = np.abs(triples[:, 2]).reshape(len(triples), -1).max(axis=1)
    order = np.argsort(-changes, kind="stable")[: min(most or len(changes), int(np.count_nonzero(changes)))]
    slices, bars = triples[order], triples.shape[-2] == 1
    depth, rows, columns = slices.shape[2:]
    cell = max(1, min(16, _TILE // max(rows, 5 if bars else 1), page.room // (3 * columns * depth)))
    mosaic = arrange(slices, (10**6, page.room), (_LABEL, 0), cell, bars, aspect=12.0)
    page.image(draw(slices, np.full(len(slices), darkest), mosaic, bars), MARGIN, y)
    for item, number in enumerate(order.tolist() if records[0].spatial else ()):
        left, top = mosaic.corner(item)
        page.text(MARGIN + left, y + top - 1, str(number), size=6.5, color=INK, anchor="bottom")
    y += mosaic.size[0] + 4
    left_out = len(triples) - len(order)
    said = f"{left_out} maps that change less, or not at all, are not drawn."
    return page.paragraph(said, MARGIN, y, size=8) if left_out else y
