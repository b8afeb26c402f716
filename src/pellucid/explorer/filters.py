"""What is asked of filters: all of a layer as pictures, one with its numbers, what it is and how it came about."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid.errors import ArgumentError, PellucidError, shown
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import Bank, bank_of, banks_of, parts_of
from pellucid.explorer.formulas import coordinates
from pellucid.explorer.slices import Slice, picture_of, slices_of, touchable, turned
from pellucid.explorer.study import Study
from pellucid.explorer.wire import packed
from pellucid.inspection import describe, initial_draw
from pellucid.inspection.filters import channel_colors
from pellucid.inspection.record import plain_data
from pellucid.inspection.training_step import layer_at
from pellucid.layers import Flatten
from pellucid.layers.filter_values import SLIDES
from pellucid.network.paths import weights_by_path
from pellucid.variables import Variable
from pellucid.views.colors import color_limits
from pellucid.views.descriptions import draw_facts, facts, what_is_shown

__all__ = ["all_filters", "asked_bank", "described", "draw", "film", "lying", "opened", "slices_asked"]

_MANY = 256  # filters at once
_SHOTS = 24  # of a film
_STEPS = 50  # of dragging, from 0 to the darkest


def asked_bank(study: Study, asked: Asked) -> Bank:
    """The bank of the layer in the path, `?bank=name`."""
    return bank_of(study.opened, study.scene, asked.path["layer"], asked.query.get("bank", ""))


def all_filters(study: Study, asked: Asked) -> Response:
    """Filters as small pictures: `?bank=kernel&first=0&count=64`."""
    bank = asked_bank(study, asked)
    first = asked.whole("first", 0, 0, max(bank.count - 1, 0))
    numbers = range(first, min(bank.count, first + asked.whole("count", 64, 1, _MANY)))
    whole = lying(study, bank)
    drawn = [picture_of(whole, kernel) for kernel in bank.kernels(numbers)]
    head = {
        **_head(study, bank),
        "first": first,
        "banks": [each.name for each in _banks(study, bank)],
        "said": [
            f"{bank.label(number)}{f': {said}' * bool(said)}" for number, (_, said) in zip(numbers, drawn, strict=True)
        ],
        "frozen": [number for number in numbers if _is_held(bank, number)],
    }
    return _bytes(packed(head, {"pictures": np.stack([picture for picture, _ in drawn])}))


def opened(study: Study, asked: Asked) -> Response:
    """One filter with its numbers, slice by slice: `?bank=kernel&number=3&first=0&turned=0`.

    Where there are many slices, those that are strongest; `&slices=3,1` asks for these again, however strong by now.
    """
    version = study.version  # before the numbers are read: they may be newer than it says, and never older
    bank = asked_bank(study, asked)
    number = asked.whole("number", 0, 0, bank.count - 1)
    kernel = bank.kernel(number)
    slices = lying(study, bank)
    chosen = slices_asked(asked, slices, kernel)
    chosen_slices = [slices[each] for each in chosen]
    parts = turned(chosen_slices) if asked.whole("turned", 0, 0, 1) else chosen_slices
    found, limit = bank.filter(number), float(color_limits(kernel.ravel()[None])[0])
    story = bank.weight.story.of() if found is None else found.provenance
    head = {
        **_head(study, bank),
        "version": version,
        "number": number,
        "label": bank.label(number),
        "slices": [each.title for each in parts],
        "chosen": chosen,
        "total": len(slices),
        "limit": limit,
        "step": (limit or 1.0) / _STEPS,
        "bias": None if bank.bias is None else float(bank.bias.numpy()[number]),
        "story": str(story),
        "is_held": _is_held(bank, number),
        "can_freeze": found is not None,
        "coordinates": coordinates(bank.axes),
        "slides": bool(SLIDES.intersection(bank.axes)),
    }
    arrays = {f"values{at}": each.values(kernel) for at, each in enumerate(parts)}
    return _bytes(packed(head, arrays | {f"cells{at}": each.cells for at, each in enumerate(parts)}))


def described(study: Study, asked: Asked) -> Response:
    """What a filter is, in words: nearest kernel, orientation, frequency, DC gain."""
    bank = asked_bank(study, asked)
    number = asked.whole("number", 0, 0, bank.count - 1)
    kernel = bank.kernel(number).astype(np.float64)
    lines: list[tuple[str, str]] = []
    if SLIDES.intersection(bank.axes):
        spatial = sum(name in SLIDES for name in bank.axes)
        try:
            seen = describe(kernel.reshape(*kernel.shape[:spatial], -1))
        except PellucidError as error:  # a weight that is no number
            return JSONResponse({"facts": [("it cannot be described", str(error))]})
        lines = [("shown", what_is_shown(seen))] if len(seen.channels) > 1 else []
        lines += facts(seen.main)
    else:
        finite = kernel[np.isfinite(kernel)]
        lines.append(("sum", f"{finite.sum():.4g}; {kernel.size:,} numbers"))
        lines.append(("energy", f"{np.square(finite).sum():.4g} (sum of squares)"))
        lines += [("largest", f"{finite.max():.4g}"), ("smallest", f"{finite.min():.4g}")] if finite.size else []
    return JSONResponse(plain_data({"version": study.version, "facts": lines}))


def draw(study: Study, asked: Asked) -> Response:
    """The initial draw of a weight beside what it is now, and the law that it was drawn by."""
    bank = asked_bank(study, asked)
    number = asked.whole("number", 0, 0, bank.count - 1)
    owner = next((part for part in parts_of(bank.layer) if any(w is bank.weight for w in part.own_weights)), bank.layer)
    seen = initial_draw(owner, bank.weight.name)
    whole = lying(study, bank)
    then, now = (
        picture_of(whole, np.asarray(values)[bank.index(number)])[0] for values in (seen.values, bank.weight.numpy())
    )
    law = seen.law
    middles = (seen.edges[1:] + seen.edges[:-1]) / 2
    density = np.zeros(0) if law is None else np.diff(law.below(seen.edges)) / np.diff(seen.edges)
    head = {
        "version": study.version,
        "facts": draw_facts(seen),
        "is_draw": seen.is_draw,
        "limit": float(color_limits(np.concatenate([then.ravel(), now.ravel()])[None])[0]),
        "from": float(seen.edges[0]),
        "to": float(seen.edges[-1]),
        "highest": float(max(seen.densities.max(initial=0.0), density.max(initial=0.0))),
    }
    return _bytes(packed(head, {"then": then, "now": now, "bars": seen.densities, "law": density, "middles": middles}))


def film(study: Study, asked: Asked) -> Response:
    """A filter at the moments that its training has kept, in the order of the steps of the run that is under way."""
    bank = asked_bank(study, asked)
    number = asked.whole("number", 0, 0, bank.count - 1)
    course = study.training.course
    path = next((path for path, each in _weights(study).items() if each is bank.weight), "")
    moments = [moment for moment in course.moments.of(course.branch) if path in moment.state.weights]
    chosen = (
        [moments[place] for place in np.unique(np.linspace(0, len(moments) - 1, _SHOTS).astype(int))] if moments else []
    )
    whole = lying(study, bank)
    shots = [picture_of(whole, moment.state.weights[path][bank.index(number)])[0] for moment in chosen]
    limit = float(color_limits(np.stack(shots).ravel()[None])[0]) if shots else 0.0
    head = {"version": study.version, "steps": [moment.step for moment in chosen], "limit": limit}
    return _bytes(packed(head, {f"shot{at}": shot for at, shot in enumerate(shots)}))


def _weights(study: Study) -> dict[str, Variable]:
    """By the paths under which moments keep them: those of the model itself, also where its `call` is a user's own."""
    return weights_by_path(study.model.built_network().layers)


