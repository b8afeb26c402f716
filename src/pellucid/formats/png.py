"""Pictures as PNG files, lossless: 8 bits each of red, green and blue.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

__all__ = ["encode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(picture: np.ndarray) -> bytes:
    """The bytes of a PNG file.

    Args:
        picture: red, green, blue (rows, columns, 3), uint8.

    Example:
        >>> encode_png(np.zeros((2, 2, 3), np.uint8))[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """
    rows, columns = picture.shape[:2]
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)  # each begins with 0: its bytes stand as they are
    lines[:, 1:] = picture.reshape(rows, -1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines.tobytes())) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
