"""What image files are like, before a training begins: which cannot be used, their sizes, and which are copies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from pellucid import random
from pellucid.data.images.files import SIXTEEN_BITS, decoded, refuse_no_photo, upright_size
from pellucid.data.images.tiff import pages_of
from pellucid.data.sources.prefetching import prefetched, processors
from pellucid.errors import ArgumentError, FileError
from pellucid.formats.paths import checked_path
from pellucid.formats.source import read_source
from pellucid.frozen import Frozen

__all__ = ["DIGEST_BYTES", "Survey", "repeated", "stratified", "survey"]

GREY_MODES = ("1", "L", "LA", *SIXTEEN_BITS)
ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
"""What whole files of a format end with, or nearly so."""
DIGEST_BYTES = 8
"""Of a digest that are remembered: two of a million different files are alike with a chance of one in 37 millions."""
LAST = 64  # bytes in which the end is looked for
MOST_BYTES = 2**31


class Survey(Frozen):
    """What is known of image files without decoding them.

    Attributes:
        bad: why files cannot be used, by their paths.
        sizes: (width, height) of each other one, turned upright [pixels].
        is_grey: whether all are without colours.
        copies: of which earlier file one has the same bytes, by its path.
        digests: of the bytes of each file that can be used, by its path, as text.
        pages: how many each file has that has several, of which the first is read.
    """

    bad: Mapping[str, str]
    sizes: tuple[tuple[int, int], ...]
    is_grey: bool
    copies: Mapping[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)

    def copies_among(self, files: Sequence[str]) -> dict[int, int]:
        """Of which earlier one of some files each is a copy, or the same file once more; by their places."""
        return repeated([self.copies.get(path, path) for path in files])


def repeated(keys: Sequence[str]) -> dict[int, int]:
    """Of which earlier one each that occurs once more is a copy, by their places.

    Example:
        >>> repeated(["a", "b", "a", "a"])
        {2: 0, 3: 0}
    """
    first: dict[str, int] = {}
    origins = enumerate(first.setdefault(key, place) for place, key in enumerate(keys))
    return {place: origin for place, origin in origins if place != origin}


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
    digests: dict[str, str] = {}
    several: dict[str, int] = {}
    workers = processors()
    for number, found in prefetched(lambda each: _look(files[each]), iter(range(len(files))), workers, 64 * workers):
        path = files[number]
        if isinstance(found, str):
            bad[path] = found
            continue
        size, mode, digest, pages = found
        if pages > 1:
            several[path] = pages
        sizes.append(size)
        modes.add(mode)
        digests[path] = digest[:DIGEST_BYTES].hex()
        if seen.setdefault(digest, path) != path:
            copies[path] = seen[digest]
    return Survey(bad, tuple(sizes), bool(modes) and modes <= set(GREY_MODES), copies, digests, several)


def _look(path: str) -> str | tuple[tuple[int, int], str, bytes, int]:
    """Why a file cannot be used; or its size, Pillow's word for its colours, a digest of its bytes, and its pages."""
    try:
        size, mode, form, pages = decoded(checked_path(path, "an image"), _headers)
        content = read_source(path, what="an image", max_bytes=MOST_BYTES)
        if form not in ENDS or ENDS[form] not in content[-LAST:]:
            decoded(checked_path(path, "an image"), _loaded)
    except FileError as error:
        return str(error)
    return size, mode, hashlib.blake2b(content, digest_size=16).digest(), pages


def _headers(image: Any) -> tuple[tuple[int, int], str, str, int]:
    """The size once it is turned upright, Pillow's word for the colours, the format, and how many pages there are."""
    refuse_no_photo(image)
    is_as_it_lies = image.format == "PNG" and "exif" not in image.info  # for which Pillow would decode it to be sure
    return image.size if is_as_it_lies else upright_size(image), image.mode, image.format, pages_of(image)


def _loaded(image: Any) -> Any:
    image.load()
    return image


def stratified(
    labels: Sequence[int], fraction: float, seed: int, copies: Mapping[int, int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Which samples train, and which are kept aside: of each class the same share, drawn at random.

    Nothing is in both: a copy is never kept aside, and does not train where that of which it is one is kept aside.

    Args:
        labels: the class of each sample.
        fraction: how much of each class is kept aside, 0 < fraction < 1; one sample at least, where it has two.
        seed: decides which.
        copies: of which sample another one is a copy, by its number; see `Survey.copies_among`.

    Returns:
        two arrays of numbers of samples, each in ascending order.

    Raises:
        ArgumentError: the fraction is out of range.

    Example:
        >>> train, held = stratified([0] * 8 + [1] * 4, 0.25, seed=1)
        >>> len(train), [int((held < 8).sum()), int((held >= 8).sum())]
        (9, [2, 1])
        >>> train, held = stratified([0] * 4 + [1] * 4, 0.25, seed=1, copies={1: 0, 3: 2, 5: 4, 7: 6})
        >>> [row for row in held if row % 2 or row + 1 in train]
        []
    """
    if not 0 < fraction < 1:
        raise ArgumentError(f"the share that is kept aside must be between 0 and 1, got {fraction}")
    classes, twice = np.asarray(labels), copies or {}
    held: list[int] = []
    for number in np.unique(classes):
        members = [int(row) for row in np.flatnonzero(classes == number) if row not in twice]
        wanted = min(max(1, round(fraction * int((classes == number).sum()))), max(len(members) - 1, 0))
        held += [members[place] for place in random.permutation(seed, int(number), len(members))[:wanted]]
    chosen = np.array(sorted(held), np.int64)
    aside = set(held)
    left_out = [row for row, first in twice.items() if first in aside]
    return np.setdiff1d(np.arange(len(classes)), [*held, *left_out]), chosen
