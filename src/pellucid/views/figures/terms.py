"""Filters and outputs in terms of the input, as figures: saliency maps, and what is drawn like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.composition import Composition
from pellucid.inspection.maxima import ActivationMaximum
from pellucid.inspection.patches import TopPatches
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.figures.board import board_figure
from pellucid.views.given import limit_of, record_of
from pellucid.views.pattern_boards import patches_board
from pellucid.views.record_boards import board_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["composition_figure", "maximum_figure", "saliency_figure", "top_patches_figure"]


@explained
def saliency_figure(saliency: Saliency, *, width: int | None = None) -> Figure:
    """Draws the sample, the map over it with what its signs mean, and the curves by which it can be doubted.

    Args:
        saliency: what `inspection.saliency` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

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
    return board_figure(board_of(saliency, Saliency), width)


@explained
def top_patches_figure(patches: TopPatches, *, limit: int | None = 48, width: int | None = None) -> Figure:
    """Draws for each unit a strip of the patches that excite it most, the strongest first.

    Args:
        patches: what `inspection.top_patches` found.
        limit: how many units are drawn at most; None for all.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(4, 3, name="edges")])
        >>> top = inspection.top_patches(model, np.random.default_rng(0).random((10, 6, 6, 1)), "edges")
        >>> top_patches_figure(top).axes[0].texts[0].get_text()
        'edges: what excites its units most'
    """
    return board_figure(patches_board(record_of(patches, TopPatches), limit_of(limit, "unit")), width)


@explained
def maximum_figure(maximum: ActivationMaximum, *, width: int | None = None) -> Figure:
    """Draws the input that excites a unit most, and how it was climbed to; of a dead unit it says that it is dead.

    Args:
        maximum: what `inspection.activation_maximum` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(4, 3, name="edges")])
        >>> figure = maximum_figure(inspection.activation_maximum(model, "edges", 2, steps=3))
        >>> figure.axes[0].texts[0].get_text()
        'edges, unit 2, mean of its map: the input that excites it most'
    """
    return board_figure(board_of(maximum, ActivationMaximum), width)


@explained
def composition_figure(composition: Composition, *, width: int | None = None) -> Figure:
    """Draws the one kernel on the input that a unit amounts to, and where that is exact.

    Args:
        composition: what `inspection.composition` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((9, 9, 1)), layers.Conv2D(2, 3), layers.Conv2D(2, 3, name="top")])
        >>> composition_figure(inspection.composition(model, "top", 1)).axes[0].texts[0].get_text()
        'top, unit 1 at [2, 2], before activation: one kernel on the input'
    """
    return board_figure(board_of(composition, Composition), width)
