"""All that a model keeps, in dictionaries in dictionaries by path, as Keras tells it and takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.dispatch import Array
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown, unknown_name
from pellucid.network.paths import weights_by_path
from pellucid.training.door import as_array

PARTS = ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables")
FORMATS: dict[str, type[np.ndarray]] = {"backend_tensor": Array, "numpy_array": np.ndarray}
Kept = dict[str, Any]
"""What has a `numpy()` and an `assign`, by path."""


def told(model: Any, value_format: object) -> dict[str, Any]:
    """See `Model.get_state_tree`."""
    if not isinstance(value_format, str) or value_format not in FORMATS:
        raise unknown_name(f"{model.label}: value_format", value_format, list(FORMATS))
    form = FORMATS[value_format]
    return {
        part: _nested({path: np.asarray(each.numpy()).view(form) for path, each in kept.items()})
        for part, kept in _kept(model).items()
    }


def take(model: Any, tree: Any) -> None:
    """See `Model.set_state_tree`. All is found before anything is written."""
    if not isinstance(tree, Mapping):
        raise ArgumentTypeError(f"{model.label}: a state tree is what get_state_tree() gives, got {shown(tree)}")
    known, flat = _kept(model), {part: dict(_flat(values)) for part, values in tree.items()}
    chain = _chain(known, flat)
    found: list[tuple[Any, np.ndarray]] = []
    for part, values in flat.items():
        if part not in known:
            raise unknown_name(f"{model.label}: part of a state tree", part, PARTS)
        for path, value in values.items():
            what = f"path in {part} of {model.label}"
            kept = _of_path(known[part], path, chain, what, model.name if part == PARTS[2] else None)
            array = as_array(value, f"{model.label}: {path}")
            if array.shape != kept.numpy().shape:
                raise ShapeError(f"{model.label}: {path} has shape {kept.numpy().shape}, got {array.shape}")
            found.append((kept, array))
    for kept, array in found:
        kept.assign(array)


def _kept(model: Any) -> dict[str, Kept]:
    """What there is of each part, by path."""
    weights = weights_by_path(model.built_network().layers)
    learned = {path: weight for path, weight in weights.items() if weight.trainable}
    rest = {path: weight for path, weight in weights.items() if not weight.trainable}
    optimizer = [] if model.optimizer is None else model.optimizer.variables
    counted = {f"{metric.name}/{each.name}": each for metric in model.metrics for each in metric.variables}
    return dict(zip(PARTS, (learned, rest, {each.path: each for each in optimizer}, counted), strict=True))


def _chain(known: Mapping[str, Kept], flat: Mapping[str, Mapping[str, Any]]) -> str:
    """With whose name paths begin in Keras that lead into a chain; "" where they begin as here."""
    begins = {path.partition("/")[0] for part in PARTS[:2] for path in flat.get(part, ())}
    mine = {path.partition("/")[0] for part in PARTS[:2] for path in known[part]}
    return begins.pop() if len(begins) == 1 and not begins & mine else ""


def _of_path(kept: Kept, path: str, chain: str, what: str, trained: str | None) -> Any:
    """What has that path; with the chain's name or without, and whatever number Keras gave to the optimiser's.

    `trained` is the name of the model where it is something that its optimiser keeps.
    """
    without = path.removeprefix(f"{chain}/").replace(f"/{chain}_", "/", 1) if chain else path  # "chain/conv2d/kernel"
    found = next((each for each in (path, without) if each in kept), None)
    if found is None and trained is not None:  # "adam_1/chain_conv2d_kernel_momentum", or without the chain's name
        meant = {_unnumbered(each) for each in (path, without, path.replace("/", f"/{trained}_", 1))}
        alike = [name for name in kept if _unnumbered(name) in meant]
        found = alike[0] if len(alike) == 1 else None
    if found is not None:
        return kept[found]
    raise unknown_name(what, path, list(kept))


def _unnumbered(path: str) -> str:
    owner, _, rest = path.partition("/")
    return f"{re.sub(r'_[0-9]+$', '', owner)}/{rest}"


def _nested(values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *parts, last = path.split("/")
        place = tree
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


def _flat(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(values, Mapping):
        yield path, values
        return
    for name, value in values.items():
        if not isinstance(name, str):
            raise ArgumentError(f"a state tree has names as keys, got {shown(name)}")
        yield from _flat(value, f"{path}/{name}" if path else name)
