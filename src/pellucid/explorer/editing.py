"""Edits of weights from the page: one number, a whole kernel, what is held; undone and done again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from starlette.responses import JSONResponse, Response

from pellucid import filterbank, initializers
from pellucid.checks import number as number_of
from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.explorer.asked import Asked
from pellucid.explorer.banks import Bank, bank_of
from pellucid.explorer.formulas import formula_of
from pellucid.explorer.history import Freezing, Kept, Numbers
from pellucid.explorer.study import Study
from pellucid.filterbank.catalogue import KERNELS
from pellucid.initializers import Filterbank, Initializer
from pellucid.inspection.given import is_whole
from pellucid.inspection.initial_draw import initializer_said
from pellucid.layers import Layer
from pellucid.layers.filter_values import SLIDES, drawn_anew, kernel_values, name_of_values
from pellucid.provenance import Event, drawn_by
from pellucid.variables import Variable

__all__ = ["edit", "edits", "kernels", "redo", "reset", "undo"]

_MOST_CELLS = 4096  # painted at once
_LISTED = 40  # edits


def edit(study: Study, asked: Asked) -> Response:
    """Edit something: {"layer": path, "bank": name, "number": filter, "do": one of `_EDITS`, ...}.

    With "gesture", a word, edits that follow each other in one movement of the hand are one.
    """
    sent = asked.sent()
    doing = sent.get("do")
    if not isinstance(doing, str) or doing not in _EDITS:
        raise unknown_name("edit", doing if isinstance(doing, str) else shown(doing), list(_EDITS))
    names = [sent.get(name, "") for name in ("layer", "bank", "gesture")]
    if not all(isinstance(name, str) and len(name) < 300 for name in names):
        raise ArgumentError("layer, bank and gesture are words")
    path, name, gesture = names
    bank = bank_of(study.opened, study.scene, path, name)
    number = sent.get("number", 0)
    if not is_whole(number):
        raise ArgumentError(f"number is that of a filter, got {shown(number)}")
    bank.checked(number)
    with study.editing():
        words, kept, do = _EDITS[doing](bank, number, sent)
        do()
        if gesture or any(each.is_other for each in kept):
            study.history.note(words, kept, f"{gesture} {doing} {path} {name} {number}" if gesture else "")
    study.changed("weights")
    return edits(study, asked)


def edits(study: Study, asked: Asked) -> Response:
    """What was edited, the last first."""
    history = study.history
    return JSONResponse(
        {
            "version": study.version,
            "done": [each.words for each in history.done[: -_LISTED - 1 : -1]],
            "undone": [each.words for each in history.undone[:_LISTED]],
            "count": len(history.done) + history.forgotten,
            "can_reset": any(each.is_of_numbers for each in history.done)
            or bool(history.forgotten or study.training.step),
            "has_file": study.file is not None,
        }
    )


def undo(study: Study, asked: Asked) -> Response:
    """Take back the last edits: {"count": 1}."""
    return _turned(study, asked, study.history.undo)


def redo(study: Study, asked: Asked) -> Response:
    """Do again what was undone: {"count": 1}."""
    return _turned(study, asked, study.history.redo)


def reset(study: Study, asked: Asked) -> Response:
    """All weights as at the beginning, or as in the file: {"to": "file"}; an edit like others, which can be undone."""
    to = asked.sent().get("to", "beginning")
    if to not in ("beginning", "file"):
        raise ArgumentError(f"to is beginning or file, got {shown(to)}")
    where = "in the file" if to == "file" else "at the beginning"
    saved = study.saved() if to == "file" else {}
    with study.editing():
        begun = saved or study.beginning
        different = [weight for weight in study.model.weights if not np.array_equal(weight.numpy(), begun[weight])]
        if different:
            words = f"reset: {len(different)} weight{'s' * (len(different) != 1)} as {where}"
            kept = [Numbers(weight, (...,)) for weight in different]
            for weight in different:
                weight.put((...,), begun[weight], Event("restored", f"what was {where}"))
            study.history.note(words, kept)
    study.changed("weights")
    return edits(study, asked)


def kernels(study: Study, asked: Asked) -> Response:
    """The kernels with a name that fit a bank, each with its settings and what they are by default."""
    bank = bank_of(study.opened, study.scene, asked.path["layer"], asked.query.get("bank", ""))
    size = [length for length, name in zip(bank.shape, bank.axes, strict=True) if name in SLIDES]
    found = []
    for name, says in filterbank.names().items():
        if name in KERNELS and len(size) == filterbank.get(name).ndim:
            settings = _settings(KERNELS[name], size)
            if _fits(bank, name, settings):
                found.append({"name": name, "says": says, "settings": settings})
    return JSONResponse({"kernels": found})


def _fits(bank: Bank, name: str, settings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a kernel with its usual settings has a place in the filters of a bank."""
    usual = {each["name"]: each["usual"] for each in settings if each["usual"] is not None}
    try:
        kernel_values(bank.label(0), bank.axes, bank.shape, Filterbank([filterbank.get(name, **usual)]))
    except ArgumentError:
        return False
    return True


