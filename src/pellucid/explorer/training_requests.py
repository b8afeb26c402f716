"""What pages ask of the training: how it stands, its curves, what is mistaken for what; and what they tell it to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.asked import Asked
from pellucid.explorer.course import Course
from pellucid.explorer.curves import ticks
from pellucid.explorer.moments import Branch
from pellucid.explorer.ready import OPTIMIZERS
from pellucid.explorer.study import Study
from pellucid.explorer.training import Training
from pellucid.explorer.wire import packed
from pellucid.inspection.confusion import Confusion
from pellucid.inspection.given import is_whole
from pellucid.inspection.record import plain_data

__all__ = ["confusion", "counted", "curves", "order", "training"]

_MOST_CLASSES = 50  # whose whole matrix is shown
_MOST_PAIRS = 12
_LARGEST_SPEED = 100_000


def training(study: Study, asked: Asked) -> Response:
    """How the training stands: a page asks when it is told that something happened."""
    return JSONResponse(plain_data(_told(study.training)))


def order(study: Study, asked: Asked) -> Response:
    """Tell the training what to do: {"do": "start"}, "pause", "step", "epoch", {"do": "speed", "steps": 20},
    {"do": "rate", "value": 0.01}, {"do": "use", "optimizer": "sgd"} or "batch_size", {"do": "go", "moment": 3},
    or null for the latest.
    """
    sent = asked.sent()
    do = sent.get("do")
    if not isinstance(do, str) or do not in _ORDERS:
        raise ArgumentError(f"the training can {', '.join(_ORDERS)}, got {shown(do)}")
    _ORDERS[do](study.training, sent)
    return training(study, asked)


def _speed(training: Training, sent: dict[str, Any]) -> None:
    steps = sent.get("steps")
    if not is_whole(steps) or not 0 <= steps <= _LARGEST_SPEED:
        raise ArgumentError(
            f"steps from picture to picture: a whole number up to {_LARGEST_SPEED:,}, 0 for as many as there are, got "
            f"{shown(steps)}"
        )
    training.set_speed(steps)


def _go(training: Training, sent: dict[str, Any]) -> None:
    moment = sent.get("moment")
    if moment is not None and not is_whole(moment):
        raise ArgumentError(f"a moment is told by its number, or null for the latest, got {shown(moment)}")
    training.go(moment)


_ORDERS: dict[str, Callable[[Training, dict[str, Any]], None]] = {
    "start": lambda training, sent: training.start(),
    "pause": lambda training, sent: training.pause(),
    "step": lambda training, sent: training.start(1),
    "epoch": lambda training, sent: training.start(to_epoch=True),
    "speed": _speed,
    "rate": lambda training, sent: training.rate(sent.get("value")),
    "use": lambda training, sent: training.use(sent),
    "go": _go,
}


def _told(training: Training) -> dict[str, Any]:
    version = training.told  # before all that is told under it
    if training.why_not:
        return {"why_not": training.why_not, "version": version, "step": 0, "running": False}
    ready, course = training.ready, training.course
    epoch, batch, batches = training.position
    return {
        "why_not": "",
        "version": version,
        "running": training.is_running,
        "step": training.step,
        "step_s": training.pace.under_way_s,
        "epoch": epoch + 1,
        "batch": batch,
        "batches": batches,
        "loss": training.loss,
        "note": training.note,
        "speed": training.speed,
        "rate": ready.rate,
        "optimizer": course.now.optimizer,
        "optimizers": {"": f"{ready.first_optimizer}, as given", **{name: name for name in OPTIMIZERS}},
        "batch_size": course.now.batch_size,
        "branch": course.branch,
        "branches": [_branch(course, each) for each in course.branches],
        "at": None if course.at is None else course.at.number,
        "moments": [
            {"number": each.number, "step": each.step, "epoch": each.epoch + 1, "loss": each.loss}
            for each in course.moments.of(course.branch)
        ],
        "epochs": [each for each in course.now.epochs if each["step"] <= training.step][-1:],
    }


def _branch(course: Course, branch: Branch) -> dict[str, Any]:
    last = course.moments.last(branch.number)
    told = {"number": branch.number, "name": branch.name, "begins": branch.begins, "batch_size": branch.batch_size}
    return {**told, "last": None if last is None else last.number, "optimizer": branch.optimizer}


def curves(study: Study, asked: Asked) -> Response:
    """The loss per step of each branch, as it is and smooth, and what was told per epoch; with ticks for both axes."""
    training = study.training
    arrays: dict[str, np.ndarray] = {}
    told, losses, last = [], [np.zeros(0)], 1
    for branch in training.course.branches:
        curve, epochs = branch.curve.now, list(branch.epochs)
        steps, smooth = curve.steps, curve.smooth
        names = sorted({name for each in epochs for name in each} - {"epoch", "step"})
        arrays[f"steps {branch.number}"], arrays[f"losses {branch.number}"] = steps, curve.losses
        arrays[f"smooth {branch.number}"] = smooth
        for name in ("step", *names):
            arrays[f"{name} {branch.number}"] = np.array([each.get(name, np.nan) for each in epochs], np.float64)
        losses += [smooth, *(arrays[f"{name} {branch.number}"] for name in names if name in ("loss", "val_loss"))]
        last = max(last, int(steps[-1]) if len(steps) else 0)
        told.append({"number": branch.number, "name": branch.name, "told": names})
    metric, ends = _metric(training.course.branches)
    every = np.concatenate(losses)
    every = every[np.isfinite(every)]
    high = float(every.max()) * 1.05 if every.size else 1.0
    low = min(0.0, float(every.min())) if every.size else 0.0
    head = {
        "branches": told,
        "branch": training.course.branch,
        "step": training.step,
        "last": last,
        "low": low,
        "high": high if high > low else low + 1.0,
        "metric": metric,
        "metric_ends": ends,
        "ticks": {"step": ticks(0, last), "loss": ticks(low, high), "metric": ticks(*ends)},
    }
    return Response(packed(head, arrays), media_type="application/octet-stream")


def _metric(branches: list[Branch]) -> tuple[str | None, tuple[float, float]]:
    """The metric that is drawn beside the loss, and the ends of its axis; None for none."""
    for branch in branches:
        for each in branch.epochs[-1:]:
            found = next((name for name in each if name not in ("epoch", "step", "loss") and name[:4] != "val_"), None)
            if found is not None:
                told = [e[name] for b in branches for e in b.epochs for name in (found, f"val_{found}") if name in e]
                finite = [value for value in told if np.isfinite(value)]
                low, high = min(finite, default=0.0), max(finite, default=1.0)
                return found, (0.0, 1.0) if low >= 0 and high <= 1 else (min(low, 0.0), high if high > low else low + 1)
    return None, (0.0, 1.0)


def counted(study: Study) -> tuple[Confusion | None, int]:
    """What the model takes for what, as it was counted last, or now where the training rests, and after how many steps;
    None for nothing yet."""
    training = study.training
    if not training.is_running:
        with study.editing():
            training.classes.count(training.step, study.version)
    return training.classes.counted


def confusion(study: Study, asked: Asked) -> Response:
    """What the model takes for what, as it was counted last; counted now where the training rests."""
    training, (found, step) = study.training, counted(study)
    if found is None:
        return Response(
            packed({"why_not": training.classes.why_not or "not counted yet"}, {}),
            media_type="application/octet-stream",
        )
    names, shares = found.class_names, found.recalls
    is_small = len(names) <= _MOST_CLASSES
    head = {
        "why_not": "",
        "step": step,
        "names": names if is_small else (),
        "samples": found.samples,
        "accuracy": found.accuracy,
        "pairs": [
            {"true": names[true], "said": names[said], "count": count} for true, said, count in found.pairs(_MOST_PAIRS)
        ],
    }
    of_class = found.counts.sum(axis=1, keepdims=True)
    parts = np.divide(found.counts, of_class, out=np.zeros(found.counts.shape), where=of_class > 0)
    arrays = {"counts": found.counts, "parts": parts, "recalls": shares} if is_small else {}
    return Response(packed(head, arrays), media_type="application/octet-stream")
