"""What layers that vary images make of one image, as a figure."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.variations import Variations
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page
from pellucid.views.given import page_width, record_of
from pellucid.views.photographs import as_photograph

__all__ = ["variations_figure"]

SIDE, GAP, PER_ROW = 130, 14, 6


@explained
def variations_figure(record: Variations, *, width: int | None = None) -> Any:
    """Draws an image as it is, in a frame, and then as a model meets it while it trains.

    Args:
        record: see `inspection.variations`; of 1 or 3 channels.
        width: of the page [1/100 inch], 898 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ShapeError: it is no image of 1 or 3 channels.

    Example:
        >>> figure = variations_figure(Variations(("mirrored",), np.zeros((4, 4, 1)), np.zeros((3, 4, 4, 1))))
        >>> [text.get_text() for text in figure.axes[0].texts][1:]
        ['as it is', '1', '2', '3']
    """
    record_of(record, Variations)
    page = Page(page_width(width, 2 * MARGIN + PER_ROW * (SIDE + GAP) - GAP), width)
    per_row = max((page.room + GAP) // (SIDE + GAP), 1)
    words = f"One image, as the model meets it while it trains: {', '.join(record.layers)}"
    y = page.paragraph(words, MARGIN, MARGIN, size=10, weight="bold") + 6
    everything = np.concatenate([record.image[np.newaxis], record.varied])
    whole, note = as_photograph(everything.reshape(-1, *everything.shape[2:]))
    images = whole.reshape(*everything.shape[:3], 3)
    if note:
        y = page.paragraph(note, MARGIN, y - 4, size=8, color=PALE_INK)
    rows, columns = images.shape[1:3]
    scale = SIDE / max(rows, columns)
    for place, pixels in enumerate(images):
        x, top = MARGIN + place % per_row * (SIDE + GAP), y + place // per_row * (rows * scale + 32)
        page.image(pixels, x, top, (rows * scale, columns * scale))
        page.box(x, top, columns * scale, rows * scale, edge=PALE_INK if place else INK)
        page.text(x, top + rows * scale + 4, str(place) if place else "as it is", size=7.5)
    return page.finish()
