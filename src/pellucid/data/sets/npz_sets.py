"""Data sets as one .npz file with four arrays, in which Keras keeps MNIST and people keep others."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np

from pellucid.errors import FileError, escaped
from pellucid.formats.numpy_files import read_npz

__all__ = ["KEYS", "Parts", "of_npz"]

Parts: TypeAlias = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Images and labels to train on, and to test with."""
KEYS = ("x_train", "y_train", "x_test", "y_test")
MOST_BYTES = 2**30


def of_npz(path: Path, axes: int) -> dict[str, np.ndarray]:
    """The four arrays of an .npz file, by Keras's names: images and labels of uint8, a label for each image.

    Args:
        path: of the file.
        axes: of the images, that of the samples included. A last axis of length 1 may be there or not, labels of wider
            types are narrowed.

    Raises:
        FileError: it is no such file.
    """
    name, found = escaped(path), read_npz(path, max_bytes=MOST_BYTES)
    missing = [key for key in KEYS if key not in found]
    if missing:
        raise FileError(
            f"{name} is no .npz file with x_train, y_train, x_test and y_test, as Keras has it: it holds "
            f"{escaped(', '.join(found)) or 'no array'}"
        )
    arrays = {key: _narrow(found[key], axes if key.startswith("x") else 1) for key in KEYS}
    for key, array in arrays.items():
        wanted = axes if key.startswith("x") else 1
        if array.dtype != np.uint8 or array.ndim != wanted:
            kind = f"images, uint8 with {axes} axes" if wanted > 1 else "labels, whole numbers of 0..255 with 1 axis"
            raise FileError(f"{name}: {key} holds {array.dtype} with shape {array.shape}; expected {kind}")
    for part in ("train", "test"):
        counts = len(arrays[f"x_{part}"]), len(arrays[f"y_{part}"])
        if counts[0] != counts[1]:
            raise FileError(f"{name}: x_{part} holds {counts[0]:,} images and y_{part} {counts[1]:,} labels")
    return arrays


def _narrow(array: np.ndarray, axes: int) -> np.ndarray:
    """Without what says nothing: a last axis of length 1, and bytes that are zero in all labels."""
    if array.ndim == axes + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    is_small = array.ndim == 1 and array.dtype.kind in "iu" and array.size and array.min() >= 0 and array.max() <= 255
    return array.astype(np.uint8) if is_small else array
