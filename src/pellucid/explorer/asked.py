"""What a request asks for, read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid.errors import ArgumentError, shown
from pellucid.frozen import Frozen

__all__ = ["Asked"]


class Asked(Frozen):
    """A request, without its transport.

    Args:
        path: the parts of the path that have names.
        query: what stands behind the question mark.
        body: what was sent.
        has_gone: whether who asked has gone since, so that nobody waits for what takes long.

    Example:
        >>> asked = Asked({}, {"first": "8"}, b'{"sample": 3}')
        >>> asked.whole("first", 0), asked.whole("count", 64), asked.sent()
        (8, 64, {'sample': 3})
    """

    path: Mapping[str, Any]
    query: Mapping[str, str]
    body: bytes
    has_gone: Callable[[], bool] = lambda: False

    def whole(self, name: str, default: int, least: int = 0, most: int = 2**31) -> int:
        """A whole number of the query.

        Raises:
            ArgumentError: it is none, or out of range.
        """
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
            raise ArgumentError(f"{name} is a whole number from {least} to {most}, got {shown(text)}")
        return int(text)

    def wholes(self, name: str) -> tuple[int, ...]:
        """Whole numbers of the query with commas between, at least one.

        Raises:
            ArgumentError: they are none.
        """
        parts = self.query.get(name, "").split(",")
        if len(parts) > 8 or not all(part.isascii() and part.isdecimal() and len(part) < 12 for part in parts):
            raise ArgumentError(
                f"{name} is whole numbers with commas between, as in 3,4,0; got {shown(','.join(parts))}"
            )
        return tuple(int(part) for part in parts)

    def names(self, name: str, most: int = 256) -> list[str]:
        """Names of the query, as a list in JSON; [] where it has none.

        Raises:
            ArgumentError: it is no such list, or too long.
        """
        try:
            found = json.loads(self.query.get(name, "[]"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or len(found) > most or not all(isinstance(each, str) for each in found):
            raise ArgumentError(f'{name} is a list of at most {most} names, such as ["conv"], in JSON')
        return found

    def word(self, name: str, known: Sequence[str]) -> str:
        """One of the words that are known, the first where the query has none.

        Raises:
            ArgumentError: it is another.
        """
        given = self.query.get(name, known[0])
        if given not in known:
            raise ArgumentError(f"{name} is one of {', '.join(known)}, got {shown(given)}")
        return given

    def sent(self) -> dict[str, Any]:
        """What was sent, an object of JSON.

        Raises:
            ArgumentError: it is none.
        """
        try:
            sent = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise ArgumentError("what was sent is no JSON") from None
        if not isinstance(sent, dict):
            raise ArgumentError("what was sent is no JSON object")
        return sent
