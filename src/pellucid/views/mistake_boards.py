"""What is shown of what a classifier mistakes: the matrix, and the worst mistakes with their maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.boards import Board, Part, Table, Tile, Tiles, plane_tile, sample_tile
from pellucid.views.captions import say_unanswered
from pellucid.views.colors import color_limits
from pellucid.views.precision import percent, short

__all__ = ["confusion_board", "mistake_board", "mistakes_board"]

_MOST_CLASSES, _MOST_MAPS = 20, 6


def confusion_board(record: Confusion) -> Board:
    """What is shown of a confusion matrix: the counts, and as colours the share of each row."""
    wrong = record.samples - int(np.trace(record.counts))
    sentences = [
        f"{record.samples} answers, {wrong} wrong: {100 * record.accuracy:.4g}% of them are right.",
        "Rows are what it is, columns what it was taken for.",
    ]
    if record.unanswered:
        sentences.append(say_unanswered(record))
    pairs = record.pairs(5)
    if pairs:
        names = record.class_names
        told = "; ".join(f"{names[true]} for {names[said]} ({count})" for true, said, count in pairs)
        sentences.append(f"Taken most often: {told}.")
    off = record.counts * (1.0 - np.eye(len(record.class_names)))
    rows = record.counts.sum(axis=1, keepdims=True)
    shares = np.divide(off, rows, out=np.zeros(off.shape), where=rows > 0)
    note = "Rows and columns as above; each row as shares, the right answers left out: what is dark is often mistaken."
    tile = plane_tile("", shares, words="shares of mistakes")
    parts: list[Part] = [Tiles("Mistakes", [tile], 260, note)] if wrong else []
    if len(record.class_names) <= _MOST_CLASSES:
        head = ["is \\ taken for", *record.class_names, "recognised"]
        body = [
            [name, *(str(count) for count in row), percent(recall)]
            for name, row, recall in zip(record.class_names, record.counts.tolist(), record.recalls, strict=True)
        ]
        body.append(["right of these", *(percent(each) for each in record.precisions), f"{record.accuracy:.1%}"])
        parts.insert(0, Table("", head, body))
    else:
        order = np.argsort(np.nan_to_num(record.recalls, nan=2.0), kind="stable")[:_MOST_CLASSES]
        body = [[record.class_names[k], str(int(rows[k, 0])), percent(record.recalls[k])] for k in order.tolist()]
        parts.insert(0, Table("The classes that are recognised least", ["class", "samples", "recognised"], body))
    return Board("What is taken for what", sentences, parts)


def mistakes_board(records: Sequence[Mistake]) -> Board:
    """What is shown of the worst mistakes: each sample, then the maps that answer most to it."""
    if not records:
        return Board("No mistakes", ["Every sample was taken for what it is."], [])
    title = "The mistake" if len(records) == 1 else f"The {len(records)} worst mistakes"
    layers = ", ".join(dict.fromkeys(each.layer for each in records[0].maps)) or "no layer"
    sentences = [
        "The worst first: those whose own class had the least probability. Beside each sample the maps of "
        f"{layers} that answer most."
    ]
    parts = [Tiles(each.said, [sample_tile("the sample", each.image), *_strongest(each.maps)], 84) for each in records]
    return Board(title, sentences, parts)


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
