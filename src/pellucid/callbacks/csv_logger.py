"""The numbers of each epoch in a file of comma-separated values."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import processes
from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import flag
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, escaped, shown
from pellucid.formats.atomic import append_whole, atomic_write, is_disk_full
from pellucid.formats.paths import checked_path
from pellucid.warned import warn

EPOCH = "epoch"
MISSING = "NA"
"""What stands where an epoch has no such number: it was not validated."""


class CSVLogger(Callback):
    """Writes a line with the numbers of each epoch to a file.

    The first line names the columns: "epoch", counted from 0, and what is told, in alphabetical order. Where a number
    comes later for the first time, as those of the validation data may, the file gets a column more, and "NA" stands
    in the lines before. Each line is written whole; a training that is resumed goes on behind the last epoch that
    counts. Where the disk is full the training goes on, with a warning.

    Args:
        filename: of the file. Its folder is made.
        separator: what stands between values, one character.
        append: whether lines are added to a file that is there, instead of replacing it; its columns stay.

    Raises:
        ArgumentError: the separator is no single character, or stands for something else in such files.
        FileError: the file cannot be written, or is no such file, where it is to be appended to.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     logger = CSVLogger(folder + "/training.csv")
        ...     logger.on_train_begin()
        ...     logger.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.25})
        ...     print(Path(folder, "training.csv").read_text())
        epoch,accuracy,loss
        0,0.25,0.5
        <BLANKLINE>

    Source: keras.callbacks.CSVLogger, https://keras.io/api/callbacks/csv_logger/
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = str(checked_path(filename, "the file of CSVLogger"))
        if not isinstance(separator, str):
            raise ArgumentTypeError(f"CSVLogger: separator must be a character, got {shown(separator)}")
        if len(separator) != 1 or separator in '\r\n"\0' or not separator.isascii():
            raise ArgumentError(f"CSVLogger: separator must be a single character, such as ';', got {shown(separator)}")
        self.separator = separator
        self.append = flag("CSVLogger", "append", append)
        self._columns: list[str] | None = None
        self._rows = 0

    def capture(self) -> dict[str, Any]:
        """How many lines the file has that count."""
        return {"columns": self._columns, "rows": self._rows}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take off the lines of epochs that will be trained again."""
        if state["columns"] is None:
            return
        columns, rows = self._read()
        self._replace(columns or list(state["columns"]), rows[: state["rows"]])

    def on_train_begin(self, logs: Logs = None) -> None:
        """See whether the file can be written; what is in it stays until the first epoch ends."""
        self._columns, self._rows = None, 0
        if not processes.is_first():
            return
        path = Path(self.filename)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not (path.is_file() or path.is_dir()):  # to open a pipe waits for who reads it
                raise FileError(f"CSVLogger: {escaped(path)} is a pipe or a device; give the name of a regular file")
            with open(path, "ab"):
                pass
        except FileError:
            raise
        except OSError as error:
            raise FileError(
                f"CSVLogger: cannot write {escaped(path)}: {error.strerror}; choose another place"
            ) from error

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the line of the epoch."""
        values = {EPOCH: epoch, **(logs or {})}
        try:
            self._write(values)
        except OSError as error:
            if not is_disk_full(error):
                raise
            warn(f"CSVLogger: the training goes on, but epoch {epoch} is not in {escaped(self.filename)}: {error}")

    def _write(self, values: Mapping[str, Any]) -> None:
        if self._columns is None:
            columns, rows = self._read() if self.append else ([], [])
            self._replace(columns or [EPOCH, *sorted(values.keys() - {EPOCH})], rows)
        columns = self._columns or []
        new = sorted(values.keys() - set(columns))
        if new:
            columns = [*columns, *new]
            self._replace(columns, self._read()[1])
        append_whole(self.filename, self._line([_written(values.get(name, MISSING)) for name in columns]))
        self._rows += 1

    def _read(self) -> tuple[list[str], list[list[str]]]:
        """The columns and the lines of the file that is there; a last line that was broken off is none."""
        try:
            text = Path(self.filename).read_bytes().decode("utf-8")
        except FileNotFoundError:
            return [], []
        except UnicodeDecodeError as error:
            raise self._odd("it is no text") from error
        whole_lines = text[: text.rfind("\n") + 1]
        try:
            lines = [
                line for line in csv.reader(io.StringIO(whole_lines, newline=""), delimiter=self.separator) if line
            ]
        except csv.Error as error:
            raise self._odd(str(error)) from error
        if not lines:
            return [], []
        if lines[0][0] != EPOCH:
            raise self._odd(f"its first line begins with {shown(lines[0][0])} instead of {EPOCH!r}")
        return lines[0], lines[1:]

    def _odd(self, why: str) -> FileError:
        return FileError(
            f"CSVLogger: cannot go on in {escaped(self.filename)}: {why}; is it a file of CSVLogger with the separator "
            f"{self.separator!r}? Choose another name, or append=False"
        )

    def _replace(self, columns: list[str], rows: Sequence[Sequence[str]]) -> None:
        """Write the file anew, with these lines under the columns."""
        width = len(columns)
        with atomic_write(self.filename) as file:
            for row in (columns, *rows):
                file.write(self._line([*row[:width], *[MISSING] * (width - len(row))]))
        self._columns, self._rows = columns, len(rows)

    def _line(self, values: Iterable[Any]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="\n").writerow(values)
        return text.getvalue().encode("utf-8", "backslashreplace")


def _written(value: Any) -> Any:
    """A value as it stands in a line; several in brackets."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return f"[{', '.join(map(str, value))}]" if isinstance(value, Iterable) else value
