"""The weights of a model in a file of their own, `.weights.h5`, both ways with Keras 3."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.arraylike import first_odd
from pellucid.checks import flag, number, several
from pellucid.engines import all_held
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.formats.paths import checked_path
from pellucid.formats.weight_file import open_weight_file, write_weight_file
from pellucid.formats.weight_shards import TABLE, write_shards
from pellucid.formats.weight_store import WeightStore, may_be_weight
from pellucid.layers import Layer
from pellucid.models.optimizer_state import GROUP, optimizer_arrays, read_optimizer
from pellucid.models.own_files import Given, stores_its_own, take_variables, variables_of
from pellucid.models.saving import check_layers, weight_groups
from pellucid.provenance import Event, file_name
from pellucid.training.base import Stepper
from pellucid.variables import Variable, write_all
from pellucid.warned import warn

__all__ = ["ENDING", "TABLE", "Left", "load_weights", "save_weights"]

Left = tuple[Layer, str, str]
"""A layer that keeps its weights, the group that a file has for it ("" where there is none), why it does not fit."""

ENDING = ".weights.h5"
LEAST_GIB, MOST_GIB = 2.0**-20, 2.0**20


def save_weights(
    model: Layer,
    stepper: Stepper | None,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    objects_to_skip: Sequence[Layer] | None = None,
    max_shard_size: float | None = None,
) -> None:
    """Write the weights of a model to a `.weights.h5` file, or to several; see `Model.save_weights`.

    Args:
        model: a model that knows its input.
        stepper: trains it, if it was compiled: what its optimiser remembers is written too, as Keras does.
        filepath: ends in ".weights.h5", or in ".weights.json" with `max_shard_size`.
        overwrite: whether an existing file may be replaced.
        objects_to_skip: layers whose weights are left out, with those of the layers in them.
        max_shard_size: how large each of several files may become [GiB]; None: all weights go into one.
    """
    path = checked_path(filepath, f"a {ENDING} file")
    shard_bytes = _shard_bytes(max_shard_size)
    if shard_bytes is not None:
        path = _table_path(path)
    elif not path.name.endswith(ENDING):
        raise ArgumentError(f"{escaped(path)} should end in {ENDING!r}, as files of weights do")
    flag("save_weights", "overwrite", overwrite)
    if path.exists() and not overwrite:
        raise FileError(f"{escaped(path)} exists; pass overwrite=True to replace it")
    skipped = _skipped(model, objects_to_skip)
    check_layers(model, weights_alone=True)
    groups = {group: layer for group, layer in weight_groups(model) if layer not in skipped}
    with all_held(weight.state for weight in model.weights):
        arrays = {group: variables_of(layer) for group, layer in groups.items()}
        if stepper is not None:
            arrays[GROUP] = optimizer_arrays(stepper)
    names = {group: layer.name for group, layer in groups.items()}
    if shard_bytes is None:
        write_weight_file(path, arrays, names)
    else:
        write_shards(path, arrays, names, shard_bytes=shard_bytes)


def _shard_bytes(size: object) -> int | None:
    if size is None:
        return None
    return int(number("save_weights", "max_shard_size", size, LEAST_GIB, MOST_GIB) * 2**30)


def _table_path(path: Path) -> Path:
    """Where the table of several files goes; Keras renames it so as well."""
    if path.name.endswith(TABLE):
        return path
    if not path.name.endswith(ENDING):
        raise ArgumentError(f"{escaped(path)} should end in {TABLE!r}, as the table of several files of weights does")
    table = path.with_name(path.name.removesuffix(ENDING) + TABLE)
    warn(f"save_weights: max_shard_size gives several files; their table is {escaped(table)}")
    return table


def load_weights(
    model: Layer,
    stepper: Stepper | None,
    filepath: str | os.PathLike[str],
    skip_mismatch: bool = False,
    objects_to_skip: Sequence[Layer] | None = None,
) -> list[Left]:
    """Fill the weights of a model from a file; see `Model.load_weights`. All are filled, or none.

    Args:
        model: that knows its input.
        stepper: trains it, if it was compiled: its optimiser goes on from what the file holds, if that is its own.
        filepath: a `.weights.h5` file, the table of several (`.weights.json`), or a `.keras` file.
        skip_mismatch: whether layers that the file does not hold, or holds in another shape, are left as they are.
        objects_to_skip: layers that are left as they are, with the layers in them.

    Returns:
        the layers that were left since they do not fit.
    """
    path = checked_path(filepath, f"a {ENDING} file")
    flag("load_weights", "skip_mismatch", skip_mismatch)
    skipped = _skipped(model, objects_to_skip)
    left: list[Left] = []
    found: list[tuple[Variable, np.ndarray]] = []
    own: list[Given] = []
    with open_weight_file(path) as store:
        for group, layer in weight_groups(model):
            if layer not in skipped and stores_its_own(layer):
                own.append(Given(layer, group, store.entries(group)))
                continue
            if layer in skipped or not (layer.own_weights or store.declared.get(group) or group in store.named):
                continue
            problem = _misfit(layer, group, store)
            if problem is None:
                found += zip(layer.own_weights, store.read(group), strict=True)
            elif skip_mismatch:
                left.append((layer, group if group in store.declared else "", problem))
            else:
                raise FileError(
                    f"{escaped(path)}: {problem}; load_weights(path, skip_mismatch=True) leaves it as it is"
                )
        failed = take_variables(own, str(path), is_lenient=skip_mismatch)
        left += failed
        if left and not found and len(failed) == len(own):
            raise FileError(f"{escaped(path)} holds nothing that fits {model.label}: {left[0][2]}")
        write_all([weight for weight, _ in found], [array for _, array in found])
        for weight, _ in found:
            weight.story.begin(Event("loaded", file_name(path), weight.path.rpartition("/")[0]))
        _tell(str(path), [problem for _, _, problem in left], found)
        if stepper is not None:
            _go_on(stepper, store, str(path))
    return left


def _skipped(model: Layer, layers: object) -> Collection[Any]:
    """The layers that are left out, and those in them."""
    given = [] if layers is None else several(model.label, "objects_to_skip", layers, "layers")
    strange = [item for item in given if not isinstance(item, Layer)]
    if strange:
        raise ArgumentError(f"{model.label}: objects_to_skip is a list of layers, got {shown(strange[0])} in it")
    return {part for layer in given for part in layer.with_parts()}


def _misfit(layer: Layer, group: str, store: WeightStore) -> str | None:
    """Why a group of the file does not fit a layer; None where it does."""
    wanted = [weight.shape for weight in layer.own_weights]
    stored = store.declared.get(group)
    if group in store.named:
        names = sorted(store.named[group])
        return f"{layer.label} reads arrays named 0, 1, 2 and so on, and the file holds {names} for it"
    if stored is None:
        none = f"and the file has none for it (no group {group!r}): it received 0 variables"
        return f"{layer.label} has weights of shapes {wanted}, {none}"
    if [array.shape for array in stored] != wanted:
        shapes = [array.shape for array in stored]
        held = f"the file holds {shapes} for it (in {group!r}); they must match"
        return f"{layer.label} has weights of shapes {wanted}, {held}"
    odd = [array.dtype for array in stored if not may_be_weight(array)]
    return f"{layer.label}: the file holds {odd[0]} for it, no floats (in {group!r})" if odd else None


def _tell(path: str, left: Sequence[str], found: Sequence[tuple[Variable, np.ndarray]]) -> None:
    """Say once what was left as it is, and once that values are no finite numbers."""
    if left:
        warn(f"{escaped(path)}: {len(left)} layers keep the weights that they had: {'; '.join(left)}")
    for weight, array in found:
        odd = first_odd(array)
        if odd is not None:
            warn(f"{escaped(path)}: {weight.path}: the value {odd}, as in a training that has diverged")
            return


def _go_on(stepper: Stepper, store: WeightStore, path: str) -> None:
    """Let the optimiser go on from what the file holds; where that is another's, from its beginning."""
    try:
        read_optimizer(stepper, store)
    except FileError as error:
        warn(f"{escaped(path)}: {stepper.optimizer.name} begins anew, since the file holds something else ({error})")
