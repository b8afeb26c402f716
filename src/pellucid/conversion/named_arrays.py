"""Arrays with names onto a model, whoever wrote them: Pellucid, PyTorch, or `numpy.savez(path, *get_weights())`."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from pellucid.conversion.matching import fill_by_name, in_numbers_apart
from pellucid.conversion.report import Report
from pellucid.conversion.torch_weights import are_of_torch, fill_from_torch
from pellucid.errors import FileError
from pellucid.models import Model
from pellucid.network.paths import weights_by_path

__all__ = ["fill_named"]

_NUMBERED = re.compile(r"arr_(\d{1,6})")


def fill_named(
    model: Model,
    arrays: Mapping[str, np.ndarray],
    file: str,
    names: Mapping[str, str] | None = None,
    *,
    skip_mismatch: bool = False,
    narrow: frozenset[str] = frozenset(),
) -> Report:
    """Fill the weights of a model.

    Args:
        model: that is filled.
        arrays: by name. Paths of weights, with a point for "/" if need be: as they lie here. Names of a state
            dictionary: as they lie in PyTorch. arr_0, arr_1, ...: in the order of `model.weights`.
        file: the name of the file that they come from.
        names: see `Model.load_weights`.
        skip_mismatch: whether what finds no partner is left, with a warning.
        narrow: the names of arrays that the file held in 16 bits as BF16.

    Raises:
        FileError: something does not fit; nothing has changed then.
    """
    weights = weights_by_path(model.layers)
    if are_of_torch(arrays) and in_numbers_apart(weights, list(arrays)) is None:
        return fill_from_torch(model, arrays, file, names, skip_mismatch=skip_mismatch, narrow=narrow)
    if names is None and arrays and all(map(_NUMBERED.fullmatch, arrays)):
        names = _in_order(model, arrays)
    return fill_by_name(model, arrays, file, names, skip_mismatch=skip_mismatch)


def _in_order(model: Model, arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """The paths for arrays that are numbered, as `get_weights` gave them."""
    paths = {weight: path for path, weight in weights_by_path(model.layers).items()}
    ordered = sorted(arrays, key=lambda name: int(name.rpartition("_")[2]))
    if len(ordered) != len(model.weights):
        raise FileError(
            f"its {len(ordered)} arrays have no names, so they are taken in the order of model.weights; "
            f"{model.label} has {len(model.weights)}"
        )
    return {name: paths[weight] for name, weight in zip(ordered, model.weights, strict=True)}
