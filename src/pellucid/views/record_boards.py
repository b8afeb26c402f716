"""Which records are shown as boards, and how each becomes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.inspection.saliency_records import Saliency
from pellucid.views.boards import Board
from pellucid.views.given import record_of
from pellucid.views.saliency_board import saliency_board

__all__ = ["BOARDS", "board_of"]

BOARDS: dict[type, Callable[[Any], Board]] = {
    Saliency: saliency_board,
}
"""By the class of the record."""


def board_of(record: object, kind: type) -> Board:
    """The board of a record of a kind; raises `ArgumentTypeError` for anything else."""
    return BOARDS[kind](record_of(record, kind))
