"""The files of a data set, wherever they lie: in a folder or in one below, or in an archive; by their names.

An archive is read where it is: nothing is unpacked onto the disk.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pellucid.errors import FileError, escaped
from pellucid.formats.signatures import HEAD_BYTES, describe_content
from pellucid.formats.source import Source, open_source, read_source, source_name
from pellucid.formats.strict_zip import looks_like_a_bomb
from pellucid.frozen import Frozen

__all__ = ["MOST_BYTES", "Place", "Wanted", "archives_in", "content_of", "find_stored", "whole_place"]

MOST_BYTES = 2**28  # of one file
MOST_IN_ALL = 2**30  # of an archive, unpacked
PIECE_BYTES = 2**20
GZIP = b"\x1f\x8b"
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", "_archive")
"""How names of archives end; the last is what Keras calls those that it has downloaded."""
OF_ANYTHING = "archive.zip"
"""What Kaggle calls whatever is downloaded there."""
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


class Wanted(Frozen, eq=False):
    """A data set as files.

    Attributes:
        title: as messages call it.
        forms: names of files that make it, of each form in which it is given, without ".gz".
        folders: names of sub-folders in which they may lie.
        called: a regular expression that is found in the names of its archives, in small letters.
    """

    title: str
    forms: tuple[tuple[str, ...], ...]
    folders: tuple[str, ...]
    called: str

    @property
    def names(self) -> frozenset[str]:
        """Of the files of all forms."""
        return frozenset(name for form in self.forms for name in form)


class Place(Frozen, eq=False):
    """Where files of a data set lie.

    Attributes:
        where: as messages call it.
        files: paths, or what is in them, by their names without ".gz".
    """

    where: str
    files: Mapping[str, Source]

    def missing(self, wanted: Wanted) -> tuple[str, ...]:
        """What the form lacks of which most is there; nothing, if one is whole."""
        lacks = [tuple(name for name in form if name not in self.files) for form in wanted.forms]
        return min(lacks, key=lambda lack: (bool(lack), len(lack)))

    def called(self, name: str) -> str:
        """A file as messages call it."""
        source = self.files[name]
        return f"{self.where}/{name}" if isinstance(source, bytes) else source_name(source)


def find_stored(given: Path, wanted: Wanted) -> Place:
    """Where a data set lies, whole.

    Args:
        given: a folder with its files, one with such a folder or an archive in it, or an archive.
        wanted: what it consists of.

    Raises:
        FileError: there is no such place, an archive is damaged, or not all is there.

    Example:
        >>> import tempfile
        >>> pairs = Wanted("pairs", (("x", "y"),), ("data",), "pairs")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("x", "y.gz"):
        ...         _ = Path(folder, name).write_bytes(b"1")
        ...     sorted(find_stored(Path(folder), pairs).files)
        ['x', 'y']
    """
    where, places = escaped(given), []
    if not given.is_file() and not given.is_dir():
        raise FileError(
            f"{where}: there is no such file or folder; give one with {wanted.title}, or no path to download it"
        )
    if given.is_file() and given.name.removesuffix(".gz") in wanted.names:
        raise FileError(f"{where} is one file of {wanted.title}; give the folder in which all of them are")
    for place in [_archived(given, wanted)] if given.is_file() else _places(given, wanted):
        if not place.missing(wanted):
            return place
        places.append(place)
    begun = [place for place in places if any(name in place.files for name in wanted.names)]
    if not begun:
        raise FileError(
            f"{where} has no {wanted.title}; looked for {', '.join(form[0] for form in wanted.forms)}, also with .gz, "
            f"for folders {', '.join(wanted.folders)}, and for an archive of them (.tar.gz, .zip) named after it"
        )
    best = min(begun, key=lambda each: len(each.missing(wanted)))
    lack = best.missing(wanted)
    raise FileError(
        f"{best.where} has not all of {wanted.title}: {', '.join(lack)} {'is' if len(lack) == 1 else 'are'} missing; "
        "download or copy it again"
    )


def whole_place(folder: Path, wanted: Wanted) -> Place | None:
    """Where in a folder a data set lies, if all of it does; nothing that is there is complained of."""
    try:
        return find_stored(folder, wanted)
    except FileError:
        return None


def content_of(source: Source, what: str) -> bytes:
    """What is in a file, unpacked if gzip compressed it; raises `FileError` where it is damaged or too large."""
    content = read_source(source, what=what, max_bytes=MOST_BYTES)
    if not content.startswith(GZIP):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{source_name(source)} is damaged: its gzip data cannot be read ({error})") from error
    if len(unpacked) > MOST_BYTES:
        raise FileError(f"{source_name(source)} is larger than {MOST_BYTES:,} bytes, too large for {what}")
    return unpacked


def _places(folder: Path, wanted: Wanted) -> Iterator[Place]:
    """The places in a folder: itself, those below it, archives of the data set; one after the other, as it is asked."""
    for each in (folder, *(folder / name for name in wanted.folders)):
        yield Place(escaped(each), dict(_files_in(each, wanted.names)))
    for each in (folder, *(folder / name for name in wanted.folders)):
        for archive in archives_in(each, wanted, ARCHIVES):
            yield _archived(archive, wanted)


def archives_in(folder: Path, wanted: Wanted, endings: Iterable[str]) -> list[Path]:
    """The files in a folder that are called after a data set, or by no name at all, and end in one of those ways."""
    if not folder.is_dir():
        return []
    there = [each for each in folder.iterdir() if each.name.lower().endswith(tuple(endings))]
    return sorted(
        each
        for each in there
        if each.is_file() and (each.name == OF_ANYTHING or re.search(wanted.called, each.name.lower()))
    )


def _files_in(folder: Path, names: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Files by their names; some archives put each into a folder of its own name."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz", folder / name / name):
            if path.is_file():
                yield name, path
                break


def _archived(path: Path, wanted: Wanted) -> Place:
    """An archive: of each member that is wanted what is in it, by the last part of its name."""
    name = escaped(path)
    with open_source(path, what=f"an archive of {wanted.title}") as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        try:
            is_zip = zipfile.is_zipfile(file)
            file.seek(0)
            return Place(name, dict(_unzipped(file, wanted, name) if is_zip else _untarred(file, wanted, name)))
        except FileError:
            raise
        except _BROKEN as error:
            reason = "" if isinstance(error, tarfile.ReadError) else f" ({error})"
            raise FileError(
                f"{name} is no whole archive (.tar.gz, .tar, .zip){reason}; it looks like {describe_content(head)}. "
                "Copy or download it again"
            ) from error


def _untarred(file: BinaryIO, wanted: Wanted, name: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=file, mode="r:*") as archive:
        for member in archive:
            _check_size(member.offset_data + member.size, name)
            short = Path(member.name).name.removesuffix(".gz")
            if member.isreg() and short in wanted.names:
                content = archive.extractfile(member)
                assert content is not None
                yield short, content.read()
        assert archive.fileobj is not None
        while archive.fileobj.read(PIECE_BYTES):  # to its end, where a sum tells whether what was compressed is whole
            _check_size(archive.fileobj.tell(), name)


def _unzipped(file: BinaryIO, wanted: Wanted, name: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        members = [each for each in archive.infolist() if Path(each.filename).name.removesuffix(".gz") in wanted.names]
        _check_size(sum(each.file_size for each in members), name)
        for member in members:
            if member.is_dir() or looks_like_a_bomb(member.file_size, member.compress_size):
                continue
            with archive.open(member) as content:
                yield Path(member.filename).name.removesuffix(".gz"), content.read(MOST_BYTES)


def _check_size(size: int, name: str) -> None:
    if size > MOST_IN_ALL:
        raise FileError(f"{name} holds more than {MOST_IN_ALL:,} bytes, which no archive of these data does")
