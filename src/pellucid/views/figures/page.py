"""A blank page for the figures: text, images and boxes at pixel positions, so that one number is whole pixels on it.

Lengths are in units of 1/100 inch, from the top left corner. Built on matplotlib's `Figure` alone: no window, no global
state, no style sheet of the user's can change what is drawn.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.views.colors import describe_rule, paint
from pellucid.views.figures.letters import FONT, writable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FONT", "INK", "MARGIN", "PALE_INK", "Page", "Panels", "new_figure", "text_width"]

INK, PALE_INK = "#1d2530", "#5c6673"
MARGIN = 24
_UNITS_PER_INCH, _POINTS_PER_INCH = 100, 72
_HINTED = 1.03  # letters are moved to whole pixels
_FINE_DPI, _COARSE_DPI = 200, 100  # whole multiples of a unit, so that blocks stay blocks
_FINE_AREA = 4_000_000  # square units up to which a page is drawn finely
_LARGEST_SIDE = 60_000  # units; matplotlib's own limit is 2**16 pixels
_RULE = 160  # least width of what stands beside a scale of colours; it stands below where there is less
_GLYPH_WIDTH = 0.80  # mean width of a letter [units per point of type size]
_FEWEST = 12  # letters of a line, however narrow the page is


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure.

    Args:
        width, height: its size [1/100 inch], > 0.

    Returns:
        the figure, on an Agg canvas.

    Raises:
        ArgumentError: a side is longer than 60,000 units.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if max(width, height) > _LARGEST_SIDE:
        raise ArgumentError(
            f"the picture would be {width:.0f} x {height:.0f} pixels, the largest side is {_LARGEST_SIDE}; "
            "draw fewer layers or filters at a time"
        )
    dpi = _FINE_DPI if width * height <= _FINE_AREA else _COARSE_DPI
    figure = Figure(figsize=(width / _UNITS_PER_INCH, height / _UNITS_PER_INCH), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = 8.5, weight: str = "normal", *, math: bool = False) -> float:
    """How wide a line of text is [1/100 inch]; of math what stands between two $ is a formula in LaTeX.

    Example:
        >>> text_width("wide", 10) > text_width("thin", 10) > 10
        True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(writable(text), font, ismath=math)
    return float(width) * _UNITS_PER_INCH / _POINTS_PER_INCH * _HINTED


