"""Zip archives with a known list of members, held in memory: nothing is ever extracted to the disk.

An archive is refused if it holds anything else, anything twice, encrypted or in an unusual compression, or if a member
is larger than its limit, whatever the archive says about it. Not a general zip reader.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, BinaryIO

from pellucid.errors import FileError

__all__ = [
    "MAX_EXPANSION",
    "Member",
    "encode_members",
    "is_file_name",
    "looks_like_a_bomb",
    "open_members",
    "read_all_members",
    "read_members",
]

MAX_EXPANSION = 100
MOST_MEMBERS = 10_000
LONGEST_NAME = 200
FORBIDDEN = frozenset('/\\:*?"<>|')
_SMALL_BYTES = 2**20
_PIECE = 2**20
_HEADER_BYTES = 30
_ENCRYPTED = 0x1
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


def looks_like_a_bomb(declared_bytes: int, stored_bytes: int) -> bool:
    """Whether data declare a size that what is stored could not honestly have: over 1 MiB and over 100 times as much.

    Example:
        >>> looks_like_a_bomb(10 * 2**30, 1000), looks_like_a_bomb(2**30, 2**29)
        (True, False)
    """
    return declared_bytes > _SMALL_BYTES and declared_bytes > MAX_EXPANSION * stored_bytes


class Member(io.RawIOBase):
    """A stored member as a file of its own: a window of the archive, of which no more is read than is asked for.

    Args:
        file: the archive; it stays open as long as the member is read.
        start, size: where the member lies [bytes].
    """

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._place = file, start, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file; a place beyond the end is the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = min(max(base + offset, 0), self._size)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """As of any file."""
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._place)
        content = self._file.read(min(len(view), self._size - self._place))
        view[: len(content)] = content
        self._place += len(content)
        return len(content)


def _window(archive: zipfile.ZipFile, file: BinaryIO, info: zipfile.ZipInfo, name: str) -> Member | None:
    """A stored member as a window, after it was read through once for its checksum; None where it is compressed."""
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
        return None
    count = 0
    with archive.open(info) as member:  # compares the headers, and the checksum at the end
        while piece := member.read(_PIECE):
            count += len(piece)
    if count != info.file_size:
        raise FileError(f"{name}: member {info.filename!r} is damaged; copy or download the file again")
    file.seek(info.header_offset)
    names, extra = struct.unpack("<26xHH", file.read(_HEADER_BYTES))
    return Member(file, info.header_offset + _HEADER_BYTES + names + extra, info.file_size)


def open_members(
    file: BinaryIO, limits: Mapping[str, int], large: str, *, name: str, below: str = "", max_below: int = 0
) -> tuple[dict[str, bytes], BinaryIO, int]:
    """As `read_members`, but for one member that is large, which comes as a file of its own.

    Args:
        file: the archive, open for reading, and open as long as the large member is read.
        limits: for each member the largest size that is accepted [bytes].
        large: the name of the large one.
        name: how errors call the archive.
        below: a folder of the archive, "assets/" say, in which there may be any members besides, of plain names.
        max_below: how much these may take together [bytes].

    Returns:
        what each of the others holds, the large one, and its size [bytes].

    Raises:
        FileError: as `read_members`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            further = [info for info in infos if below and _is_below(info.filename, below)]
            _check_together(further, max_below, name)
            _check_members(infos, {**limits, **{info.filename: max_below for info in further}}, name)
            read = {info.filename: _read_member(archive, info, name) for info in infos if info.filename != large}
            (info,) = (info for info in infos if info.filename == large)
            window = _window(archive, file, info, name)
            held = io.BytesIO(_read_member(archive, info, name)) if window is None else io.BufferedReader(window)
            return read, held, info.file_size
    except FileError:
        raise
    except _ZIP_ERRORS as error:
        raise FileError(f"{name} is damaged or cut short ({error}); copy or download it again") from error


