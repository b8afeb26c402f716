"""Where results may not lie: among the images that they come of."""

from __future__ import annotations

import os
from pathlib import Path

from pellucid.cli.recipes import RECIPES
from pellucid.errors import ArgumentError, escaped

__all__ = ["apart_from"]


def apart_from(images: Path, folder: Path, option: str) -> Path:
    """A folder for results, which is neither the folder of the images nor in it.

    The next training would take what lies there for images, or for a class of them.

    Args:
        images: the folder of a data set, or its name, or a table.
        folder: where results are wanted.
        option: that says so, such as "--out".

    Raises:
        ArgumentError: it is among the images.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     pets = Path(name, "pets")
        ...     pets.mkdir()
        ...     print(apart_from(pets, Path(name, "pets-seen"), "--out").name)
        ...     apart_from(pets, pets / "seen", "--out")
        Traceback (most recent call last):
            ...
        pellucid.errors.ArgumentError: ...seen is among the images of ...pets, where the next training would take ...
    """
    there, inside = Path(os.path.realpath(images)), Path(os.path.realpath(folder))
    if str(images) in RECIPES or not there.is_dir() or not inside.is_relative_to(there):
        return folder
    name = f"pellucid-{there.name}" if inside == there else inside.name
    raise ArgumentError(
        f"{escaped(folder)} is among the images of {escaped(there)}, where the next training would take it for images "
        f"too; give another folder with {option}, such as {escaped(there.parent / name)}"
    )
