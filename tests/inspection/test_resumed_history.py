"""A training that was broken off and goes on: its filter history is whole, as that of an undisturbed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, callbacks, inspection, layers
from pellucid import random as randomness
from pellucid.errors import ArgumentError

X = np.random.default_rng(2).normal(size=(48, 6, 6, 1)).astype(np.float32)
Y = np.arange(48) % 3
STEPS = 18  # 3 epochs of 6


class Broken(RuntimeError):
    """What breaks a training off."""


class BreakOff(callbacks.Callback):
    """Raises at the end of a step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.model.stepper.iterations == self.step:
            raise Broken


def _model() -> Sequential:
    randomness.set_random_seed(7)
    conv = layers.Conv2D(3, 3, activation="relu", name="conv")
    model = Sequential(
        [layers.Input((6, 6, 1)), conv, layers.Flatten(), layers.Dense(3, activation="softmax", name="dense")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def _fit(model: Sequential, *several: callbacks.Callback) -> None:
    model.fit(X, Y, epochs=3, batch_size=8, verbose=0, callbacks=list(several))


def _resumed(folder: Path, order: str, **options: Any) -> tuple[Sequential, callbacks.FilterHistory]:
    """A training that broke off behind step 11, the last record being that of step 8, and went on."""
    for end in (BreakOff(11), callbacks.Callback()):
        history, backup = callbacks.FilterHistory(**options), callbacks.BackupAndRestore(folder, save_freq=4)
        model = _model()
        try:
            _fit(model, *((history, backup) if order == "history first" else (backup, history)), end)
        except Broken:
            continue
    return model, history


@pytest.mark.parametrize("order", ["history first", "backup first"])
@pytest.mark.parametrize("options", [{}, {"frames": 5}, {"states": 4}], ids=str)
def test_frames_and_states_are_those_of_an_undisturbed_training(
    tmp_path: Path, order: str, options: dict[str, Any]
) -> None:
    whole, model = callbacks.FilterHistory(**options), _model()
    _fit(model, whole)
    other, resumed = _resumed(tmp_path / "run", order, **options)
    assert resumed.steps == whole.steps and resumed.steps[-1] == STEPS
    np.testing.assert_array_equal(resumed.frames("conv"), whole.frames("conv"))
    assert (resumed.first_batch, resumed.rates) == (whole.first_batch, whole.rates)
    assert [step for step, _ in resumed.states] == [step for step, _ in whole.states]
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_who_wrote_a_filter_is_told_from_the_first_step(tmp_path: Path) -> None:
    """The parts of the classes add up to the change from the draw to the end, and are those of the undisturbed one."""
    whole, model = callbacks.FilterHistory(), _model()
    first = model.get_layer("conv").kernel.numpy()[..., 1].astype(np.float64)
    _fit(model, whole)
    other, resumed = _resumed(tmp_path / "run", "backup first")
    options = {"batch_size": 8}
    one = inspection.influence(model, X, Y, "conv", 1, recorded=whole, **options)
    two = inspection.influence(other, X, Y, "conv", 1, recorded=resumed, **options)
    np.testing.assert_array_equal(one.parts, two.parts)
    change = other.get_layer("conv").kernel.numpy()[..., 1].astype(np.float64) - first
    np.testing.assert_allclose(two.parts.sum(axis=0), change, atol=1e-6)


def test_the_films_of_states_do_not_hold_each_other(tmp_path: Path) -> None:
    """A record that the history keeps holds no frames, or each would hold all before it."""
    history, model = callbacks.FilterHistory(states=4), _model()
    _fit(model, history)
    assert all("FilterHistory" not in state.callbacks for _, state in history.states)


def test_other_filters_than_were_recorded_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(Broken):
        _fit(_model(), callbacks.FilterHistory(), callbacks.BackupAndRestore(folder, save_freq=4), BreakOff(11))
    with pytest.raises(ArgumentError, match="name the same layers"):
        _fit(_model(), callbacks.FilterHistory(layers=["dense"]), callbacks.BackupAndRestore(folder, save_freq=4))
