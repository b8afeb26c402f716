"""The arithmetic of windows, held to counting."""

from __future__ import annotations

import math

import pytest
from cases.strategies import axes
from checks.geometry import check_output_length, check_same_padding, count_windows
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ArgumentError, ShapeError
from pellucid.geometry import Window, output_length, resolve_padding, same_padding

many = settings(max_examples=200)


@many
@given(axes(), st.integers(0, 9), st.integers(0, 9))
def test_output_length_counts_windows(axis, before, after):
    padding = before, after
    if count_windows(*axis, padding):
        check_output_length(output_length, axis, padding)
    else:
        size, window, stride, dilation = axis
        with pytest.raises(ShapeError, match="does not fit"):
            output_length(size, window=window, stride=stride, dilation=dilation, padding=padding)


def test_same_padding_keeps_every_stride_th_window():
    check_same_padding(same_padding)


@many
@given(axes())
def test_full_padding_lets_each_input_meet_each_tap(axis):
    size, window, _, dilation = axis
    (pair,) = resolve_padding("full", (size,), size=(window,), strides=(1,), dilation=(dilation,))
    geometry = Window((window,), (1,), (dilation,), (pair,))
    (count,) = geometry.output_shape((size,))
    met = {(geometry.source(0, o, tap), tap) for o in range(count) for tap in range(window)}
    assert {(i, tap) for i in range(size) for tap in range(window)} <= met


@many
@given(axes())
def test_causal_padding_shows_no_output_its_future(axis):
    size, window, stride, dilation = axis
    (pair,) = resolve_padding("causal", (size,), size=(window,), strides=(stride,), dilation=(dilation,))
    geometry = Window((window,), (stride,), (dilation,), (pair,))
    (count,) = geometry.output_shape((size,))
    assert count == math.ceil(size / stride)
    for o in range(count):
        assert geometry.source(0, o, window - 1) == o * stride, "the last tap reads the present"


@many
@given(axes())
def test_valid_windows_read_inside_only(axis):
    size, window, stride, dilation = axis
    (pair,) = resolve_padding("valid", (size,), size=(window,), strides=(stride,), dilation=(dilation,))
    geometry = Window((window,), (stride,), (dilation,), (pair,))
    try:
        (count,) = geometry.output_shape((size,))
    except ShapeError:
        assert (window - 1) * dilation + 1 > size
        return
    sources = [geometry.source(0, o, tap) for o in range(count) for tap in range(window)]
    assert min(sources) == 0 and max(sources) < size
    assert count * stride + (window - 1) * dilation >= size, "one more window would have fitted"


def test_several_axes_are_resolved_one_by_one():
    numbers = {"size": (3, 2, 4), "strides": (2, 1, 3), "dilation": (1, 3, 2)}
    pairs = resolve_padding("same", (7, 8, 9), **numbers)
    expected = [
        same_padding(size, window=window, stride=stride, dilation=dilation)
        for size, window, stride, dilation in zip((7, 8, 9), *numbers.values(), strict=True)
    ]
    assert list(pairs) == expected


def test_causal_is_for_one_axis():
    with pytest.raises(ArgumentError, match="for one axis"):
        resolve_padding("causal", (4, 4), size=(2, 2), strides=(1, 1), dilation=(1, 1))


@pytest.mark.parametrize("name", ["size", "window", "stride", "dilation"])
@pytest.mark.parametrize("value", [0, -1, 2**31])
def test_numbers_out_of_range_are_named(name, value):
    numbers = {"size": 5, "window": 3, "stride": 1, "dilation": 1} | {name: value}
    size = numbers.pop("size")
    for function in (same_padding, output_length):
        with pytest.raises(ShapeError, match=f"{name} must be between 1 and 2147483647, got {value}"):
            function(size, **numbers)


def test_negative_padding_is_refused():
    with pytest.raises(ShapeError, match="padding must be between 0"):
        output_length(5, window=3, padding=(0, -1))
