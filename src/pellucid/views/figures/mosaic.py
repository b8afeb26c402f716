"""Many slices as one image: each number a block of equal pixels, slices side by side, filters in rows.

`Mosaic` knows where everything lies, `draw` makes the pixels. Nothing here knows matplotlib: an image is an array
(rows, columns, 3) of bytes, a position is (x, y) from the top left corner.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from pellucid.frozen import Frozen
from pellucid.views.colors import NOT_A_NUMBER, filter_colors, paint

__all__ = ["BACKGROUND", "Mosaic", "arrange", "draw", "draw_colored", "mark"]

BACKGROUND = (184, 190, 201)  # between the slices, so that a slice of zeros (white) can be seen
_BASELINE = (190, 190, 190)
_FRAME = (0, 0, 0)
_BAR_HEIGHT = 5  # height of the bars of a one-dimensional kernel, in cells
_RAGGED = 0.6  # what an arrangement costs whose last row has gaps; a wrong aspect ratio costs its logarithm
_CELL_WEIGHT = 2.0  # what smaller cells cost, per logarithm of their size


class Mosaic(Frozen):
    """The geometry of a mosaic, all lengths in pixels.

    Args:
        items, channels, depth: how many filters, channels per filter, slices per channel.
        tile: (height, width) of one slice.
        cell: width of one number.
        columns: filters that stand side by side.
        label: (height, width) kept free above and left of each filter for its number.
    """

    items: int
    channels: int
    depth: int
    tile: tuple[int, int]
    cell: int
    columns: int
    label: tuple[int, int]

    @cached_property
    def line(self) -> int:
        """Between the slices of a channel along the depth, wide enough to be seen."""
        return max(3, self.cell // 3) if self.depth > 1 else 0

    @cached_property
    def gap(self) -> int:
        """Between the channels of a filter, twice as wide as between slices; between filters twice that."""
        return 2 * self.line or max(2, self.cell // 3)

    @cached_property
    def slice_width(self) -> int:
        """Width of one slice of a channel with the line behind it."""
        return self.tile[1] + self.line

    @cached_property
    def channel_width(self) -> int:
        """Width of one channel of a filter: its slices along the depth."""
        return self.depth * self.slice_width - self.line

    @cached_property
    def strip(self) -> tuple[int, int]:
        """(height, width) of one filter."""
        return self.tile[0], self.channels * (self.channel_width + self.gap) - self.gap

    @cached_property
    def pitch(self) -> tuple[int, int]:
        """(down, right) from one filter to the next."""
        return self.strip[0] + self.label[0] + 2 * self.gap, self.strip[1] + self.label[1] + 2 * self.gap

    @cached_property
    def size(self) -> tuple[int, int]:
        """(height, width) of the whole image."""
        rows = math.ceil(self.items / self.columns)
        return rows * self.pitch[0] + 2 * self.gap, self.columns * self.pitch[1] + 2 * self.gap

    def corner(self, item: int, channel: int = 0) -> tuple[int, int]:
        """(x, y) of the top left pixel of a filter's channel."""
        row, column = divmod(item, self.columns)
        x = 2 * self.gap + column * self.pitch[1] + self.label[1] + channel * (self.channel_width + self.gap)
        return x, 2 * self.gap + row * self.pitch[0] + self.label[0]


def arrange(
    slices: np.ndarray,
    room: tuple[int, int],
    label: tuple[int, int],
    largest_cell: int = 22,
    bars: bool = False,
    aspect: float = 2.0,
    smallest_cell: int = 1,
    lowest_bars: int = 0,
) -> Mosaic:
    """The arrangement that weighs large cells against a good form, or the most compact one where none fits the room.

    Args:
        slices: (items, channels, depth, rows, columns).
        room: wished (height, width) of the image [pixels]; nothing is left out where it is too small.
        label: (height, width) for the number of each item [pixels].
        largest_cell: most pixels for the width of one number.
        bars: whether each slice is drawn as bars.
        aspect: wished width divided by height.
        smallest_cell: fewest pixels for the width of one number.
        lowest_bars: fewest pixels for the height of bars.

    Returns:
        the geometry.

    Example:
        >>> mosaic = arrange(np.zeros((32, 1, 1, 3, 3)), room=(400, 500), label=(12, 0))
        >>> mosaic.columns, mosaic.cell, mosaic.size
        (8, 17, (302, 498))
    """
    items, channels, depth, rows, columns = slices.shape
    smallest = max(1 if max(rows, columns) > 16 else 2, smallest_cell)
    largest_cell = max(largest_cell, smallest)

    def candidates(cell: int) -> list[Mosaic]:
        tile = (max(_BAR_HEIGHT * cell, lowest_bars) if bars else rows * cell, columns * cell)
        return [Mosaic(items, channels, depth, tile, cell, n, label) for n in range(1, items + 1)]

    def cost(choice: Mosaic) -> float:
        height, width = choice.size
        ragged = choice.columns < items and items % choice.columns != 0
        form = abs(math.log(width / height / aspect)) + (_RAGGED if ragged else 0.0)
        return form + _CELL_WEIGHT * math.log(largest_cell / choice.cell)

    choices = [choice for cell in range(largest_cell, smallest - 1, -1) for choice in candidates(cell)]
    fitting = [choice for choice in choices if choice.size[0] <= room[0] and choice.size[1] <= room[1]]
    return min(fitting or candidates(smallest), key=cost)


