"""Through every door every array-like is the numbers that it means, or is refused with a clear word; nothing leaks."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from doors import DOORS, MEANT, OTHERWISE
from things import FLOATS, REFUSED, TAKEN, unaligned

from pellucid import Input, Sequential, layers, ops
from pellucid.errors import ArgumentError, DataError
from pellucid.training.door import prepare_input


@pytest.mark.filterwarnings("ignore:overflow", "ignore:.*the loss is inf", "ignore:the matrix subclass")
@pytest.mark.parametrize("door", DOORS)
def test_what_is_taken(door: str, tmp_path: Path) -> None:
    """As the numbers that are meant, rounded to float32."""
    for thing, (make, numbers) in TAKEN.items():
        if (door, thing) in OTHERWISE:
            with pytest.raises(ArgumentError, match=OTHERWISE[door, thing]):
                DOORS[door](make(tmp_path))
            continue
        found, meant = np.asarray(DOORS[door](make(tmp_path))), MEANT.get(door, np.asarray)(numbers)
        assert found.shape == np.shape(meant), thing
        np.testing.assert_allclose(found, meant, rtol=1e-6, err_msg=thing)


@pytest.mark.parametrize("door", DOORS)
def test_what_is_refused(door: str) -> None:
    """By an error of the library's own, which names what came or what to do."""
    for thing, (make, message) in REFUSED.items():
        with pytest.raises((ArgumentError, DataError), match=OTHERWISE.get((door, thing), message)):
            DOORS[door](make())


def test_one_input_in_a_list(tmp_path: Path) -> None:
    """Whatever library its array is of; an image in a list is a batch of one."""
    rows = Sequential([Input((3,)), layers.Identity()])
    for thing in ("float32", "torch", "JAX", "a frame", "a matrix"):
        make, numbers = TAKEN[thing]
        np.testing.assert_array_equal(rows.predict([make(tmp_path)]), numbers)
    images = Sequential([Input((2, 3)), layers.Identity()])
    make, numbers = TAKEN["an image"]
    np.testing.assert_array_equal(images.predict([make(tmp_path)]), numbers[None])


def test_a_batch_of_unaligned_images() -> None:
    """Of more samples than a batch holds, through layers that compute something; the values of NumPy's own sum."""
    images = unaligned(np.random.default_rng(0).normal(size=(70, 5, 4, 2)).astype(np.float32))
    layer = layers.Conv2D(3, 3)
    model = Sequential([Input((5, 4, 2)), layer])
    expected = model.predict(images.copy())
    for found in (model.predict(images), model(images), layer(images)):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    model.compile("sgd", "mse")
    assert math.isfinite(model.train_on_batch(images, unaligned(np.zeros(expected.shape, np.float32))))


def test_quick_predictions_are_of_the_same_array() -> None:
    """Aligned float32 rows go to the engine as they are, the same memory."""
    assert prepare_input(FLOATS, (None, 3), "net") is FLOATS


def test_numbers_that_signal_that_they_are_none() -> None:
    """`decimal` has such; they are taken for what they are, and refused where data must be numbers."""
    odd = [[Decimal("sNaN"), 1, 2], [3, 4, 5]]
    np.testing.assert_array_equal(ops.add(odd, 0.0), np.float32([[np.nan, 1, 2], [3, 4, 5]]))
    with pytest.raises(DataError, match="NaN"):
        Sequential([Input((3,)), layers.Identity()]).predict(odd)
