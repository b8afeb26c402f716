"""Weights that a state dictionary of PyTorch's holds in parts, or under older names, as the modules compute with them.

Weight normalisation keeps a kernel as lengths and directions, spectral normalisation as a kernel and the two vectors
that estimate its largest singular value; a module that predicts multiplies them out, and so does this.

Source: torch.nn.utils.weight_norm, torch.nn.utils.parametrizations.weight_norm and spectral_norm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pellucid.conversion.matching import as_float32
from pellucid.errors import FileError, shorter
from pellucid.frozen import Frozen

__all__ = ["plain_arrays"]

Arrays = Mapping[str, np.ndarray]

OLDER = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "moving_var": "running_var",
}
"""What normalisations called their arrays where they came from TensorFlow."""


class Parted(Frozen, eq=False):
    """A way to keep a weight in parts: the ends of their names, the first of which gives the place of the whole."""

    parts: tuple[str, ...]
    whole: Callable[[str, Sequence[np.ndarray]], np.ndarray]


def _of_length(name: str, parts: Sequence[np.ndarray]) -> np.ndarray:
    """g v / |v|, where g has one length for each element of the axes that it has."""
    length, direction = parts
    if length.ndim != direction.ndim or any(
        n not in (1, size) for n, size in zip(length.shape, direction.shape, strict=True)
    ):
        raise FileError(f"{name}: lengths {length.shape} do not fit directions {direction.shape}")
    axes = tuple(axis for axis, size in enumerate(length.shape) if size == 1)
    wide = direction.astype(np.float64)
    norm = np.sqrt(np.square(wide).sum(axis=axes, keepdims=True))
    if not norm.all():
        raise FileError(f"{name}: a direction of length 0 has no direction")
    return np.asarray(wide * (length / norm), np.float32)


def _of_spectrum(name: str, parts: Sequence[np.ndarray]) -> np.ndarray:
    """W / (u W v), with W as a matrix whose rows are those of the axis that u is as long as."""
    kernel, left, right = parts
    fitting = [axis for axis, size in enumerate(kernel.shape) if left.shape == (size,) and axis < 2]
    fitting = [axis for axis in fitting if right.shape == (kernel.size // kernel.shape[axis],)]
    if len(fitting) != 1:
        raise FileError(
            f"{name}: vectors {left.shape} and {right.shape} of a spectral normalisation do not say which axis of "
            f"{kernel.shape} they are for; remove_parametrizations (or remove_spectral_norm) in PyTorch makes it plain"
        )
    matrix = np.moveaxis(kernel, fitting[0], 0).reshape(len(left), -1).astype(np.float64)
    sigma = float(left.astype(np.float64) @ matrix @ right)
    if not np.isfinite(sigma) or sigma == 0:
        raise FileError(f"{name}: its largest singular value is told as {sigma}")
    return np.asarray(kernel / sigma, np.float32)


WAYS = (
    Parted((".weight_g", ".weight_v"), _of_length),
    Parted((".parametrizations.weight.original0", ".parametrizations.weight.original1"), _of_length),
    Parted((".weight_orig", ".weight_u", ".weight_v"), _of_spectrum),
    Parted(
        (".parametrizations.weight.original", ".parametrizations.weight.0._u", ".parametrizations.weight.0._v"),
        _of_spectrum,
    ),
)


def plain_arrays(arrays: Arrays) -> Arrays:
    """The arrays with each weight whole and under the name that PyTorch's modules have for it.

    Args:
        arrays: by name, as a file has them.

    Raises:
        FileError: parts do not fit each other; the message names the weight.

    Example:
        >>> parts = {"0.weight_g": np.full((2, 1), 3.0), "0.weight_v": np.array([[0.0, 2.0], [4.0, 0.0]])}
        >>> {name: array.tolist() for name, array in plain_arrays(parts).items()}
        {'0.weight': [[0.0, 3.0], [3.0, 0.0]]}
    """
    if not any(name.endswith(tuple(way.parts[0] for way in WAYS)) or _end(name) in OLDER for name in arrays):
        return arrays
    found: dict[str, np.ndarray] = {}
    used: set[str] = set()
    for name, array in arrays.items():
        way = next((way for way in WAYS if _has(arrays, name, way)), None)
        if way is not None:
            module = name.removesuffix(way.parts[0])
            names = [module + part for part in way.parts]
            values = [as_float32(arrays[each], each)[0] for each in names]
            found[f"{module}.weight"] = way.whole(shorter(f"{module}.weight", 80), values)
            used.update(names)
        else:
            found[name] = array
    for name in used & found.keys():
        del found[name]
    return {_renamed(name, found): array for name, array in found.items()}


def _has(arrays: Arrays, name: str, way: Parted) -> bool:
    if not name.endswith(way.parts[0]):
        return False
    module = name.removesuffix(way.parts[0])
    return f"{module}.weight" not in arrays and all(module + part in arrays for part in way.parts)


def _end(name: str) -> str:
    return name.rpartition(".")[2]


def _renamed(name: str, arrays: Arrays) -> str:
    """Today's name of an array, unless that is there already."""
    module, point, end = name.rpartition(".")
    today = f"{module}{point}{OLDER.get(end, end)}"
    return name if today in arrays else today
