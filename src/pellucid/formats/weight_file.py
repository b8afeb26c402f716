"""Keras 3's `.weights.h5` files: the weights of a model alone, as `model.weights.h5` in a `.keras` file holds them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pellucid.errors import FileError
from pellucid.formats.atomic import atomic_write
from pellucid.formats.keras_v3 import DEFAULT_MAX_BYTES, open_keras
from pellucid.formats.paths import checked_path
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, open_source, source_name
from pellucid.formats.weight_shards import open_shards
from pellucid.formats.weight_store import Arrays, WeightStore, encode_weights, open_weights

__all__ = ["open_weight_file", "write_weight_file"]


def write_weight_file(path: str | os.PathLike[str], weights: Mapping[str, Arrays], names: Mapping[str, str]) -> None:
    """Write a `.weights.h5` file in one step: an old file is replaced by the complete new one, or kept.

    Args:
        path: the file to create or to replace.
        weights: for each group, such as "layers/conv2d/vars", its arrays in order, or by names.
        names: for some of the groups the name of the layer.

    Raises:
        ArgumentError: see `weight_store.encode_weights`; nothing is written then.
        FileError: see `atomic.atomic_write`; an old file is untouched.
    """
    content = encode_weights(weights, names, max_bytes=DEFAULT_MAX_BYTES)
    with atomic_write(path) as file:
        file.write(content)


@contextmanager
def open_weight_file(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[WeightStore]:
    """Open the weights in a `.weights.h5` file, in a `.keras` file, or in several files by the table of them,
    `.weights.json`; no array is read yet.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: how much the weights may take [bytes], in the file as in memory.

    Yields:
        the weights, readable inside the block.

    Raises:
        FileError: the file is missing, is something else, is damaged or too large; see `weight_store.open_weights`.

    Example:
        >>> import numpy as np
        >>> with open_weight_file(encode_weights({"vars": [np.ones(2)]}, {}, max_bytes=100)) as store:
        ...     store.read("vars")
        [array([1., 1.], dtype=float32)]
    """
    name, what = source_name(source), "a .weights.h5 file"
    with open_source(source, what=what) as content:
        looks_like = describe_content(content.read(HEAD_BYTES))
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        if isinstance(source, str | os.PathLike) and looks_like == "JSON text":
            with open_shards(checked_path(source, what), max_bytes=max_bytes) as store:
                yield store
            return
        if looks_like == "a zip archive":
            with open_keras(source, max_bytes=max_bytes) as file:
                yield file.weights
            return
        if size > max_bytes:
            raise FileError(f"{name} is larger than {max_bytes:,} bytes, too large for {what}")
        with open_weights(content, size=size, name=name, max_bytes=max_bytes) as store:
            _check_groups(store, name)
            yield store


def _check_groups(store: WeightStore, name: str) -> None:
    if not (store.declared or store.named):
        raise FileError(
            f"{name} has no groups called 'vars', in which Keras 3 keeps weights; files of Keras 1 and 2 are to be "
            "loaded in Keras 3 and saved there as 'model.keras'"
        )
