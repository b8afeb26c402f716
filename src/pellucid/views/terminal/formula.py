"""The formula of a layer as text: in words, in LaTeX, as a true convolution, with the impulse test."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.formula import LayerFormula
from pellucid.views.formula_words import IMPULSE, impulse_planes, say_impulse, title_of
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.precision import number_format
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, shrink, tile

__all__ = ["formula_text"]

_DIGITS = 3


@explained
def formula_text(formula: LayerFormula, *, width: int = 80, color: bool = False) -> str:
    """Writes what a layer computes: in words, in LaTeX as computed and as a true convolution, and the impulse test.

    Args:
        formula: what `inspection.formula` gives.
        width: columns of the terminal, 20 or more (less is taken as 20); LaTeX stays on its line, to be copied.
        color: whether the numbers of the impulse test are painted, with 24-bit colours.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid import inspection, layers
        >>> layer = layers.Dense(3, name="d")
        >>> layer.build((None, 4))
        >>> print(formula_text(inspection.formula(layer)))
        d (Dense), weights: 4*3 + 3 = 15
        y[f] = bias[f] + sum over i of x[i] * kernel[i, f]
        <BLANKLINE>
        In LaTeX:
        y_{f} = \\mathrm{bias}_{f} + \\sum_{i=0}^{3} x_{i}\\,\\mathrm{kernel}_{i,f}
    """
    record, color = record_of(formula, LayerFormula), switch_of("color", color)
    width = max(room_of("width", width), NARROWEST)
    lines: list[Line] = [*paragraph(_plain(title_of(record)), width, bold=True), *paragraph(record.words, width)]
    lines += [line for size in record.sizes for line in paragraph(_plain(size), width)]
    correlation = "In LaTeX, as it is computed (cross-correlation):" if record.convolution else "In LaTeX:"
    lines += [[], *paragraph(correlation, width), plain(record.correlation)]
    if record.convolution:
        lines += [[], *paragraph("As a true convolution, with the flipped kernel F:", width)]
        lines += [plain(record.convolution), plain(record.flipped)]
    if record.source:
        lines += [[], *paragraph(f"Source: {record.source}.", width)]
    if record.response is not None:
        lines += [[], *paragraph(say_impulse(record), width)]
        blocks = [
            _block(
                f"{name}, depth {number}" if len(planes) > 1 else name, plane, float(np.abs(planes).max()), color, width
            )
            for name, planes in zip(IMPULSE, impulse_planes(record), strict=True)
            for number, plane in enumerate(planes)
        ]
        lines += beside(blocks, width)
    return render(lines, color)


def _plain(text: str) -> str:
    """In letters that any terminal has."""
    return text.replace("·", "*")


def _block(name: str, plane: np.ndarray, limit: float, color: bool, width: int) -> list[Line]:
    cells = Cells.with_numbers(color, number_format(plane.ravel().tolist(), _DIGITS), plane)
    if cells.room * plane.shape[1] > width:
        cells = Cells(color)
    small, _ = shrink(plane, max(width // cells.room, 1))
    return [plain(name), *tile(small, limit, cells)]
