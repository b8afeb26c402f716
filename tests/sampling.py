"""Long tables of tests in part: `make test` runs a sample of them that the commit chooses, `make test-long` all.

What is sampled always runs a core that is the same in every commit; the rest is dealt to commits by a hash, so that
sooner or later everything has run, and a commit always runs the same. Without `PELLUCID_SAMPLE_TESTS=1` in the
environment, which `make test` sets, nothing is left out: who asks for a test gets it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import settings

SAMPLES = os.environ.get("PELLUCID_SAMPLE_TESTS") == "1"
CORE = 1 / 10
"""The part of a table that runs with every commit."""
SHARE = 1 / 3
"""The part that the commit adds."""


@functools.cache
def commit() -> str:
    """The commit that is checked out; "" outside of git."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def is_chosen(name: str, of_commit: str) -> bool:
    """Whether a row of that name runs with a commit."""
    return _fraction(name) < CORE or _fraction(f"{of_commit} {name}") < SHARE


def _fraction(text: str) -> float:
    """A number from 0 to 1 that looks like chance and depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def runs(name: str) -> bool:
    """Whether a row of that name runs here and now."""
    return not SAMPLES or is_chosen(name, commit())


def one_of(names: Sequence[str]) -> Sequence[str]:
    """Of some variants that take long, such as instruction set levels, the one whose turn it is."""
    return [names[int(_fraction(commit()) * len(names))]] if SAMPLES else names


def drawn(wish: int | settings) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: so many examples for a test that hypothesis draws; a tenth of them where it is not its turn.

    The examples are always the same ones, in the same order.

    Args:
        wish: the number of examples, or all settings.
    """
    full = wish if isinstance(wish, settings) else settings(max_examples=wish)
    core = settings(full, max_examples=max(1, round(CORE * full.max_examples)))

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        return (full if runs(f"{test.__module__}.{test.__qualname__}") else core)(test)

    return decorate
