"""A folder with the latest record of a training and the one before it, so that a damaged file costs little."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pellucid import processes
from pellucid.errors import FileError, escaped
from pellucid.formats.atomic import atomic_write, is_disk_full, put_in_place, remove_temporaries
from pellucid.formats.paths import checked_path
from pellucid.formats.run_file import read_run, write_run

__all__ = ["RunFolder"]

_SUFFIX = ".run"


class RunFolder:
    """Where a training is kept. One process at a time writes into it.

    A record is written beside the others, flushed to the disk, and then takes the place of the latest, which takes that
    of the previous one: whenever the process is killed, there is a whole one.

    Args:
        folder: made when it is needed.
        two: whether the record before the latest is kept where the disk is full, too; otherwise it makes room then.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     runs = RunFolder(Path(parent) / "run")
        ...     runs.open()
        ...     for step in (1, 2, 3):
        ...         runs.write({"step": step})
        ...     damaged = runs.latest.write_bytes(b"x")
        ...     found, complaints = runs.read()
        >>> found, len(complaints)
        ({'step': 2}, 1)
    """

    def __init__(self, folder: str | os.PathLike[str], *, two: bool = False) -> None:
        self.folder, self.two = checked_path(folder, "a folder for records of a training"), two
        self.latest, self.previous, self.next = (
            self.folder / f"{name}{_SUFFIX}" for name in ("latest", "previous", "next")
        )
        self._damaged: set[Path] = set()

    def open(self) -> None:
        """Make the folder, see that it can be written to, and remove what a killed process left.

        Raises:
            FileError: it cannot be made, or not be written to.
        """
        if not processes.is_first():
            return
        probe = self.folder / ".probe"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise FileError(
                f"{escaped(self.folder)} cannot be written to ({error.strerror}); give another folder for the records "
                "of the training"
            ) from error
        for path in self._paths:
            remove_temporaries(path, 0.0)

    @property
    def _paths(self) -> tuple[Path, Path, Path]:
        """All records that there may be, the newest first where each is in its place.

        Where a process was killed between two renames, there is no latest, and `next` is whole.
        """
        return self.latest, self.next, self.previous

    @property
    def is_empty(self) -> bool:
        """Whether there is no record."""
        return not any(path.exists() for path in self._paths)

    def write(self, content: Mapping[str, Any]) -> None:
        """Make this the latest record.

        Raises:
            ArgumentError: see `write_run`.
            FileError: the disk is full, or the folder cannot be written to; the records that were there still are.
        """
        try:
            self._write(content)
        except OSError as error:
            latest_serves = self.latest.exists() and self.latest not in self._damaged
            if self.two or not is_disk_full(error) or not latest_serves or not self.previous.exists():
                raise
            self.previous.unlink()
            self._write(content)

    def _write(self, content: Mapping[str, Any]) -> None:
        target = self.next if self.latest.exists() else self.latest
        with atomic_write(target) as file:
            write_run(file, content)
        if target is self.next and processes.is_first():
            if self.latest not in self._damaged:  # a damaged one takes no good one's place
                put_in_place(self.latest, self.previous)
            put_in_place(self.next, self.latest)
        self._damaged.discard(self.latest)

    def read(self) -> tuple[dict[str, Any] | None, list[str]]:
        """The newest record that is whole, None where there is none at all; and what is wrong with newer ones.

        Raises:
            FileError: there are records, and all are damaged.
        """
        complaints: list[str] = []
        for path in self._paths:
            if path.exists():
                try:
                    return read_run(path), complaints
                except FileError as error:
                    complaints.append(str(error))
                    self._damaged.add(path)
        if complaints:
            raise FileError(
                f"no record of the training in {escaped(self.folder)} can be read: {'; '.join(complaints)}. Remove the "
                "folder to begin anew"
            )
        return None, complaints

    def remove(self) -> None:
        """Remove the records, and the folder if there is nothing else in it."""
        if not processes.is_first():
            return
        with suppress(OSError):
            for path in self._paths:
                path.unlink(missing_ok=True)
            self.folder.rmdir()
