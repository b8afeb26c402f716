"""Files and folders of images that are kept as numbers, of every kind that is read: by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pellucid.data.pixels.arrays import has_arrays, read_arrays
from pellucid.data.pixels.part import PixelFile
from pellucid.data.pixels.tables import has_pixels, read_pixels
from pellucid.errors import ArgumentError, escaped

__all__ = ["are_pixels", "pixels_in"]

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


def are_pixels(path: Path) -> bool:
    """Whether a path is that of images which are kept as numbers.

    Example:
        >>> import tempfile, numpy
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     numpy.savez(f"{folder}/set.npz", x=numpy.zeros((2, 4, 4)), y=[0, 1])
        ...     _ = Path(folder, "prices.csv").write_text("file,price\\n1.jpg,3.5\\n")
        ...     are_pixels(Path(folder, "set.npz")), are_pixels(Path(folder, "prices.csv"))
        (True, False)
    """
    if path.is_file() and path.name.lower().endswith(TABLES):
        return has_pixels(path)
    return has_arrays(path)


def pixels_in(path: Path, columns: Sequence[str] | None = (), on_missing: str = "error") -> PixelFile:
    """The images that a file or a folder holds as numbers, with what is written beside them.

    Args:
        path: see `read_pixels` and `read_arrays`.
        columns: titles of the columns of a table that are learned, see `read_pixels`.
        on_missing: what becomes of rows of a table in which something is missing, see `read_pixels`.

    Raises:
        FileError: see there.
        ArgumentError: columns are given, and it is no table.
    """
    if path.is_file() and path.name.lower().endswith(TABLES):
        return read_pixels(path, columns, on_missing)
    if columns:
        raise ArgumentError(f"--target names columns of a table, and {escaped(path)} holds arrays; leave it out")
    parts, told = read_arrays(path)
    return PixelFile(parts, told=told)
