"""One filter as a table of numbers, `.csv`: to look at it, or to make it, in a spreadsheet."""

from __future__ import annotations

import os

import numpy as np

from pellucid.checks import object_of
from pellucid.conversion.report import Report, Row
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.csv_tables import read_tables, write_tables
from pellucid.formats.paths import checked_path
from pellucid.layers.single_filters import Filter

__all__ = ["load_filter", "save_filter"]

ENDING = ".csv"


def save_filter(filter: Filter, filepath: str | os.PathLike[str]) -> Report:
    """Write the kernel of one filter to a `.csv` file: a table of rows and columns for each channel.

    Args:
        filter: such as `layer.filter(7)`.
        filepath: ends in ".csv".

    Returns:
        what was written; the bias is not.

    Raises:
        ArgumentError: another ending, or a kernel with more axes than rows, columns and channels.
        FileError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(2, 3, kernel_initializer="sobel_x", name="edges")
        >>> layer.build((None, 8, 8, 1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = save_filter(layer.filter(1), f"{folder}/one.csv")
        ...     print(Path(folder, "one.csv").read_text().rstrip())
        # Conv2D "edges", filter 1, channel 0: rows and columns
        -1.0,0.0,1.0
        -2.0,0.0,2.0
        -1.0,0.0,1.0
    """
    object_of("save_filter", filter, Filter, "a filter, such as layer.filter(0)")
    path = checked_path(filepath, "a table of numbers (.csv)")
    if path.suffix != ENDING:
        raise ArgumentError(f"{escaped(path)} should end in {ENDING!r}: a filter is written as a table of numbers")
    write_tables(path, _tables(filter))
    name = filter.label
    lost = () if filter.bias is None else (f"the bias, {float(filter.bias):g}",)
    return Report(f"{name} into {path.name}", (Row(name, path.name, "matched"),), lost)


def load_filter(filter: Filter, filepath: str | os.PathLike[str]) -> Report:
    """Give one filter the kernel that a `.csv` file holds; its bias stays as it is.

    Args:
        filter: such as `layer.filter(7)`.
        filepath: a table of rows and columns for each channel, apart by empty lines; one table where all channels get
            the same. Of kernels with one axis a table of taps and channels.

    Returns:
        what was read.

    Raises:
        FileError: the file is missing, holds something else, or does not fit.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(2, 3)
        >>> layer.build((None, 8, 8, 1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     size = Path(folder, "line.csv").write_text("0,1,0\\n0,1,0\\n0,1,0\\n")
        ...     report = load_filter(layer.filter(1), f"{folder}/line.csv")
        >>> layer.filter(1).kernel[..., 0].tolist()
        [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    """
    object_of("load_filter", filter, Filter, "a filter, such as layer.filter(0)")
    path = checked_path(filepath, "a table of numbers (.csv)")
    tables = read_tables(path)
    shape = filter.kernel.shape
    wanted = _shape_of_tables(filter)
    if any(table.shape != wanted[1:] for table in tables) or len(tables) not in (1, wanted[0]):
        found = ", ".join(f"{table.shape[0]}x{table.shape[1]}" for table in tables[:4])
        raise FileError(
            f"{escaped(path)} holds {len(tables)} tables of {found}; {filter.label} takes {wanted[0]} of "
            f"{wanted[1]}x{wanted[2]}"
        )
    held = np.stack(tables if len(tables) == wanted[0] else tables * wanted[0], axis=-1)
    filter.set(held.reshape(shape))
    name = filter.label
    return Report(f"{path.name} into {name}", (Row(path.name, name, "matched"),))


def _shape_of_tables(filter: Filter) -> tuple[int, int, int]:
    """How many tables a filter is, and their rows and columns."""
    shape = filter.kernel.shape
    has_channels = "channels" in filter.axes
    if len(shape) - has_channels > 2 or len(shape) not in (1, 2, 3):
        raise ArgumentError(
            f"{filter.label} has a kernel of {shape}; tables have rows and columns: numpy.save(path, filter.kernel)"
        )
    if len(shape) - has_channels == 2:
        return (shape[2] if has_channels else 1), shape[0], shape[1]
    return 1, shape[0], shape[1] if len(shape) > 1 else 1


def _tables(filter: Filter) -> list[tuple[str, np.ndarray]]:
    count, rows, columns = _shape_of_tables(filter)
    held = filter.kernel.reshape(rows, columns, count)
    name = filter.label
    if count == 1 and filter.kernel.ndim < 3 and "channels" in filter.axes:
        return [(f"{name}: taps and channels", held[..., 0])]
    return [(f"{name}, channel {number}: rows and columns", held[..., number]) for number in range(count)]
