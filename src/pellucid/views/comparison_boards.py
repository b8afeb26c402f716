"""What is shown of models and trainings side by side: matched filters, what recurs, curves of runs; what matters."""

from __future__ import annotations

import math

import numpy as np

from pellucid.inspection.comparison_records import ALIKE, Comparison, LayerMatch, Recurrence
from pellucid.inspection.importance import Importance
from pellucid.inspection.records import FilterBank
from pellucid.inspection.runs import TrainingRuns
from pellucid.views.boards import Board, Chart, Part, Table, Tile, Tiles, plane_tile
from pellucid.views.captions import list_numbers
from pellucid.views.precision import short

__all__ = ["comparison_board", "importance_board", "recurrence_board", "runs_board"]

_MOST_PAIRS, _MOST_ROWS, _MOST_NAMED = 32, 16, 64


def comparison_board(record: Comparison) -> Board:
    """What is shown of two models: how alike each layer's filters are, and the pairs."""
    sentences = []
    if record.samples:
        sentences.append(f"Both answered {record.samples} samples.")
    if record.same_answer is not None:
        sentences.append(f"They say the same to {record.same_answer:.1%} of them.")
    if record.largest_difference is not None:
        sentences.append(f"Their outputs differ by {short(record.largest_difference)} at most.")
    sentences.append(
        "Likeness is the size of the correlation of answers before the activation (or, without data, of the cosine of "
        "weights), in the best shift and sign; filters are matched one to one, so that all are as alike as can be."
    )
    sentences += record.notes
    rows = [
        [
            layer.a if layer.a == layer.b else f"{layer.a} / {layer.b}",
            str(len(layer.match)),
            short(layer.mean, 3),
            short(layer.by_chance, 3),
            f"{len(layer.recurring())} of {len(layer.match)}",
            short(float(np.nanmean(layer.weights)), 3) if np.isfinite(layer.weights).any() else "-",
        ]
        for layer in record.layers
    ]
    heads = ["layer", "filters", "likeness", "of any two", f"alike ({ALIKE:g} or more)", "cosine of weights"]
    parts: list[Part] = [Table("Layer by layer", heads, rows)]
    for layer in record.layers:
        parts.append(_pairs(layer, record))
    return Board(f"{record.a} beside {record.b}", sentences, parts)


def _pairs(layer: LayerMatch, record: Comparison) -> Part:
    """The pairs of a layer, those most alike first: drawn where they are filters over places, else as rows."""
    order = np.argsort(-np.nan_to_num(layer.likeness, nan=-1.0), kind="stable")
    order = order[layer.match[order] >= 0]
    one, two = layer.bank_a, layer.bank_b
    if one is None or two is None or not one.spatial:
        rows = [[*_told(layer, k)] for k in order[:_MOST_ROWS].tolist()]
        left = len(order) - len(rows)
        note = f"The {len(rows)} most alike; {left} further pairs are not shown." if left > 0 else ""
        return Table(f"{layer.a}: which is which", ["of a", "of b", "likeness", "sign", "weights"], rows, note)
    tiles = [_pair(layer, one, two, k) for k in order[:_MOST_PAIRS].tolist()]
    left = len(order) - len(tiles)
    note = (
        f"Each pair: a filter of {record.a} above, its match of {record.b} below, turned to the same sign; the "
        "numbers are those of the filters, and how alike they are. The most alike first."
    )
    note += f" {left} further pairs are not shown." if left > 0 else ""
    if one.in_channels > 1:
        note += " Of each filter the channel with the largest weights of the upper one is drawn."
    return Tiles(f"{layer.a}: which filter is which", tiles, 96, note)


def _told(layer: LayerMatch, k: int) -> list[str]:
    weight = float(layer.weights[k])
    told = [str(k), str(int(layer.match[k])), short(float(layer.likeness[k]), 3), "-" if layer.sign[k] < 0 else "+"]
    return [*told, short(weight, 3) if math.isfinite(weight) else "-"]


