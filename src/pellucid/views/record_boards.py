"""Which records are shown as boards, and how each becomes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.inspection.maxima import ActivationMaximum
from pellucid.inspection.patches import TopPatches
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.boards import Board
from pellucid.views.given import record_of
from pellucid.views.pattern_boards import maximum_board, patches_board
from pellucid.views.saliency_board import saliency_board

__all__ = ["BOARDS", "board_of"]

BOARDS: dict[type, Callable[[Any], Board]] = {
    ActivationMaximum: maximum_board,
    Saliency: saliency_board,
    TopPatches: patches_board,
}
"""By the class of the record."""


def board_of(record: object, kind: type) -> Board:
    """The board of a record of a kind; raises `ArgumentTypeError` for anything else."""
    return BOARDS[kind](record_of(record, kind))
