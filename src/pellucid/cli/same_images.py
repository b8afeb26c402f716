"""Whether a training that is resumed meets the images with which it was begun."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.data.folders.image_sets import ImageSet
from pellucid.errors import FileError, escaped

DIGEST_BYTES = 16


def told_apart_by(*sources: Any) -> dict[str, Any]:
    """How many image files batches come from, and a digest of their names, sizes and targets, in their order.

    Args:
        sources: to train on and to validate with; what are no files of images says nothing.

    Example:
        >>> told_apart_by(np.zeros((3, 8, 8, 1)))
        {}
    """
    sets = [each for each in map(_innermost, sources) if isinstance(each, ImageSet)]
    if not sets:
        return {}
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for each in sets:
        for path in each.file_paths:
            digest.update(os.fsencode(path) + b"\0" + str(_size(path)).encode() + b"\0")
        if each.targets is not None:
            targets = np.ascontiguousarray(each.targets)  # of masks many: as they lie in memory, with no copy as text
            digest.update(f"|{targets.dtype.str}{targets.shape}".encode())
            digest.update(targets.view(np.uint8).data)
    return {"images": sum(len(each.file_paths) for each in sets), "digest": digest.hexdigest()}


def _innermost(source: Any) -> Any:
    """What a source that changes batches takes them from."""
    while not isinstance(source, ImageSet) and hasattr(source, "source"):
        source = source.source
    return source


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def check_same(begun: Mapping[str, Any], now: Mapping[str, Any], dataset: str, again: str) -> None:
    """Raise `FileError` where the images are others than those that a training was begun with.

    Args:
        begun: what `told_apart_by` said then; nothing, where that is not known.
        now: what it says.
        dataset: where the images are.
        again: the command that begins anew.
    """
    if not begun or begun == now:
        return
    counts = (begun.get("images"), now.get("images"))
    what = f"{counts[0]:,} then, {counts[1]:,} now" if counts[0] != counts[1] else "some have other names or sizes"
    raise FileError(
        f"the images of {escaped(dataset)} are not those any more with which the training was begun ({what}): others "
        "would be held out, and some that it has learned would count as new. Put them back as they were, or begin "
        f"anew: {again}"
    )