def _pair(layer: LayerMatch, one: FilterBank, two: FilterBank, k: int) -> Tile:
    """Two filters, one above the other."""
    other = int(layer.match[k])
    a = one.kernel[..., k].astype(np.float64)
    b = layer.sign[k] * two.kernel[..., other].astype(np.float64)
    channel = int(np.abs(a).reshape(-1, a.shape[-1]).sum(axis=0).argmax())
    planes = []
    for kernel in (a, b):
        plane = plane_tile("", kernel[..., min(channel, kernel.shape[-1] - 1)]).plane
        assert plane is not None
        planes.append(plane / (np.abs(plane).max() or 1.0))
    gap = np.zeros((1, planes[0].shape[1]))
    turned = " -" if layer.sign[k] < 0 else ""
    label = f"{k} ={turned} {other}: {short(float(layer.likeness[k]), 2)}"
    return Tile(label, plane=np.concatenate([planes[0], gap, planes[1]]), limit=1.0)


def recurrence_board(record: Recurrence) -> Board:
    """What is shown of filters that recur: how many in each layer, and how often each is found again."""
    rows, charts = [], []
    for layer, likeness in zip(record.layers, record.likeness, strict=True):
        counts = record.counts(layer)
        found = record.recurring(layer)
        rows.append(
            [
                layer,
                str(len(counts)),
                str(len(found)),
                str(int((counts == 0).sum())),
                short(float(np.nanmean(likeness)), 3),
            ]
        )
        order = np.argsort(-np.nanmean(likeness, axis=0), kind="stable")
        places = np.arange(len(order))
        curves = {f"other {number + 1}": (places, each[order]) for number, each in enumerate(likeness[:8])}
        named = _some("filter", list(found))
        note = f"How alike each filter and its match are, 1 at most. Found again in all: {named}."
        charts.append(Chart(layer, "filters, the most alike first", curves, note=note))
    heads = ["layer", "filters", "in all others", "in none", "mean likeness"]
    sentences = [
        f"{record.model} beside {record.others} other{'' if record.others == 1 else 's'}. A filter is found again "
        f"where its match is alike by {record.threshold:g} or more."
    ]
    return Board(f"{record.model}: which filters recur", sentences, [Table("", heads, rows), *charts])


def runs_board(record: TrainingRuns) -> Board:
    """What is shown of several trainings: for each quantity all curves in one chart, and where they part."""
    sentences = [f"{each.said}." for each in record.partings]
    sentences.append(
        "A run parts after its best epoch where validation loses from there to the end more than "
        f"{record.tolerance:.0%} of what it had gained, while training goes on. Validation is dashed."
    )
    parts: list[Part] = []
    for quantity in record.quantities:
        curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        colors: dict[str, int] = {}
        for number, (run, own) in enumerate(record.runs.items()):
            for name, label in ((quantity, run), (f"val_{quantity}", f"{run}, validation")):
                if name in own.curves:
                    curves[label] = np.array(own.epochs), np.asarray(own.curves[name], np.float64)
                    colors[label] = number
        dashed = frozenset(name for name in curves if name.endswith(", validation"))
        parts.append(Chart(quantity.replace("_", " "), "epoch", curves, dashed, colors))
    return Board(f"Trainings side by side: {', '.join(record.runs)}", sentences, parts)


def importance_board(record: Importance) -> Board:
    """What is shown of the importance of filters: a bar of colour for each, the most important first, and numbers."""
    order = np.array(record.order)
    added = record.added[order]
    better = [int(number) for number in order[added < 0]]
    sentences = [
        f"With all filters the loss of {record.samples} samples is {short(record.loss)}. What it gains when the "
        "answers of one filter are put to zero is how much that filter matters.",
        "Positive: the loss is larger without the filter. Negative: it is smaller, so the filter does harm here.",
    ]
    if better:
        sentences.append(f"The loss is smaller without {_some('filter', sorted(better))}.")
    rows = [
        [str(int(number)), short(float(value), 4), short(float(record.without[number]), 4)]
        for number, value in zip(order[:_MOST_ROWS], added[:_MOST_ROWS], strict=True)
    ]
    chart = Chart(
        "All filters, the most important first", "rank", {"added to the loss": (np.arange(len(added)) + 1, added)}
    )
    table = Table("The most important", ["filter", "added to the loss", "loss without it"], rows)
    return Board(f"{record.layer}: which filters matter", sentences, [chart, table])


def _some(item: str, numbers: list[int]) -> str:
    """Numbers as a list; of many the first, and how many there are besides."""
    if not numbers:
        return f"no {item}"
    left = len(numbers) - _MOST_NAMED
    return list_numbers(item, numbers[:_MOST_NAMED]) + (f" and {left} others" if left > 0 else "")
