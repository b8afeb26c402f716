"""The file of a training: what goes in comes out, and not a bit can change unnoticed."""

from __future__ import annotations

import errno
import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.errors import ArgumentError, FileError
from pellucid.formats import atomic, run_folder
from pellucid.formats.run_file import read_run, write_run
from pellucid.formats.run_folder import RunFolder


def _written(content: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    write_run(file, content)
    return file.getvalue()


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray | np.generic):
        return type(a) is type(b) and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, float):
        return type(b) is float and ((math.copysign(1, a), a) == (math.copysign(1, b), b) or (a != a and b != b))
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and a == b


CONTENT: dict[str, Any] = {
    "numbers": [0, -1, 2**70, 0.1, -0.0, 1e-320, math.inf, -math.inf, math.nan, True, None, "text \n\ud800"],
    "nested": {"a": [{"b": ({}, [], ())}], "": {"dict": 3, "array": 0, "float": "nan"}, "inf": "inf"},
    "keys": {1: "one", (2, "x"): [3], None: 4.5},
    "curve": [0.5, math.nan, math.inf, -0.0, 1 / 3, 2.0, 3.0, 4.0, 5.0],
    "mixed": [0.5, 1, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    "arrays": {
        name: np.arange(6).reshape(2, 3).astype(name)
        for name in ("float16", "float32", "float64", "int8", "int64", "uint8", "uint64", "bool")
    },
    "odd arrays": [
        np.array(math.nan, np.float32), np.zeros((0, 3)), np.zeros((4, 4))[::2, ::-1], np.asfortranarray(np.eye(3)),
        np.ones(3, ">f4"), np.float32(0.25), np.bool_(True), np.int64(-3),
    ],
}  # fmt: skip


def test_what_goes_in_comes_out() -> None:
    """With its types, and to the bit."""
    found = read_run(_written(CONTENT))
    expected = {**CONTENT, "odd arrays": [*CONTENT["odd arrays"][:4], np.ones(3, "f4"), *CONTENT["odd arrays"][5:]]}
    assert list(found) == list(expected)
    for key, value in expected.items():
        assert _same(value, found[key]), key


def test_equal_contents_give_equal_files() -> None:
    assert _written(CONTENT) == _written(read_run(_written(CONTENT)))


SMALL = {"step": 3, "weights": {"dense/kernel": np.arange(5, dtype=np.float32)}, "b": np.ones(3, bool)}


def test_no_bit_changes_unnoticed() -> None:
    """Signature, version, checksums, header, zeros between, arrays: each bit of the file."""
    whole = _written(SMALL)
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            with pytest.raises(FileError):
                read_run(bytes(damaged))


def test_a_file_of_another_length_is_refused() -> None:
    whole = _written(SMALL)
    for length in range(len(whole)):
        with pytest.raises(FileError):
            read_run(whole[:length])
    with pytest.raises(FileError, match="too long"):
        read_run(whole + b"\0")


def test_a_damaged_array_is_named() -> None:
    whole = bytearray(_written({"weights": {"conv/kernel": np.zeros(4), "dense/kernel": np.ones(4)}}))
    whole[-1] ^= 1
    with pytest.raises(FileError, match="damaged: weights/dense/kernel is not what was written"):
        read_run(bytes(whole))


@pytest.mark.parametrize(
    ("content", "seems"), [(b"PK\x03\x04", "a zip archive"), (b"", "an empty file"), (b"0", "text")]
)
def test_another_file_is_told(content: bytes, seems: str) -> None:
    with pytest.raises(FileError, match=f"is not a record of a training .* looks like {seems}"):
        read_run(content)


def _itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        b"bytes",
        1j,
        np.array(["a"]),
        np.array([None]),
        np.zeros(1, "M8[s]"),
        np.zeros(1, complex),
        len,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_kept_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(ArgumentError, match="callbacks/Mine/1: a record of a training holds"):
        _written({"callbacks": {"Mine": [0, value]}})


def test_a_list_in_itself_is_refused() -> None:
    with pytest.raises(ArgumentError, match="nested at most"):
        _written({"a": _itself()})


# What a full disk, a protected folder or a kill leave.


def _folder(path: Path, writes: int) -> RunFolder:
    runs = RunFolder(path / "run")
    runs.open()
    for step in range(1, writes + 1):
        runs.write(_content(step))
    return runs


def _content(step: int) -> dict[str, Any]:
    return {"step": step, "weights": {f"w{i}": np.full(10, step, np.float32) for i in range(3)}}


def _step(runs: RunFolder) -> tuple[int | None, int]:
    """The step of the record that is found, and how many were passed over as damaged."""
    found, complaints = runs.read()
    return found and found["step"], len(complaints)


@pytest.mark.parametrize(
    ("code", "writes"), [*((errno.ENOSPC, n) for n in range(3)), (errno.EDQUOT, 2), (errno.EIO, 2)]
)
def test_a_disk_that_fails_at_any_moment(tmp_path: Path, monkeypatch: Any, code: int, writes: int) -> None:
    """At each call to the system in turn: the last good record is found again, and nothing is left over."""
    failed = 0
    for number in range(40):
        runs = _folder(tmp_path / f"{number}", writes)
        with monkeypatch.context() as patch:
            failing = _FailingSystem(patch, number, code)
            try:
                runs.write(_content(9))
            except OSError:
                failed += 1
        after = RunFolder(runs.folder)
        assert _step(after) in {(writes or None, 0), (9, 0)}
        if not failing.has_failed:
            assert _step(after) == (9, 0)
            break
        assert not [path for path in runs.folder.iterdir() if path.suffix == ".tmp"]
        after.write(_content(10))
        assert _step(RunFolder(runs.folder)) == (10, 0)
    else:
        pytest.fail("there is no end to it")
    assert failed > 5


class _FailingSystem:
    """The n-th of all writes, flushes and renames fails; the flush of a folder may fail without harm."""

    def __init__(self, patch: Any, number: int, code: int) -> None:
        self.left, self.code, self.has_failed = number, code, False
        fdopen, replace, opened = os.fdopen, os.replace, os.open
        patch.setattr(atomic.os, "fdopen", lambda fd, mode: _Watched(fdopen(fd, mode), self))
        patch.setattr(atomic.os, "replace", lambda *paths: self.ask() or replace(*paths))
        patch.setattr(atomic.os, "open", lambda *a: (self.ask() if len(a) > 2 else None) or opened(*a))

    def ask(self) -> None:
        self.left -= 1
        if self.left == -1:
            self.has_failed = True
            raise OSError(self.code, os.strerror(self.code))


class _Watched:
    def __init__(self, file: Any, system: _FailingSystem) -> None:
        self.file, self.system = file, system

    def write(self, content: Any) -> int:
        self.system.ask()
        return self.file.write(content)

    def flush(self) -> None:
        self.system.ask()
        self.file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def test_a_kill_between_two_renames(tmp_path: Path) -> None:
    """The new record is whole under the name that it had while it was written."""
    runs = _folder(tmp_path, 2)
    os.replace(runs.latest, runs.previous)
    runs.previous.with_name("next.run").write_bytes(_written(_content(3)))
    assert _step(RunFolder(runs.folder)) == (3, 0)
    again = RunFolder(runs.folder)
    again.write(_content(4))
    assert _step(again) == (4, 0)


def test_a_damaged_record_takes_no_good_ones_place(tmp_path: Path) -> None:
    runs = _folder(tmp_path, 2)
    runs.latest.write_bytes(b"0")
    resumed = RunFolder(runs.folder)
    assert _step(resumed) == (1, 1)
    resumed.write(_content(5))
    resumed.latest.write_bytes(b"0")
    assert _step(RunFolder(runs.folder)) == (1, 1)
    for path in runs.folder.iterdir():
        path.write_bytes(b"0")
    with pytest.raises(
        FileError, match=r"no record .* can be read: .*latest.*previous.*Remove the folder to begin anew"
    ):
        RunFolder(runs.folder).read()


def test_what_a_killed_process_left_is_removed_at_once_and_nothing_else(tmp_path: Path) -> None:
    runs = _folder(tmp_path, 2)
    for name in (".next.run.0123.tmp", ".latest.run.0123.tmp", "mine.tmp", ".mine.run.0123.tmp"):
        (runs.folder / name).write_bytes(b"part")
    RunFolder(runs.folder).open()
    assert {path.name for path in runs.folder.iterdir()} == {
        "latest.run", "previous.run", "mine.tmp", ".mine.run.0123.tmp",
    }  # fmt: skip
    runs.remove()
    assert {path.name for path in runs.folder.iterdir()} == {"mine.tmp", ".mine.run.0123.tmp"}


def test_a_folder_that_cannot_be_written_to_is_told_before(tmp_path: Path, monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(run_folder.Path, "touch", refuse)
    with pytest.raises(FileError, match=r"cannot be written to \(Read-only file system\); give another folder"):
        RunFolder(tmp_path / "run").open()
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot be written to"):
        RunFolder(tmp_path / "file" / "run").open()
