"""A folder with the latest record of a training and the one before it, so that a damaged file costs little."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pellucid import processes
from pellucid.errors import FileError, escaped
from pellucid.formats.atomic import atomic_write, is_disk_full, put_in_place, remove_temporaries
from pellucid.formats.paths import checked_path
from pellucid.formats.run_file import write_run
from pellucid.formats.run_shards import Shards, read_record, shards_of, write_shard, write_shards_head

__all__ = ["Least", "RunFolder"]

_SUFFIX = ".run"
Least = Callable[[Sequence[int]], list[int]]
"""Gives the least of each number over all processes that write a record together; each of them calls it."""
_FAILED, _FULL, _DONE = 0, 1, 2
"""How writing went, the worst first."""
_WORD_BITS = 31


class RunFolder:
    """Where a training is kept. One process at a time writes into it, or all of one training together.

    A record is written beside the others, flushed to the disk, and then takes the place of the latest, which takes that
    of the previous one: whenever the process is killed, there is a whole one. Where processes write together, each
    writes a shard; once all are on the disk, the first process writes the head that names them, which alone makes a
    record of them.

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
        self._remove_shards()

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

    def write(self, content: Mapping[str, Any], least: Least | None = None) -> None:
        """Make this the latest record.

        Args:
            content: plain data and arrays.
            least: where several processes have them and write together, each a shard; they all call this.

        Raises:
            ArgumentError: see `write_run`.
            FileError: the disk is full, or the folder cannot be written to, by one of the processes; the records that
                were there still are.
        """
        try:
            self._write(content, least)
        except OSError as error:
            if not self._may_make_room(error, least):
                raise
            if processes.is_first():
                self.previous.unlink()
                self._remove_shards()
            self._write(content, least)

    def _may_make_room(self, error: OSError, least: Least | None) -> bool:
        """Whether the record before the latest is given up; of several processes the first decides."""
        latest_serves = self.latest.exists() and self.latest not in self._damaged
        may = not self.two and is_disk_full(error) and latest_serves and self.previous.exists()
        return may if least is None else least([may if processes.is_first() else True]) == [True]

    def _write(self, content: Mapping[str, Any], least: Least | None) -> None:
        if least is None:
            return self._put(lambda file: write_run(file, content))
        others = 2**_WORD_BITS - 1
        drawn = [secrets.randbits(_WORD_BITS) if processes.is_first() else others for _ in range(2)]
        shards = Shards("{:08x}{:08x}".format(*least(drawn)), processes.count())
        mine = shards.path(self.folder, processes.index())

        def write_mine() -> None:
            with atomic_write(mine, by_each=True) as file:
                write_shard(file, content, shards, processes.index())

        def write_head() -> None:
            self._check_all_are_here(shards)
            try:
                self._put(lambda file: write_shards_head(file, content, shards))
            finally:
                self._remove_shards()

        try:
            _by_all(write_mine, least)
        except OSError:  # of whichever process
            with suppress(OSError):
                mine.unlink()
            raise
        return _by_all(write_head if processes.is_first() else None, least)

    def _check_all_are_here(self, shards: Shards) -> None:
        missing = [str(number) for number in range(shards.count) if not shards.path(self.folder, number).exists()]
        if missing:
            raise FileError(
                f"what processes {', '.join(missing)} wrote is not in {escaped(self.folder)} here: it must be a folder "
                "that all of them see"
            )

    def _put(self, write: Callable[[Any], None]) -> None:
        """Write a file that takes the place of the latest."""
        target = self.next if self.latest.exists() else self.latest
        with atomic_write(target) as file:
            write(file)
        if target is self.next and processes.is_first():
            if self.latest not in self._damaged:  # a damaged one takes no good one's place
                put_in_place(self.latest, self.previous)
            put_in_place(self.next, self.latest)
        self._damaged.discard(self.latest)

    def _remove_shards(self) -> None:
        """Remove the shards that belong to no record: of an older one, or one that was not finished."""
        with suppress(OSError):  # a head that cannot be read: whose shards they are cannot be known
            there = Shards.all_in(self.folder)
            heads = [path for path in self._paths if path.exists()] if there else []
            wanted = [shards for shards in map(shards_of, heads) if shards is not None]
            for path in there:
                if not any(path in shards for shards in wanted):
                    path.unlink()

    def read(self) -> tuple[dict[str, Any] | None, list[str]]:
        """The newest record that is whole, None where there is none at all; and what is wrong with newer ones.

        Raises:
            FileError: there are records, and all are damaged.
        """
        complaints: list[str] = []
        for path in self._paths:
            if path.exists():
                try:
                    return read_record(path), complaints
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
            self._remove_shards()
            self.folder.rmdir()


def _by_all(work: Callable[[], None] | None, least: Least) -> None:
    """Do what may fail in one process alone; then all know of it, and raise.

    Raises:
        FileError: another process failed.
    """
    error: Exception | None = None
    try:
        if work is not None:
            work()
    except Exception as caught:  # the others wait: it is raised below
        error = caught
    (worst,) = least([_DONE if error is None else _FULL if is_disk_full(error) else _FAILED])
    if error is not None:
        raise error
    if worst != _DONE:
        cause = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if worst == _FULL else None
        why = "; its disk is full" if worst == _FULL else ", which says why"
        raise FileError(f"another process of this training could not write its part of the record{why}") from cause
