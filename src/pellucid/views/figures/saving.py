"""Writing a figure to a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.errors import ArgumentTypeError, FileError, escaped, unknown_name
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.inspection.given import described

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_figure"]

_METADATA: dict[str, dict[str, str | None]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


@explained
def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure as PNG, SVG or PDF, whichever the file's suffix names.

    A file that was there is replaced in one step, so it is never left half written. The files carry no date.

    Args:
        figure: any matplotlib figure.
        path: file ending in .png, .svg or .pdf; its folder must exist.

    Raises:
        ArgumentError: the suffix is another one.
        FileError: the file cannot be written; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pellucid.inspection.records import TrainingCurves
        >>> from pellucid.views.figures.curves import curves_figure
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "curves.png"
        ...     save_figure(curves_figure(TrainingCurves({"loss": [0.9, 0.4]})), path)
        ...     print(path.read_bytes()[:4])
        b'\\x89PNG'
    """
    if not hasattr(figure, "savefig"):
        raise ArgumentTypeError(f"expected a figure, such as filters_figure(...) returns, got {described(figure)}")
    target = checked_path(path, "a picture")
    if target.is_dir():
        raise FileError(f"{escaped(target)} is a folder; give the name of a file in it, such as picture.png")
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in _METADATA:
        raise unknown_name("picture format", suffix, _METADATA)
    with atomic_write(path) as file:
        figure.savefig(file, format=suffix, dpi=figure.dpi, facecolor="white", metadata=_METADATA[suffix])
