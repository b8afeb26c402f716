"""What image files are like, before a training begins: which cannot be used, their sizes, and which are copies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import random
from pellucid.data.image_sets import processors
from pellucid.data.images import decoded
from pellucid.data.prefetching import prefetched
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.paths import checked_path
from pellucid.formats.source import read_source
from pellucid.frozen import Frozen

__all__ = ["Survey", "stratified", "survey"]

GREY_MODES = ("1", "L", "LA", "I;16", "I")
ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
"""What whole files of a format end with, or nearly so."""
LAST = 64  # bytes in which the end is looked for
MOST_BYTES = 2**31


class Survey(Frozen):
    """What is known of image files without decoding them.

    Attributes:
        bad: why files cannot be used, by their paths.
        sizes: (width, height) of each other one [pixels].
        is_grey: whether all are without colours.
        copies: of which earlier file one has the same bytes, by its path.
    """

    bad: Mapping[str, str]
    sizes: tuple[tuple[int, int], ...]
    is_grey: bool
    copies: Mapping[str, str]


def survey(files: Sequence[str]) -> Survey:
    """Look at image files: their headers, whether they are whole, and whether some are the same.

    Only a file that does not end as whole ones do is decoded for it.

    Args:
        files: paths.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("1.png", "2.png"):
        ...         PIL.Image.new("L", (8, 6)).save(f"{folder}/{name}")
        ...     found = survey([f"{folder}/1.png", f"{folder}/2.png"])
        >>> found.sizes, found.is_grey, len(found.copies), dict(found.bad)
        (((8, 6), (8, 6)), True, 1, {})
    """
    bad: dict[str, str] = {}
    copies: dict[str, str] = {}
    sizes: list[tuple[int, int]] = []
    modes: set[str] = set()
    seen: dict[bytes, str] = {}
    workers = processors()
    for number, found in prefetched(lambda each: _look(files[each]), iter(range(len(files))), workers, 64 * workers):
        path = files[number]
        if isinstance(found, str):
            bad[path] = found
            continue
        size, mode, digest = found
        sizes.append(size)
        modes.add(mode)
        if seen.setdefault(digest, path) != path:
            copies[path] = seen[digest]
    return Survey(bad, tuple(sizes), bool(modes) and modes <= set(GREY_MODES), copies)


def _look(path: str) -> str | tuple[tuple[int, int], str, bytes]:
    """Why a file cannot be used; or its size, Pillow's word for its colours, and a digest of its bytes."""
    try:
        size, mode, form = decoded(checked_path(path, "an image"), lambda image: (image.size, image.mode, image.format))
        content = read_source(path, what="an image", max_bytes=MOST_BYTES)
        if form not in ENDS or ENDS[form] not in content[-LAST:]:
            decoded(checked_path(path, "an image"), _loaded)
    except FileError as error:
        return str(error)
    return size, mode, hashlib.blake2b(content, digest_size=16).digest()


def _loaded(image: Any) -> Any:
    image.load()
    return image


def stratified(
    labels: Sequence[int], fraction: float, seed: int, kept_from: frozenset[int] = frozenset()
) -> tuple[np.ndarray, np.ndarray]:
    """Which samples train, and which are kept aside: of each class the same share, drawn at random.

    Args:
        labels: the class of each sample.
        fraction: how much of each class is kept aside, 0 < fraction < 1; one sample at least, where it has two.
        seed: decides which.
        kept_from: samples that are never kept aside, such as copies of others.

    Returns:
        two arrays of numbers of samples, each in ascending order.

    Raises:
        ArgumentError: the fraction is out of range.

    Example:
        >>> train, held = stratified([0] * 8 + [1] * 4, 0.25, seed=1)
        >>> len(train), [int((held < 8).sum()), int((held >= 8).sum())]
        (9, [2, 1])
    """
    if not 0 < fraction < 1:
        raise ArgumentError(f"the share that is kept aside must be between 0 and 1, got {fraction}")
    classes = np.asarray(labels)
    held: list[int] = []
    for number in np.unique(classes):
        members = [int(row) for row in np.flatnonzero(classes == number) if row not in kept_from]
        total = int((classes == number).sum())
        wanted = min(max(1, round(fraction * total)), len(members), total - 1)
        held += [members[place] for place in random.permutation(seed, int(number), len(members))[:wanted]]
    chosen = np.array(sorted(held), np.int64)
    return np.setdiff1d(np.arange(len(classes)), chosen), chosen
