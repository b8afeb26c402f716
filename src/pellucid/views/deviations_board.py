"""What is shown of a model's numbers or labels beside what is true: each column, and the images it gets worst."""

from __future__ import annotations

import math

import numpy as np

from pellucid.inspection.deviations import HALF, Deviation, Deviations
from pellucid.views.boards import Board, Chart, Part, Table, Tiles, sample_tile
from pellucid.views.precision import percent, short

__all__ = ["deviation_board", "deviations_board", "said_of"]

MOST_CHARTS, MOST_LISTED, SIDE = 4, 3, 130


def deviations_board(record: Deviations) -> Board:
    """A table of the columns, what is said over what is true, and the worst images."""
    count = len(record.true)
    if record.are_labels:
        sentences = [f"{count} samples; of {record.exact:.1%} all labels are right."]
        body = [
            [
                name,
                str(int((record.true[:, k] >= HALF).sum())),
                percent(record.recalls[k]),
                percent(record.precisions[k]),
            ]
            for k, name in enumerate(record.names)
        ]
        parts: list[Part] = [Table("", ["label", "samples", "found", "right of those said"], body)]
    else:
        sentences = [
            f"{count} samples. R2 is 1 for numbers that are all right, and 0 for whoever always says the mean.",
        ]
        spreads = np.abs(record.true - record.true.mean(axis=0)).mean(axis=0)
        body = [
            [
                name,
                short(record.mean_errors[k], 3),
                short(record.root_errors[k], 3),
                short(spreads[k], 3),
                _number(record.explained[k]),
            ]
            for k, name in enumerate(record.names)
        ]
        parts = [Table("", ["column", "mean error", "root of mean square", "error of the mean alone", "R2"], body)]
        parts += [_chart(record, k) for k in range(min(len(record.names), MOST_CHARTS))]
    if record.worst:
        tiles = [sample_tile(said_of(each, record), each.image) for each in record.worst]
        parts.append(Tiles("Farthest from what is true", tiles, SIDE))
    return Board("What is said beside what is true", sentences, parts)


def deviation_board(record: Deviation) -> Board:
    """One image."""
    said = ", ".join(f"is {short(a, 3)}, said {short(b, 3)}" for a, b in zip(record.true, record.said, strict=True))
    return Board(record.name or f"sample {record.number}", [said], [Tiles("", [sample_tile("", record.image)], SIDE)])


def _chart(record: Deviations, number: int) -> Chart:
    """The samples in the order of what is true: a model that is right follows the line."""
    order = np.argsort(record.true[:, number], kind="stable")
    places = np.arange(1, len(order) + 1)
    curves = {"true": (places, record.true[order, number]), "said": (places, record.said[order, number])}
    return Chart(f"{record.names[number]}: samples in the order of what is true", "sample", curves)


def said_of(each: Deviation, record: Deviations) -> str:
    """What is true and what is said, of the columns that are farthest apart."""
    gaps = np.abs(each.said - each.true)
    order = [k for k in np.argsort(-gaps, kind="stable").tolist() if gaps[k] > 0]
    if record.are_labels:
        wrong = [k for k in order if (each.said[k] >= HALF) != (each.true[k] >= HALF)] or order[:1]
        return "; ".join(
            f"{'' if each.true[k] else 'not '}{record.names[k]} ({each.said[k]:.2f})" for k in wrong[:MOST_LISTED]
        )
    return "; ".join(f"{record.names[k]} {short(each.true[k], 3)}, said {short(each.said[k], 3)}" for k in order[:2])


def _number(value: float) -> str:
    return f"{value:z.3f}" if math.isfinite(value) else "none"
