"""The weights of any layer as banks of filters: which there are, and what of the weight each filter is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, unknown_name
from pellucid.explorer.scene import Scene
from pellucid.frozen import Frozen
from pellucid.inspection.training_step import layer_at
from pellucid.layers import Layer
from pellucid.layers.filter_values import AXES, SLIDES
from pellucid.layers.own_filters import is_seen
from pellucid.layers.single_filters import Filter, filters_held
from pellucid.layers.weight_names import short_names
from pellucid.models import Model
from pellucid.variables import Variable

__all__ = ["Bank", "bank_of", "banks_of", "makes_the_maps", "named_weights", "parts_of", "sliding_bank"]

_CONVOLVING = range(3, 6)  # axes of a kernel that slides: one to three, channels, filters


class Bank(Frozen, eq=False):
    """The filters of one weight of a layer; the units of a dense layer; the numbers of a weight that has no filters.

    Args:
        path: of the layer.
        layer: that has the weight.
        name: of the weight in the layer, as `inspection.what_if` takes it.
        weight: in which the filters lie.
        axes: what the axes of one filter are.
        count: how many filters there are.
        owner: the layer, or the part of it, that knows its filters one by one; None where the last axis counts them, or
            the whole weight is one.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(4, 3, name="c")
        >>> layer.build((None, 8, 8, 2))
        >>> (bank,) = banks_of("c", layer)
        >>> bank.axes, bank.count, bank.kernel(3).shape, bank.label(3)
        (('rows', 'columns', 'channels'), 4, (3, 3, 2), 'c, filter 3')
    """

    path: str
    layer: Layer
    name: str
    weight: Variable
    axes: tuple[str, ...]
    count: int
    owner: Layer | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the weight is one row of numbers, with nothing to count filters by."""
        return self.owner is None and self.weight.ndim < 2

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one filter."""
        return self.kernel(0).shape

    @property
    def holder(self) -> Layer | str:
        """What `inspection` is told where one filter is meant: the path of the layer, or the part of it."""
        return self.path if self.owner is None or self.owner is self.layer else self.owner

    def filter(self, number: int) -> Filter | None:
        """The filter as the library's object; None where the layer has none."""
        return None if self.owner is None else Filter(self.owner, number, self.weight.name)  # type: ignore[arg-type]

    def index(self, number: int) -> tuple[Any, ...]:
        """What of the weight a filter is."""
        found = self.filter(number)
        if found is not None:
            return found.place
        return (...,) if self.is_whole else (..., number)

    def kernel(self, number: int) -> np.ndarray:
        """The numbers of a filter, as they are now."""
        return self.weight.numpy()[self.index(number)]

    def kernels(self, numbers: range) -> list[np.ndarray]:
        """The numbers of several filters, of one moment."""
        values = self.weight.numpy()
        return [values[self.index(number)] for number in numbers]

    @property
    def bias(self) -> Variable | None:
        """What is added to the sums of its filters: one number for each; None where there is no such."""
        found = self.filter(0)
        bias = None if found is None or found.bias is None else getattr(self.owner, "bias", None)
        return bias if isinstance(bias, Variable) and bias.shape == (self.count,) else None

    def label(self, number: int) -> str:
        """A filter in words, as sentences of edits begin."""
        if self.is_whole:
            return f"{self.path}, {self.name}"
        kind = "unit" if "inputs" in self.axes and len(self.axes) == 1 else "filter"
        first = self.name == "kernel" or self.owner is None
        return f"{self.path}, {'' if first and self.name == 'kernel' else f'{self.name}, '}{kind} {number}"

    def checked(self, number: int) -> int:
        """The number of a filter; raises `ArgumentError` if there is no such one."""
        if not 0 <= number < self.count:
            raise ArgumentError(f"{self.path}: {self.name} has filters 0 to {self.count - 1}, got {number}")
        return number


def named_weights(layer: Layer) -> dict[str, Variable]:
    """The weights of a layer by their names; by the paths to them from the layer where two share one."""
    names = short_names(layer)
    return {names.get(weight, weight.path): weight for weight in layer.weights}