def _head(study: Study, bank: Bank) -> dict[str, Any]:
    trained = [weight for weight in bank.layer.weights if weight.learned]
    return {
        "version": study.version,
        "layer": bank.path,
        "bank": bank.name,
        "count": bank.count,
        "axes": bank.axes,
        "is_whole": bank.is_whole,
        "shape": bank.shape,
        "limit": float(color_limits(bank.weight.numpy().ravel()[None])[0]),
        "layer_is_frozen": bool(trained) and not any(weight.trainable for weight in trained),
    }


def _banks(study: Study, bank: Bank) -> list[Bank]:
    node = next(node for node in study.scene.nodes if node.path == bank.path)
    return banks_of(bank.path, layer_at(study.opened, bank.path), slides=bool(node.banks))


def _is_held(bank: Bank, number: int) -> bool:
    found = bank.filter(number) if bank.weight.frozen_part is not None else None
    return found is not None and found.is_held


def lying(study: Study, bank: Bank) -> list[Slice]:
    """How the filters of a bank lie: those of a dense layer behind maps that were made flat, as these maps."""
    spatial = sum(name in SLIDES for name in bank.axes)
    names = channel_colors(bank.layer, bank.weight) if spatial and "channels" in bank.axes else None
    maps = _maps_before(study, bank.path) if bank.axes == ("inputs",) else None
    fits = maps is not None and int(np.prod(maps)) == bank.shape[0]
    return slices_of(bank.shape, bank.axes, names, maps if fits else None)


def _maps_before(study: Study, path: str) -> tuple[int, ...] | None:
    """The shape of the maps that were made flat before a layer, where nothing between puts them in another order."""
    nodes = {node.id: node for node in study.scene.nodes}
    node = next(node for node in study.scene.nodes if node.path == path)
    while len(node.inputs) == 1:
        node = nodes[node.inputs[0]]
        if node.kind == Flatten.__name__ and len(node.inputs) == 1:
            layer, before = layer_at(study.opened, node.path), study.maps(node.inputs[0]).maps
            is_same = np.array_equal(before.ravel(), study.maps(node.id).maps.ravel(), equal_nan=True)
            return before.shape if isinstance(layer, Flatten) and is_same and 2 <= before.ndim <= 4 else None
        if node.kind not in ("Dropout", "Activation", "ReLU", "GaussianNoise"):
            return None
    return None


def slices_asked(asked: Asked, slices: list[Slice], kernel: np.ndarray) -> list[int]:
    """The numbers of the slices that are asked for: `?slices=3,1`, or `?first=0` of those that are strongest."""
    text = asked.query.get("slices", "")
    if not text:
        return touchable(slices, kernel, asked.whole("first", 0, 0, len(slices) - 1))
    parts = text[:8000].split(",")
    if not all(part.isascii() and part.isdecimal() and len(part) < 9 and int(part) < len(slices) for part in parts):
        raise ArgumentError(f"slices are whole numbers below {len(slices)} with commas between, got {shown(text)}")
    return list(dict.fromkeys(map(int, parts)))


def _bytes(message: bytes) -> Response:
    return Response(message, media_type="application/octet-stream")
