"""What filters do: what an edit has changed for the input, what excites a filter, where its gradient comes from."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from starlette.responses import Response

from pellucid.errors import ArgumentError, PellucidError
from pellucid.explorer.answers import unit_name
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import Bank, makes_the_maps, named_weights
from pellucid.explorer.filters import asked_bank, lying, slices_asked
from pellucid.explorer.history import Numbers
from pellucid.explorer.samples import rows_of
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.frozen import Frozen
from pellucid.inspection import TopPatches, WhatIf, kernel_gradient, top_patches, what_if
from pellucid.inspection.map_records import SPATIAL_AXES
from pellucid.inspection.training_step import layer_at
from pellucid.models import Model
from pellucid.network.paths import layers_by_path
from pellucid.variables import Variable
from pellucid.views.colors import color_limits

__all__ = ["changes", "gradient", "patches"]

_FEW_MAPS = 8  # that have changed most
_FEW_SCORES = 10
_BATCH = 32  # samples of a gradient
_PATCHES = 9
_SEARCH_S = 0.15  # of a search for one request; the next goes on where it stopped
_LARGEST = 64  # cells of a patch along an axis


def changes(study: Study, asked: Asked) -> Response:
    """What the last edit has changed for the input, or all since the beginning: `?since=last&layer=conv`."""
    since = asked.query.get("since", "last")
    if since not in ("last", "beginning"):
        raise ArgumentError("since is last or beginning")
    with study.editing():
        before = _before(study, since)
        if not before:
            return _bytes(packed({"version": study.version, "changed": False}, {}))
        within = list(layers_by_path(study.model.layers))
        seen = what_if(study.model, study.chosen.x, before, _target(study), layers=within)
    node = next((each for each in study.scene.nodes if each.id == asked.query.get("layer")), study.scene.nodes[-1])
    pairs = [
        (then, now)
        for then, now in zip(seen.after, seen.before, strict=True)
        if then.layer == node.path and then.call in (None, node.call)
    ]
    head: dict[str, Any] = {
        "version": study.version,
        "changed": True,
        "loss": None if seen.loss_before is None else [seen.loss_after, seen.loss_before],
        "scores": _scores(study, seen.outputs_after, seen.outputs_before),
        "distances": _distances(study, seen),
        "layer": node.id,
    }
    arrays = {}
    if pairs and node.id in study.all_maps():  # of several results of a use the first, which is what the box shows
        then, now = pairs[0]
        difference = np.abs(now.maps.astype(np.float64) - then.maps).reshape(-1, then.channels)
        largest = np.nan_to_num(difference.max(axis=0), nan=np.inf)
        order = np.argsort(-largest, kind="stable")
        few = order[: max(1, min(_FEW_MAPS, np.count_nonzero(largest)))]
        arrays = {"then": _planes(then.maps[..., few]), "now": _planes(now.maps[..., few])}
        head["channels"], head["word"] = few.tolist(), "map" if then.spatial else "unit"
        head["limit"] = float(max(color_limits(each.ravel()[None])[0] for each in arrays.values()))
    return _bytes(packed(head, arrays))


def _target(study: Study) -> Any:
    """What is right for the input of the moment, where it is known and there is a loss; else None."""
    try:
        study.compiled()
        number = study.chosen.number
        return None if number is None else rows_of(study.targets([number]), 0)
    except PellucidError:
        return None


def _before(study: Study, since: str) -> dict[str, dict[str, np.ndarray]]:
    """What weights were, as `what_if` takes it; only those that are something else now."""
    were: dict[Variable, np.ndarray] = {}
    if since == "beginning":
        were = dict(study.beginning)
    elif study.history.done:
        for kept in study.history.done[-1].kept:
            if isinstance(kept, Numbers):
                values = were.setdefault(kept.weight, kept.weight.numpy())
                values[kept.index] = kept.values
    found: dict[str, dict[str, np.ndarray]] = {}
    seen: set[Variable] = set()
    for path in dict.fromkeys(node.path for node in study.scene.nodes if node.count):
        for name, weight in named_weights(layer_at(study.opened, path)).items():
            is_other = weight in were and weight not in seen and not np.array_equal(were[weight], weight.numpy())
            if is_other and np.isfinite(were[weight]).all():
                seen.add(weight)
                found.setdefault(path, {})[name] = were[weight]
    return found


def _distances(study: Study, seen: WhatIf) -> list[tuple[str, float]]:
    """The largest difference in each box, by its id."""
    ids = {(node.path, node.call): node.id for node in study.drawing.nodes.values()}
    return [
        (ids.get((use.layer, use.call or 0), use.use), distance)
        for use, (_, distance) in zip(seen.before, seen.distances, strict=True)
    ]


def _scores(study: Study, then: tuple[np.ndarray, ...], now: tuple[np.ndarray, ...]) -> list[dict[str, Any]]:
    """The answers that were or are the largest; none where the answer is a map."""
    if not then or then[0].ndim != 1:
        return []
    order = np.argsort(-np.maximum(then[0], now[0]), kind="stable")[:_FEW_SCORES]
    return [
        {"name": unit_name(study, int(at), study.drawing.ends[0]), "then": float(then[0][at]), "now": float(now[0][at])}
        for at in order
    ]


def _planes(maps: np.ndarray) -> np.ndarray:
    """Maps (rows, columns, maps): of a volume the plane in the middle, of units one cell each."""
    while maps.ndim > 3:
        maps = maps[maps.shape[0] // 2]
    return maps.reshape((1,) * (3 - maps.ndim) + maps.shape)


def patches(study: Study, asked: Asked) -> Response:
    """What excites a filter: `?bank=kernel&number=3`. Each request looks a while longer, until "seen" is "samples"."""
    bank = asked_bank(study, asked)
    number = asked.whole("number", 0, 0, bank.count - 1)
    _needs_map(study, bank)
    search: _Search = study.kept(("patches", bank.path, number), lambda: _Search(study, bank.path, number))
    best = search.further()
    record = study.maps(study.entries[0].id)
    low, high = record.brightness
    head = {
        "version": study.version,
        "seen": search.seen,
        "samples": len(study.samples),
        "is_picture": record.is_picture,
        "black": low,
        "white": high,
        "limit": max((float(np.nanmax(np.abs(each.patch), initial=0.0)) for each in best), default=0.0),
        "dead": search.dead,
        "unit": "it" if bank.owner in (None, bank.layer) else f"map {number} of {bank.path}",
        "found": [
            {
                "sample": each.sample,
                "value": each.value,
                "box": each.box,
                "axes": SPATIAL_AXES.get(len(each.box), ()),
                "label": study.samples.label(each.sample),
            }
            for each in best
        ],
    }
    return _bytes(packed(head, {f"patch{at}": each.patch for at, each in enumerate(best)}))


class _Found(Frozen, eq=False):
    """A part of a sample that excites a unit: what it answers, where that is, and the part itself."""

    value: float
    sample: int
    box: list[list[int]]
    patch: np.ndarray


class _Search:
    """What excites a unit most, as far as has been looked."""

    def __init__(self, study: Study, path: str, unit: int) -> None:
        self._study, self._path, self._unit = study, path, unit
        self._best: list[_Found] = []
        self._portion, self._lowest, self._highest, self._lock = 32, np.inf, -np.inf, threading.Lock()
        self.seen = 0

    @property
    def dead(self) -> str:
        """That it answers one number to all that has been looked at; "" where it does not."""
        if not self.seen or self._highest > self._lowest:
            return ""
        return f"it answers {self._highest:.4g} to every place of {self.seen} samples"

    def further(self) -> list[_Found]:
        """Look for a while at the samples that come next; returns the best so far."""
        samples, start = self._study.samples, time.monotonic()
        with self._lock:
            while self.seen < len(samples) and time.monotonic() < start + _SEARCH_S:
                began = time.monotonic()
                until = min(self.seen + self._portion, len(samples))
                x = samples.at(slice(self.seen, until))
                self._add(top_patches(self._study.model, x, self._path, self._unit, count=_PATCHES))
                self.seen = until
                self._portion = min(1024, self._portion * (2 if time.monotonic() < began + _SEARCH_S / 3 else 1))
            return self._best

    def _add(self, record: TopPatches) -> None:
        found = [
            _Found(
                float(record.values[0, rank]),
                self.seen + int(record.samples[0, rank]),
                record.boxes[0, rank].tolist(),
                _fewer(_planes(record.patches[0, rank])),
            )
            for rank in range(record.values.shape[1])
            if record.samples[0, rank] >= 0
        ]
        self._best = sorted([*self._best, *found], key=lambda each: -each.value)[:_PATCHES]
        self._lowest = min(self._lowest, float(record.lowest[0]))
        self._highest = max(self._highest, float(record.highest[0]))


def _fewer(patch: np.ndarray) -> np.ndarray:
    """Every so many rows and columns of a large patch."""
    steps = [-(-length // _LARGEST) for length in patch.shape[:2]]
    return patch[:: steps[0], :: steps[1]]


def _needs_map(study: Study, bank: Bank) -> None:
    """Raise unless the filters of a bank have a map each."""
    is_alone = makes_the_maps(bank) and not isinstance(bank.layer, Model)
    if not is_alone or study.maps(bank.path).channels != bank.count:
        raise ArgumentError(
            f"{bank.path}: {bank.name} makes no map of its own for each filter, so nothing tells what excites one"
        )


def gradient(study: Study, asked: Asked) -> Response:
    """The gradient of the loss for a filter: `?bank=kernel&number=3&of=input&slices=3,1`; "of" is input or batch."""
    bank, of = asked_bank(study, asked), asked.query.get("of", "input")
    number = asked.whole("number", 0, 0, bank.count - 1)
    if bank.owner is None:
        raise ArgumentError(f"{bank.label(number)}: its gradient is told of layers that know their filters alone")
    numbers = _samples(study, of)
    x = study.samples.at(numbers)
    seen = kernel_gradient(study.compiled(), x, study.targets(numbers), bank.holder, number, which=bank.weight.name)
    total, slices = seen.total, lying(study, bank)
    shown = [slices[each] for each in slices_asked(asked, slices, bank.kernel(number))]
    head = {
        "version": study.version,
        "loss": seen.loss,
        "samples": len(numbers),
        "limit": float(color_limits(total.ravel()[None])[0]),
        "size": float(np.sqrt(np.square(total.astype(np.float64)).sum())),
        "penalty": float(np.abs(seen.penalty).max(initial=0.0)),
        "slices": [each.title for each in shown],
    }
    return _bytes(packed(head, {f"values{at}": each.values(total) for at, each in enumerate(shown)}))


def _samples(study: Study, of: str) -> list[int]:
    """The numbers of the samples whose loss is meant."""
    if of == "batch":
        return list(range(min(_BATCH, len(study.samples))))
    if of != "input":
        raise ArgumentError("of is input or batch")
    if study.chosen.number is None:
        raise ArgumentError("what is right for this input is not known; choose a sample, or a batch of samples")
    return [study.chosen.number]


def _bytes(message: bytes) -> Response:
    return Response(message, media_type="application/octet-stream")
