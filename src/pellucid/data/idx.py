"""IDX files, the format of MNIST: a four-byte header, the length of each axis, then the values, big-endian.

Reads strictly: a file is either exactly what its header says or refused.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib

import numpy as np

from pellucid.errors import FileError
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, read_source, source_name

__all__ = ["DEFAULT_MAX_BYTES", "decode_idx", "read_content", "read_idx"]

DEFAULT_MAX_BYTES = 2**30

_GZIP_MAGIC = b"\x1f\x8b"
_WHAT = "an IDX file"
_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES) -> np.ndarray:
    """Read an IDX file, compressed with gzip or not.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: the largest size that is accepted, after decompression [bytes].

    Returns:
        an array with the shape and the type that the file declares, in the machine's byte order.

    Raises:
        FileError: the file is missing, no IDX file, damaged, shorter or longer than it says, or too large.

    Example:
        >>> read_idx(bytes([0, 0, 0x08, 1,  0, 0, 0, 3,  7, 8, 9]))
        array([7, 8, 9], dtype=uint8)

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database, "File formats for the MNIST database".
    """
    return decode_idx(read_content(source, max_bytes=max_bytes), name=source_name(source))


def read_content(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
    """What a file holds, after decompression if it is compressed with gzip.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: the largest size that is accepted, before and after decompression [bytes].

    Raises:
        FileError: the file cannot be read, its compression is damaged or cut short, or it is too large.
    """
    name = source_name(source)
    content = read_source(source, what=_WHAT, max_bytes=max_bytes)
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            content = file.read(max_bytes + 1)
    except EOFError as error:
        raise FileError(f"{name} is cut short: its gzip data end too early; copy or download it again") from error
    except (OSError, zlib.error, struct.error) as error:
        raise FileError(f"{name} is damaged: its gzip data cannot be read ({error}); download it again") from error
    if len(content) > max_bytes:
        raise FileError(f"{name} grows beyond {max_bytes:,} bytes when it is decompressed, too large for {_WHAT}")
    return content


def decode_idx(content: bytes, *, name: str = "<bytes>") -> np.ndarray:
    """Turn the content of an IDX file into an array.

    Args:
        content: the bytes, not compressed.
        name: how errors call the file.

    Raises:
        FileError: the content is not IDX, or its length is not what its header says.
    """
    if len(content) < 4 or content[:2] != b"\x00\x00" or content[2] not in _DTYPES:
        raise FileError(f"{name} is not {_WHAT}; it looks like {describe_content(content[:HEAD_BYTES])}")
    dtype, rank = np.dtype(_DTYPES[content[2]]), content[3]
    start = 4 + 4 * rank
    if len(content) < start:
        raise FileError(f"{name} is cut short in its header; copy or download it again")
    shape = struct.unpack(f">{rank}I", content[4:start])
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        difference = "cut short" if len(content) < expected else "longer than it should be"
        raise FileError(
            f"{name} is {difference}: its header says shape {shape} and thus {expected:,} bytes, it has "
            f"{len(content):,}; copy or download it again"
        )
    try:
        values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    except ValueError as error:  # more axes than NumPy has, or empty with an impossible axis
        raise FileError(f"{name} declares the impossible shape {shape}") from error
    return values.astype(dtype.newbyteorder("="))
