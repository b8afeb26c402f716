"""Python hands steps over while devices compute, a bounded number of them; and asks for what they count at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.models import compiled, images, small_cnn

from pellucid import optimizers
from pellucid.data.sources.arrays import ArraySource
from pellucid.engines import XLAEngine, get_engine
from pellucid.engines.xla import ahead
from pellucid.engines.xla.placement import Placement
from pellucid.engines.xla.program import XLABoundProgram
from pellucid.engines.xla.states import DeviceState
from pellucid.training import meters
from pellucid.training.portions import portions

DATA = images(36)


def _fit(engine: str, epochs: int = 1) -> list[list[float]]:
    model = compiled(small_cnn(), get_engine(engine), optimizers.SGD(0.05))
    history = model.fit(DATA.x, DATA.y, batch_size=1, epochs=epochs, verbose=0).history
    return [history[name] for name in ("loss", "accuracy")]


@pytest.mark.parametrize("loops", [False, True], ids=["one by one", "in a loop"])
def test_sums_are_read_at_the_end_of_an_epoch(loops: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are put aside every few steps; nobody waits for them before the last step, and they add up to the same."""
    monkeypatch.setattr(Placement, "loops", loops)
    monkeypatch.setattr(meters, "MOST_STEPS", 8)
    events: list[str] = []
    later = DeviceState.read_later

    def noted(self: DeviceState, *window: int) -> Any:
        read = later(self, *window)
        events.append("aside")
        return lambda: events.append("read") or read()

    def run(self: XLABoundProgram, *given: Any, usual: Any = None, **named: Any) -> Any:
        events.append("run")
        return usual(self, *given, **named)

    for name in ("__call__", "_many"):
        usual = getattr(XLABoundProgram, name)
        monkeypatch.setattr(XLABoundProgram, name, lambda *a, usual=usual, **k: run(*a, usual=usual, **k))
    monkeypatch.setattr(DeviceState, "read_later", noted)
    found = _fit("xla", epochs=2)
    assert [event for event in events if event != "run"] == (["aside"] * 4 + ["read"] * 4) * 2
    first = events.index("read")
    assert events[first : first + 4] == events[-4:] == ["read"] * 4  # no step is made between them
    for theirs, ours in zip(_fit("native", epochs=2), found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_what_waits_aside_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes memory of the device."""
    expected = _fit("xla")
    monkeypatch.setattr(meters, "MOST_STEPS", 2)
    monkeypatch.setattr(meters, "MOST_ASIDE", 3 * meters.LEAST_ASIDE)
    most: list[int] = []
    drain = meters.Meters._drain
    monkeypatch.setattr(meters.Meters, "_drain", lambda self: drain(self) or most.append(len(self._aside)))
    np.testing.assert_allclose(_fit("xla"), expected, rtol=1e-6)
    assert set(most) == {0, 1, 2}


@pytest.mark.parametrize("loops", [False, True], ids=["one by one", "in a loop"])
def test_so_many_runs_are_under_way(loops: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hands over another one waits for the last but one, whose end no later run has taken the memory of."""
    monkeypatch.setattr(Placement, "loops", loops)
    waited: list[Any] = []
    wait = ahead.jax.block_until_ready
    monkeypatch.setattr(ahead.jax, "block_until_ready", lambda end: waited.append(int(wait(end))))
    model = compiled(small_cnn(), XLAEngine(), optimizers.SGD(0.05))
    target = model.stepper.plan.objectives[0].target
    source = ArraySource({"x0": DATA.x, target: np.float32(DATA.y)}, 4, shuffle=False)
    with model.stepper.tally(training=True) as tally:
        for portion in portions(source, 0, seed=0, pace=0.0):  # a step each
            portion.train(model.stepper, tally)
    assert waited == list(range(9 - ahead.RUNS))


def test_a_stretch_ends_with_its_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would know how long steps take, and Ctrl-C would be answered when all have been made."""
    ended: list[int] = []
    wait = meters.Meters.wait
    monkeypatch.setattr(meters.Meters, "wait", lambda self: wait(self) or ended.append(self.batches))
    model = compiled(small_cnn(), XLAEngine(), optimizers.SGD(0.05))
    model.fit(DATA.x, DATA.y, batch_size=6, verbose=0)
    assert ended[-1] == 6 and ended == sorted(ended)


def test_what_is_read_later_is_what_was_there() -> None:
    """Whatever is written meanwhile, on each kind of state."""
    for engine in ("native", "reference", "xla"):
        state = get_engine(engine).state(5000)
        state.write(0, np.arange(5000.0))
        whole, part = state.read_later(), state.read_later(4990, 5)
        state.write(0, np.zeros(5000))
        state.write(4991, np.ones(2))
        assert np.array_equal(whole(), np.arange(5000)) and part().tolist() == [4990, 4991, 4992, 4993, 4994]
