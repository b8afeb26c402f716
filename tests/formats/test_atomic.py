"""A file that is being written is complete or not there: full disks, protected folders, exceptions and kill -9."""

from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from pellucid.errors import FileError
from pellucid.formats import atomic
from pellucid.formats.atomic import atomic_write

OLD, NEW = b"old content", b"new content" * 1000

on_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, links and signals")


def write(path: str | os.PathLike[str], content: bytes = NEW) -> None:
    with atomic_write(path) as file:
        file.write(content)


def only_file(folder: Path) -> str:
    """The name of the one file in a folder: nothing temporary is left beside it."""
    (path,) = folder.iterdir()
    return path.name


def test_creates_and_replaces(tmp_path: Path) -> None:
    """First a new file, then another content under the same name."""
    target = tmp_path / "model.keras"
    write(target, OLD)
    write(str(target), NEW)
    assert target.read_bytes() == NEW
    assert only_file(tmp_path) == "model.keras"


def test_relative_path_stays_where_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the block changes the folder."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with atomic_write("model.keras") as file:
        os.chdir("elsewhere")
        file.write(NEW)
    assert (tmp_path / "model.keras").read_bytes() == NEW


def test_long_and_foreign_names(tmp_path: Path) -> None:
    """The temporary name never becomes longer than a name may be."""
    for name in ["ä" * 127, "a" * 255, "two words.keras", "é€\N{SNOWMAN}.keras"]:
        write(tmp_path / name)
        assert (tmp_path / name).read_bytes() == NEW


