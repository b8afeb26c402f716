"""Filters and outputs in terms of the input, as text: saliency maps, and what is written like them."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.composition import Composition
from pellucid.inspection.maxima import ActivationMaximum
from pellucid.inspection.patches import TopPatches
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.record_boards import board_of
from pellucid.views.terminal.board import board_text

__all__ = ["composition_text", "maximum_text", "saliency_text", "top_patches_text"]


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


@explained
def top_patches_text(patches: TopPatches, *, width: int = 80, color: bool = False) -> str:
    """Writes for the first units strips of the patches that excite them most.

    Args:
        patches: what `inspection.top_patches` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether places are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((4, 4, 1)), layers.Conv2D(1, 2, name="sum")])
        >>> model.layers[0].kernel[...] = 1.0
        >>> print(top_patches_text(inspection.top_patches(model, np.ones((3, 4, 4, 1)), "sum", count=1)))
        sum: what excites its units most
        ...
        Unit 0: dead, with one answer to every place of 3 samples.
        ...
    """
    return board_text(board_of(patches, TopPatches), width, color)


@explained
def maximum_text(maximum: ActivationMaximum, *, width: int = 80, color: bool = False) -> str:
    """Writes the input that excites a unit most, and how it was climbed to; of a dead unit it says that it is dead.

    Args:
        maximum: what `inspection.activation_maximum` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether places are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(4, 3, activation="relu", name="edges")])
        >>> model.layers[0].kernel[...] = 1.0; model.layers[0].bias[1] = -50.0
        >>> print(maximum_text(inspection.activation_maximum(model, "edges", 1, steps=3)))
        edges, unit 1, mean of its map: the input that excites it most
        This unit is dead as far as was seen: it gave 0 to each of 17 inputs; before its
        activation it came to -4...
        ...
    """
    return board_text(board_of(maximum, ActivationMaximum), width, color)


@explained
def composition_text(composition: Composition, *, width: int = 80, color: bool = False) -> str:
    """Writes the one kernel on the input that a unit amounts to, and where that is exact.

    Args:
        composition: what `inspection.composition` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether places are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid import Sequential, inspection, layers
        >>> model = Sequential([layers.Input((9, 9, 1)), layers.Conv2D(2, 3), layers.Conv2D(2, 3, name="top")])
        >>> print(composition_text(inspection.composition(model, "top", 1)).splitlines()[1])
        Exact for every input: all on the way is linear. The sum of weights times input,
    """
    return board_text(board_of(composition, Composition), width, color)
