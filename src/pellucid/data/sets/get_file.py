"""`get_file`: a file from the network, once, into the folder where Keras keeps such files."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pellucid.calls import explained
from pellucid.checks import flag, word
from pellucid.errors import ArgumentError, FileError, shown
from pellucid.formats.paths import checked_path, made_folder
from pellucid.warned import warn

__all__ = ["get_file", "keras_home"]

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 30
HASHES = {"sha256": hashlib.sha256, "md5": hashlib.md5}
ARCHIVES = ("auto", "tar", "zip")


def keras_home() -> Path:
    """Where Keras keeps what it has downloaded: the folder in KERAS_HOME, or `.keras` in the user's."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()


@explained
def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file that is downloaded once. It lies where Keras keeps such files, and is found there.

    What comes from the network is checked by its hash. Where none is given the file is taken as it came, and a warning
    tells its SHA-256, to be written into the call.

    Args:
        fname: its name, or whole path; the end of `origin` by default.
        origin: the address that it is downloaded from.
        untar: whether it is a tar archive that is unpacked: an older word for `extract`.
        md5_hash: an older word for `file_hash`.
        file_hash: the SHA-256 or MD5 of the file [hexadecimal digits].
        cache_subdir: the folder in the cache.
        hash_algorithm: "sha256", "md5" or "auto", by the number of digits.
        extract: whether an archive is unpacked beside it, into a folder of its name.
        archive_format: "auto", "tar", "zip" or None.
        cache_dir: the cache; the folder in the environment variable KERAS_HOME or `~/.keras` by default.
        force_download: whether it is downloaded though it is there.

    Returns:
        the path of the file, or of the folder with what was in it.

    Raises:
        ArgumentError: a word is unknown, or there is neither a name nor an address.
        FileError: it could not be downloaded, or its hash is another.

    Example:
        >>> import hashlib, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = pathlib.Path(folder, "datasets", "notes.txt")
        ...     place.parent.mkdir()
        ...     _ = place.write_bytes(b"abc")
        ...     found = get_file("notes.txt", file_hash=hashlib.sha256(b"abc").hexdigest(), cache_dir=folder)
        ...     pathlib.Path(found).name
        'notes.txt'

    Source: keras.utils.get_file, https://keras.io/api/utils/python_utils/
    """
    address = _text("origin", origin) or ""
    name = fname if fname is not None else os.path.basename(urlsplit(address).path)
    if not isinstance(name, str | os.PathLike) or not os.fspath(name):
        raise ArgumentError(f"get_file needs a name, fname, or an address that ends in one; got {shown(fname)}")
    name = checked_path(name, "a file")
    if archive_format is not None:
        word("get_file", "archive_format", archive_format, ARCHIVES)
    expected = _text("file_hash", file_hash) or _text("md5_hash", md5_hash)
    folders = (
        checked_path(keras_home() if cache_dir is None else cache_dir, "a folder"),
        _text("cache_subdir", cache_subdir),
    )
    algorithm = _algorithm(hash_algorithm, expected)
    path = name if name.is_absolute() else checked_path(folders[0].expanduser() / (folders[1] or "") / name, "a file")
    if flag("get_file", "untar", untar) and not path.name.endswith((".tar.gz", ".tgz", ".tar", ".tar.bz2")):
        folder, path = path, path.with_name(path.name + ".tar.gz")
    else:
        folder = path.with_name(path.name.partition(".")[0] + ("" if untar else "_extracted"))
    is_right = path.is_file() and (expected is None or _hash_of(path, algorithm) == expected.lower())
    if flag("get_file", "force_download", force_download) or not is_right:
        _download(path, origin, algorithm, expected)
    if not (flag("get_file", "extract", extract) or untar):
        return str(path)
    _unpack(path, folder, archive_format)
    inside = folder / folder.name
    return str(inside if untar and inside.is_dir() else folder)


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ArgumentError(f"get_file: {name} is text, got {shown(value)}")
    return value


def _algorithm(given: object, expected: str | None) -> str:
    if isinstance(given, str) and given == "auto":
        return "md5" if expected is not None and len(expected) == 32 else "sha256"
    return word("get_file", "hash_algorithm", given, (*HASHES, "auto"))


def _hash_of(path: Path, algorithm: str) -> str:
    found = HASHES[algorithm]()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return str(found.hexdigest())


def _download(path: Path, origin: str | None, algorithm: str, expected: str | None) -> None:
    """Put a file in its place, whole and checked, or leave what was there."""
    if not origin:
        raise FileError(f"{path}: there is no such file, or it has another hash, and no origin to download it from")
    if urlsplit(origin).scheme not in ("http", "https"):
        raise ArgumentError(f"get_file: origin is an address with http or https, got {shown(origin)}")
    made_folder(path.parent, "give get_file another cache_dir")
    part = path.with_name(path.name + ".part")
    try:
        _receive(origin, part)
        came = _hash_of(part, algorithm)
        if expected is not None and came != expected.lower():
            raise FileError(f"{origin}: what arrived has the {algorithm} {came}, not {expected}; nothing was kept")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    if expected is None:
        warn(f"get_file: {path.name} came unchecked; whoever knows it to be right can write file_hash={came!r}")


def _receive(origin: str, part: Path) -> None:
    import requests

    try:
        with requests.get(origin, stream=True, timeout=TIMEOUT_S) as response, part.open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
    except (requests.RequestException, OSError) as error:
        raise FileError(
            f"{origin} could not be downloaded ({type(error).__name__}); put the file into {part.parent} as "
            f"{part.name.removesuffix('.part')}"
        ) from error


def _unpack(path: Path, folder: Path, archive_format: str | None) -> None:
    """Unpack an archive, if it is one and that was not done; nothing leaves the folder."""
    if folder.is_dir() and any(folder.iterdir()):
        return
    opened: Any
    if archive_format in ("auto", "tar") and tarfile.is_tarfile(path):
        with tarfile.open(path) as opened:
            opened.extractall(folder, filter="data")
    elif archive_format in ("auto", "zip") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as opened:
            opened.extractall(folder)
