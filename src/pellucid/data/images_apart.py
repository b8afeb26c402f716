"""Images from strangers, decoded in another process, with limits: what runs a decoder has nothing to lose there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from pellucid.data.reading import Reading
from pellucid.errors import FileError, PellucidError, shorter
from pellucid.formats.process_limits import limit_process
from pellucid.formats.source import source_name

__all__ = ["read_image_apart"]

MOST_SECONDS = 20
MOST_MEMORY = 2 * 2**30
"""64 million pixels in four channels, twice, and Python itself [bytes]."""
REFUSED = 3
"""What the process ends with where it has said why an image is refused."""
START = """import sys
sys.path.insert(0, sys.argv[1])  # the same package as here, wherever it was found
from pellucid.data.images_apart import decode
sys.exit(decode(sys.argv[2]))"""


def read_image_apart(content: bytes, reading: Reading) -> np.ndarray:
    """As `reading.read(content)`, with the image decoded in a process of its own.

    Args:
        content: of an image file.
        reading: how it becomes pixels.

    Returns:
        the pixels (height, width, channels), 0..255.

    Raises:
        FileError: it is no image, or is damaged or too large; or decoding took too long, or died.
    """
    settings = {name: getattr(reading, name) for name in Reading.__match_args__}
    # -P: nothing is imported from the folder that somebody happens to be in.
    command = [sys.executable, "-P", "-c", START, str(Path(__file__).parents[2]), json.dumps(settings)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise FileError(f"this image takes longer than {MOST_SECONDS} seconds to decode") from error
    if done.returncode == REFUSED:
        raise FileError(shorter(done.stderr.decode("utf-8", "replace"), 2000))
    if done.returncode:
        raise FileError("this image could not be decoded: it may take too much memory")
    return np.frombuffer(done.stdout, reading.dtype).reshape(reading.shape)


def decode(settings: str) -> int:
    """What the other process does: from standard input to pixels on standard output, or why not on standard error."""
    limit_process(MOST_MEMORY, MOST_SECONDS)
    try:
        pixels = Reading(**json.loads(settings)).read(sys.stdin.buffer.read())
    except (PellucidError, MemoryError) as error:
        sys.stderr.write(str(error).replace(source_name(b""), "what was sent") or "this image takes too much memory")
        return REFUSED
    sys.stdout.buffer.write(np.ascontiguousarray(pixels).tobytes())
    return 0
