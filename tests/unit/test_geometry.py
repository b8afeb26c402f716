"""The words of padding as numbers, and windows by hand; laws for all numbers are in tests/property."""

from __future__ import annotations

import re

import pytest

from pellucid.errors import ArgumentError, ShapeError
from pellucid.geometry import PADDINGS, ReceptiveField, Window, output_length, resolve_padding, same_padding


@pytest.mark.parametrize(
    ("word", "stride", "dilation", "expected"),
    [
        ("valid", 1, 1, (0, 0)), ("valid", 2, 3, (0, 0)),
        ("same", 1, 1, (1, 1)), ("same", 2, 1, (0, 1)), ("same", 1, 2, (2, 2)), ("same", 2, 2, (1, 2)),
        ("same", 9, 1, (1, 1)), ("same", 10, 1, (0, 0)),
        ("full", 1, 1, (2, 2)), ("full", 3, 2, (4, 4)),
        ("causal", 1, 1, (2, 0)), ("causal", 2, 3, (6, 0)),
    ],
)  # fmt: skip
def test_words_as_amounts(word: str, stride: int, dilation: int, expected: tuple[int, int]) -> None:
    """Three taps on an axis of 10."""
    assert word in PADDINGS
    assert resolve_padding(word, (10,), size=(3,), strides=(stride,), dilation=(dilation,)) == (expected,)


def test_amounts_are_kept() -> None:
    """What a user says in numbers stands."""
    amounts = ((0, 3), (2, 1))
    assert resolve_padding(amounts, (4, 4), size=(3, 3), strides=(1, 1), dilation=(1, 1)) is amounts


@pytest.mark.parametrize("word", ["smae", "SAME", "", "reflect"])
def test_unknown_words(word: str) -> None:
    """The known ones are named."""
    with pytest.raises(ArgumentError, match=rf"padding {re.escape(repr(word))}.*Known: causal, full, same, valid"):
        resolve_padding(word, (4,), size=(3,), strides=(1,), dilation=(1,))


# Dumoulin and Visin, arXiv 1603.07285: input, kernel, stride, padding on both sides, output; chapters 2 and 5.
GUIDE = [
    (4, 3, 1, 0, 2), (5, 4, 1, 2, 6), (5, 3, 1, 1, 5), (5, 3, 1, 2, 7), (5, 3, 2, 0, 2), (5, 3, 2, 1, 3),
    (6, 3, 2, 1, 3),
]  # fmt: skip


@pytest.mark.parametrize(("size", "window", "stride", "amount", "expected"), GUIDE)
def test_worked_examples(size: int, window: int, stride: int, amount: int, expected: int) -> None:
    """Relationships 1 to 6 of the guide."""
    assert output_length(size, window=window, stride=stride, padding=(amount, amount)) == expected
    assert Window((window,), (stride,), (1,), ((amount, amount),)).output_shape((size,)) == (expected,)


def test_the_guide_s_dilated_example() -> None:
    """A 7 x 7 input, 3 taps two apart: 3 x 3."""
    assert Window((3, 3), (1, 1), (2, 2), ((0, 0), (0, 0))).output_shape((7, 7)) == (3, 3)


def test_sources_of_a_window() -> None:
    """Tap k of window o reads o * stride + k * dilation - before, on each axis by itself."""
    window = Window((3, 2), (2, 1), (1, 3), ((1, 0), (0, 2)))
    assert window.rank == 2 and window.taps == 6
    assert [window.source(0, o, k) for o in (0, 2) for k in (0, 2)] == [-1, 1, 3, 5]
    assert [window.source(1, o, k) for o in (0, 2) for k in (0, 1)] == [0, 3, 2, 5]


def test_a_window_on_other_axes() -> None:
    """Counted, and said."""
    with pytest.raises(ShapeError, match=r"expected 2 spatial axes, got 3: \(4, 4, 4\)"):
        Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0))).output_shape((4, 4, 4))


def test_the_most_that_is_supported() -> None:
    """Sums and products of the largest numbers do not wrap around."""
    most = 2**31 - 1
    assert same_padding(most, window=most, stride=1) == (most // 2, most // 2)
    assert same_padding(1, window=most, stride=most, dilation=most) == ((most - 1) * most // 2,) * 2
    assert output_length(most, window=1, stride=most) == 1
    assert ReceptiveField().through(window=most, stride=most, dilation=most).size == (most - 1) * most + 1
    with pytest.raises(ShapeError, match=rf"it spans {(most - 1) * most + 1}\) does not fit on an axis of {most}"):
        output_length(most, window=most, dilation=most)
