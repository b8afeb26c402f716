"""Where boxes stand: layers from left to right behind what feeds them, models inside as blocks of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Block", "arrange", "lanes"]

TITLE = 0.16
"""Of a row: what the title of a frame takes."""
_MOST_LANES = 5  # side by side between two rows
_NEAR = 0.9  # of a row: an arrow that comes nearer to a box's middle is drawn around it


@dataclass
class Block:
    """A box, or a frame with boxes and frames inside.

    Attributes:
        id: of it.
        feeds: ids of what it is fed by.
        inside: what a frame holds, each after what feeds it; nothing in a box.
        width: in columns.
        height: in rows.
        column: from the left.
        row: from above.
    """

    id: str
    feeds: tuple[str, ...]
    inside: list[Block] = field(default_factory=list)
    width: int = 1
    height: float = 1.0
    column: int = 0
    row: float = 0.0

    @property
    def end(self) -> int:
        """The first column behind it."""
        return self.column + self.width

    def ids(self) -> list[str]:
        """Its own, and those of all that is inside."""
        return [self.id, *(each for block in self.inside for each in block.ids())]

    def frames(self) -> list[Block]:
        """Itself and all that is inside, as far as it holds something."""
        return [self, *(each for block in self.inside for each in block.frames())] if self.inside else []

    def boxes(self) -> list[Block]:
        """All that is inside and holds nothing itself; itself, if it is such."""
        return [each for block in self.inside for each in block.boxes()] if self.inside else [self]


def arrange(blocks: Sequence[Block]) -> tuple[int, float]:
    """Give each block its place, in the columns and rows of the whole; returns how many of both there are.

    A block stands behind all that feeds it, in the row of the first of these, or in the nearest below that is free.

    Example:
        >>> blocks = [Block("a", ()), Block("left", ("a",)), Block("right", ("a",)), Block("sum", ("left", "right"))]
        >>> arrange(blocks), [(block.column, block.row) for block in blocks]
        ((3, 2.0), [(0, 0.0), (1, 0.0), (1, 1.0), (2, 0.0)])
    """
    owners: dict[str, Block] = {}
    taken: list[tuple[int, int, float, float]] = []
    for block in blocks:
        if block.inside:
            block.width, height = arrange(block.inside)
            block.height = height + TITLE
            for each in block.inside:
                _move(each, 0, TITLE)
        feeding = [owners[feed] for feed in block.feeds if feed in owners]
        column = max((feed.end for feed in feeding), default=0)
        row = _free(taken, column, column + block.width, feeding[0].row if feeding else 0.0, block.height)
        _move(block, column, row)
        taken.append((column, block.end, row, row + block.height))
        owners.update(dict.fromkeys(block.ids(), block))
    return max((block.end for block in blocks), default=0), max((b.row + b.height for b in blocks), default=0.0)


def _free(taken: Sequence[tuple[int, int, float, float]], first: int, end: int, wanted: float, height: float) -> float:
    """The first row from the wanted one on where nothing else stands in these columns."""
    beside = [(top, bottom) for left, right, top, bottom in taken if left < end and first < right]
    for row in sorted({wanted, *(bottom for _, bottom in beside if bottom > wanted)}):
        if all(bottom <= row or row + height <= top for top, bottom in beside):
            return row
    raise AssertionError("below all others there is room")


def _move(block: Block, columns: int, rows: float) -> None:
    """Move a block with all that is inside."""
    block.column, block.row = block.column + columns, block.row + rows
    for each in block.inside:
        _move(each, columns, rows)


def lanes(boxes: Mapping[str, Block], arrows: Sequence[tuple[str, str]]) -> list[int | None]:
    """By which lane above its row each arrow passes the boxes that stand in its way; None for a straight one.

    Example:
        >>> boxes = {name: Block(name, (), column=number) for number, name in enumerate("abcd")}
        >>> lanes(boxes, [("a", "b"), ("a", "c"), ("b", "d")])
        [None, 0, 1]
    """
    by_column: dict[int, list[Block]] = {}
    for box in boxes.values():
        by_column.setdefault(box.column, []).append(box)
    found: list[int | None] = []
    passing: list[tuple[float, int, int, int]] = []
    for source, target in arrows:
        a, b = boxes[source], boxes[target]
        if not _is_barred(a, b, by_column):
            found.append(None)
            continue
        row = min(a.row, b.row)
        used = {lane for r, left, right, lane in passing if r == row and left < b.column and a.column < right}
        lane = next((each for each in range(_MOST_LANES) if each not in used), _MOST_LANES - 1)
        passing.append((row, a.column, b.column, lane))
        found.append(lane)
    return found


def _is_barred(a: Block, b: Block, by_column: Mapping[int, Sequence[Block]]) -> bool:
    """Whether a straight arrow would pass behind a box."""
    for column in range(a.column + 1, b.column):
        at = a.row + (b.row - a.row) * (column - a.column) / (b.column - a.column)
        if any(abs(box.row - at) < _NEAR for box in by_column.get(column, ())):
            return True
    return False
