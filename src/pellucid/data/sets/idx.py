"""IDX files, the format of MNIST: a four-byte header, the length of each axis, then the values, big-endian.

Reads strictly: a file is either exactly what its header says or refused.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import Any, BinaryIO

import numpy as np

from pellucid.errors import FileError
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, open_source, source_name

__all__ = ["DEFAULT_MAX_BYTES", "decode_idx", "read_content", "read_idx"]

DEFAULT_MAX_BYTES = 2**30
_PIECE_BYTES = 2**20

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


def read_content(source: Source, *, max_bytes: int = DEFAULT_MAX_BYTES, name: str | None = None) -> bytes:
    """What a file holds, after decompression if it is compressed with gzip: what its header promises, and no more.

    Of what is longer than it says only one byte more is read, of what is no IDX file only its beginning.

    Args:
        source: a path, or the bytes of the file.
        max_bytes: the largest size that a header may promise [bytes].
        name: how errors call it; its path by default.

    Raises:
        FileError: the file cannot be read, its compression is damaged or cut short, or it promises too much.
    """
    name = name or source_name(source)
    with open_source(source, what=_WHAT) as file:
        try:
            is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            file.seek(0)
            if not is_packed:
                return _promised(file, name, max_bytes)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _promised(unpacked, name, max_bytes)
        except FileError:
            raise
        except EOFError as error:
            raise FileError(f"{name} is cut short: its gzip data end too early; copy or download it again") from error
        except (OSError, zlib.error, struct.error) as error:
            raise FileError(f"{name} is damaged: its gzip data cannot be read ({error}); download it again") from error


def _promised(file: BinaryIO | gzip.GzipFile, name: str, max_bytes: int) -> bytes:
    """As much as the header says, piece by piece, and a byte more if there is one; little of what is no IDX file."""
    head = file.read(4)
    if not _is_idx(head):
        return head + file.read(HEAD_BYTES)
    head += file.read(4 * head[3])
    if len(head) < 4 + 4 * head[3]:
        return head
    dtype, shape = _declared(head)
    expected = _length(dtype, shape)
    if expected > max_bytes:
        raise FileError(
            f"{name} declares the shape {shape}: {expected:,} bytes, too large; at most {max_bytes:,} are read"
        )
    pieces, left = [head], expected + 1 - len(head)
    while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _is_idx(content: bytes) -> bool:
    return len(content) >= 4 and content[:2] == b"\x00\x00" and content[2] in _DTYPES


def _declared(content: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Type and shape, as a complete header says."""
    rank = content[3]
    return np.dtype(_DTYPES[content[2]]), struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])


def _length(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    """Bytes of a whole file, header included."""
    return 4 + 4 * len(shape) + math.prod(shape) * dtype.itemsize


def decode_idx(content: bytes, *, name: str = "<bytes>") -> np.ndarray:
    """Turn the content of an IDX file into an array.

    Args:
        content: the bytes, not compressed.
        name: how errors call the file.

    Raises:
        FileError: the content is not IDX, or its length is not what its header says.
    """
    if not _is_idx(content):
        raise FileError(f"{name} is not {_WHAT}; it looks like {describe_content(content[:HEAD_BYTES])}")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise FileError(f"{name} is cut short in its header; copy or download it again")
    dtype, shape = _declared(content)
    expected = _length(dtype, shape)
    if len(content) != expected:
        difference = "cut short" if len(content) < expected else "longer than it should be"
        found = f"it has {len(content):,}" if len(content) < expected else "it goes on behind them"
        raise FileError(
            f"{name} is {difference}: its header says shape {shape} and thus {expected:,} bytes, {found}; "
            "copy or download it again"
        )
    try:
        values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    except ValueError as error:  # more axes than NumPy has, or empty with an impossible axis
        raise FileError(f"{name} declares the impossible shape {shape}") from error
    return values.astype(dtype.newbyteorder("="))
