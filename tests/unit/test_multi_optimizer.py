"""Several optimisers in one training: who moves what, what is refused, copies and records."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, clear_session, layers, load_model, optimizers
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.optimizers import SGD, Adam, MultiOptimizer, OptimizerMap
from pellucid.variables import Variable

X, Y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)


@pytest.fixture(autouse=True)
def _names_begin_anew() -> None:
    clear_session()


def model_of(optimizer: Any) -> Sequential:
    model = Sequential([layers.Input((3,)), layers.Dense(4, name="hidden"), layers.Dense(2, name="last")], "net")
    model.compile(optimizer, "mse")
    return model


def test_each_weight_goes_by_the_one_meant_for_it() -> None:
    """A rate of 0 moves nothing, and each optimiser has its own part of what is kept."""
    model = model_of(MultiOptimizer(OptimizerMap(Adam(0.1), {"net/hidden/.*": SGD(0.0), "net/last/bias": SGD(1.0)})))
    before = model.get_weights()
    model.fit(X, Y, epochs=2, verbose=0)
    moved = [bool((old != new).any()) for old, new in zip(before, model.get_weights(), strict=True)]
    assert moved == [False, False, True, True]
    still, plain, adam = model.optimizer.optimizers
    assert [len(each.variables) for each in (still, plain, adam)] == [2, 2, 4]
    assert (still.iterations, adam.iterations, model.optimizer.iterations) == (2, 2, 2)
    assert model.optimizer.slot("momentum", model.layers[-1].kernel).shape == (4, 2)
    adam.learning_rate = 0.0
    kernel = model.get_weights()[2]
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(kernel, model.get_weights()[2])


def test_a_function_chooses_and_steps_can_be_made_at_once() -> None:
    slow, fast = SGD(0.25), SGD(0.5)
    weights = [Variable([1.0], name=name, owner="layer") for name in ("kernel", "bias")]
    optimizer = MultiOptimizer(lambda weight: fast if weight.name == "bias" else slow)
    optimizer.apply_gradients([([1.0], weight) for weight in weights])
    assert [float(weight.numpy()[0]) for weight in weights] == [0.75, 0.5]
    assert optimizer.optimizers == [slow, fast]
    with pytest.raises(ArgumentError, match="sgd trains a model, and what it remembers"):
        slow.apply([[1.0]], [weights[0]])


def test_what_is_refused() -> None:
    several = MultiOptimizer(OptimizerMap(SGD()))
    for make in (lambda: MultiOptimizer(SGD()), lambda: MultiOptimizer(3), lambda: MultiOptimizer(SGD)):
        with pytest.raises(
            ArgumentTypeError, match="MultiOptimizer: optimizer_map must be an OptimizerMap, or a function"
        ):
            make()
    with pytest.raises(ArgumentTypeError, match="takes a single optimizer, got multi_optimizer"):
        OptimizerMap(several)
    chosen = OptimizerMap(SGD(), {"a.*": SGD(), ".*b": SGD()})
    with pytest.raises(ArgumentError, match=r"ab is matched by 'a\.\*', '\.\*b'"):
        chosen["ab"]
    with pytest.raises(ArgumentError, match="stands there already"):
        chosen["a.*"] = SGD()
    with pytest.raises(ArgumentError, match="is no regular expression"):
        chosen["("] = SGD()
    for rate in (lambda: several.learning_rate, lambda: setattr(several, "learning_rate", 0.1)):
        with pytest.raises(AttributeError, match="there is no one learning_rate"):
            rate()
    with pytest.raises(ArgumentError, match="say it to the one of its `optimizers`"):
        several.exclude_from_weight_decay(var_names=["bias"])


def test_a_pattern_that_fits_no_weight_is_told_of() -> None:
    model = model_of(MultiOptimizer(OptimizerMap(SGD(), {"hiden/.*": Adam()})))
    with pytest.warns(UserWarning, match=r"'hiden/\.\*' fits no weight that is trained; these are net/hidden/kernel, "):
        model.fit(X, Y, verbose=0)


def test_copies_records_and_files_go_on_alike(tmp_path: Any) -> None:
    model = model_of(MultiOptimizer(OptimizerMap(Adam(0.1), {"net/hidden/.*": SGD(0.05, momentum=0.9)}), name="both"))
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    state = model.stepper.capture()
    restored = model_of(optimizers.get(optimizers.serialize(model.optimizer)))
    restored.stepper.restore(state)
    model.save(tmp_path / "model.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        old = load_model(tmp_path / "model.h5")
    others = [copy.deepcopy(model), load_model(tmp_path / "model.keras"), old, restored]
    model.fit(X, Y, verbose=0)
    for other in others:
        assert other.optimizer.name == "both"
        other.fit(X, Y, verbose=0)
        for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
