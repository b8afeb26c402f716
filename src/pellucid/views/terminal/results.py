"""Models, trainings and mistakes side by side, as text."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.calls import explained
from pellucid.inspection.comparison_records import Comparison, Recurrence
from pellucid.inspection.confusion import Mistake
from pellucid.inspection.deviations import Deviations
from pellucid.inspection.importance import Importance
from pellucid.inspection.runs import TrainingRuns
from pellucid.inspection.segmentation import Segmentation
from pellucid.views.record_boards import board_of, mistakes_of
from pellucid.views.terminal.board import board_text

__all__ = [
    "comparison_text",
    "deviations_text",
    "importance_text",
    "mistakes_text",
    "recurrence_text",
    "runs_text",
    "segmentation_text",
]


@explained
def comparison_text(comparison: Comparison, *, width: int = 80, color: bool = False) -> str:
    """Writes how alike the layers of two models are, and which filter is which.

    Args:
        comparison: what `inspection.compare` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import Comparison
        >>> found = Comparison("first", "second", (), 0, None, None, ("nothing was compared",))
        >>> print(comparison_text(found).splitlines()[0])
        first beside second
    """
    return board_text(board_of(comparison, Comparison), width, color)


@explained
def importance_text(importance: Importance, *, width: int = 80, color: bool = False) -> str:
    """Writes how much the loss gains without each filter, the most important first.

    Args:
        importance: what `inspection.importance` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Importance
        >>> found = Importance("conv", "Conv2D", 0.5, np.array([0.5, 0.75, 0.25]), 100)
        >>> print(importance_text(found).splitlines()[0])
        conv: which filters matter
    """
    return board_text(board_of(importance, Importance), width, color)


@explained
def mistakes_text(mistakes: Sequence[Mistake], *, width: int = 80, color: bool = False) -> str:
    """Writes the worst mistakes, each with the maps that answer most to it.

    Args:
        mistakes: what `inspection.mistakes` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Mistake
        >>> wrong = Mistake(7, "", np.ones((4, 4, 1)), 0, 1, 0.75, 1.386, (), ("cat", "dog"))
        >>> print(mistakes_text([wrong]).splitlines()[0])
        The mistake
    """
    return board_text(mistakes_of(mistakes), width, color)


@explained
def recurrence_text(recurrence: Recurrence, *, width: int = 80, color: bool = False) -> str:
    """Writes which filters of a model are found again in others.

    Args:
        recurrence: what `inspection.recurrence` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Recurrence
        >>> found = Recurrence("net", 2, ("conv",), (np.array([[0.9, 0.2], [0.95, 0.9]]),), 0.8)
        >>> print(recurrence_text(found).splitlines()[0])
        net: which filters recur
    """
    return board_text(board_of(recurrence, Recurrence), width, color)


@explained
def runs_text(runs: TrainingRuns, *, width: int = 80, color: bool = False) -> str:
    """Writes all curves of a quantity in one chart, and says where training and validation part.

    Args:
        runs: what `inspection.training_runs` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> from pellucid.inspection import training_runs
        >>> runs = training_runs({"plain": {"loss": [3, 2, 1], "val_loss": [3, 2, 4]}})
        >>> print(runs_text(runs).splitlines()[0])
        Trainings side by side: plain
    """
    return board_text(board_of(runs, TrainingRuns), width, color)


@explained
def segmentation_text(segmentation: Segmentation, *, width: int = 80, color: bool = False) -> str:
    """Writes the overlap of each class, and the images that a model gets worst.

    Args:
        segmentation: what `inspection.segmentation` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Segmentation
        >>> found = Segmentation(("grass", "cow"), np.array([[80, 0], [10, 10]]), 1)
        >>> print(segmentation_text(found).splitlines()[1])
        1 images: 90.0% of their places are right, mean IoU 0.694.
    """
    return board_text(board_of(segmentation, Segmentation), width, color)


@explained
def deviations_text(deviations: Deviations, *, width: int = 80, color: bool = False) -> str:
    """Writes how far a model's numbers or labels are from what is true.

    Args:
        deviations: what `inspection.deviations` found.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether pictures are painted, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> from pellucid.inspection import Deviations
        >>> found = Deviations(("age",), np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]]))
        >>> print(deviations_text(found).splitlines()[0])
        What is said beside what is true
    """
    return board_text(board_of(deviations, Deviations), width, color)
