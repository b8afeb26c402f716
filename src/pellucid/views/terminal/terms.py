"""Filters and outputs in terms of the input, as text: saliency maps, and what is written like them."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.record_boards import board_of
from pellucid.views.terminal.board import board_text

__all__ = ["saliency_text"]


@explained
def saliency_text(saliency: Saliency, *, width: int = 80, color: bool = False) -> str:
    """Writes the map with what its signs mean, and the curves by which it can be doubted.

    Args:
        saliency: what `inspection.saliency` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether places are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((2, 2, 1)), layers.Flatten(), layers.Dense(2, name="head")])
        >>> model.layers[-1].kernel[...] = [[1, 0], [2, 0], [-3, 0], [0, 0]]
        >>> print(saliency_text(inspection.saliency(model, np.ones((2, 2, 1)), unit=0)))
        gradient: what the sample does to head, unit 0
        The score is 0: head, unit 0, before activation.
        Positive: raising this number of the input a little raises the score.
        Negative: raising it a little lowers the score.
        ...
    """
    return board_text(board_of(saliency, Saliency), width, color)
