"""A record that several processes write together: old or new whenever one is killed, and read by any number of them.

Threads stand for the processes here; `tests/xla` has processes.
"""

from __future__ import annotations

import errno
import functools
import io
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import processes
from pellucid.errors import ArgumentError, FileError
from pellucid.formats import atomic
from pellucid.formats.run_file import read_run, write_run
from pellucid.formats.run_folder import RunFolder
from pellucid.formats.run_shards import Shards, read_record, shards_of
from pellucid.formats.spread import Spread

HERE = threading.local()


class Killed(BaseException):
    """What ends a process that is killed, and then the others, who wait for it."""


class Together:
    """Several processes, each a thread; the calls to the system that each makes while it writes can be made to fail.

    Args:
        count: of processes.
        fails: which of them fails, at which of its calls, and by what.
    """

    def __init__(self, count: int, fails: tuple[int, int, BaseException] | None = None) -> None:
        self.count, self.fails = count, fails
        self.calls = [0] * count
        self.barrier = threading.Barrier(count, timeout=20)
        self.told: list[list[int]] = [[] for _ in range(count)]

    def least(self, numbers: Any) -> list[int]:
        """See `Least`."""
        try:
            self.told[processes.index()] = list(numbers)
            self.barrier.wait()
            found = [min(each) for each in zip(*self.told, strict=True)]
            self.barrier.wait()
        except threading.BrokenBarrierError:
            raise Killed from None
        return found

    def ask(self) -> None:
        """A call to the system: does it fail?"""
        number = processes.index()
        self.calls[number] += 1
        if self.fails is not None and self.fails[:2] == (number, self.calls[number]):
            raise self.fails[2]

    def run(self, work: Callable[[], None]) -> list[BaseException | None]:
        """The same in all processes, and how each ended."""
        ended: list[BaseException | None] = [None] * self.count

        def one(number: int) -> None:
            HERE.index, HERE.count = number, self.count
            try:
                work()
            except BaseException as error:
                ended[number] = error
                if not isinstance(error, Exception):
                    self.barrier.abort()

        threads = [threading.Thread(target=one, args=(number,)) for number in range(self.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ended


@pytest.fixture(autouse=True)
def _threads_are_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "index", lambda: getattr(HERE, "index", 0))
    monkeypatch.setattr(processes, "count", lambda: getattr(HERE, "count", 1))
    monkeypatch.setattr(processes, "is_first", lambda: processes.index() == 0)


def _content(step: int) -> dict[str, Any]:
    rng = np.random.default_rng(step)
    arrays: dict[str, Any] = {f"w{n}": rng.random((n, 3), np.float32) for n in range(4)}
    return {"step": step, **arrays, "count": np.int64(step), "few": np.array([True]), "losses": [step / 8] * 20}


def _written(folder: Path, step: int, together: Together) -> list[BaseException | None]:
    return together.run(lambda: RunFolder(folder, two=True).write(_content(step), together.least))


def _step(folder: Path) -> tuple[int, int]:
    """Of the record that is found, whose arrays must be those of that step; and how many were passed over."""
    found, complaints = RunFolder(folder).read()
    assert found is not None
    expected = _content(found["step"])
    assert list(found) == list(expected)
    for key, value in expected.items():
        assert np.array_equal(found[key], value) and type(found[key]) is type(value), key
        assert not isinstance(value, np.ndarray) or found[key].dtype == value.dtype
    return found["step"], len(complaints)


def _begun(folder: Path, count: int = 2, steps: int = 2) -> Path:
    RunFolder(folder).open()
    for step in range(1, steps + 1):
        assert _written(folder, step, Together(count)) == [None] * count
    return folder


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_number_of_processes_reads_it(tmp_path: Path, count: int) -> None:
    """One alone, and others, who go on in the same folder; only the shards of records that there are stay."""
    folder = _begun(tmp_path / "run", count)
    assert len(Shards.all_in(folder)) == 2 * count and len(_names(folder)) == 2 + 2 * count
    assert _step(folder) == (2, 0)
    assert _written(folder, 3, Together(2)) == [None, None]
    assert _step(folder) == (3, 0) and len(Shards.all_in(folder)) == count + 2
    for step in (4, 5):  # one process, which writes whole records
        RunFolder(folder).write(_content(step))
    assert _step(folder) == (5, 0)
    RunFolder(folder).open()
    assert _names(folder) == {"latest.run", "previous.run"}
    _written(folder, 6, Together(3))
    RunFolder(folder).remove()
    assert not folder.exists()


def test_each_writes_its_part(tmp_path: Path) -> None:
    """Of every array; and the head holds none."""
    folder = _begun(tmp_path / "run", 4, steps=1)
    shards = shards_of(folder / "latest.run")
    assert shards is not None and shards.count == 4
    parts = [read_run(shards.path(folder, number))["arrays"] for number in range(4)]
    whole = _content(1)["w3"].ravel()
    assert [part[3].size for part in parts] == [2, 2, 2, 3]
    assert np.array_equal(np.concatenate([part[3] for part in parts]), whole)
    with pytest.raises(FileError, match="head of a record; its arrays are in the shards"):
        read_run(folder / "latest.run")


def _in_shares(edges: list[int]) -> dict[str, Any]:
    """An array of which each process has what lies between two edges, and one that all have."""
    begin, end = edges[processes.index() : processes.index() + 2]
    return {"w": Spread((5, 2), np.dtype(np.float32), [(begin, WHOLE.ravel()[begin:end])]), "all": np.arange(4)}


WHOLE = np.random.default_rng(0).random((5, 2), np.float32)


def test_each_writes_what_it_has_of_arrays_in_shares(tmp_path: Path) -> None:
    """However much that is, nothing too; what is in no shard, or in two, is told."""
    for number, (edges, is_whole) in enumerate(
        {(0, 3, 3, 10): True, (0, 7, 8, 10): True, (0, 3, 7, 9): False, (1, 3, 7, 10): False}.items()
    ):
        together, folder = Together(3), tmp_path / f"{number}"
        RunFolder(folder).open()
        content = functools.partial(_in_shares, list(edges))
        assert together.run(lambda f=folder, c=content, t=together: RunFolder(f).write(c(), t.least)) == [None] * 3
        if is_whole:
            found = read_record(folder / "latest.run")
            assert np.array_equal(found["w"], WHOLE) and np.array_equal(found["all"], np.arange(4))
        else:
            with pytest.raises(FileError, match="hold some numbers twice, or not at all"):
                read_record(folder / "latest.run")
    with pytest.raises(ArgumentError, match="all processes write such a record"):
        write_run(io.BytesIO(), _in_shares([0, 10]))


def _patched(monkeypatch: pytest.MonkeyPatch, together: Together) -> None:
    """Whatever a write asks of the system is counted, and may fail."""
    for name in ("open", "fsync", "replace"):
        usual = getattr(os, name)

        def asked(*given: Any, usual: Callable[..., Any] = usual, **named: Any) -> Any:
            together.ask()
            return usual(*given, **named)

        monkeypatch.setattr(atomic.os, name, asked)


@pytest.mark.parametrize("who", [0, 1])
def test_a_kill_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: int) -> None:
    """What is found is old or new, whole; another number of processes goes on, and nothing is left over."""
    kept = _begun(tmp_path / "begun")
    seen = set()
    for number in range(1, 40):
        folder = shutil.copytree(kept, tmp_path / f"{number}")
        together = Together(2, (who, number, Killed()))
        with monkeypatch.context() as patch:
            _patched(patch, together)
            ended = _written(folder, 3, together)
        if ended == [None, None]:
            break
        step, complaints = _step(folder)
        assert step in (2, 3) and complaints == 0
        seen.add(step)
        RunFolder(folder).open()
        assert _written(folder, 4, Together(3)) == [None] * 3
        assert _step(folder) == (4, 0) and not [name for name in _names(folder) if name.endswith(".tmp")]
        assert len(Shards.all_in(folder)) <= 3 + 2 + 2  # of three records, where `next` was left
    else:
        pytest.fail("there is no end to it")
    assert number > 4 and seen == ({2, 3} if who == 0 else {2})


