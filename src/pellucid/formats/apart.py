"""A file that is parsed in another process, with limits: what reads foreign bytes has nothing to lose there.

The other process gives back plain records, as a safetensors file through a pipe: two JSON texts and numbers. It is
started anew, may take so much memory and time, and can write no file. Where the system has no limits for processes
(Windows) it is a process of its own all the same. Files of other systems become a model there, whose records come back
(`conversion.apart`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pellucid.errors import FileError, PellucidError, escaped, shorter
from pellucid.formats.keras_v3 import KerasContents, KerasFile, read_keras
from pellucid.formats.process_limits import limit_process
from pellucid.formats.safetensors import encode_safetensors, read_safetensors
from pellucid.formats.strict_json import encode_json_object, parse_json_object
from pellucid.formats.weight_store import ReadStore

__all__ = ["given_back", "open_apart", "open_keras_apart"]

MOST_SECONDS = 120
SPARE_BYTES = 2**30  # for the process itself
START = """import sys
sys.path.insert(0, sys.argv[1])  # the same package as here, wherever it was found
from importlib import import_module
sys.exit(import_module(sys.argv[2]).parse(*sys.argv[3:]))"""
REFUSED = 3
"""What the process ends with where it has said why a file is refused."""


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
    # -P: nothing is imported from the folder that somebody happens to be in, where the file may have brought it.
    start = [sys.executable, "-P", "-c", START, str(Path(__file__).parents[2])]
    command = [*start, module, path, str(max_bytes), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise FileError(f"{name}: it takes longer than {MOST_SECONDS} seconds to parse") from error
    if done.returncode == REFUSED:
        raise FileError(shorter(done.stderr.decode("utf-8", "replace"), 2000))
    if done.returncode:
        raise FileError(f"{name}: the process that parsed it ended with {done.returncode}: it may take too much memory")
    told = read_safetensors(done.stdout, max_bytes=max_bytes + SPARE_BYTES)
    config, metadata = (parse_json_object(told.metadata[key].encode(), name=f"{name}: {key}") for key in _TEXTS)
    arrays: dict[str, list[np.ndarray]] = {}
    for place in sorted(told.tensors, key=lambda place: int(place.rpartition("/")[2])):
        arrays.setdefault(place.rpartition("/")[0], []).append(told.array(place))
    yield KerasFile(config, metadata, ReadStore(arrays, name))


_TEXTS = ("config.json", "metadata.json")


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
    limit_process(4 * max_bytes + SPARE_BYTES, MOST_SECONDS)
    try:
        held = read()
        texts = zip(_TEXTS, (held.config, held.metadata), strict=True)
        arrays = {f"{group}/{i}": array for group, each in held.weights.items() for i, array in enumerate(each)}
        content = encode_safetensors(
            arrays, {key: encode_json_object(value, name=key).decode() for key, value in texts}
        )
    except (PellucidError, MemoryError) as error:
        sys.stderr.write(str(error) if isinstance(error, PellucidError) else f"{escaped(path)}: too large")
        return REFUSED
    sys.stdout.buffer.write(content)
    return 0
