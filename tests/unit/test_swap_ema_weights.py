"""Weights and their moving averages change places for evaluations and predictions, and nothing is lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Variable
from pellucid.callbacks import CallbackList, LambdaCallback, SwapEMAWeights
from pellucid.errors import ArgumentError


@pytest.fixture
def model() -> Any:
    """Its weight is 1, the average of that 2."""
    pairs = [(Variable([1.0]), Variable([2.0]))]
    optimizer = SimpleNamespace(use_ema=True, moving_averages=lambda: pairs)
    return SimpleNamespace(optimizer=optimizer, stop_training=False)


def values(model: Any) -> tuple[float, float]:
    """The weight and the average."""
    pair = model.optimizer.moving_averages()[0]
    return float(pair[0].numpy()[0]), float(pair[1].numpy()[0])


def told(model: Any, *hooks: tuple[str, int | None], **settings: Any) -> list[tuple[float, float]]:
    """What another callback sees at some hooks, which it hears of later."""
    seen: list[tuple[float, float]] = []
    watch = LambdaCallback(**{hook: lambda *_: seen.append(values(model)) for hook, _ in hooks})
    members = CallbackList([SwapEMAWeights(**settings), watch], model=model, epochs=2)
    for hook, epoch in hooks:
        getattr(members, hook)(*() if epoch is None else (epoch,))
    return seen


BEGIN, END = ("on_test_begin", None), ("on_test_end", None)
WEIGHTS, AVERAGES = (1.0, 2.0), (2.0, 1.0)


def test_averages_are_evaluated(model: Any) -> None:
    hooks = (("on_train_begin", None), ("on_epoch_begin", 0), BEGIN, END, ("on_epoch_end", 0))
    assert told(model, *hooks) == [WEIGHTS, WEIGHTS, AVERAGES, WEIGHTS, WEIGHTS]
    assert told(model, ("on_predict_begin", None), ("on_predict_end", None)) == [AVERAGES, WEIGHTS]


def test_averages_are_shown_between_epochs(model: Any) -> None:
    """After the last epoch they are the weights."""
    hooks = (BEGIN, END, ("on_epoch_end", 0), ("on_epoch_begin", 1), BEGIN, END, ("on_epoch_end", 1))
    seen = told(model, *hooks, swap_on_epoch=True)
    assert seen == [AVERAGES, WEIGHTS, AVERAGES, WEIGHTS, AVERAGES, WEIGHTS, (2.0, 2.0)]


def test_after_the_epoch_that_ends_a_training_they_stay(model: Any) -> None:
    model.stop_training = True
    assert told(model, ("on_epoch_end", 0), ("on_train_end", None), swap_on_epoch=True) == [(2.0, 2.0), (2.0, 2.0)]


def test_a_training_that_is_broken_off_loses_no_weights(model: Any) -> None:
    """Ctrl-C in an evaluation."""
    assert told(model, BEGIN, ("on_train_end", None)) == [AVERAGES, WEIGHTS]


def test_resumed_between_epochs(model: Any) -> None:
    swap = SwapEMAWeights(swap_on_epoch=True)
    swap.set_model(model)
    swap.on_epoch_end(0)
    resumed = SwapEMAWeights(swap_on_epoch=True)
    resumed.set_model(model)
    resumed.restore(swap.capture())
    resumed.on_epoch_begin(1)
    assert values(model) == WEIGHTS


def test_optimizers_that_are_made_of_several(model: Any) -> None:
    """Those that keep averages change places, the others stay."""
    plain = SimpleNamespace(name="plain", use_ema=False)
    model.optimizer.name = "ema"
    together = SimpleNamespace(optimizer=SimpleNamespace(optimizers=[plain, model.optimizer]), stop_training=False)
    swap = SwapEMAWeights()
    swap.set_model(together)
    swap.on_test_begin()
    assert values(model) == AVERAGES
    np.testing.assert_array_equal(model.optimizer.moving_averages()[0][0], [2.0])


@pytest.mark.parametrize("optimizer", [None, SimpleNamespace(use_ema=False), SimpleNamespace()])
def test_who_keeps_no_averages_is_told_so(optimizer: Any) -> None:
    swap = SwapEMAWeights()
    swap.set_model(SimpleNamespace(optimizer=optimizer))
    with pytest.raises(ArgumentError, match="SwapEMAWeights must be used when `use_ema=True` is set"):
        swap.on_train_begin()
