"""Loss and metrics over the epochs of a training, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pellucid.callbacks import History
from pellucid.calls import explained
from pellucid.inspection.records import TrainingCurves
from pellucid.views.given import curves_of, room_of
from pellucid.views.precision import NumberFormat
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render

__all__ = ["curves_text"]

_FORM = NumberFormat(decimals=4, exact=False)


@explained
def curves_text(history: History | TrainingCurves | Mapping[str, Sequence[float]], *, width: int = 80) -> str:
    """Writes every curve as a column, with one line per epoch.

    Args:
        history: what `fit` returned; or the curves by name.
        width: columns of the terminal, 20 or more (less is taken as 20); curves that do not fit beside go into a
            table below.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: there is no curve, or it has no epoch.

    Example:
        >>> print(curves_text({"loss": [0.9, 0.4], "val_loss": [0.8, 0.5]}))
        Numbers are rounded to 4 decimals.
        epoch    loss  val_loss
            1  0.9000    0.8000
            2  0.4000    0.5000
    """
    record, width = curves_of(history), max(room_of("width", width), NARROWEST)
    epochs = _column("epoch", [str(epoch) for epoch in record.epochs])
    lines = paragraph(f"Numbers are {_FORM.describe()}.", width)
    table = [epochs]
    for name, values in record.curves.items():
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
