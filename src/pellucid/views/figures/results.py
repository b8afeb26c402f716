"""Models, trainings and mistakes side by side, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.inspection.comparison_records import Comparison, Recurrence
from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.inspection.importance import Importance
from pellucid.inspection.runs import TrainingRuns
from pellucid.views.figures.board import board_figure
from pellucid.views.record_boards import board_of, mistakes_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "comparison_figure",
    "confusion_figure",
    "importance_figure",
    "mistakes_figure",
    "recurrence_figure",
    "runs_figure",
]


@explained
def comparison_figure(comparison: Comparison) -> Figure:
    """Draws how alike the layers of two models are, and which filter is which.

    Args:
        comparison: what `inspection.compare` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import Comparison
        >>> found = Comparison("first", "second", (), 0, None, None, ("nothing was compared",))
        >>> comparison_figure(found).axes[0].texts[0].get_text()
        'first beside second'
    """
    return board_figure(board_of(comparison, Comparison))


@explained
def confusion_figure(confusion: Confusion) -> Figure:
    """Draws the counts, and which mistakes are frequent.

    Args:
        confusion: what `inspection.confusion` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Confusion
        >>> found = Confusion("net", np.array([[8, 2], [1, 9]]), ("cat", "dog"))
        >>> confusion_figure(found).axes[0].texts[0].get_text()
        'net: what is taken for what'
    """
    return board_figure(board_of(confusion, Confusion))


@explained
def importance_figure(importance: Importance) -> Figure:
    """Draws how much the loss gains without each filter, the most important first.

    Args:
        importance: what `inspection.importance` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Importance
        >>> found = Importance("conv", "Conv2D", 0.5, np.array([0.5, 0.75, 0.25]), 100)
        >>> importance_figure(found).axes[0].texts[0].get_text()
        'conv: which filters matter'
    """
    return board_figure(board_of(importance, Importance))


@explained
def mistakes_figure(mistakes: Sequence[Mistake]) -> Figure:
    """Draws the worst mistakes, each with the maps that answer most to it.

    Args:
        mistakes: what `inspection.mistakes` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Mistake
        >>> wrong = Mistake("net", 7, np.ones((4, 4, 1)), 0, 1, np.array([0.25, 0.75]), 1.386, (), ("cat", "dog"))
        >>> mistakes_figure([wrong]).axes[0].texts[0].get_text()
        'net: the mistake'
    """
    return board_figure(mistakes_of(mistakes))


@explained
def recurrence_figure(recurrence: Recurrence) -> Figure:
    """Draws which filters of a model are found again in others.

    Args:
        recurrence: what `inspection.recurrence` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Recurrence
        >>> found = Recurrence("net", 2, ("conv",), (np.array([[0.9, 0.2], [0.95, 0.9]]),), 0.8)
        >>> recurrence_figure(found).axes[0].texts[0].get_text()
        'net: which filters recur'
    """
    return board_figure(board_of(recurrence, Recurrence))


@explained
def runs_figure(runs: TrainingRuns) -> Figure:
    """Draws all curves of a quantity in one chart, and says where training and validation part.

    Args:
        runs: what `inspection.training_runs` found.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import training_runs
        >>> runs = training_runs({"plain": {"loss": [3, 2, 1], "val_loss": [3, 2, 4]}})
        >>> runs_figure(runs).axes[0].texts[0].get_text()
        'Trainings side by side: plain'
    """
    return board_figure(board_of(runs, TrainingRuns))