@pytest.mark.parametrize("who", [0, 1])
def test_one_whose_disk_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: int) -> None:
    """All of them are told, none waits, and the record before it stays."""
    folder, failed = _begun(tmp_path / "run"), 0
    for number in range(1, 40):
        together = Together(2, (who, number, OSError(errno.EIO, "the disk is gone")))
        before = _step(folder)
        with monkeypatch.context() as patch:
            _patched(patch, together)
            ended = _written(folder, 3, together)
        if ended == [None, None]:
            break
        if ended[0] is not None:
            failed += 1
            assert all(isinstance(error, OSError) for error in ended)
            assert "another process of this training could not write its part" in str(ended[1 - who])
        assert _step(folder)[0] in (before[0], 3) and _step(folder)[1] == 0
    assert failed > 2


def test_room_is_made_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the record before the latest, if that is not wanted in any case."""
    folder = _begun(tmp_path / "run")
    together = Together(2, (1, 2, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    with monkeypatch.context() as patch:
        _patched(patch, together)
        assert together.run(lambda: RunFolder(folder).write(_content(3), together.least)) == [None, None]
    assert _step(folder) == (3, 0)
    assert len(Shards.all_in(folder)) == 4  # of the latest and the one before it, which is step 2


def test_a_shard_that_is_damaged_missing_or_of_another_record(tmp_path: Path) -> None:
    """It is told by name, and the record before it is taken."""
    kept = _begun(tmp_path / "begun")
    shards, older = (shards_of(kept / f"{name}.run") for name in ("latest", "previous"))
    assert shards is not None and older is not None
    mine = shards.path(Path(), 1).name
    for number, harm in enumerate(
        [
            lambda path: path.unlink(),
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
            lambda path: path.write_bytes((path.parent / older.path(Path(), 1).name).read_bytes()),
            lambda path: path.write_bytes((path.parent / shards.path(Path(), 0).name).read_bytes()),
        ]
    ):
        folder = shutil.copytree(kept, tmp_path / f"{number}")
        harm(folder / mine)
        with pytest.raises(FileError, match=mine):
            read_record(folder / "latest.run")
        assert _step(folder) == (1, 1)
        assert _written(folder, 3, Together(2)) == [None, None]
        assert _step(folder) == (3, 0)


def test_a_folder_that_not_all_see(tmp_path: Path) -> None:
    """Each has one of its own under the same path."""
    together = Together(2)

    def write() -> None:
        folder = tmp_path / str(processes.index())
        folder.mkdir()
        RunFolder(folder).write(_content(1), together.least)

    ended = together.run(write)
    assert "processes 1 wrote is not in" in str(ended[0]) and "must be a folder that all of them see" in str(ended[0])
    assert isinstance(ended[1], FileError)


@pytest.mark.parametrize("told", [{"name": "../../etc/passwd", "count": 2}, {"name": "0" * 16, "count": 0}, [], {}])
def test_a_head_that_points_elsewhere(tmp_path: Path, told: Any) -> None:
    from pellucid.formats.run_file import write_head

    with (tmp_path / "latest.run").open("wb") as file:
        write_head(file, _content(1), told) if isinstance(told, dict) else write_head(file, _content(1), {"name": told})
    with pytest.raises(FileError, match="describes its shards as"):
        read_record(tmp_path / "latest.run")
