"""How the groups are called in which a `.keras` file keeps the weights of each layer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pellucid.naming import snake_case

CONTAINER, TODAY = "_layer_checkpoint_dependencies", "layers"
"""What tf.keras 2.12 called the group that holds the layers of a model; it counted each layer with weights twice."""


def layer_groups(class_names: Iterable[str], *, parent: str = "", container: str = "layers") -> list[str]:
    """The group of each layer of a model, from the layers' class names in the order of `model.layers`.

    Keras names a group after the layer's class in snake case, not after the layer, and counts repetitions: the
    second Conv2D is "conv2d_1" whatever its name. A functional model's list begins with its InputLayer; a Sequential
    model's list leaves it out.

    Args:
        class_names: one for each layer.
        parent: for the layers of a model within a model, the group of the inner model.
        container: the attribute that holds the layers.

    Returns:
        one group for each layer; its weights are in group + "/vars".

    Example:
        >>> layer_groups(["Conv2D", "MaxPooling2D", "Conv2D", "ReLU", "Dense"])
        ['layers/conv2d', 'layers/max_pooling2d', 'layers/conv2d_1', 'layers/re_lu', 'layers/dense']
        >>> layer_groups(["Conv2D"], parent="layers/sequential")
        ['layers/sequential/layers/conv2d']

    Source: Keras 3, saving_lib; held to it by tests that let Keras load what is written.
    """
    seen: Counter[str] = Counter()
    groups = []
    for class_name in class_names:
        name = snake_case(class_name)
        suffix = f"_{seen[name]}" if seen[name] else ""
        seen[name] += 1
        groups.append("/".join(filter(None, [parent, container, name + suffix])))
    return groups


def places_of_today(groups: Iterable[str]) -> dict[str, str]:
    """For each group of weights its place in Keras 3, which differs in files of tf.keras 2.12.

    Example:
        >>> old = "_layer_checkpoint_dependencies"
        >>> list(places_of_today([f"{old}/dense/vars", f"{old}/dense_2/vars"]).values())
        ['layers/dense/vars', 'layers/dense_1/vars']
    """
    paths = [path.split("/") for path in groups]
    inside: dict[tuple[str, ...], set[str]] = {}
    for parts in paths:
        for place, part in enumerate(parts[:-1]):
            if part == CONTAINER:
                inside.setdefault(tuple(parts[: place + 1]), set()).add(parts[place + 1])
    names = {place: _counted_once(held) for place, held in inside.items()}
    return {"/".join(parts): "/".join(_renamed(parts, names)) for parts in paths}


def _counted_once(names: Iterable[str]) -> dict[str, str]:
    """Names of layers by class, numbered without gaps."""
    numbered = []
    for name in names:
        stem, number = re.fullmatch(r"(.*?)(?:_(\d{1,9}))?", name).groups()  # type: ignore[union-attr]
        numbered.append((stem, int(number or 0), name))
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for stem, _, name in sorted(numbered):
        found[name] = f"{stem}_{counts[stem]}" if counts.get(stem) else stem
        counts[stem] = counts.get(stem, 0) + 1
    return found


def _renamed(parts: Sequence[str], names: Mapping[tuple[str, ...], Mapping[str, str]]) -> list[str]:
    found = []
    for place, part in enumerate(parts):
        above = names.get(tuple(parts[:place]), {})
        found.append(TODAY if part == CONTAINER else above.get(part, part))
    return found
