"""Models, trainings and mistakes side by side, as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.comparison_records import Comparison, Recurrence
from pellucid.inspection.deviations import Deviations
from pellucid.inspection.importance import Importance
from pellucid.inspection.runs import TrainingRuns
from pellucid.inspection.segmentation import Segmentation
from pellucid.views.figures.board import board_figure
from pellucid.views.record_boards import board_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "comparison_figure",
    "deviations_figure",
    "importance_figure",
    "recurrence_figure",
    "runs_figure",
    "segmentation_figure",
]


@explained
def comparison_figure(comparison: Comparison, *, width: int | None = None) -> Figure:
    """Draws how alike the layers of two models are, and which filter is which.

    Args:
        comparison: what `inspection.compare` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import Comparison
        >>> found = Comparison("first", "second", (), 0, None, None, ("nothing was compared",))
        >>> comparison_figure(found).axes[0].texts[0].get_text()
        'first beside second'
    """
    return board_figure(board_of(comparison, Comparison), width)


@explained
def importance_figure(importance: Importance, *, width: int | None = None) -> Figure:
    """Draws how much the loss gains without each filter, the most important first.

    Args:
        importance: what `inspection.importance` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Importance
        >>> found = Importance("conv", "Conv2D", 0.5, np.array([0.5, 0.75, 0.25]), 100)
        >>> importance_figure(found).axes[0].texts[0].get_text()
        'conv: which filters matter'
    """
    return board_figure(board_of(importance, Importance), width)


@explained
def recurrence_figure(recurrence: Recurrence, *, width: int | None = None) -> Figure:
    """Draws which filters of a model are found again in others.

    Args:
        recurrence: what `inspection.recurrence` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Recurrence
        >>> found = Recurrence("net", 2, ("conv",), (np.array([[0.9, 0.2], [0.95, 0.9]]),), 0.8)
        >>> recurrence_figure(found).axes[0].texts[0].get_text()
        'net: which filters recur'
    """
    return board_figure(board_of(recurrence, Recurrence), width)


@explained
def runs_figure(runs: TrainingRuns, *, width: int | None = None) -> Figure:
    """Draws all curves of a quantity in one chart, and says where training and validation part.

    Args:
        runs: what `inspection.training_runs` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import training_runs
        >>> runs = training_runs({"plain": {"loss": [3, 2, 1], "val_loss": [3, 2, 4]}})
        >>> runs_figure(runs).axes[0].texts[0].get_text()
        'Trainings side by side: plain'
    """
    return board_figure(board_of(runs, TrainingRuns), width)


@explained
def segmentation_figure(segmentation: Segmentation, *, width: int | None = None) -> Figure:
    """Draws the overlap of each class, and the images that a model gets worst beside what is true and what it says.

    Args:
        segmentation: what `inspection.segmentation` found.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Segmentation
        >>> found = Segmentation(("grass", "cow"), np.array([[80, 0], [10, 10]]), 1)
        >>> segmentation_figure(found).axes[0].texts[0].get_text()
        'What is where'
    """
    return board_figure(board_of(segmentation, Segmentation), width)


@explained
def deviations_figure(deviations: Deviations, *, width: int | None = None) -> Figure:
    """Draws how far a model's numbers or labels are from what is true, and the images that it gets worst.

    Args:
        deviations: what `inspection.deviations` found; of images of which numbers or labels are known.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Deviations
        >>> found = Deviations(("age",), np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]]))
        >>> deviations_figure(found).axes[0].texts[0].get_text()
        'What is said beside what is true'
    """
    return board_figure(board_of(deviations, Deviations), width)
