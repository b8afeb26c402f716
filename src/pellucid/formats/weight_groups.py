"""How the groups are called in which a `.keras` file keeps the weights of each layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pellucid.naming import snake_case


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
