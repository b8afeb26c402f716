"""Files of events, which TensorBoard shows: scalars, histograms, pictures and the graph of a model over steps.

A file is a row of records (`record_file.py`), each a message in the encoding of Protocol Buffers (`wire.py`).

Source: core/util/event.proto and core/framework/summary.proto of https://github.com/tensorflow/tensorflow
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
from pellucid.formats.record_file import record
from pellucid.formats.wire import bytes_, key, real, whole

__all__ = ["EventWriter"]

VERSION = "brain.Event:2"
BINS = 30
RGB = 3  # how an event calls the colours of a picture
STRING = 7  # and the type of a tensor of text


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
        self._waiting = [record(real(1, time.time()) + bytes_(3, VERSION.encode()))]

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number."""
        with np.errstate(over="ignore"):
            number = float(np.float32(value))
        self._add(tag, key(2, 5) + struct.pack("<f", number), step)

    def histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """How many values there are of each size; NaN and infinity are left out."""
        finite = np.asarray(values, np.float64).ravel()
        finite = finite[np.isfinite(finite)]
        counts, edges = np.histogram(finite, BINS) if finite.size else (np.zeros(1), np.zeros(2))
        least, most = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        numbers = (least, most, finite.size, finite.sum(), (finite * finite).sum())
        message = b"".join(real(field, number) for field, number in enumerate(numbers, 1))
        message += bytes_(6, edges[1:].astype("<f8").tobytes()) + bytes_(7, counts.astype("<f8").tobytes())
        self._add(tag, bytes_(5, message), step)

    def picture(self, tag: str, picture: np.ndarray, step: int) -> None:
        """A picture: red, green, blue (rows, columns, 3), uint8."""
        rows, columns = picture.shape[:2]
        message = whole(1, rows) + whole(2, columns) + whole(3, RGB) + bytes_(4, encode_png(picture))
        self._add(tag, bytes_(4, message), step)

    def keras_graph(self, record: str) -> None:
        """The layers of a model and what leads where, from its record in Keras's form (`model.to_json()`)."""
        plugin = bytes_(1, bytes_(1, b"graph_keras_model") + bytes_(2, b"1"))
        tensor = whole(1, STRING) + bytes_(2, b"") + bytes_(8, record.encode())
        self._add("keras", bytes_(9, plugin) + bytes_(8, tensor), 0)

    def _add(self, tag: str, value: bytes, step: int) -> None:
        summary = bytes_(1, bytes_(1, tag.encode("utf-8", "backslashreplace")) + value)
        self._waiting.append(record(real(1, time.time()) + whole(2, step) + bytes_(5, summary)))

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
