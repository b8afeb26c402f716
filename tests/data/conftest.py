"""IDX files written for the tests, MNIST's folder (real where it is found, else synthetic), and a small web server."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import os
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from pellucid.data.sets import mnist

_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def _encode_idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, _CODES[array.dtype.str[1:]], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture(scope="session")
def encode_idx() -> Callable[[np.ndarray], bytes]:
    """An independent writer of IDX files."""
    return _encode_idx


@pytest.fixture(scope="session")
def small_mnist() -> dict[str, bytes]:
    """The contents of four small files in MNIST's layout: 20 images to train on and 10 to test with."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }
    return {key: _encode_idx(array) for key, array in arrays.items()}


@pytest.fixture
def known_small_mnist(small_mnist: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Make the small files the ones that the loader expects; returns them compressed, by their names on a mirror."""
    downloads, files = {}, {}
    for key, content in small_mnist.items():
        packed = gzip.compress(content, mtime=0)
        files[key] = replace(
            mnist.FILES[key],
            content_sha256=hashlib.sha256(content).hexdigest(),
            gzip_sha256=hashlib.sha256(packed).hexdigest(),
            gzip_size=len(packed),
        )
        downloads[files[key].download.name] = packed
    monkeypatch.setattr(mnist, "FILES", files)
    return downloads


def _real_mnist() -> Path | None:
    beside_repository = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("PELLUCID_MNIST", beside_repository))
    return folder if folder.is_dir() else None


@dataclass
class MnistCase:
    """A folder that the loader accepts, and how many images are in it."""

    folder: Path
    train_count: int
    test_count: int


@pytest.fixture
def mnist_case(request: pytest.FixtureRequest, tmp_path: Path) -> MnistCase:
    """The real MNIST from PELLUCID_MNIST or beside the repository; small synthetic files where neither is there."""
    if folder := _real_mnist():
        return MnistCase(folder, 60_000, 10_000)
    for name, packed in request.getfixturevalue("known_small_mnist").items():
        (tmp_path / name).write_bytes(packed)
    return MnistCase(tmp_path, 20, 10)


@dataclass
class Mirror:
    """A web server on this machine. `files` maps a path to what is sent; `truncated` paths break off half way.

    Below "/endless/" it goes on sending until the client hangs up, or `ENOUGH` bytes are `sent`.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    truncated: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    sent: int = 0

    ENOUGH: ClassVar[int] = 64 * 2**20

    def fill(self, folder: str, files: dict[str, bytes]) -> str:
        """Offer files below one folder; returns its URL."""
        self.files |= {f"/{folder}/{name}": content for name, content in files.items()}
        return f"{self.url}/{folder}"


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A running mirror; it ends with the test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            if self.path.startswith("/endless/"):
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    while state.sent < state.ENOUGH:
                        state.sent += self.wfile.write(bytes(2**16))
                return
            content = state.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in state.truncated else content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Mirror(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)
