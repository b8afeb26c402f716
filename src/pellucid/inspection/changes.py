"""Changes that are tried out: what callers say of weights and pixels, as new arrays; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, unknown_name
from pellucid.inspection.given import described, is_whole, path_of
from pellucid.inspection.running import uses
from pellucid.layers import Layer
from pellucid.layers.computed_filters import without_filters
from pellucid.layers.filter_values import kernel_values
from pellucid.layers.single_filters import filters_held, one_filter
from pellucid.layers.weight_names import named, short_names
from pellucid.models import Model
from pellucid.variables import Variable

WEIGHTS_SAID = (
    "say what is to change: {'conv': {7: 0.0}} for a filter, {'conv': {'bias': values}} for a weight, "
    "{'input': {(row, column): value}} for pixels"
)


class Changes:
    """What is to change, read against a model and a sample.

    Args:
        model: a built one.
        inputs: the arrays that it is given, a batch of one each, by name.
        given: see `what_if`.

    Attributes:
        inputs: the arrays after the change, by name.
        weights: the values after the change, of the weights that change.
        told: each change in words.
    """

    def __init__(self, model: Model, inputs: Mapping[str, np.ndarray], given: object) -> None:
        if not isinstance(given, Mapping):
            raise ArgumentTypeError(f"changes is a dictionary, got {described(given)}; {WEIGHTS_SAID}")
        self.inputs = {name: array.copy() for name, array in inputs.items()}
        self.weights: dict[Variable, np.ndarray] = {}
        self.told: list[str] = []
        for where, value in given.items():
            if isinstance(where, str) and where in self.inputs:
                self._change_input(where, value)
            else:
                path = path_of(model, where)
                used = uses(model, path)  # in the call of a class of the user's own, nobody knows which
                self._change_layer(path, used[0].layer if used else model.get_layer(path), value)
        if not self.told:
            raise ArgumentError(f"changes is empty; {WEIGHTS_SAID}")

    def _change_input(self, name: str, value: object) -> None:
        before = self.inputs[name][0].astype(np.float32)
        after = changed(before, value, name)
        self.inputs[name] = after[np.newaxis]
        self._tell(name, before, after)

    def _change_layer(self, path: str, layer: Layer, value: object) -> None:
        if not layer.weights:
            raise ArgumentError(f"{layer.label} has no weights that could be changed")
        if not isinstance(value, Mapping):
            self._change_weight(path, layer, _main_weight(layer), value)
            return
        for key, part in value.items():
            if isinstance(key, str):
                self._change_weight(path, layer, _weight(layer, key), part)
            elif is_whole(key):
                self._change_filter(path, layer, key, part)
            else:
                self._change_weight(path, layer, _main_weight(layer), {key: part})
        if not value:
            raise ArgumentError(f"{layer.label}: nothing is said of what is to change; {WEIGHTS_SAID}")

    def _change_weight(self, path: str, layer: Layer, weight: Variable, value: object) -> None:
        before = self.weights.get(weight, weight.numpy())
        where = f"{path}/{short_names(layer).get(weight, weight.name)}"
        after = changed(before, value, where)
        self.weights[weight] = after
        self._tell(where, before, after)

    def _change_filter(self, path: str, layer: Any, number: int, value: object) -> None:
        if not any(filters_held(part) for part in layer.with_parts()):
            by_name = f"{{{path!r}: {{{next(iter(short_names(layer).values()))!r}: values}}}}"
            raise ArgumentError(f"{without_filters(layer)}; change a weight by its name: {by_name}")
        chosen = one_filter(layer, number)
        weight = chosen.weight
        before = self.weights.get(weight, weight.numpy())
        after, kernel = before.copy(), chosen.kernel_in(before)
        wanted = (
            changed(kernel, value, chosen.label)
            if isinstance(value, int | float | np.number | Mapping)
            else kernel_values(chosen.label, chosen.axes, kernel.shape, value)
        )
        after[chosen.place] = chosen.part_with(before, wanted)
        self.weights[weight] = after
        self._tell(f"{path}, filter {chosen.number}", kernel, chosen.kernel_in(after))

    def _tell(self, where: str, before: np.ndarray, after: np.ndarray) -> None:
        different = before != after
        count = int(np.count_nonzero(different))
        size = float(np.abs(after.astype(np.float64) - before).max(initial=0.0))
        self.told.append(f"{where}: {count} of {before.size} numbers, by {size:.4g} at most")


def changed(before: np.ndarray, value: object, where: str) -> np.ndarray:
    """The array after a change; a copy.

    Args:
        before: the array.
        value: a number for all of it, an array of its shape, a function of it, or numbers by position.
        where: what it is, as messages begin.

    Raises:
        ArgumentError: the value is no finite number, or a position is not there.
        ShapeError: the shape differs.

    Example:
        >>> changed(np.zeros((2, 2)), {(0, 1): 5.0}, "input").tolist()
        [[0.0, 5.0], [0.0, 0.0]]
    """
    after = before.copy()
    if isinstance(value, Mapping):
        for position, part in value.items():
            place = _place(position, before.shape, where)
            after[place] = _fitting(part, np.shape(after[place]), f"{where}{list(place)}")
        return after
    if callable(value):
        function: Callable[[np.ndarray], object] = value
        after[...] = _fitting(function(before.copy()), before.shape, f"{where}: what the function returns")
    else:
        after[...] = _fitting(value, before.shape, where)
    return after


def _place(position: object, shape: tuple[int, ...], where: str) -> tuple[int, ...]:
    parts = position if isinstance(position, tuple) else (position,)
    if not parts or not all(map(is_whole, parts)):
        raise ArgumentTypeError(f"{where}: a position is a tuple of whole numbers, got {described(position)}")
    place = tuple(int(part) for part in parts)
    inside = len(place) <= len(shape) and all(0 <= part < size for part, size in zip(place, shape, strict=False))
    if not inside:
        raise ArgumentError(f"{where} has the shape {shape}; there is no position {place} in it")
    return place


def _fitting(value: object, shape: tuple[int, ...], where: str) -> np.ndarray:
    """Finite numbers of a shape, or one for all."""
    try:
        array = array_of(value)
    except NoNumbers as error:
        raise ArgumentTypeError(f"{where} is to be a number, or numbers of shape {shape}, got {error}") from error
    if array.ndim and array.shape != shape:
        raise ShapeError(f"{where} is to be a number, or numbers of shape {shape}, got shape {array.shape}")
    with np.errstate(over="ignore"):
        floats = array.astype(np.float32)
    if not np.isfinite(floats).all():
        raise ArgumentError(f"{where}: the new values must be finite numbers that float32 can hold")
    return floats


def _weight(layer: Layer, name: str) -> Variable:
    """The weight of a layer by its name; by the path to it where two share one."""
    found = named(layer, name)
    if found is None:
        raise unknown_name(f"weight of {layer.label}", name, list(short_names(layer).values()))
    return found


def _main_weight(layer: Layer) -> Variable:
    """That which is meant where none is named: the kernel, or the only one."""
    kernels = [weight for weight in layer.weights if weight.name == "kernel"] or list(layer.weights)
    if len(kernels) > 1:
        names = ", ".join(short_names(layer).values())
        raise ArgumentError(f"{layer.label} has several weights, {names}: say which, {{name: values}}")
    return kernels[0]
