"""What is no vocabulary, token or option of layers that read words is refused, and no number becomes another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.hostile_values import Unwilling

from pellucid import layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, FileError

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no column": (
        lambda: layers.StringLookup(vocabulary=Unwilling()),
        ArgumentTypeError,
        "must be a list of",
    ),
    "an encoding": (lambda: layers.StringLookup(encoding="utf-7.5"), ArgumentError, "encoding is the name of one"),
    "no encoding": (lambda: layers.TextVectorization(encoding=["utf-8"]), ArgumentError, "encoding is the name of one"),
    "base64": (lambda: layers.TextVectorization(encoding="base64"), ArgumentError, "encoding is the name of one"),
    "words": (lambda: layers.IntegerLookup(vocabulary=np.array(["a"])), DataError, "takes whole numbers"),
    "words inverted": (lambda: layers.StringLookup(vocabulary=["a"], invert=True)(["a"]), DataError, "whole numbers"),
    "a large number": (lambda: layers.IntegerLookup(vocabulary=[10**400]), DataError, "whole numbers of 64 bits"),
    "infinite": (lambda: layers.IntegerLookup(vocabulary=[1])([np.inf]), DataError, "whole numbers of 64 bits"),
    "2^63": (lambda: layers.IntegerLookup(vocabulary=[1])(np.array([2**63], np.uint64)), DataError, "of 64 bits"),
    "many unknown": (lambda: layers.StringLookup(num_oov_indices=10**5000), ArgumentError, "num_oov_indices is"),
    "long": (lambda: layers.TextVectorization(output_sequence_length=2**63), ArgumentError, "positive integer up to"),
    "many joined": (lambda: layers.TextVectorization(ngrams=2**63), ArgumentError, "positive integer up to 1000"),
    "no lists": (
        lambda: layers.TextVectorization(split=lambda t: 3)(["a b"]),
        DataError,
        "words for each of 1",
    ),
    "numbers": (lambda: layers.TextVectorization(split=lambda t: [3])(["a b"]), DataError, "for each text, got 3"),
    "text": (lambda: layers.TextVectorization(split=lambda t: list(t))(["a b"]), DataError, "for each text, got"),
    "too few": (lambda: layers.TextVectorization(split=lambda t: [])(["a b"]), DataError, "each of 1, got"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    try_it, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message) as caught:
        try_it()
    assert len(str(caught.value)) < 400


def test_the_largest_numbers_are_kept_to_the_last_digit() -> None:
    layer = layers.IntegerLookup(vocabulary=[2**63 - 1, -(2**63), 2**53 + 1])
    assert layer([[2**63 - 1, -(2**63), 2**53 + 1, 2**53]]).tolist() == [[1, 2, 3, 0]]


def test_a_file_with_a_line_that_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "numbers.txt").write_text("12\n3x\n")
    with pytest.raises(FileError, match=re.escape("line 2 of the vocabulary is no whole number: '3x'")):
        layers.IntegerLookup(vocabulary=str(tmp_path / "numbers.txt"))


def test_a_path_too_long_to_be_one_is_shown_once() -> None:
    with pytest.raises(FileError, match="cannot be read") as caught:
        layers.StringLookup(vocabulary="x" * 100_000)
    assert len(str(caught.value)) < 400
