"""What is shown of what a model says place by place: the overlap of each class, and the images it gets worst."""

from __future__ import annotations

import math

import numpy as np

from pellucid.inspection.segmentation import NO_CLASS, MapMistake, Segmentation
from pellucid.views.boards import LINE_COLORS, Board, Part, Table, Tile, Tiles, sample_tile

__all__ = ["map_mistake_board", "segmentation_board"]

FIRST, NOWHERE, WRONG = (222, 226, 231), (128, 128, 128), (215, 90, 20)
SWATCH = np.ones((4, 12), np.int64)
FADED = 0.35
MOST_CLASSES = 24


def segmentation_board(record: Segmentation) -> Board:
    """The overlaps, the colours of the classes, and the worst images beside what is true and what the model says."""
    order = np.argsort(np.nan_to_num(record.overlaps, nan=2.0), kind="stable")[:MOST_CLASSES].tolist()
    present = [number for number in range(len(record.class_names)) if number in set(order)]
    sentences = [
        f"{record.images} images: {record.accuracy:.1%} of their places are right, mean IoU {record.mean_overlap:.3f}.",
        "IoU of a class: of all places that are of it or are said to be, the share that is both.",
    ]
    body = [
        [record.class_names[k], _share(record.overlaps[k]), f"{int(record.counts[k].sum()):,}", _taken(record, k)]
        for k in present
    ]
    parts: list[Part] = [Table("", ["class", "IoU", "places", "most often taken for"], body)]
    parts.append(Tiles("Colours of the classes", [_swatch(record.class_names[k], k) for k in present], 60))
    parts += [Tiles(each.said_of_it, _tiles(each), 130) for each in record.worst]
    return Board("What is where", sentences, parts)


def map_mistake_board(record: MapMistake) -> Board:
    """One image."""
    return Board(record.said_of_it, [], [Tiles("", _tiles(record), 130)])


def _share(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "none"


def _taken(record: Segmentation, number: int) -> str:
    others = record.counts[number].copy()
    total, others[number] = int(others.sum()), 0
    most = int(others.argmax())
    return f"{record.class_names[most]} ({others[most] / total:.1%})" if others[most] else ""


def _swatch(name: str, number: int) -> Tile:
    return Tile(name, pixels=_colored(SWATCH * number))


def _tiles(record: MapMistake) -> list[Tile]:
    photo = sample_tile("the image", record.image)
    pixels = photo.colors().astype(np.float64)
    faded = (255 - FADED * (255 - pixels)).astype(np.uint8)
    wrong = np.where(record.wrong[..., np.newaxis], np.array(WRONG, np.uint8), faded)
    return [
        photo,
        Tile("what is true", pixels=_colored(record.true)),
        Tile("what the model says", pixels=_colored(record.said)),
        Tile("where it is wrong", pixels=wrong),
    ]


def _colored(numbers: np.ndarray) -> np.ndarray:
    """Numbers of classes as colours: the first pale, which mostly is the background, and what is of no class grey."""
    hues = [tuple(int(color[place : place + 2], 16) for place in (1, 3, 5)) for color in LINE_COLORS]
    shades = np.array([FIRST, *hues], np.uint8)
    found = shades[np.where(numbers <= 0, 0, (numbers - 1) % len(hues) + 1)]
    return np.where((numbers == NO_CLASS)[..., np.newaxis], np.array(NOWHERE, np.uint8), found)
