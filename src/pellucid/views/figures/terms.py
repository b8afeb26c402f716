"""Filters and outputs in terms of the input, as figures: saliency maps, and what is drawn like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.figures.board import board_figure
from pellucid.views.record_boards import board_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["saliency_figure"]


@explained
def saliency_figure(saliency: Saliency) -> Figure:
    """Draws the sample, the map over it with what its signs mean, and the curves by which it can be doubted.

    Args:
        saliency: what `inspection.saliency` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2, name="head")])
        >>> figure = saliency_figure(inspection.saliency(model, np.ones((4, 4, 1)), unit=1))
        >>> figure.axes[0].texts[0].get_text()
        'gradient: what the sample does to head, unit 1'
    """
    return board_figure(board_of(saliency, Saliency))
