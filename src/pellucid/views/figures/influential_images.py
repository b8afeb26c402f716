"""The training images that made a prediction, as a figure: the sample, who lowered its loss, and who raised it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.influential_images import InfluentialImages
from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.influential_words import ESTIMATE, describe_influential, label_of
from pellucid.views.map_words import picture_pixels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["influential_images_figure"]

_WIDTH, _TILE, _SAMPLE = 900, 84, 128


@explained
def influential_images_figure(found: InfluentialImages, *, limit: int | None = 8, width: int | None = None) -> Figure:
    """Draws the sample whose prediction it is, the training images that lowered its loss most, and who raised it.

    Args:
        found: the record.
        limit: how many of each are drawn at most; None for all that the record keeps.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> scores, images = np.array([0.1, -0.2]), np.zeros((2, 4, 4, 1))
        >>> found = InfluentialImages("m", images[0], 0.5, scores, (0,), (0.1,), images, (0, 1), ("3", "8"))
        >>> figure = influential_images_figure(found)
        >>> [text.get_text() for text in figure.axes[0].texts][-1]
        '1, class 8: -0.2'
    """
    record, most = record_of(found, InfluentialImages), limit_of(limit, "image")
    page = Page(page_width(width, _WIDTH + 2 * MARGIN), width)
    y = page.paragraph(describe_influential(record), MARGIN, 18, size=13, weight="bold")
    y = page.paragraph(ESTIMATE, MARGIN, y + 2, color=PALE_INK) + 10
    if (pixels := _pixels(record.sample)) is not None:
        page.text(MARGIN, y, "the sample", weight="bold")
        page.image(pixels, MARGIN, y + 14, _size(pixels, _SAMPLE))
        y += 14 + _size(pixels, _SAMPLE)[0] + 12
    many = len(record.kept) if most is None else most
    for title, numbers in (
        ("These lowered its loss most", record.helpful(many)),
        ("These raised it most", record.harmful(many)),
    ):
        y = page.paragraph(f"{title}{':' if numbers else ': none'}", MARGIN, y, size=10, weight="bold") + 4
        y = _row(page, record, [number for number in numbers if number in record.kept], y)
    return page.finish()


def _row(page: Page, record: InfluentialImages, numbers: list[int], y: float) -> float:
    """Images beside each other, as many as there is room for; returns the y below them."""
    if not numbers:
        return y
    labels = [label_of(record, number) for number in numbers]
    pitch = max(_TILE, *(round(text_width(label, 7.5)) for label in labels)) + 10
    beside, bottom = max(1, page.room // pitch), y
    for place, (number, label) in enumerate(zip(numbers, labels, strict=True)):
        row, column = divmod(place, beside)
        x, top = MARGIN + column * pitch, y + row * (_TILE + 24)
        pixels = _pixels(record.images[record.kept.index(number)])
        if pixels is not None:
            page.image(pixels, x, top, _size(pixels, _TILE))
        page.text(x, top + (_TILE if pixels is not None else 0) + 3, label, size=7.5)
        bottom = top + (_TILE if pixels is not None else 0) + 20
    return bottom + 6


def _pixels(sample: np.ndarray) -> np.ndarray | None:
    """The sample as a picture; None where it is none."""
    if sample.ndim != 3 or sample.shape[-1] not in (1, 3):
        return None
    return picture_pixels(FeatureMaps("input", "Input", sample, is_picture=True))


def _size(pixels: np.ndarray, side: int) -> tuple[float, float]:
    height, width = pixels.shape[:2]
    longest = max(height, width)
    return side * height / longest, side * width / longest
