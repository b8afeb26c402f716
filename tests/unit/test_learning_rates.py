"""The learning rate of an optimiser: a number that can be set, a schedule, a function."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers, load_model, ops, optimizers, schedules
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError
from pellucid.registry import custom_objects


def falling(step: int) -> float:
    return 1.0 / (1 + step)


def test_the_number_sets_the_optimizers() -> None:
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate.assign(0.25)
    rate = optimizer.learning_rate
    assert (rate, float(rate), rate.numpy(), rate.value, rate.shape) == (0.25, 0.25, np.float32(0.25), 0.25, ())
    assert repr(rate) == "0.25" and rate * 2 == 0.5 and f"{rate:.1e}" == "2.5e-01"
    optimizer.learning_rate = rate / 2
    assert optimizer.learning_rate == 0.125 and rate == 0.25
    assert type(pickle.loads(pickle.dumps(rate))) is type(copy.deepcopy(rate)) is float
    with pytest.raises(ArgumentError, match="SGD: learning_rate must be a finite number >= 0, got -1"):
        rate.assign(-1)


def test_a_schedule_tells_the_rate_of_the_next_step() -> None:
    optimizer, array = optimizers.SGD(schedules.PiecewiseConstantDecay([0], [1.0, 0.5])), np.zeros(1)
    assert optimizer.learning_rate == 1.0
    optimizer.apply([[1.0]], [array])
    assert optimizer.learning_rate == 0.5
    assert isinstance(optimizer.schedule, schedules.PiecewiseConstantDecay)
    optimizer.learning_rate = 0.125
    assert (optimizer.learning_rate, optimizer.schedule) == (0.125, 0.125)


class Own(schedules.LearningRateSchedule):
    def __call__(self, step: int) -> Any:
        return ops.cast(0.5, "float32") / (1.0 + ops.cast(step, "float32"))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (lambda: 0.5, [0.5, 0.5, 0.5]),
        (falling, [1.0, 0.5, 1 / 3]),
        (lambda step, first=2.0: first / (1 + step), [2.0, 1.0, 2 / 3]),
        (lambda step: np.float32(0.25), [0.25, 0.25, 0.25]),
        (Own(), [0.5, 0.25, 0.5 / 3]),
    ],
)
def test_functions_and_schedules_of_users(rate: Any, expected: list[float]) -> None:
    """Called with nothing where that is possible, as Keras does, else with the number of steps."""
    optimizer, array = optimizers.SGD(rate), np.zeros(1)
    for step, value in enumerate(expected):
        before = array[0]
        assert optimizer.learning_rate == pytest.approx(value)
        optimizer.apply([[1.0]], [array])
        assert before - array[0] == pytest.approx(value, rel=1e-6), step
    assert [variable.name for variable in optimizer.variables] == ["iteration"]


def test_a_function_goes_into_files_by_its_name(tmp_path: Path) -> None:
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile(optimizers.SGD(falling), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    with pytest.raises(FileError, match=r"pass custom_objects=\{'falling': falling\}"):
        load_model(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", custom_objects={"falling": falling})
    assert loaded.optimizer.learning_rate == 0.5
    with custom_objects({"falling": falling}):
        again = optimizers.get(optimizers.serialize(model.optimizer))
    assert again.scalars(3)["learning_rate"] == 0.25
    state = model.stepper.capture()
    model.stepper.restore(state)
    assert model.optimizer.learning_rate == 0.5
    model.compile(optimizers.SGD(lambda: 0.1), "mse")
    with pytest.raises(ArgumentError, match="learning rate is a function without a name"):
        model.save(tmp_path / "other.keras")


def test_what_no_function_is() -> None:
    for wrong in (layers.Dense(1), optimizers.SGD(), int, optimizers.SGD):
        with pytest.raises(ArgumentTypeError, match="SGD: learning_rate must be a finite number"):
            optimizers.SGD(wrong)  # type: ignore[arg-type]


def test_restarts_end_where_they_become_too_short() -> None:
    schedule = schedules.CosineDecayRestarts(1.0, 8, t_mul=0.5)
    assert schedule(8) == 1.0 and schedule(12) == 1.0
    with pytest.raises(ArgumentError, match="all ways down together are shorter than 16 steps"):
        schedule(16)
    with pytest.raises(ArgumentError, match="warmup_steps=3 lead nowhere; pass the warmup_target too"):
        schedules.CosineDecay(0.1, 10, warmup_steps=3)