def banks_of(path: str, layer: Layer, *, slides: bool = False) -> list[Bank]:
    """The banks of a layer: one for each weight, but a bias stands with the filters that it belongs to.

    Args:
        path: of the layer.
        layer: built.
        slides: whether weights of three to five axes are kernels, as `inspection.all_filters` finds it.
    """
    parts = list(parts_of(layer))
    found: list[Bank] = []
    for name, weight in named_weights(layer).items():
        owner = next((part for part in parts if _has_filters(part, weight)), None)
        if owner is not None:
            one = Filter(owner, 0, weight.name)  # type: ignore[arg-type]
            found.append(Bank(path, layer, name, weight, one.axes, one.count, owner))
        elif weight.ndim < 2:
            found.append(Bank(path, layer, name, weight, ("numbers",) * weight.ndim, 1))
        else:
            is_kernel = slides and weight.ndim in _CONVOLVING and weight.name != "bias"
            others = tuple(f"axis{axis}" for axis in range(weight.ndim - 1))
            axes = (*AXES[weight.ndim - 2], "channels") if is_kernel else others
            found.append(Bank(path, layer, name, weight, axes, weight.shape[-1]))
    biases = [bank.bias for bank in found]
    return [bank for bank in found if not any(bank.weight is bias for bias in biases)]


def makes_the_maps(bank: Bank) -> bool:
    """Whether each map of the layer is what one filter of this bank answers, as far as can be told from its weights.

    Of a layer that has several banks only its class can say which: one of the library's own names it first. What a
    block of a user's own gives may come from any of the layers in it, or from all of them.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.SeparableConv2D(4, 3)
        >>> layer.build((None, 8, 8, 2))
        >>> [(bank.name, makes_the_maps(bank)) for bank in banks_of("s", layer)]
        [('depthwise_kernel', False), ('pointwise_kernel', True)]
    """
    owner = bank.owner
    is_said = owner is not None and not is_seen(owner)
    if bank.is_whole or (is_said and bank.weight.name != next(iter(filters_held(owner)))):
        return False
    others = [each for each in banks_of(bank.path, bank.layer) if not (each.is_whole or each.weight is bank.weight)]
    return all(each.weight.name == "bias" or (is_said and each.owner is owner) for each in others)


def sliding_bank(path: str, layer: Layer, names: Sequence[str], asked: str = "") -> tuple[Layer, str | None]:
    """The bank of filters that slide which is asked for, or else the first, as `inspection.filters` takes it.

    Args:
        path: of the layer.
        layer: built.
        names: of its banks, as `inspection.all_filters` has them.
        asked: the name of a bank, as `banks_of` has it.

    Returns:
        the layer that the filters are asked of, and the name of the weight; None where there is one alone. Of a model
        that is used as a layer it is the layer within that holds them.
    """
    if not isinstance(layer, Model):
        if len(names) < 2:
            return layer, None
        known = [name.removeprefix(f"{path}/") for name in names]
        return layer, next((name for name in known if f"{asked}/".startswith(f"{name}/")), known[0])
    found = [bank for bank in banks_of(path, layer) if bank.owner is not None and SLIDES.intersection(bank.axes)]
    if not found:
        raise ArgumentError(f"{path[:80]}: none of its layers holds filters that slide as they stand")
    chosen = next((bank for bank in found if bank.name == asked), found[0])
    assert chosen.owner is not None
    return chosen.owner, chosen.weight.name


def parts_of(layer: Layer) -> Iterator[Layer]:
    """A layer and what it is made of, layers of models inside too."""
    for part in layer.with_parts():
        if isinstance(part, Layer):
            yield part
        if isinstance(part, Model):
            for inner in part.layers:
                yield from parts_of(inner)


def _has_filters(part: Layer, weight: Variable) -> bool:
    """Whether a layer knows the filters of a weight one by one."""
    return weight.name in getattr(part, "filter_axes", {}) and getattr(part, weight.name, None) is weight


def bank_of(model: Model, scene: Scene, path: str, name: str = "") -> Bank:
    """A bank of a layer of a model.

    Args:
        model: that has the layer.
        scene: of it.
        path: of the layer.
        name: of the weight; "" for the first one.

    Raises:
        ArgumentError: there is no such layer or weight, or the layer has none.
    """
    node = next((node for node in scene.nodes if node.path == path), None)
    if node is None or not node.count:
        having = list(dict.fromkeys(each.path for each in scene.nodes if each.count))
        if node is None:
            raise unknown_name(f"layer of {model.name}", path, having)
        raise ArgumentError(f"{path} has no weights{', but ' + ', '.join(having[:8]) + ' have' if having else ''}")
    banks = {bank.name: bank for bank in banks_of(path, layer_at(model, path), slides=bool(node.banks))}
    name = name or next(iter(banks))
    if name not in banks:
        raise unknown_name(f"weight of {path}", name, list(banks))
    return banks[name]
