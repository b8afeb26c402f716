"""What the weights of a layer are called by whoever asks about that layer: names that lead from it to them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pellucid.naming import distinct
from pellucid.variables import Variable


def own_weights_by_name(layer: Any) -> dict[str, Variable]:
    """The weights that a layer made itself, by the last part of their paths; numbered where they share one.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3)
        >>> layer.build((None, 2))
        >>> list(own_weights_by_name(layer))
        ['kernel', 'bias']
    """
    own = layer.own_weights
    return dict(zip(distinct([weight.name for weight in own]), own, strict=True))


def weights_within(layer: Any) -> dict[str, Variable]:
    """The weights of a layer and of those that it holds, each once, by the path from it: "conv/kernel".

    Not by `Variable.path`, which begins with the model, and which two parts of one name share.

    Example:
        >>> from pellucid import Sequential, layers
        >>> steps = layers.TimeDistributed(layers.Dense(3, name="row"))
        >>> model = Sequential([layers.Input((4, 2)), steps])
        >>> list(weights_within(steps))
        ['row/kernel', 'row/bias']
    """
    found = {weight: name for name, weight in own_weights_by_name(layer).items()}
    held = layer.layers if hasattr(layer, "get_layer") else layer.sublayers
    for part, name in zip(held, distinct([each.name for each in held]), strict=True):
        for path, weight in weights_within(part).items():
            found.setdefault(weight, f"{name}/{path}")
    return {path: weight for weight, path in found.items()}


def short_names(layer: Any) -> dict[Variable, str]:
    """What each weight of a layer is called: by its name alone where no other has it, else by the path from the layer.

    Example:
        >>> from pellucid import Sequential, layers
        >>> last = layers.Dense(1, use_bias=False, name="b")
        >>> rows = Sequential([layers.Input((2,)), layers.Dense(3, name="a"), last])
        >>> list(short_names(rows).values())
        ['a/kernel', 'bias', 'b/kernel']
    """
    paths = weights_within(layer)
    names = Counter(weight.name for weight in paths.values())
    return {weight: weight.name if names[weight.name] == 1 else path for path, weight in paths.items()}


def named(layer: Any, name: str) -> Variable | None:
    """The weight that a layer's `short_names` call so; a whole path is taken too, that of the model as well.

    None where there is no such, and where a path from the model is that of two.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3, name="d")
        >>> layer.build((None, 2))
        >>> named(layer, "kernel") is named(layer, "d/kernel") is layer.kernel, named(layer, "gain")
        (True, None)
    """
    paths = weights_within(layer)
    known = paths | {told: weight for weight, told in short_names(layer).items()}
    from_model = [weight for weight in paths.values() if weight.path == name]
    meant = known.get(name.removeprefix(f"{layer.name}/"), from_model[0] if len(from_model) == 1 else None)
    return known.get(name, meant)


def holder_of(layer: Any, weight: Variable) -> tuple[Any, str]:
    """The part of a layer, or the layer itself, that made a weight, and what it is called there.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3, name="d")
        >>> layer.build((None, 2))
        >>> holder_of(layer, layer.bias)
        (<Dense d>, 'bias')
    """
    own = ((part, own_weights_by_name(part)) for part in layer.with_parts())
    return next((part, name) for part, known in own for name, each in known.items() if each is weight)
