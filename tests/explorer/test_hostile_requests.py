"""Whoever speaks to the server by hand: half a request, lies about lengths, other names, other methods."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from pellucid.explorer import Served, guard, patience

SOON_S = 0.4
FAR_S = 20.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server waits for next to nothing."""
    monkeypatch.setattr(patience.PatientProtocol, "head_s", SOON_S)
    monkeypatch.setattr(guard, "BODY_S", SOON_S)


@pytest.fixture
def line(impatient: None, served: Served) -> Iterator[socket.socket]:
    """A connection to the server."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=FAR_S) as line:
        yield line


def _all(line: socket.socket) -> bytes:
    """What comes until the other side ends the connection."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def _head(served: Served, request: str, *lines: str) -> bytes:
    token = served.address.rpartition("=")[2]
    head = [f"{request} HTTP/1.1", f"Host: 127.0.0.1:{served.port}", f"X-Pellucid-Token: {token}", *lines, "", ""]
    return "\r\n".join(head).encode()


def test_half_a_head(line: socket.socket) -> None:
    """Sent byte by byte, for ever: the connection ends."""
    began = time.monotonic()
    line.sendall(b"GET / HTTP/1.1\r\nHo")
    assert _all(line) == b""
    assert time.monotonic() - began < FAR_S / 2


def test_nothing_at_all(line: socket.socket) -> None:
    """A connection on which nothing is said ends."""
    assert _all(line) == b""


def test_half_a_head_behind_a_request(line: socket.socket, served: Served) -> None:
    """The same on a connection that was used well before."""
    line.sendall(_head(served, "GET /api/input") + b"GET /api/inp")
    assert _all(line).startswith(b"HTTP/1.1 200 OK")


def test_a_body_that_does_not_come(line: socket.socket, served: Served) -> None:
    """408, and the end."""
    line.sendall(_head(served, "POST /api/input", "Content-Length: 100") + b"{")
    assert _all(line).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Content-Length: 999999999999",), b"413"),
        (("Content-Length: -1",), b"400"),
        (("Content-Length: \u0661",), b"400"),
        (("Content-Length: 3", "Content-Length: 4"), b"400"),
        (("Host: evil.example",), b"400"),
    ],
)
def test_lies_in_the_head(line: socket.socket, served: Served, lines: tuple[str, ...], status: bytes) -> None:
    """Lengths that are none, or too much; a second host."""
    line.sendall(_head(served, "POST /api/input", *lines, "Connection: close") + b"{}")
    assert _all(line).split()[1] == status


def test_more_than_is_taken_without_a_length(line: socket.socket, served: Served) -> None:
    """In chunks: cut off at what is taken."""
    line.sendall(_head(served, "POST /api/input/file", "Transfer-Encoding: chunked", "Connection: close"))
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    line.settimeout(FAR_S)
    try:
        for _ in range(22):
            line.sendall(chunk)
        line.sendall(b"0\r\n\r\n")
        assert _all(line).split()[1] == b"413"
    except (BrokenPipeError, ConnectionResetError):
        pass  # it did not even listen to the end


@pytest.mark.parametrize("request_line", ["TRACE /", "OPTIONS /api/input", "GET http://evil.example/", "CONNECT x:1"])
def test_other_methods_and_targets(line: socket.socket, served: Served, request_line: str) -> None:
    """None does anything, and none is answered for another origin."""
    line.sendall(_head(served, request_line, "Connection: close"))
    answer = _all(line)
    assert answer.split()[1] in (b"400", b"404", b"405")
    assert b"access-control-allow" not in answer.lower()


@pytest.mark.parametrize(
    "path",
    ["/page/..%2f..%2f..%2fpyproject.toml", "/page/%2e%2e/app.py", "/page//etc/passwd", "/page/..\\app.py", "/app.py"],
)
def test_no_path_leaves_the_page(line: socket.socket, served: Served, path: str) -> None:
    """What is served is what lies in the page's folder."""
    line.sendall(_head(served, f"GET {path}", "Connection: close"))
    assert _all(line).split()[1] in (b"400", b"404")


def test_a_server_stops_with_pages_open(served: Served) -> None:
    """Within two seconds, while somebody listens to events."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=FAR_S) as listening:
        listening.sendall(_head(served, "GET /api/events"))
        assert b"hello" in listening.recv(4096) + listening.recv(4096)
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < 2.5
