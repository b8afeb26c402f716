"""The server of a study, in a thread of its own: its address, and its end."""

from __future__ import annotations

import secrets
import socket
import threading
import time

import uvicorn

from pellucid.errors import ArgumentError
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
        self.port: int = listening.getsockname()[1]
        self.address = f"http://{LOOPBACK}:{self.port}/?token={token}"
        self._thread = threading.Thread(target=server.run, args=([listening],), daemon=True, name="pellucid explorer")
        self._thread.start()
        until = time.monotonic() + _STARTS_IN_S
        while not server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)

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
        return f"<{self.study.model.name} at http://{LOOPBACK}:{self.port}/>"


def serve(study: Study, *, port: int = 0, token: str | None = None) -> Served:
    """Serve a study on this machine, for this machine.

    Args:
        study: what is shown.
        port: where; 0 for any that is free.
        token: what the page has to know; a random one by default.

    Raises:
        ArgumentError: the port is in use, or may not be used.
    """
    # asyncio sends small answers at once only where the protocol is named; else each request takes 40 ms more
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as error:
        listening.close()
        raise ArgumentError(
            f"port {port} cannot be used: {error.strerror}; leave it out for one that is free"
        ) from None
    listening.listen(128)
    port = listening.getsockname()[1]
    token = token or secrets.token_urlsafe(24)
    guard = Guard(app_of(study), token, [f"{LOOPBACK}:{port}", f"localhost:{port}"])
    settings = uvicorn.Config(
        guard,
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
