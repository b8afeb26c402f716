"""Steps in a loop on the devices, as on GPUs: the numbers of steps one by one, however the loop is cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from cases.models import compiled, images, small_cnn
from checks.training import fingerprint

from pellucid import Sequential, optimizers
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.source import Columns, Stretch
from pellucid.engines import XLAEngine, get_engine, steps_of
from pellucid.engines.xla.placement import Placement
from pellucid.graph import Graph, movement, ops
from pellucid.training.portions import portions

DATA = images(40)


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Processors loop too; the sizes of what was brought to the devices whole."""
    brought: list[int] = []
    monkeypatch.setattr(Placement, "loops", True)
    whole = Placement.whole
    monkeypatch.setattr(Placement, "whole", lambda self, array: brought.append(len(array)) or whole(self, array))
    yield brought


def _model(engine: str = "xla") -> Sequential:
    return compiled(small_cnn(dropout=0.3), get_engine(engine), optimizers.SGD(0.05, momentum=0.9))


def test_a_training_of_other_engines_numbers(loops: list[int]) -> None:
    """Dropout, the order of samples, a smaller last batch, and an evaluation; arrays are brought once an epoch."""
    told = []
    for engine in ("native", "xla"):
        model = _model(engine)
        history = model.fit(DATA.x, DATA.y, batch_size=12, epochs=3, verbose=0, validation_split=0.2).history
        told.append([*history.values(), *model.get_weights()])
    assert sorted(set(loops)) == [8, 32] and len(loops) <= 2 * 3 * 2
    for theirs, ours in zip(*told, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("room", [True, False], ids=["resident", "brought for each call"])
def test_the_same_bits_however_the_loop_is_cut(room: bool, loops: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is resumed has other cuts than one that was not."""
    if not room:
        monkeypatch.setattr(Placement, "free_bytes", lambda self: 100)
    found = []
    for cuts in ([9], [1, 1, 5, 2]):
        model = _model()
        arrays = Columns({"x0": DATA.x, model.stepper.plan.objectives[0].target: np.float32(DATA.y)})
        rows, start = np.arange(36).reshape(9, 4), 0
        with model.stepper.tally(training=True) as tally:
            for cut in cuts:
                model.stepper.train_many(Stretch(arrays, rows[start : start + cut]), tally)
                start += cut
        found.append(fingerprint(model))
    assert found[0] == found[1]
    assert (36 in loops or 40 in loops) == room


def test_an_array_that_is_changed_between_epochs_is_seen(loops: list[int]) -> None:
    source = ArraySource({"x0": np.zeros((4, 1), np.float32)}, 2, shuffle=False)
    graph, total = Graph(), XLAEngine().state(1)
    before = graph.leaf(ops.Parameter((1,), total.name, 0))
    both = graph.add(ops.ReduceSum((0,)), graph.add(ops.Input((2, 1), "x0")))
    graph.apply(ops.Update(total.name, 0), before + graph.add(movement.Reshape((1,)), both))
    run = steps_of(XLAEngine().prepare(graph).bind({total.name: total}))
    assert run is not None
    for value in (1.0, 10.0):
        source.arrays["x0"][:] = value
        for portion in portions(source, 0, seed=0):
            assert isinstance(portion.content, Stretch)
            run(portion.content.arrays, portion.content.rows, {}, 0, 0)
    assert total.read().tolist() == [44.0]


def test_processors_do_not_loop() -> None:
    """XLA computes convolutions in a loop many times as long there."""
    program = XLAEngine().prepare(Graph()).bind({})
    assert steps_of(program) is None
