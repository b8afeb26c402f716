"""Files of NumPy's as samples."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.errors import FileError, escaped

__all__ = ["ARRAY_FILES", "arrays_in", "read_samples"]

ARRAY_FILES = (".npy", ".npz")
"""How the names of files of arrays end."""


def read_samples(path: str | os.PathLike[str]) -> Any:
    """The samples in a file of NumPy's; of several arrays that called x, else all by their names.

    Raises:
        FileError: there is no such file, or it holds no arrays of numbers.
    """
    name = Path(path).stem
    try:
        arrays = arrays_in(path)
    except FileNotFoundError:
        raise FileError(f"there is no file {escaped(path)}") from None
    except (ValueError, EOFError, OSError) as error:
        raise FileError(
            f"{escaped(path)} holds no arrays of NumPy's: save the samples with numpy.save({name!r}, x)"
        ) from error
    if isinstance(arrays, np.ndarray):
        return arrays
    if not arrays:
        raise FileError(f"{escaped(path)} holds no array; save the samples with numpy.savez(file, x=x)")
    named = [name for name in arrays if name in ("x", "x_test", "x_train")]
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays[min(named)] if named else arrays


def arrays_in(path: str | os.PathLike[str]) -> np.ndarray | dict[str, np.ndarray]:
    """The array in a file of NumPy's, of which no more is read than is looked at; of several, all by their names.

    Raises:
        OSError: there is no such file.
        ValueError: it holds objects of Python, or is none of NumPy's.
    """
    found = np.load(path, allow_pickle=False, mmap_mode="r" if Path(path).suffix == ".npy" else None)
    if isinstance(found, np.ndarray):
        return found
    with found:
        return {name: found[name] for name in found.files}
