"""`to_categorical` and `normalize` against Keras's own, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from keras import utils as keras_utils

from pellucid import Input, Model
from pellucid.errors import ArgumentError, DataError
from pellucid.layers import Lambda
from pellucid.utils import normalize, np_utils, to_categorical

SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)


@given(arrays.arrays(st.sampled_from([np.uint8, np.int64, np.float32]), SHAPES, elements=st.integers(0, 9)))
def test_labels_are_those_of_keras(labels: np.ndarray) -> None:
    for classes in (None, 10, 12):
        ours = to_categorical(labels, classes)
        assert ours.dtype == np.float32
        np.testing.assert_array_equal(ours, keras_utils.to_categorical(labels, classes))


MATRICES = arrays.arrays(np.float64, arrays.array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e3, 1e3))


@given(MATRICES, st.sampled_from([1, 2, 3]))
def test_lengths_are_those_of_keras(x: np.ndarray, order: int) -> None:
    """Along the last axis; along another one Keras 3.15 confuses the axes."""
    np.testing.assert_allclose(normalize(x, order=order), keras_utils.normalize(x, order=order), rtol=1e-12)
    other = np.moveaxis(normalize(np.moveaxis(x, -1, 0), 0, order), 0, -1)
    np.testing.assert_allclose(other, normalize(x, -1, order), rtol=1e-12)


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 3], 3, r"label 3 is outside 0\.\.2$"),
        ([1, 2, 3], 3, "count from 1"),
        ([-1, 2], None, "label -1 is outside"),
        ([0.5], None, r"whole numbers, got 0\.5"),
        ([np.nan], None, "whole numbers, got nan"),
        (["a"], None, "whole numbers"),
        ([], None, "got 0 of type"),
    ],
)
def test_labels_that_are_refused(labels: list[object], classes: int | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        to_categorical(labels, classes)  # type: ignore[arg-type]


@pytest.mark.parametrize("classes", [0, -1, 2.5, True, "3"])
def test_numbers_of_classes_that_are_refused(classes: object) -> None:
    with pytest.raises(ArgumentError, match="num_classes"):
        to_categorical([0], classes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("x", "axis"), [("a", -1), ([1.0], 1), (1.0, -1)])
def test_vectors_that_are_refused(x: object, axis: int) -> None:
    with pytest.raises(DataError, match="normalize takes numbers"):
        normalize(x, axis)  # type: ignore[arg-type]


def test_the_old_place() -> None:
    assert np_utils.to_categorical is to_categorical and np_utils.normalize is normalize


def test_of_tensors() -> None:
    """In a layer or a loss they are as of arrays; how many classes there are must be said."""
    x, labels = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0]], np.float32), np.array([[2.0], [0.0]], np.float32)
    length = Model(a := Input((3,)), Lambda(lambda t: normalize(t, axis=1, order=1))(a))
    np.testing.assert_allclose(length.predict(x), normalize(x, axis=1, order=1), rtol=1e-6)
    one_hot = Model(b := Input((1,)), Lambda(lambda t: to_categorical(t, num_classes=4))(b))
    np.testing.assert_array_equal(one_hot.predict(labels), to_categorical(labels, 4))
    with pytest.raises(ArgumentError, match="num_classes must be given"):
        to_categorical(b)
