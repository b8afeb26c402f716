"""Which classes a model takes for which, as a table of text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from pellucid.calls import explained
from pellucid.errors import escaped, shorter
from pellucid.inspection.confusion import Confusion
from pellucid.views.captions import say_unanswered
from pellucid.views.given import record_of, room_of
from pellucid.views.precision import whole_percent
from pellucid.views.terminal.lines import NARROWEST

__all__ = ["confusion_text"]

MOST_CLASSES = 12
"""More are not laid out as a table, but told by their most frequent confusions."""
LONGEST = 16


@explained
def confusion_text(record: Confusion, *, width: int = 80) -> str:
    """Writes how many samples of each class (rows) are taken for which (columns).

    Args:
        record: see `inspection.confusion`.
        width: columns of the terminal; where the table does not fit, the most frequent confusions are listed.

    Returns:
        the text, without a final newline.

    Example:
        >>> print(confusion_text(Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), ())))
        Of 20 samples 17 are right (85.0%). Rows are what is true, columns what the
        model says:
        <BLANKLINE>
              cat  dog  found
        cat     8    2    80%
        dog     1    9    90%
    """
    record_of(record, Confusion)
    width = max(room_of("width", width), NARROWEST)
    right = int(np.trace(record.counts))
    head = f"Of {record.samples:,} samples {right:,} are right ({100 * record.accuracy:.1f}%)."
    head = f"{say_unanswered(record)}\n{head}".strip()
    axes = " Rows are what is true, columns what the model says:"
    names = [shorter(escaped(name), LONGEST) for name in record.class_names]
    left = max(map(len, names))
    cell = max(*map(len, names), len(str(record.counts.max())))
    if len(names) > MOST_CLASSES or left + (cell + 2) * len(names) + 7 > width:
        return "\n".join(_folded([*head.split("\n"), *_listed(record, names)], width))
    lines = [*_folded(f"{head}{axes}".split("\n"), width), ""]
    lines.append(" " * left + "".join(f"  {name:>{cell}}" for name in names) + "  found")
    for name, row, share in zip(names, record.counts, record.recalls, strict=True):
        found = "    -" if np.isnan(share) else f"{100 * share:4.0f}%"
        lines.append(f"{name:<{left}}" + "".join(f"  {count:>{cell}}" for count in row) + f"  {found}")
    return "\n".join(lines)


def _folded(lines: Sequence[str], width: int) -> list[str]:
    """Lines as those that fit."""
    return [part for line in lines for part in textwrap.wrap(line, width, drop_whitespace=False) or [""]]


def _listed(record: Confusion, names: list[str]) -> list[str]:
    pairs = record.pairs(MOST_CLASSES)
    if not pairs:
        return []
    worst = [int(number) for number in np.argsort(record.recalls)[:3] if not np.isnan(record.recalls[number])]
    told = ", ".join(f"{names[number]} {whole_percent(record.recalls[number])}" for number in worst)
    lines = [f"Found least: {told}.", "Taken for another most often:"]
    return lines + [f"  {count:>5} times {names[true]} is called {names[said]}" for true, said, count in pairs]
