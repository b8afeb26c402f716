"""Writing a figure to a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.calls import explained
from pellucid.errors import unknown_name
from pellucid.formats.atomic import atomic_write

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
        >>> from pellucid.inspection.records import History
        >>> from pellucid.views.figures.curves import curves_figure
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "curves.png"
        ...     save_figure(curves_figure(History({"loss": [0.9, 0.4]})), path)
        ...     print(path.read_bytes()[:4])
        b'\\x89PNG'
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in _METADATA:
        raise unknown_name("picture format", suffix, _METADATA)
    with atomic_write(path) as file:
        figure.savefig(file, format=suffix, dpi=figure.dpi, facecolor="white", metadata=_METADATA[suffix])