@on_posix
def test_permissions(tmp_path: Path) -> None:
    """A new file gets what the umask allows, an old one keeps what it has."""
    target = tmp_path / "model.keras"
    before = os.umask(0o027)
    try:
        write(target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write(target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
    finally:
        os.umask(before)


@on_posix
def test_symbolic_link_is_kept(tmp_path: Path) -> None:
    """What the link points to is replaced."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link.keras").symlink_to("real/model.keras")
    write(tmp_path / "link.keras", OLD)
    write(tmp_path / "link.keras", NEW)
    assert (tmp_path / "link.keras").is_symlink()
    assert (tmp_path / "real" / "model.keras").read_bytes() == NEW


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), OSError("unrelated"), FileError("ours")])
def test_exception_discards_everything(tmp_path: Path, error: BaseException) -> None:
    """Ctrl-C included; the exception itself comes out unchanged."""
    target = tmp_path / "model.keras"
    write(target, OLD)
    with pytest.raises(type(error)) as caught, atomic_write(target) as file:
        file.write(NEW)
        raise error
    assert caught.value is error
    assert target.read_bytes() == OLD
    assert only_file(tmp_path) == "model.keras"


class FullDisk:
    """A file whose n-th write, counted from 1, finds no space."""

    def __init__(self, file: BinaryIO, writes: int, code: int) -> None:
        self.file, self.writes, self.code = file, writes, code

    def write(self, content: bytes) -> int:
        self.writes -= 1
        if self.writes == 0:
            self.file.write(content[: len(content) // 2])
            raise OSError(self.code, os.strerror(self.code))
        return self.file.write(content)

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("failing_write", range(1, 7))
def test_full_disk_at_every_write(tmp_path: Path, monkeypatch, failing_write: int, code: int) -> None:
    """The old file is intact, nothing is left over, and the message says what to do; the sixth write never comes."""
    target = tmp_path / "model.keras"
    write(target, OLD)
    fdopen = os.fdopen
    monkeypatch.setattr(atomic.os, "fdopen", lambda fd, mode: FullDisk(fdopen(fd, mode), failing_write, code))

    def save() -> None:
        with atomic_write(target) as file:
            for _ in range(5):
                file.write(NEW)

    if failing_write == 6:
        save()
        assert target.read_bytes() == NEW * 5
    else:
        with pytest.raises(FileError, match=r"could not write .*model\.keras: .*Free some space.*nothing .* is lost"):
            save()
        assert target.read_bytes() == OLD
    assert only_file(tmp_path) == "model.keras"


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failure_of_the_last_steps(tmp_path: Path, monkeypatch, call: str) -> None:
    """The disk may also be full when the buffers are flushed, and the rename may be refused."""
    target = tmp_path / "model.keras"
    write(target, OLD)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(FileError, match=r"model\.keras: No space left on device"):
        write(target)
    assert target.read_bytes() == OLD
    assert only_file(tmp_path) == "model.keras"


@on_posix
def test_limit_of_the_system(tmp_path: Path) -> None:
    """The kernel itself refuses to write more than 100 kB."""
    target = tmp_path / "model.keras"
    target.write_bytes(OLD)
    script = (
        "import resource, sys\n"
        "from pellucid.formats.atomic import atomic_write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "with atomic_write(sys.argv[1]) as file:\n"
        "    file.write(bytes(10_000_000))\n"
    )
    result = subprocess.run([sys.executable, "-c", script, target], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert "pellucid.errors.FileError: could not write" in result.stderr
    assert target.read_bytes() == OLD
    assert only_file(tmp_path) == "model.keras"


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is named, and the block does not run."""
    with (
        pytest.raises(FileError, match=r"there is no folder .*missing; create it first"),
        atomic_write(tmp_path / "missing" / "model.keras"),
    ):
        pytest.fail("the block must not run")


def test_impossible_name(tmp_path: Path) -> None:
    """Longer than a name may be."""
    with pytest.raises(FileError, match=r"cannot name a file: a name takes 255 bytes, and it has one of 300"):
        write(tmp_path / ("a" * 300))


def test_path_is_a_folder(tmp_path: Path) -> None:
    """And stays one."""
    with pytest.raises(FileError, match="it is a folder; give the name of a file in it"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@on_posix
def test_devices_and_pipes_are_left_alone(tmp_path: Path) -> None:
    """Renaming over /dev/null would break the whole system."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null"):
        with pytest.raises(FileError, match="it is a pipe or a device"):
            write(path)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_read_only_folder(tmp_path: Path, monkeypatch, code: int) -> None:
    """No permission, or a file system that is mounted for reading only."""

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, "open", refuse)
    with pytest.raises(FileError, match=r"no file can be created in .*; choose a folder that can be written to"):
        write(tmp_path / "model.keras")


def test_read_only_file(tmp_path: Path, monkeypatch) -> None:
    """A file that its owner protected is not replaced behind their back."""
    target = tmp_path / "model.keras"
    write(target, OLD)
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)  # root may always write
    with pytest.raises(FileError, match="the file is read-only"):
        write(target)
    assert target.read_bytes() == OLD


def test_stale_temporaries_of_the_same_file_are_removed(tmp_path: Path) -> None:
    """Those of an hour ago, of this file; young ones may belong to someone who is writing now."""
    names = [".model.keras.old.tmp", ".model.keras.young.tmp", ".other.keras.old.tmp", "mine.tmp"]
    for name in names:
        (tmp_path / name).write_bytes(b"part")
        if "old" in name:
            os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    write(tmp_path / "model.keras")
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", *names[1:]}


@on_posix
def test_temporaries_of_the_dead_are_removed_at_the_next_save(tmp_path: Path) -> None:
    """Of whatever file in that folder; what a process that lives is writing stays, however old."""
    dead = tmp_path / f".other.keras.{'0' * 16}.tmp"
    mine = [tmp_path / f".mine.{'0' * 15}.tmp", tmp_path / f"mine.{'0' * 16}.tmp"]
    for path in (dead, *mine):
        path.write_bytes(b"part")
        os.utime(path, (time.time() - 60,) * 2)
    with atomic_write(tmp_path / "slow.keras") as file:
        (slow,) = (path for path in tmp_path.iterdir() if path.name.startswith(".slow"))
        os.utime(slow, (time.time() - 60,) * 2)
        write(tmp_path / "model.keras")
        assert slow.exists() and not dead.exists()
        file.write(NEW)
    assert (tmp_path / "slow.keras").read_bytes() == NEW
    assert {path.name for path in tmp_path.iterdir()} == {"slow.keras", "model.keras", *(path.name for path in mine)}


@on_posix
def test_kill_at_any_moment(tmp_path: Path) -> None:
    """A process that saves over and over is killed at random: the file is always one of its complete versions."""
    target = tmp_path / "model.keras"
    script = (
        "import sys\n"
        "from pellucid.formats.atomic import atomic_write\n"
        "versions = [bytes([i]) * 3_000_000 for i in range(4)]\n"
        "for i in range(1_000_000):\n"
        "    with atomic_write(sys.argv[1]) as file:\n"
        "        for start in range(0, 3_000_000, 100_000):\n"
        "            file.write(versions[i % 4][start : start + 100_000])\n"
        "    print(i, flush=True)\n"
    )
    rng = random.Random(0)
    seen = set()
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", script, target], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()  # the first version is there
        time.sleep(rng.uniform(0.0, 0.04))
        process.kill()
        process.communicate(timeout=60)
        content = target.read_bytes()
        assert content == content[:1] * 3_000_000
        seen.add(content[:1])
    assert seen <= {bytes([i]) for i in range(4)}