def draw(slices: np.ndarray, limits: np.ndarray, mosaic: Mosaic, bars: bool = False) -> np.ndarray:
    """The pixels of a mosaic.

    Args:
        slices: (items, channels, depth, rows, columns).
        limits: the magnitude drawn darkest, per item (items,).
        mosaic: where everything lies, from `arrange`.
        bars: whether to draw each slice, of one row, as bars.

    Returns:
        image (height, width, 3), uint8.

    Example:
        >>> slices = np.array([-1.0, 0.0, 0.0, 1.0]).reshape(1, 1, 1, 2, 2)
        >>> image = draw(slices, np.array([1.0]), arrange(slices, (60, 60), (0, 0)))
        >>> image[17, 17].tolist(), image[40, 40].tolist()
        ([8, 60, 117], [101, 40, 0])
    """
    spread = limits[:, None, None, None, None]
    tiles = _bars(slices, spread, mosaic) if bars else _blocks(slices, spread, mosaic.cell)
    image = np.empty((*mosaic.size, 3), dtype=np.uint8)
    image[:] = BACKGROUND
    height, width = mosaic.tile
    strips = np.empty((mosaic.items, *mosaic.strip, 3), dtype=np.uint8)
    strips[:] = BACKGROUND
    for channel in range(mosaic.channels):
        for part in range(mosaic.depth):
            left = channel * (mosaic.channel_width + mosaic.gap) + part * mosaic.slice_width
            strips[:, :, left : left + width] = tiles[:, channel, part]
    for item, strip in enumerate(strips):
        x, y = mosaic.corner(item)
        image[y : y + height, x : x + mosaic.strip[1]] = strip
    return image


def draw_colored(image: np.ndarray, slices: np.ndarray, limits: np.ndarray, mosaic: Mosaic) -> None:
    """Draws filters over red, green and blue in colour at the place of their first channel, in the image itself.

    Args:
        image: from `draw`.
        slices: of the three channels (items, 3, 1, rows, columns).
        limits: the magnitude that is brightest and darkest, per item (items,).
        mosaic: where everything lies.
    """
    pixels = filter_colors(slices[:, :, 0], limits).repeat(mosaic.cell, axis=1).repeat(mosaic.cell, axis=2)
    height, width = mosaic.tile
    for item, tile in enumerate(pixels):
        x, y = mosaic.corner(item)
        image[y : y + height, x : x + width] = tile


def mark(image: np.ndarray, marks: np.ndarray, mosaic: Mosaic) -> None:
    """Frames some numbers of a mosaic of blocks, in the image itself.

    Args:
        image: from `draw`.
        marks: which (items, 1, depth, rows, columns), True or False.
        mosaic: where everything lies.
    """
    cell = mosaic.cell
    frame = np.zeros((cell, cell), dtype=bool)
    frame[[0, -1]] = frame[:, [0, -1]] = True
    for item, _, part, row, column in np.argwhere(marks).tolist():
        x, y = mosaic.corner(item)
        x, y = x + part * mosaic.slice_width + column * cell, y + row * cell
        image[y : y + cell, x : x + cell][frame] = _FRAME


def _blocks(slices: np.ndarray, limits: np.ndarray, cell: int) -> np.ndarray:
    """Each number as a square of `cell` pixels; one that is not a number is crossed out."""
    colors = paint(slices, limits).repeat(cell, axis=3).repeat(cell, axis=4)
    if not np.isfinite(slices).all() and cell >= 5:
        diagonal = np.eye(cell, dtype=bool)
        cross = np.tile(diagonal | diagonal[::-1], slices.shape[3:])
        broken = ~np.isfinite(slices).repeat(cell, axis=3).repeat(cell, axis=4)
        colors[broken & cross] = 0
    return colors


def _bars(slices: np.ndarray, limits: np.ndarray, mosaic: Mosaic) -> np.ndarray:
    """Each number of a single row as a bar, up or down from a line at zero; at the bottom where nothing is negative."""
    height = mosaic.tile[0]
    colors = paint(slices, limits).repeat(height, axis=3)
    reach = np.divide(slices, limits, out=np.zeros(slices.shape), where=np.isfinite(slices) & (limits > 0))
    centre = (np.arange(height) + 0.5) / height  # of each pixel, from 0 at the top to 1
    signed = (slices < 0).any()
    level = ((1 - 2 * centre) if signed else (1 - centre))[:, None]
    filled = ((level > 0) & (level <= reach)) | ((level < 0) & (level >= reach)) | ~np.isfinite(slices)
    colors = np.where(filled[..., None], colors, np.uint8(255))
    colors[:, :, :, height // 2 if signed else height - 1] = _BASELINE
    colors[np.broadcast_to(~np.isfinite(slices), colors.shape[:-1])] = NOT_A_NUMBER
    return colors.repeat(mosaic.cell, axis=4)
