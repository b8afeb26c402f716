"""The server of a study, in a thread of its own: its address, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import threading
import time

import uvicorn
from starlette.concurrency import run_in_threadpool

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.app import app_of
from pellucid.explorer.cell import cell_html
from pellucid.explorer.guard import Guard
from pellucid.explorer.patience import PatientProtocol
from pellucid.explorer.study import Study

__all__ = ["Served", "serve"]

LOOPBACK = "127.0.0.1"
_STARTS_IN_S = 10.0
_TOLD_S = 0.12
"""In which every page that is open is told of the end."""


class Served:
    """A study that is being served; use it with `with`, or call `stop`.

    Attributes:
        study: what is served.
        address: where, with the token that the page needs; for whoever may touch the study, and nobody else.
        port: of it.
    """

    def __init__(self, study: Study, server: uvicorn.Server, listening: socket.socket, token: str) -> None:
        self.study, self._server = study, server
        host, port = listening.getsockname()
        self.port: int = port
        self._base = f"http://{host}:{self.port}/"
        self.address = f"{self._base}?token={token}"
        self._thread = threading.Thread(target=server.run, args=([listening],), daemon=True, name="pellucid explorer")
        self._thread.start()
        until = time.monotonic() + _STARTS_IN_S
        while not server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)

    def prepare(self) -> None:
        """Make what a page asks for first, while the browser reads its scripts; in the thread that asks, once.

        Whatever goes wrong, the page tells when it asks itself: the server goes on, and with it all that goes right.
        """
        asyncio.run(run_in_threadpool(bool))  # what answers in threads is loaded by the first answer, in 20 ms
        with contextlib.suppress(Exception):
            self.study.all_maps()

    def wait(self) -> None:
        """Until it is stopped; Ctrl-C comes through."""
        while self._thread.is_alive():
            self._thread.join(0.2)

    def stop(self) -> None:
        """Stop answering, within two seconds, whoever is connected; a training is kept before, and pages are told."""
        if self.study.training.close("The explorer has been stopped."):
            time.sleep(_TOLD_S)
        self._server.should_exit = True
        self._thread.join(1.0)
        self._server.force_exit = True
        self._thread.join(1.0)

    def __enter__(self) -> Served:
        """For `with`."""
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self.stop()

    def _repr_html_(self) -> str:
        """In a notebook: the page in the cell, or the static report where that cannot be."""
        return cell_html(self.study, self.address)

    def __repr__(self) -> str:
        """Without the token."""
        return f"<{self.study.model.name} at {self._base}>"


def serve(study: Study, *, port: int = 0, token: str | None = None, exposed_on: str = "") -> Served:
    """Serve a study on this machine, for this machine alone unless it is exposed.

    Args:
        study: what is shown.
        port: where; 0 for any that is free.
        token: what the page has to know; a random one by default.
        exposed_on: an address of this machine by which others reach it: then whoever knows the token can open the
            page, and what is sent can be read on the way. "" for none.

    Raises:
        ArgumentError: the port is in use, or may not be used; or this machine has no such address.
    """
    host = _exposed(exposed_on) if exposed_on else LOOPBACK
    where = f" of {host}" if exposed_on else ""
    # asyncio sends small answers at once only where the protocol is named; else each request takes 40 ms more
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ArgumentError(
            f"port {port}{where} cannot be used: {error.strerror}; leave it out for one that is free"
        ) from None
    listening.listen(128)
    port = listening.getsockname()[1]
    token = token or secrets.token_urlsafe(24)
    names = [host] if exposed_on else [LOOPBACK, "localhost"]
    guard = Guard(app_of(study), token, [f"{name}:{port}" for name in names])
    settings = uvicorn.Config(
        guard,
        log_config=None,  # uvicorn's own closes every handler of the program's log, and the streams that some hold
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
        limit_concurrency=200,
        http=PatientProtocol,
        ws="none",
    )
    server = uvicorn.Server(settings)
    return Served(study, server, listening, token)


def _exposed(address: str) -> str:
    """An address by which others reach this machine; raises `ArgumentError` for what is none."""
    found: ipaddress.IPv4Address | None = None
    with contextlib.suppress(ValueError):
        found = ipaddress.IPv4Address(address)
    if found is None or found.is_unspecified or found.is_multicast:
        raise ArgumentError(
            f"an address by which others reach this machine is wanted, such as 192.168.1.5, got {shown(address)}: "
            "the page answers to its own address only"
        )
    return str(found)
