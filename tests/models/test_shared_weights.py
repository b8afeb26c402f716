"""Layers that two models share: one set of weights, wherever it lives, whoever trains it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import Input, Model, Sequential, layers, load_model

X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(7, 2)).astype(np.float32)


def _base(use_bias: bool = True) -> Sequential:
    return Sequential([Input((4,)), layers.Dense(3, "tanh", use_bias, name="base")])


def _with_head(base: Sequential) -> Model:
    x = Input((4,))
    model = Model(x, layers.Dense(2, name="head")(base.layers[0](x)))
    model.compile("sgd", "mse")
    return model


def _by_hand(weights: list[np.ndarray]) -> np.ndarray:
    """tanh(X kernel + bias), and a linear layer behind it where there are four arrays."""
    kernel, bias = weights[0], weights[1] if len(weights) % 2 == 0 else 0
    y = np.tanh(X @ kernel + bias)
    return y @ weights[-2] + weights[-1] if len(weights) > 2 else y


def _check(model: Model) -> None:
    """What the model predicts is what its weights say, on both engines."""
    expected = _by_hand(model.get_weights())
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), expected, atol=1e-5)


ORDERS: dict[str, list[str]] = {
    "base runs first": ["run base", "make", "train", "check"],
    "whole runs first": ["make", "train", "check"],
    "base trains first": ["train base", "make", "train", "check"],
    "in turns": ["run base", "make", "train", "train base", "train", "run base", "check"],
    "made first, base runs": ["make", "run base", "train", "train base", "check"],
}


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("order", ORDERS)
def test_training_either_moves_both(order: str, use_bias: bool) -> None:
    """After any order of making, running and training, both models are right about the same weights."""
    base = _base(use_bias)
    base.compile("sgd", "mse")
    whole: Model | None = None
    for action in ORDERS[order]:
        before = base.get_weights()
        match action:
            case "run base":
                _check(base)
            case "train base":
                base.fit(X, np.zeros((7, 3)), epochs=2, verbose=0)
                assert (base.get_weights()[0] != before[0]).any()
            case "make":
                whole = _with_head(base)
            case "train":
                assert whole is not None
                whole.fit(X, Y, epochs=2, verbose=0)
                assert (base.get_weights()[0] != before[0]).any()
        if whole is not None:
            shared = len(base.weights)
            assert all(map(np.array_equal, base.get_weights(), whole.get_weights()[:shared]))
    assert whole is not None
    if use_bias:
        _check(whole)
    _check(base)


def test_sharing_changes_nothing_in_the_result() -> None:
    """A model on the layers of two others trains to what the same model alone trains to."""
    first, second = _base(), Sequential([Input((3,)), layers.Dense(2, name="top")])
    first.predict(X)
    second.predict(X[:, :3])
    x = Input((4,))
    shared = Model(x, second.layers[0](first.layers[0](x)), seed=5)
    y = Input((4,))
    alone = Model(y, layers.Dense(2, name="top")(layers.Dense(3, "tanh", name="base")(y)), seed=5)
    alone.set_weights(shared.get_weights())
    for model in (shared, alone):
        model.compile("adam", "mse")
        model.fit(X, Y, epochs=5, batch_size=3, verbose=0)
    for mine, reference in zip(shared.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, reference)
    _check(first)


def test_writing_a_weight_counts_everywhere() -> None:
    """By `set_weights`, by `assign`, by index; also where both models have run before."""
    base = _base()
    whole = _with_head(base)
    _check(base)
    _check(whole)
    layer = base.layers[0]
    layer.set_weights([layer.get_weights()[0] * 0 + 0.5, [0, 0, 1]])
    _check(base)
    _check(whole)
    whole.get_layer("base").kernel[0, 1] = -7
    assert base.get_weights()[0][0, 1] == -7
    _check(base)
    _check(whole)
    whole.weights[1].assign([1, 2, 3])
    assert base.get_weights()[1].tolist() == [1, 2, 3]
    _check(base)


def test_a_frozen_base() -> None:
    """Transfer learning: the base stays to the bit, the head learns."""
    base = _base()
    base.predict(X)
    base.trainable = False
    whole = _with_head(base)
    kept, head = base.get_weights(), whole.get_layer("head").get_weights()
    whole.fit(X, Y, epochs=3, verbose=0)
    assert all(map(np.array_equal, kept, base.get_weights()))
    assert (head[0] != whole.get_layer("head").get_weights()[0]).any()
    _check(whole)


FROZEN: dict[str, list[str]] = {
    "first": ["a"],
    "middle": ["b"],
    "last": ["c"],
    "two": ["a", "c"],
    "all": ["a", "b", "c"],
}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
@pytest.mark.parametrize("case", FROZEN)
def test_frozen_layers_stay_to_the_bit(case: str, optimizer: str) -> None:
    """Wherever they stand between trained ones, and whatever lies beside them in memory."""
    model = Sequential([Input((4,)), *[layers.Dense(5, "tanh", name=name) for name in "abc"]])
    model.predict(X)
    for name in FROZEN[case]:
        model.get_layer(name).trainable = False
    model.compile(optimizer, "mse")
    assert len(model.trainable_weights) == 6 - 2 * len(FROZEN[case])
    before = {layer.name: layer.get_weights() for layer in model.layers}
    model.fit(X, np.zeros((7, 5)), epochs=3, batch_size=3, verbose=0)
    for layer in model.layers:
        unchanged = all(map(np.array_equal, before[layer.name], layer.get_weights()))
        assert unchanged == (layer.name in FROZEN[case])


def test_thawing() -> None:
    """A layer that is thawed and compiled again learns; the count of parameters follows."""
    model = _base()
    model.trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, np.zeros((7, 3)), verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
    model.trainable = True
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((7, 3)), verbose=0)
    assert not any(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize("change", ["freeze", "thaw"])
def test_a_change_without_compiling_again(change: str) -> None:
    """It counts at the next `fit`; never does a frozen layer move or a program of before run on."""
    model = Sequential([Input((4,)), layers.Dense(3, name="a"), layers.Dense(3, name="b")])
    model.get_layer("a").trainable = change == "freeze"
    model.compile("adam", "mse")
    model.fit(X, np.zeros((7, 3)), verbose=0)
    model.get_layer("a").trainable = change != "freeze"
    before = model.get_layer("a").get_weights()
    model.fit(X, np.zeros((7, 3)), verbose=0)
    assert all(map(np.array_equal, before, model.get_layer("a").get_weights())) == (change == "freeze")


def test_a_copy_by_file_shares_nothing(tmp_path: Path) -> None:
    """A loaded model is another model."""
    base = _base()
    base.save(tmp_path / "base.keras")
    copy = load_model(tmp_path / "base.keras")
    assert all(map(np.array_equal, base.get_weights(), copy.get_weights()))
    copy.layers[0].kernel[...] = 0
    assert base.get_weights()[0].any()


def test_many_models_on_one_base() -> None:
    """Twenty heads, trained in turns: the base is always what all of them see."""
    base = _base()
    heads = [_with_head(base) for _ in range(20)]
    for head in heads:
        head.train_on_batch(X, Y)
        assert np.array_equal(head.get_layer("base").get_weights()[0], base.get_weights()[0])
    for model in (base, *heads):
        _check(model)


def test_threads_do_not_change_shared_training() -> None:
    """Same bits with 1 thread and with 4."""
    results = []
    for threads in (1, 4):
        usual = pellucid.get_threads()
        pellucid.set_threads(threads)
        try:
            pellucid.set_random_seed(3)
            base = _base()
            base.predict(X)
            whole = _with_head(base)
            whole.fit(X, Y, epochs=3, batch_size=2, verbose=0)
            results.append(whole.get_weights())
        finally:
            pellucid.set_threads(usual)
    assert all(map(np.array_equal, *results))
