"""A forked child finds locks free that another thread of its parent holds."""

from __future__ import annotations

import os
import threading

import pytest

from pellucid.locks import lock


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_takes_a_lock_that_stayed_behind() -> None:
    made, held, done = lock(), threading.Event(), threading.Event()

    def hold() -> None:
        with made:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if made.acquire(timeout=10) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert not made.acquire(blocking=False)  # the parent's is still held
    done.set()
    thread.join(10)
