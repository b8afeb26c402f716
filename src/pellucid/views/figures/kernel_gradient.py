"""The gradient of a filter as a figure: the picture, the images that pushed it, and the correlation that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.views.colors import color_limits
from pellucid.views.figures.mosaic import arrange, draw
from pellucid.views.figures.page import MARGIN, PALE_INK, Page
from pellucid.views.given import limit_of, record_of
from pellucid.views.gradient_words import describe_gradient, largest_entry, say_entry, say_push, strongest_images
from pellucid.views.part_words import part_bank
from pellucid.views.precision import short
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["kernel_gradient_figure"]

_WIDTH, _LABEL, _ROOM = 900, 150, 700
_CHANNELS, _CELL, _MAP = 48, 16, 190


@explained
def kernel_gradient_figure(gradient: KernelGradient, *, limit: int | None = 4) -> Figure:
    """Draws the gradient of a filter, and for the images that pushed it most what they were and where they were wrong.

    For each image three pictures: what the layer was given, the error at the filter's output, and the correlation of
    the two, which is what the image adds to the gradient.

    Args:
        gradient: the record.
        limit: how many images are drawn at most; None for all.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import Correlation
        >>> one = Correlation(np.ones((1, 2, 1)), np.full((1, 2), 0.5), (1,), (1,), (1,), (0,))
        >>> arrays = np.ones((1, 1)), one.gradient(), np.zeros((1, 1))
        >>> found = KernelGradient("c", "Conv1D", 0, 1.0, *arrays, (one,), ("taps", "channels"))
        >>> figure = kernel_gradient_figure(found)
        >>> figure.axes[0].texts[0].get_text()
        'c, filter 0: the gradient of the loss, which is 1'
    """
    record, most = record_of(gradient, KernelGradient), limit_of(limit, "image")
    page = Page(_WIDTH + 2 * MARGIN)
    y = page.paragraph(describe_gradient(record), MARGIN, 18, size=13, weight="bold")
    rule = "White is zero. Orange: the loss grows with that weight, a step makes it smaller. Blue: it makes it larger."
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 10
    strips = [("filter", record.kernel), ("gradient", record.gradient)]
    strips += [("of its penalty", record.penalty)] if record.penalty.any() else []
    for name, values in strips:
        y = _strip(page, name, values, record.layer, y)
    _, said = part_bank(record.layer, record.gradient, _CHANNELS)
    y = page.paragraph(said, MARGIN, y, size=8, color=PALE_INK) if said else y
    if not record.correlations:
        page.paragraph("The layer does not slide this filter, so no places are told.", MARGIN, y + 8)
        return page.finish()
    entry = largest_entry(record)
    y = page.paragraph(say_entry(record, entry), MARGIN, y + 8, size=9.5, weight="bold")
    for push in record.pushes(entry, 4):
        y = page.paragraph(say_push(push), MARGIN, y + 1)
    return _images(page, record, entry, most, y + 12)


def _strip(page: Page, name: str, values: np.ndarray, layer: str, y: float) -> float:
    slices = kernel_slices(part_bank(layer, values, _CHANNELS)[0])
    limit = float(color_limits(values[None])[0])
    mosaic = arrange(slices, (160, _ROOM), (0, 0), _CELL)
    page.text(MARGIN, y + mosaic.size[0] / 2 - 6, name, anchor="center", weight="bold")
    page.text(MARGIN, y + mosaic.size[0] / 2 + 6, f"darkest {short(limit)}", size=7.5, color=PALE_INK, anchor="center")
    page.image(draw(slices, np.array([limit]), mosaic), MARGIN + _LABEL, y)
    return y + max(mosaic.size[0], 30) + 4


def _images(page: Page, record: KernelGradient, entry: tuple[int, ...], most: int | None, y: float) -> Figure:
    """The images that pushed most: what was given, the error, and what the image adds."""
    first, by_image = record.correlations[0], record.by_image()
    channel = entry[-1] if first.inputs.shape[-1] > 1 else 0
    order = strongest_images(record)[:most]
    given = f"what it is given, channel {channel}" if first.inputs.shape[-1] > 1 else "what the layer is given"
    columns = [MARGIN + _LABEL, MARGIN + _LABEL + _MAP + 30, MARGIN + _LABEL + 2 * (_MAP + 30)]
    titles = [given, "the error at its output", "what the image adds: their correlation"]
    for x, title in zip(columns, titles, strict=True):
        page.text(x, y, title, size=8, weight="bold")
    y += 14
    added = color_limits(by_image)[0]
    errors = color_limits(first.errors)[0]
    for number, share in order:
        planes = [first.inputs[number][..., channel], first.errors[number], by_image[number][..., entry[-1:]]]
        planes = [each.reshape((1,) * max(0, 2 - each.ndim) + each.shape) for each in planes[:2]] + [by_image[number]]
        page.text(MARGIN, y + 8, f"image {number}", weight="bold")
        page.text(MARGIN, y + 22, f"{100 * share:.0f}% of the gradient", size=8, color=PALE_INK)
        limits = [float(color_limits(planes[0][None])[0]), float(errors), float(added)]
        bottoms = [
            _plane(page, values, record.layer, limit, x, y, is_kernel=place == 2)
            for place, (values, limit, x) in enumerate(zip(planes, limits, columns, strict=True))
        ]
        y = max(*bottoms, y + 34) + 8
    return page.finish()


def _plane(page: Page, values: np.ndarray, layer: str, limit: float, x: float, y: float, *, is_kernel: bool) -> float:
    if is_kernel:
        slices = kernel_slices(part_bank(layer, values, _CHANNELS)[0])
    else:
        slices = values.astype(np.float64).reshape(1, 1, *(1,) * (3 - values.ndim), *values.shape)
    room = _WIDTH + MARGIN - x if is_kernel else _MAP
    mosaic = arrange(slices, (_MAP, max(int(room), 60)), (0, 0), _CELL)
    page.image(draw(slices, np.array([limit]), mosaic), x, y)
    return y + mosaic.size[0]
