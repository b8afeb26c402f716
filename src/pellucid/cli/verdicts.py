"""How good a model is on data whose answers are known, for every kind of answer: counted, as text, pictures, JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Model
from pellucid.data.masks.coding import VOID
from pellucid.errors import escaped
from pellucid.inspection import Confusion, Deviations, Segmentation, confusion, deviations, segmentation
from pellucid.views import (
    confusion_figure,
    confusion_text,
    deviations_figure,
    mistakes_figure,
    segmentation_figure,
)
from pellucid.views.boards import Board, Table
from pellucid.views.deviations_board import said_of
from pellucid.views.precision import whole_percent
from pellucid.views.record_boards import BOARDS
from pellucid.views.terminal.board import board_text

Verdict = Confusion | Segmentation | Deviations


def judged(
    model: Model,
    data: tuple[Any, ...],
    kind: str,
    class_names: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
) -> Verdict:
    """What a model says of data whose answers are known.

    Args:
        model: trained.
        data: (x, y), or one thing that batches of (x, y) come from.
        kind: what it says of an image, see `TrainedOn`.
        class_names: by their numbers.
        names: of the files.
    """
    x, *y = data
    target = y[0] if y else None
    if kind == "masks":
        return segmentation(model, x, target, class_names, ignore_class=VOID, names=names)
    if kind in ("labels", "numbers"):
        return deviations(model, x, target, class_names, are_labels=kind == "labels", files=names)
    return confusion(model, x, target, class_names, batch_size=128, names=names)


def verdict_text(found: Verdict, width: int) -> str:
    """In words and numbers, without pictures."""
    if isinstance(found, Confusion):
        return confusion_text(found, width=width)
    board = BOARDS[type(found)](found)
    tables = [part for part in board.parts if isinstance(part, Table)]
    return board_text(Board(board.title, board.sentences, tables), width, False)


def verdict_figures(found: Verdict) -> dict[str, Any]:
    """Pictures by the names of their files: what is taken for what, and the worst mistakes, if there are any."""
    if isinstance(found, Confusion):
        figures = {"confusion.png": confusion_figure(found)}
        return figures | ({"mistakes.png": mistakes_figure(found)} if found.mistakes else {})
    if isinstance(found, Deviations):
        return {"mistakes.png": deviations_figure(found)}
    return {"mistakes.png": segmentation_figure(found)}


def forget_pictures(folder: Path, figures: Collection[str]) -> None:
    """Remove pictures that an earlier verdict left in a folder and this one has not: the mistakes of another model."""
    for name in {"confusion.png", "mistakes.png"}.difference(figures):
        (folder / name).unlink(missing_ok=True)


def verdict_record(found: Verdict) -> dict[str, Any]:
    """As plain data for JSON; None for a number that there is not."""
    if isinstance(found, Segmentation):
        return {
            "images": found.images,
            "accuracy": found.accuracy,
            "mean_iou": found.mean_overlap,
            "classes": list(found.class_names),
            "iou": _numbers(found.overlaps),
            "confusion": found.counts.tolist(),
            "worst": [{"number": each.number, "file": each.name, "iou": each.overlap} for each in found.worst],
        }
    if isinstance(found, Deviations):
        kind = "labels" if found.are_labels else "numbers"
        told = {"recall": found.recalls, "precision": found.precisions}
        if not found.are_labels:
            told = {"mean_absolute_error": found.mean_errors, "root_mean_squared_error": found.root_errors}
            told["r2"] = found.explained
        return {
            "samples": len(found.true),
            kind: list(found.names),
            **{name: _numbers(values) for name, values in told.items()},
            "worst": [
                {"number": each.number, "file": each.name, "true": each.true.tolist(), "said": each.said.tolist()}
                for each in found.worst
            ],
        }
    return {
        "samples": found.samples,
        "accuracy": found.accuracy,
        "classes": list(found.class_names),
        "confusion": found.counts.tolist(),
        "recall": _numbers(found.recalls),
        "precision": _numbers(found.precisions),
        "mistakes": [
            {
                "number": each.number, "file": each.name, "true": found.class_names[each.true],
                "predicted": found.class_names[each.predicted], "probability": each.probability,
            }
            for each in found.mistakes
        ],
    }  # fmt: skip


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def mistakes_told(found: Verdict) -> list[str]:
    """The worst mistakes as lines; none where there is none."""
    if isinstance(found, Segmentation):
        lines = [f"  {escaped(each.said_of_it)}" for each in found.worst[:5]]
        return ["The images that overlap least with the truth:", *lines] if lines else []
    lines = []
    if isinstance(found, Deviations):
        for worst in found.worst[:5]:
            lines.append(f"  {escaped(worst.name or f'sample {worst.number}')}: {escaped(said_of(worst, found))}")
        return ["Farthest from what is true:", *lines] if lines else []
    for each in found.mistakes[:5]:
        true, said = (escaped(found.class_names[number]) for number in (each.true, each.predicted))
        name = escaped(each.name) if each.name else f"sample {each.number}"
        lines.append(f"  {name} is {true}, called {said} with {whole_percent(each.probability)}")
    return ["The mistakes of which it is surest:", *lines] if lines else []
