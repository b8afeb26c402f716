"""Files of events, which TensorBoard shows: scalars, histograms, pictures and the graph of a model over steps.

A file is a row of records: length, checksum of the length, content, checksum of the content (CRC-32C, masked). The
content is a message in the encoding of Protocol Buffers, of which few kinds of fields are needed.

Source: tensorflow/core/lib/io/record_writer.h, core/util/event.proto and core/framework/summary.proto of
https://github.com/tensorflow/tensorflow; https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import os
import platform
import struct
import time
from pathlib import Path

import numpy as np

from pellucid import processes
from pellucid.formats.atomic import append_whole
from pellucid.formats.png import encode_png

__all__ = ["EventWriter", "checksum", "masked"]

VERSION = "brain.Event:2"
BINS = 30
RGB = 3  # how an event calls the colours of a picture
STRING = 7  # and the type of a tensor of text
_POLYNOMIAL = 0x82F63B78  # of CRC-32C (Castagnoli), the lowest bit first


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _table()


def checksum(content: bytes) -> int:
    """The CRC-32C of bytes.

    Example:
        >>> hex(checksum(b"123456789"))
        '0xe3069283'

    Source: RFC 3720, appendix B.4.
    """
    found = 0xFFFFFFFF
    for byte in content:
        found = _TABLE[(found ^ byte) & 0xFF] ^ found >> 8
    return found ^ 0xFFFFFFFF


def masked(found: int) -> int:
    """A checksum as records hold it, so that one of a record within a record is no fixed point."""
    return ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF


class EventWriter:
    """Adds events to a new file of a folder; a folder is what TensorBoard calls a run.

    Events are kept until `flush` adds them to the file in one write; a file that could not be written is left as it
    was before.

    Args:
        folder: in which the file is made, with the first `flush`; it is made too.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     writer = EventWriter(folder)
        ...     writer.scalar("loss", 0.5, step=1)
        ...     writer.flush()
        ...     [file.name[:20] for file in Path(folder).iterdir()]
        ['events.out.tfevents.']
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._path: Path | None = None
        self._waiting = [_record(_real(1, time.time()) + _bytes(3, VERSION.encode()))]

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number."""
        with np.errstate(over="ignore"):
            number = float(np.float32(value))
        self._add(tag, _key(2, 5) + struct.pack("<f", number), step)

    def histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """How many values there are of each size; NaN and infinity are left out."""
        finite = np.asarray(values, np.float64).ravel()
        finite = finite[np.isfinite(finite)]
        counts, edges = np.histogram(finite, BINS) if finite.size else (np.zeros(1), np.zeros(2))
        least, most = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        numbers = (least, most, finite.size, finite.sum(), (finite * finite).sum())
        message = b"".join(_real(field, number) for field, number in enumerate(numbers, 1))
        message += _bytes(6, edges[1:].astype("<f8").tobytes()) + _bytes(7, counts.astype("<f8").tobytes())
        self._add(tag, _bytes(5, message), step)

    def picture(self, tag: str, picture: np.ndarray, step: int) -> None:
        """A picture: red, green, blue (rows, columns, 3), uint8."""
        rows, columns = picture.shape[:2]
        message = _whole(1, rows) + _whole(2, columns) + _whole(3, RGB) + _bytes(4, encode_png(picture))
        self._add(tag, _bytes(4, message), step)

    def keras_graph(self, record: str) -> None:
        """The layers of a model and what leads where, from its record in Keras's form (`model.to_json()`)."""
        plugin = _bytes(1, _bytes(1, b"graph_keras_model") + _bytes(2, b"1"))
        tensor = _whole(1, STRING) + _bytes(2, b"") + _bytes(8, record.encode())
        self._add("keras", _bytes(9, plugin) + _bytes(8, tensor), 0)

    def _add(self, tag: str, value: bytes, step: int) -> None:
        summary = _bytes(1, _bytes(1, tag.encode("utf-8", "backslashreplace")) + value)
        self._waiting.append(_record(_real(1, time.time()) + _whole(2, step) + _bytes(5, summary)))

    def flush(self) -> None:
        """Write what has been added since the last time; of several processes the first one does.

        Raises:
            OSError: it cannot be written; it is forgotten then.
        """
        content, self._waiting = b"".join(self._waiting), []
        if not processes.is_first():
            return
        if self._path is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path = self._new_file()
        append_whole(self._path, content)

    def _new_file(self) -> Path:
        begin = f"events.out.tfevents.{int(time.time())}.{platform.node() or 'localhost'}.{os.getpid()}"
        number = 0
        while True:
            path = self.folder / f"{begin}.{number}"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                number += 1
            else:
                return path


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    ends = (struct.pack("<I", masked(checksum(part))) for part in (length, content))
    return length + next(ends) + content + next(ends)


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(value: int) -> bytes:
    """A whole number >= 0, seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _whole(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _real(field: int, value: float) -> bytes:
    return _key(field, 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _key(field, 2) + _varint(len(value)) + value
