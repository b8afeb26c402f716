"""`tf.io.TFRecordWriter` and what reads its files: rows of records, each of which is bytes, mostly an `Example`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellucid.cli.tf.arrays import content_tensor
from pellucid.cli.tf.examples import bytes_of
from pellucid.cli.tf.strings import words
from pellucid.data.sources.pipelines import Dataset as Pipeline
from pellucid.errors import ArgumentError, shown
from pellucid.formats import record_file
from pellucid.formats.paths import checked_path
from pellucid.formats.record_file import Compression, compressed, records_in
from pellucid.frozen import Frozen

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]

AT_ONCE = 1 << 20
"""Bytes of records that are compressed together."""


class TFRecordCompressionType:
    """The words of TensorFlow 1."""

    NONE, ZLIB, GZIP = 0, 1, 2


class TFRecordOptions(Frozen):
    """How a file is compressed: "", "GZIP" or "ZLIB". How much it is meant to cost means nothing here."""

    compression_type: Any = None
    flush_mode: Any = None
    input_buffer_size: Any = None
    output_buffer_size: Any = None
    window_bits: Any = None
    compression_level: Any = None


def compression(given: Any) -> Compression:
    """A compression by TensorFlow's words for it."""
    word = given.compression_type if isinstance(given, TFRecordOptions) else given
    found = (
        {None: "", 0: "", 1: "ZLIB", 2: "GZIP"}.get(word, word) if isinstance(word, int | None) else str(words(word))
    )
    if found not in ("", "GZIP", "ZLIB"):
        raise ArgumentError(f"files of records are compressed by 'GZIP', 'ZLIB' or '', got {shown(given)}")
    return found  # type: ignore[return-value]


class TFRecordWriter:
    """Writes a file of records, from its beginning; what is there already is replaced.

    Args:
        path: of the file.
        options: `TFRecordOptions`, or the name of a compression.

    Raises:
        ArgumentError: the compression is unknown.
        FileError: no file can have that name.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        self._kind: Compression = compression(options)
        self._file: BinaryIO | None = checked_path(str(words(path)), "a file of records").open("wb")
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, record: Any) -> None:
        """Add a record: bytes, such as an example's `SerializeToString()`."""
        content = record_file.record(bytes_of(record))
        self._waiting.append(content)
        self._size += len(content)
        if self._size > AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Have the file hold what was added."""
        if self._file is None:
            raise ArgumentError("TFRecordWriter: the file is closed already")
        if self._waiting:
            self._file.write(compressed(b"".join(self._waiting), self._kind))
            self._waiting, self._size = [], 0
        self._file.flush()

    def close(self) -> None:
        """Write what is left, and end."""
        if self._file is not None:
            self.flush()
            self._file.close()
            self._file = None

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:  # scripts forget to close
        if getattr(self, "_file", None) is not None:
            self.close()


def contents_of(filenames: Any, kind: Compression) -> Iterator[Any]:
    """The records of files, one file after the other."""
    for each in filenames if isinstance(filenames, Pipeline) else [filenames]:
        row = each if isinstance(each, list | tuple) else [each]
        for name in row:
            for file in [os.fspath(name)] if isinstance(name, Path) else np.atleast_1d(words(name)).tolist():
                yield from map(content_tensor, records_in(file, kind))


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file, as TensorFlow 1 went through them."""
    return records_in(str(words(path)), compression(options))
