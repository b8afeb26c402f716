"""Images from strangers, decoded in another process, with limits: what runs a decoder has nothing to lose there."""

from __future__ import annotations

import json
import sys

import numpy as np

from pellucid.data.images.reading import Reading
from pellucid.errors import FileError
from pellucid.formats.another_process import give_back, run_apart
from pellucid.formats.source import source_name

__all__ = ["read_image_apart"]

MOST_SECONDS = 20
MOST_MEMORY = 2 * 2**30
"""64 million pixels in four channels, twice, and Python itself [bytes]."""


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
    pixels = run_apart(
        *(__name__, json.dumps(settings)),
        sent=content,
        seconds=MOST_SECONDS,
        slow=f"this image takes longer than {MOST_SECONDS} seconds to decode",
        died=lambda code: "this image could not be decoded: it may take too much memory",
    )
    return np.frombuffer(pixels, reading.dtype).reshape(reading.shape)


def parse(settings: str) -> int:
    """What the other process does: from standard input to pixels on standard output."""

    def pixels() -> bytes:
        try:
            read = Reading(**json.loads(settings)).read(sys.stdin.buffer.read())
        except FileError as error:
            raise FileError(str(error).replace(source_name(b""), "what was sent")) from None
        return np.ascontiguousarray(read).tobytes()

    return give_back(pixels, memory=MOST_MEMORY, seconds=MOST_SECONDS, too_large="this image takes too much memory")
