"""Loss and metrics over the epochs of a training, as a table."""

from __future__ import annotations

from pellucid.calls import explained
from pellucid.inspection.records import History
from pellucid.views.precision import NumberFormat
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["curves_text"]

_FORM = NumberFormat(decimals=4, exact=False)


@explained
def curves_text(history: History, *, width: int = 80) -> str:
    """Writes every curve as a column, with one line per epoch.

    Args:
        history: the curves.
        width: columns of the terminal, 20 or more (less is taken as 20); curves that do not fit beside go into a
            table below.

    Returns:
        the text, without a final newline.

    Example:
        >>> print(curves_text(History({"loss": [0.9, 0.4], "val_loss": [0.8, 0.5]})))
        Numbers are rounded to 4 decimals.
        epoch    loss  val_loss
            1  0.9000    0.8000
            2  0.4000    0.5000
    """
    width = max(width, NARROWEST)
    epochs = _column("epoch", [str(epoch) for epoch in history.epochs])
    lines = paragraph(f"Numbers are {_FORM.describe()}.", width)
    table = [epochs]
    for name, values in history.curves.items():
        column = _column(name, [_FORM(value) for value in values])
        if len(table) > 1 and sum(len(part[0]) + 2 for part in table) + len(column[0]) > width:
            lines += [*_rows(table), []]
            table = [epochs]
        table.append(column)
    return render(lines + _rows(table), color=False)


def _rows(table: list[list[str]]) -> list[Line]:
    return [plain("  ".join(row)) for row in zip(*table, strict=True)]


def _column(name: str, values: list[str]) -> list[str]:
    room = max(map(len, (name, *values)))
    return [f"{text:>{room}}" for text in (name, *values)]
