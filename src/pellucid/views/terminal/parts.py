"""The change of a filter and its parts as a table of text, each with its share as a bar."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.influence import Influence
from pellucid.inspection.update import FilterUpdate
from pellucid.views.given import limit_of, record_of, room_of
from pellucid.views.part_words import (
    bar_length,
    describe_change,
    moved,
    part_rows,
    percent,
    say_parts,
    say_remainder,
    whole_row,
)
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["influence_text", "update_text"]

_WIDEST = 40  # columns for the bars


@explained
def update_text(step: FilterUpdate, *, width: int = 80) -> str:
    """Writes the parts of a step of a filter: how far each goes along the step, and how far it moves the filter.

    Args:
        step: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> parts, weights = np.array([[[[-0.5]]], [[[0.125]]]]), (np.ones((1, 1, 1)), np.full((1, 1, 1), 0.625))
        >>> names, axes = ("loss", "L2 of kernel"), ("rows", "columns", "channels")
        >>> print(update_text(FilterUpdate("conv", "Conv2D", 0, "SGD", 7, names, parts, *weights, axes)))
        conv, filter 0: what makes step 7 of SGD
        Loss and penalties are plain descent at the optimizer's rate; what follows is
        what each stage added.
        A share says how far a part goes along the change: all together 100%; below 0 it
        goes against it.
        <BLANKLINE>
         share   distance
        133.3%        0.5                     |#################### loss
        -33.3%      0.125                #####|                     L2 of kernel
        100.0%      0.375                     |###############      all together
        <BLANKLINE>
        The parts add up to the change, to the last digit.
    """
    return _written(record_of(step, FilterUpdate), None, width)


@explained
def influence_text(influence: Influence, *, width: int = 80, limit: int | None = 24) -> str:
    """Writes who wrote a filter: how far each group of samples moved it along its change, or against it.

    Args:
        influence: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).
        limit: how many groups are written at most, the strongest; the others are one line. None for all.

    Returns:
        the text, without a final newline.

    Example:
        >>> import numpy as np
        >>> parts, weights = np.array([[[2.0]], [[-0.5]]]), (np.zeros((1, 1)), np.full((1, 1), 1.5))
        >>> told = "c", "Conv1D", 0, "SGD", (0, 9), "class", ("0", "1"), 2, (5, 4)
        >>> text = influence_text(Influence(*told, parts, *weights, ("taps", "channels")))
        >>> print(text.split("\\n")[0])
        c, filter 0: who wrote it in 9 steps of SGD (0 to 9), by class
    """
    return _written(record_of(influence, Influence), limit_of(limit, "group"), width)


def _written(record: FilterUpdate | Influence, limit: int | None, width: int) -> str:
    width = max(room_of("width", width), NARROWEST)
    rows = [(row.name, row.share, row.moved) for row in (*part_rows(record, limit), whole_row(record))]
    longest = max(len(name) for name, _, _ in rows)
    room = max(0, min(_WIDEST, width - 21 - longest) // 2)
    shares = [share for _, share, _ in rows]
    lines: list[Line] = paragraph(describe_change(record), width, bold=True)
    lines += [line for sentence in say_parts(record) for line in paragraph(sentence, width)]
    lines += [[], plain(" share   distance")]
    for name, share, size in rows:
        filled = "#" * round(abs(bar_length(share, shares)) * room)
        left, right = (filled, "") if share < 0 else ("", filled)
        bar = f"{left:>{room}}|{right:<{room}} " if room else ""
        lines.append(plain(f"{percent(share):>6}   {moved(size):>8} {bar}{name}"))
    lines += [[], *paragraph(say_remainder(record), width)]
    return render(lines, color=False)