def _settings(function: Callable[..., Any], size: Sequence[int]) -> list[dict[str, Any]]:
    """The settings of a kernel with their usual values; its size is that of the layer's where it may be."""
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        usual = size[0] if name == "size" and len(set(size)) == 1 else parameter.default
        try:
            function(**({name: usual}))
        except ArgumentError:
            usual = parameter.default
        kind = "flag" if isinstance(usual, bool) else "word" if isinstance(usual, str) else "number"
        found.append({"name": name, "usual": usual, "kind": kind})
    return found


def _turned(study: Study, asked: Asked, turn: Callable[[], object]) -> Response:
    count = asked.sent().get("count", 1)
    if not is_whole(count) or not 1 <= count <= 10_000:
        raise ArgumentError(f"count says how many edits, 1 to 10000, got {shown(count)}")
    with study.editing():
        turn()
        for _ in range(count - 1):
            if not (study.history.done if turn == study.history.undo else study.history.undone):
                break
            turn()
    study.changed("weights")
    return edits(study, asked)


# What can be done: each returns the words, what it keeps of before, and what does it. Where several edits of one
# gesture are one, its words follow from what was before the first of them.

Words = Callable[[Sequence[Kept]], str]
Doing = tuple[str | Words, list[Kept], Callable[[], None]]


