"""What a conversion did: one row for each array or layer, and what got lost on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from pellucid.errors import escaped
from pellucid.frozen import Frozen

__all__ = ["WHAT", "Report", "Row"]

WHAT = ("matched", "reshaped", "converted", "left out", "missing")
"""What can happen to a thing: taken as it is; taken with its axes or rows in another order; taken as something else (of
another number type, another layer that computes the same); in the source and not taken; in the target and not found."""


class Row(Frozen):
    """What has become of one array, layer or setting.

    Attributes:
        source: its name in the file or model that was read; "" where there is none.
        target: its name in what was made; "" where there is none.
        what: one of `WHAT`.
        why: why, or how, in a few words; "" where nothing is to be said.

    Example:
        >>> Row("fc.weight", "dense/kernel", "reshaped", "(10, 64) to (64, 10)").what
        'reshaped'
    """

    source: str
    target: str
    what: str
    why: str = ""

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise ValueError(f"a row says one of {', '.join(WHAT)}, got {self.what!r}")


class Report(Frozen):
    """What a conversion did; printed, it is a table.

    Attributes:
        title: from what into what.
        rows: one for each thing that was in the source or is in the target.
        lost: sentences about what the target cannot say, or what no longer is as it was; empty where nothing was lost.

    Example:
        >>> kernel = Row("fc.weight", "dense/kernel", "reshaped", "(10, 64) to (64, 10)")
        >>> rows = (kernel, Row("fc.bias", "dense/bias", "matched"))
        >>> print(Report("net.safetensors into net", rows, ("the optimiser's state",)).text())
        net.safetensors into net: 1 matched, 1 reshaped
          fc.weight  dense/kernel  reshaped  (10, 64) to (64, 10)
          fc.bias    dense/bias    matched
        lost: the optimiser's state
    """

    title: str
    rows: tuple[Row, ...] = ()
    lost: tuple[str, ...] = ()

    def count(self, what: str) -> int:
        """How many rows say `what`."""
        return sum(row.what == what for row in self.rows)

    def text(self, *, short: bool = False) -> str:
        """The report as a table, with a line for each thing that was lost.

        Args:
            short: whether the rows are only counted.
        """
        counts = Counter(row.what for row in self.rows)
        summary = ", ".join(f"{counts[what]} {what}" for what in WHAT if counts[what])
        rows = () if short else self.rows
        cells = [tuple(map(escaped, (row.source or "-", row.target or "-", row.what, row.why))) for row in rows]
        widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(3)]
        lines = ["  " + "  ".join([*map(str.ljust, cell[:3], widths), cell[3]]) for cell in cells]
        head = f"{escaped(self.title)}: {summary}" if summary else escaped(self.title)
        return "\n".join(map(str.rstrip, [head, *lines, *(f"lost: {escaped(each)}" for each in self.lost)]))

    def to_json(self) -> str:
        """The report as one JSON object: title, rows, lost."""
        rows = [{"source": row.source, "target": row.target, "what": row.what, "why": row.why} for row in self.rows]
        return json.dumps({"title": self.title, "rows": rows, "lost": list(self.lost)})

    def followed_by(self, other: Report, title: str) -> Report:
        """This report and that of what was made of the same model next, as one.

        Args:
            other: the later report; its sources are the targets of this one.
            title: from the first source into the last target.
        """
        later = {row.source: row for row in other.rows if row.source}
        joined = [_joined(row, later.pop(row.target)) if row.target in later else row for row in self.rows]
        rest = [row for row in other.rows if not row.source or row.source in later]
        return Report(title, (*joined, *rest), unique([*self.lost, *other.lost]))

    def __str__(self) -> str:
        return self.text()


def unique(sentences: Iterable[str]) -> tuple[str, ...]:
    """Sentences in their order, each once."""
    return tuple(dict.fromkeys(sentences))


def _joined(first: Row, second: Row) -> Row:
    """What has become of one thing in two conversions: of what happened to it the one that comes later in `WHAT`."""
    what = max(first.what, second.what, key=WHAT.index)
    return Row(first.source, second.target, what, "; ".join(filter(None, unique([first.why, second.why]))))
