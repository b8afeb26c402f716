"""Classes that stand in the names of image files: "cat.0.jpg", "great_pyrenees_12.jpg"."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pellucid.data.folders.class_folders import Listing, photos_in, spelled
from pellucid.errors import FileError, escaped

__all__ = ["classes_by_name"]

NAME = r"(.*[^\W\d_])[\W_]*(?:\d+|\(\d+\))"
"""A word or several, and a number behind them."""
OF_CAMERAS = {"cimg", "dsc", "dscf", "dscn", "gopr", "imag", "img", "mvi", "p", "pxl", "sam"}
OF_CAMERAS |= {"file", "frame", "image", "photo", "pic", "picture", "scan", "screenshot", "untitled"}
OF_CAMERAS |= {"gt", "label", "mask", "masks", "seg", "test", "train", "val"}
"""What programs and cameras call whatever they save."""
FEWEST, MOST_CLASSES, MOST_NAMED = 2, 1000, 10


def classes_by_name(folder: str | os.PathLike[str], names: Sequence[str] | None = None) -> Listing | None:
    """The image files of a folder, each of the class that its name begins with; None where names say no classes.

    Every name must be words with a number behind, every class have two files, and none be called as cameras call
    theirs.

    Args:
        folder: without folders of classes in it.
        names: of the classes that a model tells; those that occur, by the alphabet, by default.

    Raises:
        FileError: a file is of a class that the model does not tell.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("cat.0.jpg", "dog.0.jpg", "cat.1.jpg", "dog.1.jpg"):
        ...         open(f"{folder}/{name}", "w").close()
        ...     found = classes_by_name(folder)
        >>> found.class_names, found.labels
        (('cat', 'dog'), (0, 0, 1, 1))
    """
    files = photos_in(folder, has_classes=False).files
    read = [re.fullmatch(NAME, spelled(Path(path).stem)) for path in files]
    if not files or not all(read):
        return None
    said = [match[1] for match in read if match is not None]
    counts = Counter(said)
    is_camera = any(OF_CAMERAS & {word.lower(), word.lower().rpartition("_")[2]} for word in counts)
    if is_camera or not 1 < len(counts) <= MOST_CLASSES or min(counts.values()) < FEWEST:
        return None
    known = tuple(sorted(counts) if names is None else names)
    strange = sorted(set(counts) - set(known))
    if strange:
        raise FileError(
            f"{escaped(folder)}: the names of its images begin with {escaped(', '.join(strange[:MOST_NAMED]))}, which "
            f"is none of the classes that the model tells: {escaped(', '.join(known[:MOST_NAMED]))}"
        )
    numbers = {name: number for number, name in enumerate(known)}
    return Listing(files, tuple(numbers[word] for word in said), known)
