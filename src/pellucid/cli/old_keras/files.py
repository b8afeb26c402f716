"""Files of images, as old scripts list them."""

from __future__ import annotations

import os
import re


def list_pictures(directory: str, ext: str = "jpg|jpeg|bmp|png|ppm") -> list[str]:
    """The paths of the images in a folder and the folders in it.

    Args:
        directory: the folder.
        ext: the endings, with "|" between them.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "cat.jpg").write_bytes(b""), (Path(folder) / "cat.txt").write_bytes(b"")
        ...     [Path(each).name for each in list_pictures(folder)]
        ['cat.jpg']

    Source: keras.preprocessing.image.list_pictures of Keras 2.
    """
    return [
        os.path.join(root, name)
        for root, _, names in os.walk(directory)
        for name in sorted(names)
        if re.match(rf"([\w]+\.(?:{ext}))", name)
    ]
