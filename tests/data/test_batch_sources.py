"""Sources of batches: a function of epoch, seed and start; bytes stay bytes."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.source import Batch
from pellucid.engines import NativeEngine
from pellucid.errors import ArgumentError, DataError
from pellucid.training.samples import prepare_samples


def _numbers(batches: list[Batch]) -> list[list[int]]:
    return [batch.arrays["x0"].tolist() for batch in batches]


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_start_leaves_out_what_came_before(shuffle: bool) -> None:
    source = ArraySource({"x0": np.arange(10)}, 4, shuffle=shuffle)
    whole = _numbers(list(source.batches(3, seed=7)))
    assert [len(part) for part in whole] == [4, 4, 2] and len(source) == 3
    for start in range(4):
        assert _numbers(list(source.batches(3, seed=7, start=start))) == whole[start:]


def test_epochs_and_seeds_have_orders_of_their_own_and_arrays_go_together() -> None:
    source = ArraySource({"x0": np.arange(50), "target0": np.arange(50) * 2}, 50, shuffle=True)
    orders = {
        (epoch, seed): next(source.batches(epoch, seed=seed)).arrays["x0"].tolist()
        for epoch in (0, 1)
        for seed in (0, 1)
    }
    assert len({tuple(order) for order in orders.values()}) == 4
    assert all(sorted(order) == list(range(50)) for order in orders.values())
    (batch,) = source.batches(5, seed=2)
    assert np.array_equal(batch.arrays["target0"], batch.arrays["x0"] * 2)


def test_two_readers_do_not_disturb_each_other() -> None:
    source = ArraySource({"x0": np.arange(9)}, 2, shuffle=True)
    first, second = source.batches(0, seed=1), source.batches(0, seed=1)
    next(first)
    assert next(first).arrays["x0"].tolist() == _numbers(list(second))[1]


@pytest.mark.parametrize(
    ("arrays", "size", "error"),
    [
        ({"x0": np.zeros(3), "target0": np.zeros(2)}, 2, DataError),
        ({}, 2, DataError),
        ({"x0": np.zeros(3)}, 0, ArgumentError),
    ],
)
def test_what_cannot_be_cut_is_refused(arrays: dict, size: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        ArraySource(arrays, size, shuffle=False)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.bool_])
def test_bytes_stay_bytes_until_the_engine(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """No copy of the data set is made, and what is handed to a program is of the type that the user has."""
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 4, 4, 1), dtype), np.zeros((8, 3))
    prepared = prepare_samples(model.network, model.stepper.plan.objectives, "model", x, y)
    assert prepared["x0"] is x
    labels = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    labels.compile("sgd", "sparse_categorical_crossentropy")
    ones = np.ones(8, dtype)
    assert prepare_samples(labels.network, labels.stepper.plan.objectives, "model", x, ones)["target0"].dtype == dtype
    given = []
    prepare = NativeEngine.prepare

    def watched(engine: NativeEngine, graph: object) -> object:
        program = prepare(engine, graph)
        bind = program.bind

        def watching(states: object) -> object:
            run = bind(states)

            def called(inputs: dict, **numbers: int) -> dict:
                given.append(inputs["x0"].dtype)
                return run(inputs, **numbers)

            return called

        program.bind = watching
        return program

    monkeypatch.setattr(NativeEngine, "prepare", watched)
    model.fit(x, y, batch_size=4, verbose=0)
    model.evaluate(x, y, verbose=0)
    model.predict(x)
    assert len(given) == 4 and set(given) == {np.dtype(dtype)}
    same = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(3, weights=model.get_weights())])
    monkeypatch.undo()
    np.testing.assert_array_equal(model.predict(x), same.predict(x.astype(np.float32)))
