"""What is shown of what a classifier mistakes: the matrix, and the worst mistakes with their maps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.boards import Board, Part, Table, Tile, Tiles, plane_tile, sample_tile
from pellucid.views.colors import color_limits
from pellucid.views.precision import short

__all__ = ["confusion_board", "mistake_board", "mistakes_board"]

_MOST_CLASSES, _MOST_MAPS = 20, 6


def confusion_board(record: Confusion) -> Board:
    """What is shown of a confusion matrix: the counts, and as colours the share of each row."""
    wrong = record.samples - int(np.trace(record.matrix))
    sentences = [
        f"{record.samples} answers, {wrong} wrong: {record.accuracy:.4g} of them are right.",
        "Rows are what it is, columns what it was taken for.",
    ]
    pairs = record.most_confused()
    if pairs:
        told = "; ".join(f"{true} for {taken}, {count} times" for true, taken, count in pairs)
        sentences.append(f"Taken most often: {told}.")
    off = record.matrix * (1.0 - np.eye(len(record.classes)))
    rows = record.matrix.sum(axis=1, keepdims=True)
    shares = np.divide(off, rows, out=np.zeros(off.shape), where=rows > 0)
    note = "Rows and columns as above; each row as shares, the right answers left out: what is dark is often mistaken."
    tile = plane_tile("", shares, words="shares of mistakes")
    parts: list[Part] = [Tiles("Mistakes", [tile], 260, note)] if wrong else []
    if len(record.classes) <= _MOST_CLASSES:
        head = ["is \\ taken for", *record.classes, "recognised"]
        body = [
            [name, *(str(count) for count in row), _percent(recall)]
            for name, row, recall in zip(record.classes, record.matrix.tolist(), record.recall, strict=True)
        ]
        body.append(["right of these", *(_percent(each) for each in record.precision), f"{record.accuracy:.1%}"])
        parts.insert(0, Table("", head, body))
    else:
        order = np.argsort(np.nan_to_num(record.recall, nan=2.0), kind="stable")[:_MOST_CLASSES]
        body = [[record.classes[k], str(int(rows[k, 0])), _percent(record.recall[k])] for k in order.tolist()]
        parts.insert(0, Table("The classes that are recognised least", ["class", "samples", "recognised"], body))
    return Board(f"{record.model}: what is taken for what", sentences, parts)


def _percent(share: float) -> str:
    return f"{share:.1%}" if math.isfinite(share) else "none"


def mistakes_board(records: Sequence[Mistake]) -> Board:
    """What is shown of the worst mistakes: each sample, then the maps that answer most to it."""
    if not records:
        return Board("No mistakes", ["Every sample was taken for what it is."], [])
    what = "mistake" if len(records) == 1 else f"{len(records)} mistakes of which it was surest"
    layers = ", ".join(dict.fromkeys(each.layer for each in records[0].maps)) or "no layer"
    sentences = [
        "The worst first: those whose own class had the least probability. Beside each sample the maps of "
        f"{layers} that answer most."
    ]
    parts = [Tiles(each.said, [sample_tile("the sample", each.image), *_strongest(each.maps)], 84) for each in records]
    return Board(f"{records[0].model}: the {what}", sentences, parts)


def mistake_board(record: Mistake) -> Board:
    """One mistake."""
    return mistakes_board([record])


def _strongest(maps: Sequence[FeatureMaps]) -> list[Tile]:
    """The maps with the largest numbers, of all layers that were kept, each layer on its own scale."""
    tiles = []
    for record in maps:
        values = record.maps.astype(np.float64)
        if not record.spatial:
            tiles.append(plane_tile(record.layer, values))
            continue
        limit = float(color_limits(values[np.newaxis])[0])
        sizes = np.abs(np.where(np.isfinite(values), values, 0.0)).reshape(-1, record.channels).max(axis=0)
        for number in np.argsort(-sizes, kind="stable")[: max(2, _MOST_MAPS // len(maps))].tolist():
            tiles.append(plane_tile(f"{record.layer} {number}: {short(sizes[number], 3)}", values[..., number], limit))
    return tiles
