"""Profiles: every kernel call is there with its own arithmetic and a time, and measuring leaves the model as it is."""

from __future__ import annotations

import re

import numpy as np
import pytest

import pellucid
from pellucid import Sequential, layers
from pellucid.engines import NativeEngine, native
from pellucid.errors import ArgumentError
from pellucid.inspection import Profile, profile
from pellucid.views import profile_figure, profile_text

X = np.random.default_rng(0).random((8, 12, 12, 16), dtype=np.float32)
Y = np.arange(8) % 3


def network() -> Sequential:
    pellucid.set_random_seed(0)
    model = Sequential(
        [
            layers.Input((12, 12, 16)),
            layers.Conv2D(32, 3, name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(),
            layers.Dense(3, name="head"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def operations(measured: Profile, kind: str) -> list[int]:
    return [call.operations for call in measured.calls if call.kind == kind]


def test_operations_are_those_of_the_definition() -> None:
    """Counted by hand: 3x3x16 products at 10x10 places for 32 filters; a dense layer of 5x5x32 inputs."""
    conv, dense = 8 * 10 * 10 * 32 * 3 * 3 * 16 * 2, 8 * 5 * 5 * 32 * 3 * 2
    bias, pooling = 8 * 10 * 10 * 32, 8 * 5 * 5 * 32 * 2 * 2
    predicting, training = profile(network(), X, runs=1), profile(network(), X, Y, runs=1)
    assert operations(predicting, "convolution and max pooling") == [conv + bias + pooling]
    assert operations(predicting, "matrix product") == [dense]
    assert operations(training, "convolution and max pooling, gradients") == [conv]  # nobody needs that of the input
    assert operations(training, "matrix product") == [dense] * 3


def test_bytes_are_those_of_the_operands() -> None:
    (conv, *_) = profile(network(), X, runs=1).calls
    assert conv.bytes == 4 * (X.size + 3 * 3 * 16 * 32 + 32 + 8 * 5 * 5 * 32)  # of the result, only the maxima


def test_times_add_up_and_shares_follow() -> None:
    measured = profile(network(), X, Y, runs=3)
    assert measured.seconds == pytest.approx(sum(call.seconds for call in measured.calls if call.seconds))
    assert measured.seconds > 0
    (conv,) = (call for call in measured.calls if call.kind == "convolution and max pooling")
    assert conv.seconds is not None
    assert measured.peak_share(conv) == pytest.approx(conv.operations / conv.seconds / measured.peak)
    assert (measured.what, measured.batch_size, measured.threads) == ("training step", 8, native.get_threads())


@pytest.mark.parametrize(
    ("exact", "kernel", "variant", "reason"),
    [
        (False, 3, "winograd F(4x4, 3x3)", r"Winograd is estimated at 0\.\d\d of the direct kernel's time"),
        (True, 3, "direct", "exact sums are asked for"),
        (False, 7, "direct", "Winograd is for kernels of 3, 5, 3x3 or 5x5 taps"),
    ],
)
def test_each_choice_of_a_kernel_has_its_reason(exact: bool, kernel: int, variant: str, reason: str) -> None:
    model = Sequential([layers.Input((24, 24, 64)), layers.Conv2D(64, kernel)])
    model.compile("sgd", "mse", engine=NativeEngine(exact=exact))
    x = np.zeros((4, 24, 24, 64), np.float32)
    measured = profile(model, x, model.predict(x), runs=1)
    (call,) = (call for call in measured.calls if call.kind == "convolution")
    assert variant in call.variant
    assert re.fullmatch(reason, call.reason)


def test_measuring_a_training_step_trains_nothing() -> None:
    model, other = network(), network()
    before = model.get_weights()
    profile(model, X, Y, runs=2)
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    for each in (model, other):
        each.fit(X, Y, verbose=0)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_other_engines_and_bad_numbers_of_runs_are_refused() -> None:
    model = network()
    with pytest.raises(
        ArgumentError,
        match=r"profile: Invalid value for argument `runs`. .* Received runs=0; .* up to 10000",
    ):
        profile(model, X, runs=0)
    model.compile("adam", "sparse_categorical_crossentropy", engine="reference")
    with pytest.raises(ArgumentError, match=r"compiled for .reference.; kernels are measured with the engine .native."):
        profile(model, X, Y)


def test_text_and_figure_show_every_call_that_takes_time() -> None:
    measured = profile(network(), X, Y, runs=2)
    text = profile_text(measured, width=100)
    figure = profile_figure(measured)
    drawn = [part.get_text() for part in figure.axes[0].texts]
    for call in measured.calls:
        assert f"{call.layer}: {call.kind}" in text
        if call.seconds and call.seconds > 0.01 * measured.seconds:
            assert f"{call.layer}: {call.kind}" in drawn
    assert max(map(len, text.splitlines())) <= 100


def test_the_peak_of_one_core_is_that_of_a_processor() -> None:
    threads = native.get_threads()
    try:
        native.set_threads(1)
        assert 0.1e9 < native.fma_peak(0.01) < 1e12
    finally:
        native.set_threads(threads)
