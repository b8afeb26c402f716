"""Who is answered: the page that was opened with the printed address, on this machine, and nobody else.

A server on the loopback interface can be reached by every page that is open in the same browser, and by name through
DNS that changes its mind. So the `Host` is checked with its port, the `Origin` wherever there is one, and whatever
touches the study needs a token, in a header that no foreign page may send. A cookie would not do: cookies of 127.0.0.1
are sent to all its ports, and not to a page in a notebook's cell.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["API", "TOKEN_HEADER", "Guard"]

API = "/api/"
TOKEN_HEADER = "x-pellucid-token"
MOST_BYTES = 20 * 2**20
"""Of what is sent in one request."""

_TOO_MUCH = f"more was sent than {MOST_BYTES:,} bytes, which is what is taken at once"

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors {frames}"
)
_NOTEBOOK = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


BODY_S = 30.0
"""How long the body of a request may take to come [s]."""


class Guard:
    """Answers for the application where somebody may not ask, and stands before it where they may.

    Args:
        app: what is guarded.
        token: what who asks has to know.
        hosts: the values of `Host` that are meant, with the port.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str]) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a WebSocket is never accepted
        refused = self._refused(scope)
        sending = _with_headers(send, _POLICY.format(frames=self._frame(scope)))
        if refused is not None:
            status, sentence = refused
            await JSONResponse({"error": sentence}, status)(scope, receive, sending)
            return
        await self._app(scope, _bounded(receive), sending)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence for who may not ask."""
        headers = Headers(scope=scope)
        if headers.getlist("host") == [] or not set(headers.getlist("host")) <= self._hosts:
            return 400, "this page is asked for by its own address only"
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin not in self._origins:
            return 403, "another page may not ask"
        if site not in (None, "same-origin", "none") and scope["path"].startswith(API):
            return 403, "another page may not ask"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > MOST_BYTES:
            return 413, _TOO_MUCH
        given = headers.get(TOKEN_HEADER, "").encode()
        if scope["path"].startswith(API) and not hmac.compare_digest(given, self._token):
            return 403, "open the address that `pellucid explore` printed: it has what this page needs to know"
        return None

    def _frame(self, scope: Scope) -> str:
        """Who may show the page in a frame: a notebook on this machine whose address says that it knows the token."""
        query = QueryParams(scope["query_string"])
        knows = hmac.compare_digest(query.get("token", "").encode(), self._token)
        frame = query.get("frame", "")
        return frame if knows and scope["path"] == "/" and _NOTEBOOK.fullmatch(frame) else "'none'"


def _with_headers(send: Send, policy: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in {**_ALWAYS, "content-security-policy": policy}.items():
                headers[name] = value
        await send(message)

    return sending


def _bounded(receive: Receive) -> Receive:
    """Receives no more than is taken, whatever was said of the length, and does not wait for it for ever."""
    taken, is_whole = 0, False
    until = time.monotonic() + BODY_S

    async def receiving() -> Message:
        nonlocal taken, is_whole
        if is_whole:
            return await receive()  # which tells when the other side has gone
        try:
            message = await asyncio.wait_for(receive(), max(until - time.monotonic(), 0.0))
        except TimeoutError:
            sentence = f"what was to be sent did not come within {BODY_S:g} seconds"
            raise HTTPException(408, sentence, {"connection": "close"}) from None
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if taken > MOST_BYTES:
            raise HTTPException(413, _TOO_MUCH)
        return message

    return receiving
