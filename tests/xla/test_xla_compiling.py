"""Ctrl-C is heard while XLA compiles; what was compiled for nobody serves whoever comes next."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import jax
import numpy as np
import pytest

from pellucid import Sequential, layers
from pellucid.engines import ReferenceEngine, XLAEngine
from pellucid.engines.xla import program as programs
from pellucid.engines.xla.compiling import Compiling
from pellucid.graph import Graph, ops


@pytest.fixture(scope="module")
def compilations() -> list[str]:
    """What XLA compiles from now on, or finds compiled on the disk, a name for each program."""
    names: list[str] = []

    def heard(event: str, seconds: float, **told: Any) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            names.append(str(told.get("fun_name")))

    jax.monitoring.register_event_duration_secs_listener(heard)
    return names


class Function:
    """Stands for a function of JAX that takes long to compile."""

    def __init__(self, takes_s: float = 0.0, error: Exception | None = None) -> None:
        self.takes_s, self.error, self.count = takes_s, error, 0

    def lower(self, *arguments: Any) -> Function:
        return self

    def compile(self) -> None:
        self.count += 1
        time.sleep(self.takes_s)
        if self.error is not None:
            raise self.error


def test_what_the_compiler_says_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(ValueError, match="no such thing"):
        Compiling(Function(error=ValueError("no such thing"))).wait()


def test_who_waits_long_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal alone: others would find a line that they did not expect."""
    monkeypatch.setattr("pellucid.engines.xla.compiling.SAID_AFTER_S", 0.05)
    for is_terminal in (False, True):
        monkeypatch.setattr("sys.stderr.isatty", lambda is_terminal=is_terminal: is_terminal)
        Compiling(Function(0.5)).wait()
        assert ("XLA compiles" in capsys.readouterr().err) == is_terminal


def test_ctrl_c_while_xla_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training ends at once, before its first step; trained again, the program is there, compiled once."""
    begun, released, made = threading.Event(), threading.Event(), []

    class Held(Compiling):
        """Begins, and goes on when it is let."""

        def _run(self) -> None:
            made.append(self)
            begun.set()
            released.wait(30)
            super()._run()

    monkeypatch.setattr(programs, "Compiling", Held)
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse", engine="xla")
    x, y = np.ones((4, 4), np.float32), np.ones((4, 2), np.float32)
    before = model.get_weights()

    def press() -> None:
        begun.wait(30)
        time.sleep(0.5)  # until it is waited for
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, verbose=0)
    assert model.optimizer.iterations == 0 and not released.is_set()
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)
    released.set()
    model.fit(x, y, verbose=0)
    assert model.optimizer.iterations == 1 and len(made) == 1


def test_weights_of_many_sizes_come_and_go_by_few_programs(compilations: list[str]) -> None:
    """XLA compiles for each shape: that of each weight would take seconds before the first step."""
    model = Sequential([layers.Input((4,)), *(layers.Dense(size) for size in range(5, 45))])
    before = model.get_weights()
    model.compile("adam", "mse", engine="xla")
    compilations.clear()
    model.stepper.capture()  # moves the weights, makes what Adam remembers, and reads all of it
    assert 1 <= len(compilations) <= 4, compilations
    model.set_weights([weight + 1 for weight in before])
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(new, old + 1)


@pytest.mark.parametrize("size", [1, 700, 1500, 9000])
def test_a_part_of_a_state_is_read_and_written_and_nothing_else(size: int) -> None:
    state, rng = XLAEngine().state(size), np.random.default_rng(0)
    expected = rng.random(size, np.float32)
    state.write(0, expected)
    for start, count in ((0, 1), (size - 1, 1), (size // 3, size - size // 3), (size // 2, size // 4), (size // 2, 0)):
        expected[start : start + count] = new = rng.random(count, np.float32)
        state.write(start, new)
        assert np.array_equal(state.read(), expected)
        assert np.array_equal(state.read(start, count), new)


def test_many_draws_are_one_in_the_program() -> None:
    """Threefry is hundreds of operations: of each draw of each layer that varies images it took XLA a minute."""
    graph = Graph()
    for number, shape in enumerate([(3, 1, 1, 1)] * 30 + [(40,), (5, 700)]):
        graph.outputs[f"y{number}"] = graph.add(ops.RandomUniform(shape, number))
    program = XLAEngine().prepare(graph)
    text = program.compiled.lower({}, {}, {}, jax.ShapeDtypeStruct((3,), np.uint32)).as_text()
    assert 20 <= text.count("stablehlo.xor") <= 100
    found, expected = (
        engine.prepare(graph).run({}, {}, seed=2**40 + 3, step=7) for engine in (XLAEngine(), ReferenceEngine())
    )
    assert all(np.array_equal(found[name], expected[name]) for name in expected)
