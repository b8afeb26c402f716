"""Programs are kept under what they were made from, in bounds; `compile(engine=...)` holds for whatever is run."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, engines, layers
from pellucid.training.programs import FEW, MEMORY_BYTES, MOST, Kept, Programs

X = np.random.default_rng(0).random((40, 4)).astype(np.float32)


def _model() -> Sequential:
    return Sequential([Input((4,)), layers.Dense(3), layers.Activation("tanh")])


class Counting(engines.NativeEngine):
    """Counts what it prepares."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared = 0

    def prepare(self, graph: object) -> object:
        self.prepared += 1
        return super().prepare(graph)  # type: ignore[arg-type]


def test_the_engine_of_compile_computes_everything() -> None:
    model = _model()
    model.compile("sgd", "mse", engine="reference")
    assert model.predict(X).dtype == model(X).dtype == np.float64
    engine = Counting()
    model.compile("sgd", "mse", engine=engine)
    model.predict(X, batch_size=40)
    model(X, training=True)
    model.evaluate(X, X[:, :3], batch_size=40, verbose=0)
    model.fit(X, X[:, :3], batch_size=40, verbose=0)
    assert engine.prepared == 4
    assert model.predict(X, engine="reference").dtype == np.float64
    assert model.predict(X, batch_size=40).dtype == np.float32 and engine.prepared == 4


def test_sizes_that_come_in_turn_are_prepared_once() -> None:
    model, engine = _model(), Counting()
    model.compile("sgd", "mse", engine=engine)
    for _ in range(3):
        for size in range(1, 31):
            assert model.predict(X[:size]).shape == (size, 3)
    assert engine.prepared == 30


def test_many_small_programs_are_kept_and_few_large_ones() -> None:
    small, large = Programs(), Programs()
    for number in range(MOST + 5):
        small.get(number, lambda: Kept(object(), 1))
        large.get(number, lambda: Kept(object(), MEMORY_BYTES // 2))
    assert (len(small._kept), len(large._kept)) == (MOST, FEW)
    assert list(large._kept) == list(range(MOST + 5 - FEW, MOST + 5))


def test_what_is_used_stays() -> None:
    programs = Programs()
    first = programs.get("first", lambda: Kept(object(), 0))
    for number in range(3 * MOST):
        programs.get(number, lambda: Kept(object(), 0))
        assert programs.get("first", lambda: Kept(object(), 0)) is first


def test_a_layer_that_two_models_share_moves_once_and_both_follow() -> None:
    shared = layers.Dense(3, use_bias=False)
    first, second = (Model(x, shared(x)) for x in (Input((4,)), Input((4,))))
    before = first.predict(X)
    third = Sequential([Input((4,)), layers.Rescaling(1.0), shared, layers.Dense(2)])
    third.predict(X)
    third.compile("sgd", "mse")
    third.fit(X, X[:, :2], verbose=0)
    assert not np.array_equal(first.predict(X), before)
    np.testing.assert_array_equal(first.predict(X), second.predict(X))
    np.testing.assert_allclose(first.predict(X), X @ shared.kernel.numpy(), rtol=1e-5)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_model_inside_another_that_grows_is_followed(engine: str) -> None:
    inner = Sequential([Input((4,)), layers.Dense(3, kernel_initializer="ones")])
    x = Input((4,))
    outer = Model(x, inner(x))
    outer.compile("sgd", "mse", engine=engine)
    before = outer.predict(X)
    inner.add(layers.Rescaling(2.0))
    np.testing.assert_allclose(outer.predict(X), 2 * before, rtol=1e-6)


def test_a_training_with_many_sizes_keeps_few_programs_besides() -> None:
    model = Sequential([Input((None, 4)), layers.Dense(2)])
    model.compile("sgd", "mse")
    for length in range(1, 3 * FEW):
        model.train_on_batch(np.zeros((2, length, 4)), np.zeros((2, length, 2)))
    assert len(model.stepper._ready) <= FEW


def test_weights_that_move_are_found_by_whoever_shares_them() -> None:
    shared = layers.Dense(3)
    first, second = Sequential([Input((4,)), shared]), Sequential([Input((4,)), layers.Dense(4), shared])
    first.predict(X)
    second.compile("sgd", "mse")
    second.fit(X, X[:, :3], verbose=0)
    shared.weights[0].move(engines.get_engine("native").state(12), 0)
    shared.set_weights([np.ones((4, 3)), np.zeros(3)])
    np.testing.assert_allclose(first.predict(X), np.repeat(X.sum(1, keepdims=True), 3, axis=1), rtol=1e-6)
