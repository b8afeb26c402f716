"""Answers that come late: a page's requests are answered by the server at once, and handed on when a test says so."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page


def meanwhile(page: Page, is_so: Callable[[], bool]) -> None:
    """Until something is so, and the page goes on meanwhile; fails after long."""
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        page.wait_for_timeout(5)


class Held:
    """What a page asks from now on of paths below /api/ that match, until it is released.

    Args:
        page: that asks.
        pattern: of the paths; those of several questions in one request are "together".
        method: of the requests.
        before: whether the server is to hear of them only when they are released.
    """

    def __init__(self, page: Page, pattern: str, method: str = "GET", *, before: bool = False) -> None:
        self.page, self.method, self.before = page, method, before
        self.asked: list[str] = []
        self._waiting: list[tuple[Any, Any]] = []
        self._is_released = False
        page.route(re.compile(rf"/api/(?:{pattern})"), self._hold)

    def _hold(self, route: Any) -> None:
        if self._is_released or route.request.method != self.method:
            route.fallback()
            return
        self.asked.append(route.request.url.split("/api/")[1])
        answer = None if self.before else route.fetch()
        if self._is_released:  # meanwhile, before the server had answered
            self._hand_on(route, answer)
        else:
            self._waiting.append((route, answer))

    def wait(self, count: int = 1) -> None:
        """Until so many have been asked for, and answered by the server."""
        meanwhile(self.page, lambda: len(self._waiting) >= count)

    def release(self) -> None:
        """Hand on what is held, the first first; what comes later is not held."""
        self._is_released = True
        for route, answer in self._waiting:
            self._hand_on(route, answer)
        self._waiting = []

    @staticmethod
    def _hand_on(route: Any, answer: Any) -> None:
        if answer is None:
            route.continue_()
        else:
            route.fulfill(response=answer)
