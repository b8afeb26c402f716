"""Another thread predicts while a model trains: each prediction is that of the weights between two steps."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, optimizers

PREDICTIONS, STEPS = 1000, 1000
TAPS = 3 * 3 * 16


@pytest.fixture(params=[None, 1e-5], ids=["as usual", "short switch interval"])
def switching(request: pytest.FixtureRequest) -> Iterator[None]:
    """How often threads take turns."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(request.param or before)
    yield
    sys.setswitchinterval(before)


def _model() -> Model:
    """Its weights are all equal, whatever the step: they begin at 0 and see the same gradient. So an image of ones
    gives 145 times the bias, and one of zeros the bias itself; weights of two steps give something else."""
    x = Input((3, 3, 16))
    model = Model(x, layers.Conv2D(16, 3, kernel_initializer="zeros")(x))
    model.compile(optimizers.SGD(0.01), "mse")
    return model


def _while_training(model: Model, work: Callable[[], None]) -> None:
    """Do something again and again while another thread trains, in steps of which each changes much."""
    images, steps, is_over = np.ones((4, 3, 3, 16), np.float32), 0, threading.Event()

    def train() -> None:
        nonlocal steps
        while not is_over.is_set():
            model.train_on_batch(images, np.full((4, 1, 1, 16), 5 * np.cos(steps)))
            steps += 1

    thread = threading.Thread(target=train)
    thread.start()
    try:
        count, deadline = 0, time.monotonic() + 60
        while (count < PREDICTIONS or steps < STEPS) and time.monotonic() < deadline:
            work()
            count += 1
            time.sleep(1e-5)  # let go of Python's lock: else the trainer waits 5 ms for it again and again
    finally:
        is_over.set()
        thread.join()
    assert steps >= STEPS


def test_no_prediction_mixes_the_weights_of_two_steps(switching: None) -> None:
    model, images = _model(), np.stack([np.ones((3, 3, 16)), np.zeros((3, 3, 16))]).astype(np.float32)
    told = []
    _while_training(model, lambda: told.append(model.predict(images)[:, 0, 0, 0]))
    ones, zeros = np.array(told).T
    assert len(np.unique(zeros)) > 3
    np.testing.assert_allclose(ones, (TAPS + 1) * zeros, rtol=1e-5, atol=1e-5)


def test_weights_that_are_read_together_belong_together(switching: None) -> None:
    model = _model()
    told: list[tuple[float, float]] = []

    def read() -> None:
        kernel, bias = model.get_weights()
        told.append((float(kernel[0, 0, 0, 0]), float(bias[0])))

    _while_training(model, read)
    kernels, biases = np.array(told).T
    assert len(np.unique(kernels)) > 3
    np.testing.assert_allclose(kernels, biases, rtol=1e-5, atol=1e-6)


def test_a_filter_that_is_set_during_training_is_whole() -> None:
    """Writing by index reads the rest of the kernel first: no step may come in between and be undone."""
    model = Sequential([Input((4,)), layers.Dense(2, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(1.0), "mse")
    kernel = model.layers[0].kernel

    def write() -> None:
        for number in range(300):
            kernel[..., 0] = float(number)

    x, thread = np.ones((1, 4), np.float32), threading.Thread(target=write)
    thread.start()
    for _ in range(300):
        model.train_on_batch(x, model.predict(x))  # no gradient: a step leaves the second column as it is
    thread.join()
    assert (kernel.numpy()[:, 1] == 0).all()
