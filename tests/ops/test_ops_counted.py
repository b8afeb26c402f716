"""Counts whose number depends on values, choices from lists, and what is no number, against NumPy."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from pellucid import Input, layers, ops
from pellucid.errors import ArgumentError, ShapeError

NUMBERS = np.array([0, 3, 1, 3, 3, 6])


def test_counts() -> None:
    np.testing.assert_array_equal(ops.bincount(NUMBERS), np.bincount(NUMBERS))
    np.testing.assert_array_equal(ops.bincount(NUMBERS, minlength=9), np.bincount(NUMBERS, minlength=9))
    weights = np.linspace(0.5, 3, 6)
    np.testing.assert_allclose(ops.bincount(NUMBERS, weights=weights), np.bincount(NUMBERS, weights), rtol=1e-6)
    rows = NUMBERS.reshape(2, 3)
    expected = [np.bincount(row, minlength=7) for row in rows]
    np.testing.assert_array_equal(ops.bincount(rows), expected)


@pytest.mark.parametrize(
    ("x", "settings", "words"),
    [
        ([-1.0, 2.0], {}, "whole numbers from 0 on"),
        ([0.5], {}, "whole numbers from 0 on"),
        ([2.0**40], {}, "too many"),
        ([[[1.0]]], {}, "has one axis, or two"),
        ([1.0], {"weights": [1.0, 2.0]}, "do not belong"),
        ([1.0], {"sparse": True}, "no sparse tensors"),
        (Input((3,)), {}, "depends on the values of x, which are not known"),
    ],
)
def test_counts_that_cannot_be(x: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        ops.bincount(x, **settings)


def test_the_first_choice_that_holds() -> None:
    x = np.arange(6.0, dtype=np.float32)
    mine = ops.select([x < 2, x < 4], [x * 10, -x], 7.0)
    np.testing.assert_array_equal(mine, np.select([x < 2, x < 4], [x * 10, -x], 7.0))
    with pytest.raises(ArgumentError, match="a choice for each condition"):
        ops.select([x < 2], [x, x])
    with pytest.raises(ArgumentError, match="condlist"):
        ops.select(3, [x])


@pytest.mark.parametrize("name", ["nanprod", "nanvar", "nanstd", "nancumsum", "nancumprod"])
def test_what_is_no_number_is_left_out(name: str) -> None:
    x = np.array([[1, np.nan, -2, 4], [np.nan] * 4, [3, 2, 1, np.nan]], np.float32)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of the row without numbers
        for axis in (None, 0, 1):
            np.testing.assert_allclose(getattr(ops, name)(x, axis=axis), getattr(np, name)(x, axis=axis), rtol=1e-6)


def test_places_of_the_largest_number() -> None:
    """-1 where nothing is a number, as in JAX; NumPy has no answer then."""
    x = np.array([[1, np.nan, -2, 4], [np.nan] * 4, [np.nan, 2, 1, 2]], np.float32)
    assert ops.nanargmax(x, axis=1).tolist() == [3, -1, 1]
    assert ops.nanargmin(x, axis=1).tolist() == [2, -1, 2]
    assert ops.nanargmax(x, axis=1).dtype == np.int32 and int(ops.nanargmin(x)) == 2


def test_error_functions_to_the_ends() -> None:
    """Where 1 - erf(x) has no digits left, and where erf hardly grows any more."""
    x = np.linspace(-6, 9, 301)
    expected = [math.erfc(float(np.float32(each))) for each in x]
    np.testing.assert_allclose(ops.erfc(x.astype(np.float32)), expected, rtol=2e-5, atol=1e-38)
    back = ops.erf(ops.erfinv(np.linspace(-0.999, 0.999, 101)))
    np.testing.assert_allclose(back, np.linspace(-0.999, 0.999, 101), rtol=0, atol=5e-7)
    assert ops.erfinv([-1.0, 1.0, 1.5]).tolist()[:2] == [-np.inf, np.inf] and np.isnan(ops.erfinv(1.5))


@pytest.mark.parametrize("size", [13, 66, 97, 128, 1000, 1009, 16000])
def test_long_signals(size: int) -> None:
    """Of sizes with and without divisors; each number is a sum of `size` products, rounded."""
    x, y = np.random.default_rng(0).normal(size=(2, 3, size)).astype(np.float32)
    expected = np.fft.fft(x.astype(np.float64) + 1j * y)
    bound = np.finfo(np.float32).eps * np.sqrt(size) * np.abs(expected).max()
    for mine, reference in zip(ops.fft((x, y)), (expected.real, expected.imag), strict=True):
        np.testing.assert_allclose(mine, reference, rtol=0, atol=bound)
    np.testing.assert_allclose(ops.irfft(ops.rfft(x), size), x, rtol=0, atol=1e-5)


def test_segments_without_rows() -> None:
    ids = [0, 2, 0]
    assert ops.segment_max([1.0, 2.0, 3.0], ids, 4).tolist() == [3.0, -np.inf, 2.0, -np.inf]
    assert ops.segment_min([1.0, 2.0, 3.0], ids, 4).tolist() == [1.0, np.inf, 2.0, np.inf]
    assert ops.segment_prod([1.0, 2.0, 3.0], ids).tolist() == [3.0, 1.0, 2.0]
    assert ops.corrcoef([1.0, 5.0, 2.0]).tolist() == pytest.approx(1.0)


def test_a_signal_comes_back() -> None:
    """From its pieces, whatever window they were weighed with; and in a layer as on arrays."""
    signal = np.random.default_rng(0).normal(size=(2, 96)).astype(np.float32)
    for window in ("hann", "hamming"):
        parts = ops.stft(signal, 16, 4, 16, window)
        np.testing.assert_allclose(ops.istft(parts, 16, 4, 16, 96, window), signal, atol=2e-6)
    inside = layers.Lambda(lambda x: ops.stft(x, 16, 4, 16)[0])(signal)
    np.testing.assert_allclose(inside, ops.stft(signal, 16, 4, 16)[0], atol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.fft(([1.0], [1.0], [1.0])), "a tuple of real and imaginary parts"),
        (lambda: ops.fft(([1.0, 2.0], [1.0])), "which differ"),
        (lambda: ops.fft2(([1.0], [1.0])), "at least 2 axes"),
        (lambda: ops.rfft(np.ones(4099 * 2)), "pad or cut them to 8192"),
        (lambda: ops.stft(np.ones(4), 8, 2, 4), "must not be more than"),
        (lambda: ops.stft(np.ones(4), 8, 2, 8), "cannot be mirrored"),
        (lambda: ops.stft(np.ones(40), 8, 2, 8, window="sine"), "window"),
        (lambda: ops.stft(np.ones(40), 8, 2, 8, window=[1.0]), "as many numbers as sequence_length"),
        (lambda: ops.extract_sequences(np.ones(3), 4, 1), "longer than what they are cut from"),
        (lambda: ops.unfold(np.ones((1, 1, 3, 3)), 4), "larger than 3 pixels"),
        (lambda: ops.fold(np.ones((1, 4, 5)), 3, 2), "4 places for a window of 4 taps"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a (b c) -> a b c"), "say how large b or c is"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a (b c) -> a b c", b=4), "an axis of size 6"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a b -> a"), "each name once on both sides"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a b"), "one arrow"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a b -> b a", c=2), "has no c"),
        (lambda: ops.rearrange(np.ones((2, 6)), "a ? -> ? a"), "is none of them"),
        (lambda: ops.cross(np.ones(4), np.ones(4)), "2 or 3 numbers"),
        (lambda: ops.cdist(np.ones(4), np.ones(4)), "equal length"),
        (lambda: ops.digitize([1.0], [2.0, 1.0]), "must rise"),
        (lambda: ops.searchsorted([[1.0]], [2.0]), "one axis"),
        (lambda: ops.histogram([1.0], range=(2, 1)), "ends before it begins"),
        (lambda: ops.segment_max(np.ones(3), np.ones(2), 2), "a segment for each row"),
    ],
)
def test_what_cannot_be_is_said(call: Any, words: str) -> None:
    with pytest.raises((ArgumentError, ShapeError), match=words):
        call()
