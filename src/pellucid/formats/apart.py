"""A file that is parsed in another process, with limits: what reads foreign bytes has nothing to lose there.

The other process (`another_process.py`) gives back plain records, as a safetensors file through a pipe: two JSON texts
and numbers. Files of other systems become a model there, whose records come back (`conversion.apart`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from pellucid.errors import escaped
from pellucid.formats.another_process import give_back, run_apart
from pellucid.formats.keras_v3 import KerasContents, KerasFile, read_keras
from pellucid.formats.safetensors import encode_safetensors, read_safetensors
from pellucid.formats.strict_json import encode_json_object, parse_json_object
from pellucid.formats.weight_store import ReadStore, by_name

__all__ = ["given_back", "open_apart", "open_keras_apart"]

MOST_SECONDS = 120
SPARE_BYTES = 2**30  # for the process itself


@contextmanager
def open_keras_apart(path: str, *, max_bytes: int) -> Iterator[KerasFile]:
    """As `open_keras`, with the file parsed in a process of its own; everything has been read for it.

    Args:
        path: of the file.
        max_bytes: how much the weights may take [bytes].

    Raises:
        FileError: as `open_keras`; or the process took more than it may, or died.
    """
    with open_apart(__name__, path, max_bytes=max_bytes) as file:
        yield file


@contextmanager
def open_apart(module: str, path: str, *arguments: str, max_bytes: int) -> Iterator[KerasFile]:
    """What the `parse` of a module gives back of a file, called in a process of its own.

    Args:
        module: of the package.
        path: of the file.
        arguments: what else `parse` takes, behind the path and `max_bytes`.
        max_bytes: how much the weights may take [bytes].

    Raises:
        FileError: what `parse` says against the file; or the process took more than it may, or died.
    """
    name = escaped(path)
    given = run_apart(
        *(module, path, str(max_bytes), *arguments),
        seconds=MOST_SECONDS,
        slow=f"{name}: it takes longer than {MOST_SECONDS} seconds to parse",
        died=lambda code: f"{name}: the process that parsed it ended with {code}: it may take too much memory",
    )
    told = read_safetensors(given, max_bytes=max_bytes + SPARE_BYTES)
    config, metadata = (parse_json_object(told.metadata[key].encode(), name=f"{name}: {key}") for key in _TEXTS)
    groups: dict[str, dict[str, np.ndarray]] = {}
    assets: dict[str, bytes] = {}
    for place in told.tensors:
        kind, _, path = place.partition("/")
        group, _, array = path.rpartition("/")
        if kind == _ASSETS:
            assets[path] = told.array(place).tobytes()
        else:
            groups.setdefault(group, {})[array] = told.array(place)
    yield KerasFile(config, metadata, ReadStore(groups, name), assets)


_TEXTS = ("config.json", "metadata.json")
_WEIGHTS, _ASSETS = "weights", "assets"


def parse(path: str, max_bytes: str) -> int:
    """What the other process does with a `.keras` file; see `given_back`."""
    return given_back(path, int(max_bytes), lambda: read_keras(path, max_bytes=int(max_bytes)))


def given_back(path: str, max_bytes: int, read: Callable[[], KerasContents]) -> int:
    """What is read, to standard output; or why it is refused, to standard error.

    Args:
        path: of the file.
        max_bytes: how much its weights may take [bytes].
        read: reads it, once this process has limits.

    Returns:
        what the process is to end with.
    """

    def content() -> bytes:
        held = read()
        texts = zip(_TEXTS, (held.config, held.metadata), strict=True)
        groups = held.weights.items()
        arrays = {f"{_WEIGHTS}/{group}/{key}": array for group, each in groups for key, array in by_name(each)}
        arrays |= {f"{_ASSETS}/{path}": np.frombuffer(each, np.uint8) for path, each in held.assets.items()}
        return encode_safetensors(arrays, {key: encode_json_object(each, name=key).decode() for key, each in texts})

    memory = 4 * max_bytes + SPARE_BYTES
    return give_back(content, memory=memory, seconds=MOST_SECONDS, too_large=f"{escaped(path)}: too large")