def read_members(file: BinaryIO, limits: Mapping[str, int], *, name: str) -> dict[str, bytes]:
    """Read an archive that must hold exactly the members that `limits` names.

    Args:
        file: the archive, open for reading.
        limits: for each member the largest size that is accepted [bytes].
        name: how errors call the archive.

    Returns:
        what each member holds.

    Raises:
        FileError: the file is no zip archive, is damaged, or breaks one of the rules above.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist(), limits, name)
            return {info.filename: _read_member(archive, info, name) for info in archive.infolist()}
    except FileError:
        raise
    except _ZIP_ERRORS as error:
        raise FileError(f"{name} is damaged or cut short ({error}); copy or download it again") from error


def read_all_members(file: BinaryIO, max_bytes: int, *, name: str) -> dict[str, bytes]:
    """Read an archive that may hold any members, up to 10,000, each once.

    Args:
        file: the archive, open for reading.
        max_bytes: how much they may take together [bytes].
        name: how errors call the archive.

    Returns:
        what each member holds.

    Raises:
        FileError: the file is no zip archive, is damaged, or breaks one of the rules above.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            _check_together(infos, max_bytes, name)
            _check_members(infos, {info.filename: max_bytes for info in infos}, name)
            return {info.filename: _read_member(archive, info, name) for info in infos}
    except FileError:
        raise
    except _ZIP_ERRORS as error:
        raise FileError(f"{name} is damaged or cut short ({error}); copy or download it again") from error


def _is_below(member: str, folder: str) -> bool:
    """Whether a member lies in a folder of the archive, under names that can be names of files on any system."""
    return member.startswith(folder) and all(map(is_file_name, member.split("/")))


def is_file_name(name: str) -> bool:
    """Whether it names a file or a folder on any system, and nothing else.

    Example:
        >>> [is_file_name(name) for name in ("words.txt", "..", "a/b", "C:", "a\\b", "")]
        [True, False, False, False, False, False]
    """
    return bool(name.strip(". ")) and len(name) <= LONGEST_NAME and name.isprintable() and not FORBIDDEN & set(name)


def _check_together(infos: list[zipfile.ZipInfo], max_bytes: int, name: str) -> None:
    """Refuse more members, or larger ones together, than are read."""
    if len(infos) > MOST_MEMBERS:
        raise FileError(f"{name} holds {len(infos):,} members; at most {MOST_MEMBERS:,} are read")
    declared = sum(info.file_size for info in infos)
    if declared > max_bytes:
        raise FileError(f"{name} declares {declared:,} bytes; at most {max_bytes:,} are accepted")


def _check_members(infos: list[zipfile.ZipInfo], limits: Mapping[str, int], name: str) -> None:
    names = Counter(info.filename for info in infos)
    wanted = ", ".join(limits)[:200]
    for member in sorted(names):
        if member not in limits:
            raise FileError(f"{name} holds {member[:100]!r}; expected only {wanted}")
        if names[member] > 1:
            raise FileError(f"{name} holds {member[:100]!r} twice; expected {wanted} once each")
    if missing := [member for member in limits if member not in names]:
        raise FileError(f"{name} has no member {missing[0]!r}; expected {wanted}")
    for info in infos:
        _check_member(info, limits[info.filename], f"{name}: member {info.filename!r}")


def _check_member(info: zipfile.ZipInfo, limit: int, member: str) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise FileError(f"{member} is encrypted; save the file without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileError(f"{member} is compressed by method {info.compress_type}; expected stored or deflated")
    if info.file_size > limit:
        raise FileError(f"{member} declares {info.file_size:,} bytes; at most {limit:,} are accepted")
    if looks_like_a_bomb(info.file_size, info.compress_size):
        raise FileError(
            f"{member} declares {info.file_size:,} bytes but only {info.compress_size:,} are stored; "
            "it is refused as a decompression bomb"
        )


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """The member's bytes; reading stops one byte after the declared size, and the checksum is compared."""
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise FileError(
            f"{name}: member {info.filename!r} is damaged: it declares {info.file_size:,} bytes and holds "
            f"{len(content):,}; copy or download the file again"
        )
    return content


def encode_members(members: Mapping[str, bytes]) -> bytes:
    """Write members into an archive, uncompressed and without a time, so equal members give equal archives.

    Example:
        >>> archive = encode_members({"a.txt": b"one"})
        >>> read_members(io.BytesIO(archive), {"a.txt": 10}, name="archive")
        {'a.txt': b'one'}
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            info = zipfile.ZipInfo(member, date_time=_EARLIEST)
            info.create_system = 3  # Unix, on every system, for the sake of equal archives
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return file.getvalue()