def _numbers(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """One number of a filter, or several, to one value: {"at": 5 or [5, 6], "value": 0.5}; "at" counts its numbers."""
    given, shape = sent.get("at"), bank.shape
    value = number_of(bank.label(number), "value", sent.get("value"))
    places = given if isinstance(given, list) else [given]
    size = int(np.prod(shape, dtype=int))
    if not 0 < len(places) <= _MOST_CELLS or not all(is_whole(at) and 0 <= at < size for at in places):
        raise ArgumentError(
            f"{bank.label(number)}: at is a place among its {size} numbers, or a list of such, got {shown(given)}"
        )
    new = bank.kernel(number).copy()
    index = np.unravel_index(np.array(places, int), shape) if shape else ()
    new[index] = value
    name = f"{bank.label(number)}, {'number' if bank.is_whole else 'weight'}"

    def words(kept: Sequence[Kept]) -> str:
        (before,) = (each.values for each in kept if isinstance(each, Numbers))
        different = np.argwhere(before != new) if before.ndim else np.zeros((1, 0), int)
        if len(different) > 1:
            return f"{name}s: {len(different)} painted with {value:.4g}"
        at = tuple(map(int, different[0] if len(different) else [axis[0] for axis in index]))
        return f"{name} {list(at)}: {before[at]:.4g} -> {new[at]:.4g}"

    def do() -> None:
        part = np.zeros(bank.weight.shape, bool)
        part[bank.index(number)][index] = True
        bank.weight.put(part, value, Event("handcrafted", "by hand"))

    return words, [Numbers(bank.weight, bank.index(number))], do


def _bias(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """The bias of a filter: {"value": 0.5}."""
    bias, value = bank.bias, number_of(bank.label(number), "value", sent.get("value"))
    if bias is None:
        raise ArgumentError(f"{bank.label(number)} has no bias that could be set")

    def words(kept: Sequence[Kept]) -> str:
        (before,) = (float(each.values) for each in kept if isinstance(each, Numbers))
        return f"{bank.label(number)}, bias: {before:.4g} -> {value:.4g}"

    return words, [Numbers(bias, (number,))], lambda: bias.put((number,), value, Event("handcrafted", "by hand"))


def _kernel(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """A kernel with a name: {"name": "gabor", "settings": {"orientation": 45}}."""
    name, settings = sent.get("name"), sent.get("settings", {})
    if not isinstance(name, str) or not isinstance(settings, dict):
        raise ArgumentError('a kernel is told by {"name": word, "settings": object}')
    if not SLIDES.intersection(bank.axes):
        raise ArgumentError(f"{bank.label(number)} does not slide, so kernels of images do not fit it; a formula does")
    kernel = Filterbank([filterbank.get(name, **settings)])
    values = kernel_values(bank.label(number), bank.axes, bank.shape, kernel)
    told = ", ".join(f"{key}={setting}" for key, setting in settings.items())
    called = f"{name.lower()}{f'({told})' if told else ''}"[:150]
    return f"{bank.label(number)}: {called}", *_put(bank, number, values, Event("handcrafted", called))


def _formula(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """A formula of the coordinates: {"formula": "exp(-(x**2 + y**2) / 2)"}."""
    formula = formula_of(sent.get("formula"), bank.axes)
    values = kernel_values(bank.label(number), bank.axes, bank.shape, formula)
    return f"{bank.label(number)}: {sent['formula'].strip()[:80]}", *_put(
        bank, number, values, Event("handcrafted", name_of_values(formula))
    )


def _freeze(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """Hold a filter, or let it go: {"held": true}."""
    found, held = bank.filter(number), _flag(sent, "held")
    if found is None:
        raise ArgumentError(f"{bank.label(number)} cannot be frozen alone; its layer can")
    words = f"{bank.label(number)}: {'frozen' if held else 'free again'}"

    def do() -> None:
        _ = found.freeze() if held else found.unfreeze()

    return words, [Freezing(bank.layer)], do


def _freeze_layer(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """Hold a layer, or let it go: {"held": true}."""
    layer, held = bank.layer, _flag(sent, "held")
    return (
        f"{bank.path}: {'frozen' if held else 'free again'}",
        [Freezing(layer)],
        lambda: setattr(layer, "trainable", not held),
    )


def _draw(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """Draw a filter anew, as if the layer were new."""
    drawing = _drawing(bank.layer, bank.weight)
    new = drawing(bank.weight.shape)[bank.index(number)]
    words, event = f"{bank.label(number)}: drawn anew", drawn_by(drawing, bank.weight.shape)
    return words, *_put(bank, number, np.asarray(new), event)


def _draw_layer(bank: Bank, number: int, sent: Mapping[str, Any]) -> Doing:
    """Draw all weights of a layer anew."""
    drawings = {weight: _drawing(bank.layer, weight) for weight in bank.layer.weights}

    def do() -> None:
        for weight, drawing in drawings.items():
            weight.put((...,), drawing(weight.shape), drawn_by(drawing, weight.shape))

    return f"{bank.path}: all weights drawn anew", [Numbers(weight, (...,)) for weight in drawings], do


_EDITS: dict[str, Callable[[Bank, int, Mapping[str, Any]], Doing]] = {
    "numbers": _numbers,
    "bias": _bias,
    "kernel": _kernel,
    "formula": _formula,
    "freeze": _freeze,
    "freeze layer": _freeze_layer,
    "draw": _draw,
    "draw layer": _draw_layer,
}
"""By the word that the page sends."""


def _put(bank: Bank, number: int, values: np.ndarray, event: Event) -> tuple[list[Kept], Callable[[], None]]:
    index = bank.index(number)
    return [Numbers(bank.weight, index)], lambda: bank.weight.put(index, values, event)


def _drawing(layer: Layer, weight: Variable) -> Initializer:
    """An initialiser that gives a weight other numbers than before, if it draws any."""
    event = weight.story.of().events[0]
    kind = getattr(initializers, event.by, None) if event.how == "filled" else None
    kept: Any = event.initializer if kind is None else kind(**dict(event.settings))
    found = initializer_said(layer, weight) or kept
    if not isinstance(found, Initializer):
        raise ArgumentError(f"{layer.label}: nothing tells by what its {weight.name} was drawn")
    return drawn_anew(layer.label, found, None, is_own=True)


def _flag(sent: Mapping[str, Any], name: str) -> bool:
    if not isinstance(sent.get(name), bool):
        raise ArgumentError(f"{name} is true or false, got {shown(sent.get(name))}")
    return bool(sent[name])
