"""How long the server waits for somebody who sends the head of a request byte by byte: not long.

The body is waited for in `guard.py`. Without this, connections that never come to the point would use up those that the
server has (an attack that is known as Slowloris).
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientProtocol"]


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that ends a connection whose next request does not begin to make sense in time.

    Attributes:
        head_s: how long the head of a request may take, from the first byte [s]; for the first request from the
            connection's beginning.
    """

    head_s = 10.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there, and has to say what they want."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came: a whole head ends the waiting, a part of one begins it."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """One request is answered; a part of the next may have come already."""
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._timer is None and self.conn.trailing_data[0]:
            self._watch()

    def _watch(self) -> None:
        self._timer = self.loop.call_later(self.head_s, self._give_up)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
