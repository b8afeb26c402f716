"""An image, a filter and the map that it gives, as text."""

from __future__ import annotations

import math

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.filtered import FilteredImage
from pellucid.views.captions import say_broken, say_empty
from pellucid.views.colors import color_limits, describe_rule
from pellucid.views.fields import pixels_of
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.photographs import smaller, strongest_slices
from pellucid.views.precision import number_format
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, describe_shades, photo_tile, shrink, tile

__all__ = ["filtered_text"]

_DIGITS = 3
_MOST_SLICES = 8
_WIDEST_SLICE = 9  # taps that are written as numbers


@explained
def filtered_text(filtered: FilteredImage, *, width: int = 80, color: bool = False) -> str:
    """Writes the kernel in numbers, and the image beside the map.

    Args:
        filtered: what `inspection.filtered_image` or `filtered_image_by` found.
        width: columns of the terminal, 20 or more (less is taken as 20); larger images are drawn smaller.
        color: whether places are painted, with 24-bit colours; see `terminal_color`. Otherwise they are shades in
            ASCII.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import filtered_image
        >>> print(filtered_text(filtered_image(np.eye(4), [[-1, 1]], "right minus left")))
        right minus left on an image of 4x4; the map of 4x3 is sums of products, without
        padding.
        <BLANKLINE>
        grey
         -1  1
        <BLANKLINE>
        the image  the map
          @@@@@@   -@
        @@  @@@@   @@-@
        @@@@  @@     @@-@
        @@@@@@         @@
        <BLANKLINE>
        Blank is zero, then . : = + * x # % @ up to 1; a minus in front is negative.
    """
    record = record_of(filtered, FilteredImage)
    width, color = max(room_of("width", width), NARROWEST), switch_of("color", color)
    sizes = ("x".join(map(str, each.shape[:2])) for each in (record.image, record.map))
    said = "{} on an image of {}; the map of {} is {}.".format(record.name, *sizes, record.made)
    lines: list[Line] = [*paragraph(said, width, bold=True), []]
    pixels, note = pixels_of(record.image)
    lines += [*_kernel(record, width, color), []]
    most = max((width - 2) // 4, 4)  # two pictures of cells of two columns beside each other
    side = math.ceil(record.image.shape[1] / most)
    limit = float(color_limits(record.map.astype(np.float64)[np.newaxis])[0])
    cells, own = shrink(record.map.astype(np.float64), math.ceil(record.map.shape[1] / side))
    blocks = [
        [plain("the image"), *photo_tile(smaller(pixels, side), color)],
        [plain("the map"), *tile(cells, limit, Cells(color))],
    ]
    lines += [*beside(blocks, width), []]
    notes = [describe_rule(record.map) if color else describe_shades(record.map, f"{limit:.4g}"), note]
    if own > 1:
        notes.append(f"One cell of the map is the value farthest from zero of {own}x{own}.")
    notes += say_empty(record.map)
    notes += say_broken(record.map[np.newaxis], "map")
    return render([*lines, *paragraph(" ".join(filter(None, notes)), width)], color)


def _kernel(record: FilteredImage, width: int, color: bool) -> list[Line]:
    """The slices of the kernel beside each other, in numbers where they are small."""
    kernel = record.kernel.astype(np.float64)
    limit = float(color_limits(kernel[np.newaxis])[0])
    order = strongest_slices(kernel, _MOST_SLICES)
    cells = Cells(color)
    if kernel.shape[1] <= _WIDEST_SLICE:
        written = Cells.with_numbers(color, number_format(kernel.ravel().tolist(), _DIGITS), kernel)
        cells = written if written.room * kernel.shape[1] <= width else cells
    blocks = []
    for channel in order:
        shown, _ = shrink(kernel[..., channel], width // cells.room)
        blocks.append([plain(record.channel_names[channel]), *tile(shown, limit, cells)])
    lines = beside(blocks, width)
    if len(order) < kernel.shape[-1]:
        lines.append(plain(f"The {len(order)} strongest of {kernel.shape[-1]} slices."))
    return lines
