"""Fetching a known file from the network, once: checked by size and SHA-256, then kept in a cache.

Only files whose hash is known beforehand can be fetched, so it does not matter which mirror answers. Nothing that
failed its check stays on the disk.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pellucid.errors import FileError
from pellucid.processes import is_terminal

__all__ = ["RemoteFile", "cache_folder", "fetch"]

_TIMEOUT_S = 30
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class RemoteFile:
    """A file on the network that is known before it is fetched: its name, the most bytes that it has, and its SHA-256,
    or its MD5 where whoever made it told no other."""

    name: str
    size: int
    sha256: str = ""
    md5: str = ""

    @property
    def known_hash(self) -> str:
        """As pooch takes it."""
        return f"sha256:{self.sha256}" if self.sha256 else f"md5:{self.md5}"


def cache_folder(data_set: str) -> Path:
    """Where downloads of a data set are kept: below the folder in PELLUCID_DATA, or in the user's cache folder."""
    import pooch

    root = os.environ.get("PELLUCID_DATA")
    return Path(root or pooch.os_cache("pellucid")).expanduser() / data_set


def fetch(file: RemoteFile, *, mirrors: Sequence[str], folder: Path) -> Path:
    """Return a file from the cache; download it before if it is not there or is damaged.

    Progress goes to stderr: a bar on a terminal, one line otherwise.

    Args:
        file: what to fetch.
        mirrors: URLs of folders that have the file, tried in order.
        folder: the cache; created if missing.

    Returns:
        the path of the file in `folder`.

    Raises:
        FileError: no mirror could deliver the file (the message says why, one by one), or the cache cannot be written.
    """
    import pooch
    import requests

    path = folder / file.name
    if path.is_file() and pooch.file_hash(path, file.known_hash.partition(":")[0]) == file.known_hash.partition(":")[2]:
        return path
    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            with _shown_progress(file, url) as show, _quiet_pooch():
                # Pooch downloads beside the final place, compares the hash, and moves or removes what arrived.
                pooch.retrieve(url, file.known_hash, file.name, folder, downloader=_downloader(file, show))
            return path
        except (requests.RequestException, ValueError) as error:
            failures.append(f"{mirror}: {_reason(error)}")
        except OSError as error:
            raise FileError(
                f"{file.name} could not be kept in {folder}: {error.strerror or error}. Set the environment variable "
                "PELLUCID_DATA to a folder with free space that can be written to"
            ) from error
    raise FileError(f"could not download {file.name}: " + "; ".join(failures))


def _downloader(file: RemoteFile, show: Callable[[int], object]) -> Any:
    """What pooch calls to fetch a URL into a file; it stops a download that grows beyond the known size."""
    import requests

    def download(url: str, output_path: str, _pooch: object) -> None:
        received = 0
        with requests.get(url, stream=True, timeout=_TIMEOUT_S) as response, open(output_path, "wb") as output:
            response.raise_for_status()
            for chunk in response.iter_content(_CHUNK_BYTES):
                received += len(chunk)
                if received > file.size:
                    raise ValueError(f"{url} is larger than the {file.size:,} bytes that are known")
                output.write(chunk)
                show(received)

    return download


def _reason(error: Exception) -> str:
    """One short phrase; what the libraries say is a page of nested exceptions."""
    import requests

    match error:
        case requests.HTTPError(response=requests.Response(status_code=status)):
            return f"the server answered {status}"
        case requests.Timeout():
            return f"no answer within {_TIMEOUT_S} s"
        case requests.exceptions.ChunkedEncodingError():
            return "the connection broke off"
        case requests.ConnectionError():
            return "no connection"
        case requests.RequestException():
            return type(error).__name__
        case _:
            return "what arrived is not the expected file (its SHA-256 or its size is another)"


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Our own line says what is downloaded."""
    import pooch

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _shown_progress(file: RemoteFile, url: str) -> Iterator[Callable[[int], object]]:
    """Show a download on stderr; yields what is to be called with the number of bytes received so far."""
    headline = f"downloading {file.name} ({file.size / 1000:,.0f} kB) from {urlsplit(url).netloc}"
    if not is_terminal(sys.stderr):
        print(headline, file=sys.stderr)
        yield lambda received: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bars:
        bar = bars.add_task(headline, total=file.size)
        yield lambda received: bars.update(bar, completed=received)
