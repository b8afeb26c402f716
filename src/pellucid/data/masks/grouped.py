"""Masks that lie in one folder, several of an image, called as it is with more behind: 1_0.png and 1_1.png of 1.jpg."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["grouped"]

BETWEEN = r"[\W_]+"


def grouped(images: Mapping[str, str], masks: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """The masks of each image that has any, with what stands in their names behind that of the image.

    Args:
        images: paths, by their names.
        masks: paths, by their names: that of an image, with a sign and something behind; the longest name counts.

    Example:
        >>> grouped({"1": "1.jpg", "1_2": "1_2.jpg"}, {"1_0": "1_0.png", "1_2_cat": "1_2_cat.png", "7_0": "7_0.png"})
        {'1.jpg': [('1_0.png', '0')], '1_2.jpg': [('1_2_cat.png', 'cat')]}
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for name, path in masks.items():
        ends = [
            match for match in re.finditer(BETWEEN, name) if name[: match.start()] in images and match.end() < len(name)
        ]
        if ends:
            found.setdefault(images[name[: ends[-1].start()]], []).append((path, name[ends[-1].end() :]))
    return found
