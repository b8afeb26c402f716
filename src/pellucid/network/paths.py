"""Weights by path: "inner/conv2d/kernel" leads through the models and layers that hold one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pellucid.layers import Layer
from pellucid.layers.weight_names import own_weights_by_name
from pellucid.naming import distinct
from pellucid.variables import Variable


def weights_by_path(layers: Sequence[Layer]) -> dict[str, Variable]:
    """All weights of these layers and of their parts, each once, under the path by which it is met first.

    Where two of one place bear one name, the second is called `name_1`, the third `name_2`.

    Example:
        >>> from pellucid import Sequential, layers
        >>> inner = Sequential([layers.Input((4,)), layers.Dense(3, name="hidden")], name="inner")
        >>> list(weights_by_path([inner, layers.Flatten()]))
        ['inner/hidden/kernel', 'inner/hidden/bias']
    """
    found: dict[Variable, str] = {}
    for path, layer in _walk(layers, ""):
        for name, weight in own_weights_by_name(layer).items():
            found.setdefault(weight, f"{path}/{name}")
    return {path: weight for weight, path in found.items()}


def layers_by_path(layers: Sequence[Layer]) -> dict[str, Layer]:
    """These layers and their parts, as far as they have weights of their own, each once, under the paths of these.

    Example:
        >>> from pellucid import Sequential, layers
        >>> inner = Sequential([layers.Input((4,)), layers.Dense(3, name="hidden")], name="inner")
        >>> list(layers_by_path([inner, layers.Flatten()]))
        ['inner/hidden']
    """
    found: dict[Layer, str] = {}
    for path, layer in _walk(layers, ""):
        if layer.own_weights:
            found.setdefault(layer, path)
    return {path: layer for layer, path in found.items()}


def matched(weights: Mapping[str, Variable], given: Sequence[str]) -> dict[str, Variable] | None:
    """The weights under the paths that somebody else knows them by; None where these are others.

    Automatic names count on as long as a process runs: "conv2d" of one model is "conv2d_1" of its twin. So paths that
    differ in such numbers alone are matched in their order.

    Example:
        >>> from pellucid import Sequential, layers
        >>> weights = weights_by_path([layers.Dense(1, input_shape=(2,), name="dense_7")])
        >>> matched(weights, list(weights)) == weights
        True
    """
    if set(given) == set(weights):
        return {path: weights[path] for path in given}
    if [_unnumbered(path) for path in given] == [_unnumbered(path) for path in weights]:
        return dict(zip(given, weights.values(), strict=True))
    return None


def unnumbered(name: str) -> str:
    """A name without the number that automatic names end with.

    Example:
        >>> unnumbered("conv2d_12"), unnumbered("conv2d")
        ('conv2d', 'conv2d')
    """
    return re.sub(r"_\d+$", "", name)


def _unnumbered(path: str) -> list[str]:
    return [unnumbered(name) for name in path.split("/")]


def _walk(layers: Sequence[Layer], place: str) -> Iterator[tuple[str, Layer]]:
    for layer, name in zip(layers, distinct([layer.name for layer in layers]), strict=True):
        yield f"{place}{name}", layer
        yield from _walk(layer.sublayers, f"{place}{name}/")
