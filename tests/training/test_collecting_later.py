"""Python's search for garbage rests while a program is made, and goes on behind it, whatever happened."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pellucid.training.programs import Kept, Programs


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Other tests find it as they left it."""
    was_on = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_on else gc.disable)()


def test_it_rests_while_programs_are_made() -> None:
    """One inside another, too."""
    seen, inner = list[bool](), Programs()

    def make() -> Kept:
        inner.get("b", lambda: Kept(len, 0))  # type: ignore[arg-type]
        seen.append(gc.isenabled())
        return Kept(len, 0)  # type: ignore[arg-type]

    Programs().get("a", make)
    assert (seen, gc.isenabled()) == ([False], True)


def test_it_goes_on_behind_what_failed() -> None:
    def fails() -> Kept:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Programs().get("a", fails)
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()
    Programs().get("a", lambda: Kept(len, 0))  # type: ignore[arg-type]
    assert not gc.isenabled()
