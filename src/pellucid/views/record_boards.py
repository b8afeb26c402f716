"""Which records are shown as boards, and how each becomes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid.inspection.comparison_records import Comparison, Recurrence
from pellucid.inspection.composition import Composition
from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.inspection.deviations import Deviation, Deviations
from pellucid.inspection.importance import Importance
from pellucid.inspection.maxima import ActivationMaximum
from pellucid.inspection.patches import TopPatches
from pellucid.inspection.record import Records
from pellucid.inspection.runs import TrainingRuns
from pellucid.inspection.saliency_records import Saliency
from pellucid.inspection.segmentation import MapMistake, Segmentation
from pellucid.views.boards import Board
from pellucid.views.comparison_boards import comparison_board, importance_board, recurrence_board, runs_board
from pellucid.views.deviations_board import deviation_board, deviations_board
from pellucid.views.given import record_of, records_of
from pellucid.views.mistake_boards import confusion_board, mistake_board, mistakes_board
from pellucid.views.pattern_boards import composition_board, maximum_board, patches_board
from pellucid.views.saliency_board import saliency_board
from pellucid.views.segmentation_board import map_mistake_board, segmentation_board

__all__ = ["BOARDS", "board_of"]

BOARDS: dict[type, Callable[[Any], Board]] = {
    ActivationMaximum: maximum_board,
    Comparison: comparison_board,
    Composition: composition_board,
    Confusion: confusion_board,
    Deviation: deviation_board,
    Deviations: deviations_board,
    Importance: importance_board,
    MapMistake: map_mistake_board,
    Mistake: mistake_board,
    Recurrence: recurrence_board,
    Saliency: saliency_board,
    Segmentation: segmentation_board,
    TopPatches: patches_board,
    TrainingRuns: runs_board,
}
"""By the class of the record."""


def board_of(record: object, kind: type) -> Board:
    """The board of a record of a kind; raises `ArgumentTypeError` for anything else."""
    return BOARDS[kind](record_of(record, kind))


def mistakes_of(records: Sequence[Mistake]) -> Board:
    """The board of mistakes; there may be none. Raises `ArgumentTypeError` for anything else."""
    none = isinstance(records, Records | list | tuple) and not records
    return mistakes_board([] if none else records_of(records, Mistake))
