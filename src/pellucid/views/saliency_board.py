"""What is shown of a saliency map: the sample, the map, what its signs mean, and its curves of doubt."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.image_channels import channel_names
from pellucid.inspection.saliency_records import Saliency
from pellucid.views.boards import Board, Chart, Tiles, plane_tile, sample_tile
from pellucid.views.precision import short

__all__ = ["held_words", "saliency_board", "unit_words"]


def unit_words(layer: str, unit: int, position: tuple[int, ...] | None, stage: str = "output") -> str:
    """Which number of a layer is meant.

    Example:
        >>> unit_words("conv", 3, None), unit_words("conv", 3, (1, 2), "before activation")
        ('conv, unit 3, mean of its map', 'conv, unit 3 at [1, 2], before activation')
    """
    where = ", mean of its map" if position is None else f" at {list(position)}" if position else ""
    return f"{layer}, unit {unit}{where}" + (f", {stage}" if stage != "output" else "")


def held_words(input: str) -> list[str]:
    """That a model has several inputs, and which is told of, as a sentence; none where it has one.

    Example:
        >>> held_words("left"), held_words("")
        (['It is told of the input left; the others are held at the sample.'], [])
    """
    return [f"It is told of the input {input}; the others are held at the sample."] if input else []


def saliency_board(record: Saliency) -> Board:
    """What is shown of a saliency map."""
    score = unit_words(record.layer, record.unit, record.position, record.stage)
    settings = ", ".join(f"{name} {short(value)}" for name, value in (record.settings or {}).items())
    areas = record.doubt.areas
    sentences = [
        f"The score is {short(record.score)}: {score}.",
        *held_words(record.input),
        f"Positive: {record.meaning_of_positive}.",
        f"Negative: {record.meaning_of_negative}.",
        *([f"It weighs the maps of {record.maps_of}."] if record.maps_of else []),
        *([f"Settings: {settings}."] if settings else []),
        *record.notes,
    ]
    tiles = [sample_tile("the sample", record.image), plane_tile(f"{record.method}, each place", record.by_place)]
    channels = record.values.shape[-1]
    if 1 < channels <= 4:
        limit = float(np.abs(np.where(np.isfinite(record.values), record.values, 0.0)).max())
        names = channel_names(record.values.shape)
        tiles += [plane_tile(name, record.values[..., k], limit) for k, name in enumerate(names)]
    doubt = record.doubt
    curves = {name: (doubt.share, values) for name, values in doubt.curves.items()}
    colors = {"deletion": 1, "deletion by chance": 1, "insertion": 0, "insertion by chance": 0}
    dashed = frozenset(("deletion by chance", "insertion by chance"))
    chart = Chart(
        "Can it be believed? The unit's output while places are deleted, or given, the most important first",
        "share of the places",
        curves,
        dashed,
        colors,
        f"{doubt.verdict} Areas under the curves: "
        + ", ".join(f"{name} {short(area, 3)}" for name, area in areas.items())
        + f". Deleted is what is {short(doubt.baseline)}. Dashed: the mean of orders drawn at random.",
    )
    shown = Tiles("", tiles, 220 if len(tiles) < 5 else 164)
    return Board(
        f"{record.method}: what the sample does to {record.layer}, unit {record.unit}", sentences, [shown, chart]
    )
