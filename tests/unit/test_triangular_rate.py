"""The triangular learning rate against NumPy's interpolation, at its corners, in files, and in a training."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, load_model, optimizers, schedules
from pellucid.errors import ArgumentError


@pytest.mark.parametrize("peak_at", [0.0, 0.23, 0.5, 1.0])
@pytest.mark.parametrize(("initial", "final"), [(0.2, 0.07), (0.0, 0.0), (1.0, 1.0)])
def test_it_goes_along_two_lines(peak_at, initial, final):
    schedule = schedules.Triangular(3.0, 37, peak_at, initial, final)
    steps = np.arange(60)
    corners = {0.0: ([0.0, 1.0], [1.0, final]), 1.0: ([0.0, 1.0], [initial, 1.0])}
    wanted = 3.0 * np.interp(steps / 37, *corners.get(peak_at, ([0.0, peak_at, 1.0], [initial, 1.0, final])))
    np.testing.assert_allclose([schedule(int(step)) for step in steps], wanted, rtol=1e-12, atol=1e-15)


def test_it_goes_through_files_and_trains(tmp_path):
    x = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)
    model = Sequential([Input((3,)), layers.Dense(2)])
    model.compile(optimizers.SGD(schedules.Triangular(0.4, 8, peak_at=0.5, initial_share=0.5)), "mse")
    model.fit(x, x[:, :2], batch_size=4, epochs=2, verbose=0)
    assert float(model.optimizer.schedule(4)) == pytest.approx(0.4)
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer.schedule, schedules.Triangular)
    assert again.optimizer.schedule.get_config() == model.optimizer.schedule.get_config()
    assert again.optimizer.iterations == 4


@pytest.mark.parametrize(
    "wrong",
    [{"total_steps": 0}, {"peak_at": 1.1}, {"initial_share": -0.1}, {"final_share": 2}, {"peak_learning_rate": -1}],
)
def test_what_is_out_of_range_is_refused(wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        schedules.Triangular(**{"peak_learning_rate": 1.0, "total_steps": 10, **wrong})


def test_of_many_steps_at_once_it_is_an_array():
    schedule = schedules.Triangular(1.0, 10, peak_at=0.5)
    np.testing.assert_allclose(schedule([0, 5, 10]), [schedule(step) for step in (0, 5, 10)], rtol=1e-6)