class Panels:
    """Panels with axes of the same size, in rows of as many as there is room for.

    Args:
        count: how many.
        page: its width, and the height of what stands above all of them [1/100 inch].
        panel: width and height of one, with all that stands around its axes.

    Attributes:
        size: width and height of the page.

    Example:
        >>> places = Panels(3, (1000, 40), (450, 300))
        >>> places.size, [round(place, 2) for place in places.area(2, (50, 60), (300, 200))]
        ((1000, 640), [0.05, 0.06, 0.3, 0.31])
    """

    def __init__(self, count: int, page: tuple[int, int], panel: tuple[int, int]) -> None:
        (width, self._above), (self._pitch, self._height) = page, panel
        self._beside = max(min(width // self._pitch, count), 1)
        self.size = (width, self._above + -(-count // self._beside) * self._height)

    def area(self, number: int, corner: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Where the axes of a panel are, as shares of the figure, by their top left corner in the panel."""
        row, column = divmod(number, self._beside)
        (left, top), (width, height) = corner, self.size
        x, bottom = column * self._pitch + left, self._above + row * self._height + top + size[1]
        return (x / width, 1 - bottom / height, size[0] / width, size[1] / height)


class Page:
    """Collects what is drawn, then makes the figure around it.

    Args:
        width: smallest width of the page [1/100 inch]; images that reach further widen it.
        wished: the width that it must have; a page that would be wider is drawn smaller, letters and all.

    Attributes:
        room: the width between the margins, as it was wished.

    Example:
        >>> page = Page(width=300)
        >>> bottom = page.paragraph("white is zero", MARGIN, 10)
        >>> figure = page.finish()
        >>> [round(float(side), 2) for side in figure.get_size_inches()]
        [3.0, 0.49]
    """

    def __init__(self, width: int, wished: int | None = None) -> None:
        self.width, self.room, self._wished = width, width - 2 * MARGIN, wished
        self._height = 0.0
        self._texts: list[tuple[float, float, str, dict[str, Any]]] = []
        self._images: list[tuple[np.ndarray, float, float, float, float]] = []
        self._boxes: list[tuple[float, float, float, float, object, object]] = []
        self._lines: list[tuple[Sequence[float], Sequence[float], str, str, float]] = []

    def _reach(self, right: float, bottom: float) -> None:
        self.width = max(self.width, round(right) + MARGIN)
        self._height = max(self._height, bottom)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8.5,
        color: object = INK,
        weight: str = "normal",
        align: str = "left",
        anchor: str = "top",
        math: bool = False,
    ) -> None:
        """Writes one line at a point.

        Args:
            x, y: the point.
            text: the line.
            size: type size [pt].
            color, weight: as matplotlib knows them.
            align: which side of the text is at x: "left", "center", "right".
            anchor: which height of the text is at y: "top", "center", "bottom".
            math: whether what stands between two $ is a formula in LaTeX.
        """
        vertical = {"top": "top", "center": "center_baseline", "bottom": "bottom"}[anchor]
        style = {"fontsize": size, "color": color, "weight": weight, "ha": align, "va": vertical, "family": FONT}
        if math:
            style["va"] = "center" if anchor == "center" else vertical  # by all of it, sums have no common baseline
        style |= {"parse_math": math, "math_fontfamily": "dejavusans"}
        self._texts.append((x, y, writable(text), style))
        self._reach(x + {"left": 1, "center": 0.5, "right": 0}[align] * text_width(text, size, weight, math=math), y)

    def paragraph(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = 8.5,
        color: str = INK,
        weight: str = "normal",
    ) -> float:
        """Writes text in as many lines as it needs up to the page's right margin.

        Returns:
            the y below it.
        """
        room = self.width - MARGIN - x
        letters = max(int(room / (size * _GLYPH_WIDTH)), _FEWEST)
        lines = textwrap.wrap(text, letters) or [""]
        while letters > _FEWEST and max(text_width(line, size, weight) for line in lines) > room:
            letters -= 1
            lines = textwrap.wrap(text, letters)
        for line in lines:
            self.text(x, y, line, size=size, color=color, weight=weight)
            y += size * 1.8
        self._reach(x, y)
        return y

    def image(self, pixels: np.ndarray, x: float, y: float, size: tuple[float, float] | None = None) -> None:
        """Puts an image (rows, columns, 3) at its top left corner, a unit per pixel or stretched to (height, width)."""
        height, width = size or pixels.shape[:2]
        self._images.append((pixels, x, y, height, width))
        self._reach(x + width, y + height)

    def box(
        self, x: float, y: float, width: float, height: float, fill: object = "none", edge: object = "none"
    ) -> None:
        """Draws a rectangle from its top left corner."""
        self._boxes.append((x, y, width, height, fill, edge))
        self._reach(x + width, y + height)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], color: str, *, style: str = "-", width: float = 1.4
    ) -> None:
        """Draws a line through points, in one of matplotlib's styles; it breaks where a number is NaN."""
        self._lines.append((xs, ys, color, style, width))
        self._reach(max(xs, default=0), max((y for y in ys if y == y), default=0))

    def color_bar(self, x: float, y: float, values: np.ndarray, limit: float | None, width: int = 220) -> float:
        """Draws the scale of colours with its numbers and the drawing rule.

        Args:
            x, y: its top left corner.
            values: the numbers that it explains; where none is negative, the bar begins at zero.
            limit: the magnitude of the darkest colour, or None where each filter has its own.
            width: its width.

        Returns:
            the y below it.
        """
        low = -1.0 if (values < 0).any() else 0.0
        self.image(paint(np.linspace(low, 1, width), 1.0)[None], x, y, (10, width))
        self.box(x, y, width, 10, edge=PALE_INK)
        end = "its largest" if limit is None else f"{limit:.4g}"
        self.text(x + width, y + 13, end, size=7.5, color=PALE_INK, align="right")
        self.text(x, y + 13, "0" if low == 0 else f"-{end}", size=7.5, color=PALE_INK)
        if low < 0:
            self.text(x + width / 2, y + 13, "0", size=7.5, color=PALE_INK, align="center")
        if x + width + 20 + _RULE > MARGIN + self.room:
            return self.paragraph(describe_rule(values), x, y + 30, size=8, color=PALE_INK)
        below = self.paragraph(describe_rule(values), x + width + 20, y - 3, size=8, color=PALE_INK)
        return max(below, y + 28)

    def finish(self) -> Figure:
        """The figure, as wide and high as what was put on the page, with a margin."""
        from matplotlib.patches import Rectangle

        height = round(self._height) + MARGIN
        scale = min((self._wished or self.width) / self.width, 1.0)
        figure = new_figure(self.width * scale, height * scale)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_aspect("auto")
        for pixels, x, y, image_height, image_width in self._images:
            extent = (x, x + image_width, y + image_height, y)
            axes.imshow(pixels, extent=extent, interpolation="nearest", aspect="auto", zorder=2, origin="upper")
        for x, y, box_width, box_height, fill, edge in self._boxes:
            line = 0.0 if edge == "none" else 0.6 * scale
            axes.add_patch(
                Rectangle((x, y), box_width, box_height, facecolor=fill, edgecolor=edge, linewidth=line, zorder=3)
            )
        for xs, ys, color, dash, line_width in self._lines:
            axes.plot(xs, ys, color=color, linestyle=dash, linewidth=line_width * scale, zorder=3.5, marker="")
        for x, y, text, style in self._texts:
            axes.text(x, y, text, zorder=4, **style | {"fontsize": style["fontsize"] * scale})
        axes.set(xlim=(0, self.width), ylim=(height, 0))
        return figure
