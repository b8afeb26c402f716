"""Many steps in one call of the engine are the steps that it makes one by one, to the bit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers, optimizers
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.source import Stretch
from pellucid.engines import get_engine, steps_of
from pellucid.engines.native import NativeBoundProgram
from pellucid.errors import EngineError
from pellucid.graph import Graph, ops

RANDOM = np.random.default_rng(5)
BYTES = RANDOM.integers(0, 256, (75, 6, 6, 2), np.uint8)
LABELS = RANDOM.integers(0, 3, (75, 1)).astype(np.float32)
WEIGHTS = RANDOM.uniform(0, 2, 75).astype(np.float32)
STARTS = [(RANDOM.normal(size=(3, 3, 2, 4)) / 255).astype(np.float32), np.zeros(4, np.float32)]
HEAD = [RANDOM.normal(size=(4, 3)).astype(np.float32), np.zeros(3, np.float32)]


def _model(engine: str = "native") -> Any:
    model = Sequential(
        [
            layers.Input((6, 6, 2)),
            layers.Conv2D(4, 3, activation="relu", weights=STARTS),
            layers.Dropout(0.3),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", weights=HEAD),
        ],
        seed=7,
    )
    schedule = optimizers.schedules.ExponentialDecay(0.01, 3, 0.7)
    model.compile(optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    return model


def _stretched(source: ArraySource, most: int, epoch: int = 0, **order: int) -> Iterator[Stretch]:
    """Stretches of at most so many batches."""
    stretches = source.stretches(epoch, **order)
    with contextlib.suppress(StopIteration):
        yield next(stretches)
        while True:
            yield stretches.send(most)


def _told(model: Any, source: ArraySource, most: int, *, training: bool = True) -> dict[str, Any]:
    """One epoch: batch by batch, or in stretches of at most so many."""
    stepper = model.stepper
    with stepper.tally(training=training) as tally:
        for part in _stretched(source, most, seed=3) if most else source.batches(0, seed=3):
            if most:
                (stepper.train_many if training else stepper.test_many)(part, tally)
            else:
                (stepper.train if training else stepper.test)(part, tally)
        return dict(tally.results())


@pytest.mark.parametrize("shuffle", [True, False], ids=["in a new order", "in order"])
@pytest.mark.parametrize("images", [BYTES, BYTES.astype(np.float32)], ids=["bytes", "floats"])
@pytest.mark.parametrize(("size", "most"), [(1, 50), (4, 7), (75, 3), (200, 2)])
def test_the_same_bits(shuffle: bool, images: np.ndarray, size: int, most: int) -> None:
    """More steps than are counted at once, a smaller batch at the end, a schedule, dropout, weights of samples."""
    source = ArraySource({"x0": images, "target0": LABELS, "weight0": WEIGHTS}, size, shuffle=shuffle)
    one, many = _model(), _model()
    assert _told(one, source, 0) == _told(many, source, most)
    assert one.stepper.iterations == many.stepper.iterations == len(source)
    for a, b in zip(one.get_weights(), many.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_the_same_numbers_of_an_engine_that_makes_one_step_at_a_time() -> None:
    """The reference engine has no such call."""
    source = ArraySource({"x0": BYTES[:12], "target0": LABELS[:12]}, 5, shuffle=True)
    one, many = _model("reference"), _model("reference")
    assert _told(one, source, 0) == _told(many, source, 4)


def test_arrays_that_do_not_lie_in_a_row() -> None:
    """They are put together batch by batch."""
    images = np.asfortranarray(BYTES.astype(np.float32))
    source = ArraySource({"x0": images, "target0": LABELS.astype(np.float64)}, 10, shuffle=True)
    one, many = _model(), _model()
    assert _told(one, source, 0) == _told(many, source, 5)


def test_evaluation() -> None:
    """It moves no weight and makes no step."""
    source, model = ArraySource({"x0": BYTES, "target0": LABELS}, 10, shuffle=False), _model()
    before = model.get_weights()
    assert _told(model, source, 0, training=False) == _told(model, source, 4, training=False)
    assert model.stepper.iterations == 0
    for a, b in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_stretches_are_the_batches() -> None:
    """In every order, from every start, whatever is asked for."""
    source = ArraySource({"x0": np.arange(23)}, 4, shuffle=True)
    for start in range(7):
        wanted = [batch.arrays["x0"].tolist() for batch in source.batches(2, seed=9, start=start)]
        for most in (1, 2, 100):
            stretches = list(_stretched(source, most, epoch=2, seed=9, start=start))
            found = [batch.arrays["x0"].tolist() for stretch in stretches for batch in stretch.batches()]
            assert all(len(stretch) <= most for stretch in stretches)
            assert found == wanted


def _adding() -> tuple[NativeBoundProgram, Any]:
    graph, total = Graph(), get_engine().state(2)
    before = graph.leaf(ops.Parameter((2,), total.name, 0))
    graph.apply(ops.Update(total.name, 0), before + graph.add(ops.Input((2,), "x")) * graph.add(ops.Input((), "rate")))
    bound = get_engine().prepare(graph).bind({total.name: total})
    assert isinstance(bound, NativeBoundProgram)
    return bound, total


@pytest.mark.parametrize(
    ("columns", "rows", "rates"),
    [
        ({"x": np.float32([1, 2])}, [[0, 2]], [1.0]),
        ({"x": np.float32([1, 2])}, [[-1, 0]], [1.0]),
        ({"x": np.float32([1, 2])}, [[0, 1]], [1.0, 2.0]),
        ({"x": np.float32([1, 2])}, [[0]], [1.0]),
        ({"x": np.float64([1, 2])}, [[0, 1]], [1.0]),
        ({"x": np.float32([])}, [[0, 1]], [1.0]),
        ({"x": np.float32([[1, 2], [3, 4]])}, [[0, 1]], [1.0]),
        ({}, [[0, 1]], [1.0]),
    ],
    ids=["beyond", "before", "too many numbers", "too few rows", "of doubles", "nothing", "of pairs", "no column"],
)
def test_what_does_not_fit(columns: dict[str, np.ndarray], rows: list[list[int]], rates: list[float]) -> None:
    """Nothing has run then."""
    bound, total = _adding()
    run = steps_of(bound)
    assert run is not None
    with pytest.raises(EngineError):
        run(columns, np.array(rows, np.int64), {"rate": np.float32(rates)}, 0, 0)
    assert total.read().tolist() == [0, 0]


def test_numbers_of_each_step() -> None:
    bound, total = _adding()
    rows = np.array([[0, 1], [2, 2], [1, 0]], np.int64)
    bound.steps({"x": np.float32([1, 10, 100])}, rows, {"rate": np.float32([1, 2, 3])}, 0, 0)
    assert total.read().tolist() == [1 + 200 + 30, 10 + 200 + 3]
