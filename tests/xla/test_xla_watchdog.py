"""Whoever waits for the other processes is watched from the beginning; one process stands for two in most of these.

What comes of a process that stands still later, `test_xla_processes` tries with two.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from together import together

from pellucid import processes
from pellucid.engines import XLAEngine
from pellucid.engines.xla import joining
from pellucid.engines.xla import program as programs
from pellucid.engines.xla.placement import Placement
from pellucid.engines.xla.watchdog import Watchdog
from pellucid.graph import Graph, ops


@pytest.fixture
def watchdog(monkeypatch: pytest.MonkeyPatch) -> Watchdog:
    """One that ends nobody, in the place of the process's."""
    monkeypatch.setattr(Watchdog, "_watch", lambda self: None)
    fresh = Watchdog()
    for module in (joining, programs):
        monkeypatch.setattr(module, "WATCHDOG", fresh)
    return fresh


class Elsewhere:
    """An array of which another process has a share."""

    is_fully_addressable = is_fully_replicated = False


@pytest.mark.parametrize(
    "waits", [lambda: joining.agree("a", "words"), lambda: joining.least([1]), lambda: joining.gathered(Elsewhere())]
)
def test_who_waits_for_the_others(
    waits: Callable[[], Any], watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first steps nobody knows how long that takes; it has a limit of its own."""
    asked: list[float] = []

    def from_all(array: Any, tiled: bool = False) -> np.ndarray:
        assert watchdog.is_watching
        asked.append(watchdog.patience_s)
        return np.zeros(2) if tiled else np.stack([array, array])

    monkeypatch.setattr(joining.multihost_utils, "process_allgather", from_all)
    monkeypatch.setattr(processes, "count", lambda: 2)
    waits()
    with watchdog.watching(1):
        waits()
        assert watchdog.is_watching
    waits()
    assert asked == [1800, 60, 60] and not watchdog.is_watching


def test_the_first_step_of_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """What compiling takes is not counted, but says how long the others may take for it."""
    now = 0.0
    monkeypatch.setattr("pellucid.engines.xla.watchdog.time.monotonic", lambda: now)
    monkeypatch.setattr(Watchdog, "_watch", lambda self: None)
    watchdog = Watchdog(stuck_s=60, first_s=100)
    for compiling, patience in ((3.0, 100.0), (7.0, 140.0)):
        with watchdog.watching(0, first=True):
            assert watchdog.patience_s == 100
            with watchdog.compiling():
                now += compiling + 500
                assert not watchdog.is_stuck()
                now -= 500
            assert watchdog.patience_s == patience
            now += patience
            assert not watchdog.is_stuck()
            now += 1
            assert watchdog.is_stuck()
    with watchdog.watching(1):
        assert watchdog.patience_s == 60  # what the first ones took is no measure for others
    with watchdog.compiling():  # alone, nobody is watched
        assert not watchdog.is_watching


def test_one_that_hangs_in_its_first_step() -> None:
    """The other one, which has compiled the same, does not wait for ever."""
    first = together(Path(__file__).with_name("one_that_hangs.py"), devices=1)[0]
    assert first.returncode == 86
    assert "process 0 of 2 is stuck in the first run of a program, step 0" in first.stderr


def test_what_is_compared_is_a_part_of_the_step(watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a process that stands still before a step whose samples are compared is noticed as before any other."""
    asked: list[bool] = []
    monkeypatch.setattr(programs, "agree", lambda *given: asked.append(watchdog.is_watching))
    monkeypatch.setattr(programs, "_COMPARED_EVERY", 4)
    graph, total = Graph(), XLAEngine().state(2)
    before = graph.leaf(ops.Parameter((2,), total.name, 0))
    graph.apply(ops.Update(total.name, 0), before + graph.add(ops.Input((2,), "x")))
    run = XLAEngine().prepare(graph).bind({total.name: total})
    monkeypatch.setattr(Placement, "is_wide", True)
    for step in range(5):
        run({"x": np.ones(2, np.float32)}, step=step)
    assert asked == [True] * 6  # the network and x, in the first, second and fourth run
    assert total.read().tolist() == [5.0, 5.0]
