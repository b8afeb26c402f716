"""Sums of squares as products of what was read, and rows that a number chooses: told by the input's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential, layers, ops, set_random_seed
from pellucid.graph import Tensor
from pellucid.inspection import Arithmetic, arithmetic

X = np.random.default_rng(2).normal(size=(5, 5, 2)).astype(np.float32)


def squares_of(value: Arithmetic) -> list[float]:
    """The products, each of which is to be a number of the input times itself."""
    for each in value.products:
        if not each.is_padding:
            assert each.of_input == 0 and each.input == each.weight == X[each.read_at]
    assert value.combination == "sum of products" and value.agrees
    return [each.product for each in value.products]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_l2_pooling(padding: str) -> None:
    """Each pixel times itself, at the corner with padding too, and the root of the sum."""
    model = Sequential([layers.Input((5, 5, 2)), layers.LpPooling2D(2, padding=padding, name="pool")])
    padded = np.pad(X, ((0, 1), (0, 1), (0, 0))).astype(np.float64)
    size = 3 if padding == "same" else 2
    for i, j, c in np.ndindex(size, size, 2):
        window = padded[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        value = arithmetic(model, "pool", X, (i, j), c)
        assert sum(squares_of(value)) == pytest.approx(np.square(window).sum())
        assert value.value == pytest.approx(np.sqrt(np.square(window).sum()))
        assert value.formula == "y = sqrt(sum of squares)" and not value.has_bias


def test_global_l2_pooling() -> None:
    model = Sequential([layers.Input((5, 5, 2)), layers.GlobalLpPooling2D(name="pool")])
    value = arithmetic(model, "pool", X, (), 1)
    assert sorted(squares_of(value)) == pytest.approx(sorted(np.square(X[..., 1].astype(np.float64)).ravel()))


def test_other_sums_are_as_they_were() -> None:
    """A power, and a sum that counts squares by weights, have no two factors that are read."""
    cubes = Sequential([layers.Input((5, 5, 2)), layers.LpPooling2D(2, p=3, name="pool")])
    value = arithmetic(cubes, "pool", X, (1, 1), 0)
    assert {each.weight for each in value.products} == {1.0} and value.agrees
    assert value.formula == "y = sum^0.333333"


def test_a_root_of_nothing() -> None:
    """Where a whole window is 0 the root is 0, and told as elsewhere; a choice of another kind stays a choice."""
    model = Sequential([layers.Input((2, 2, 1)), layers.LpPooling2D(2, name="pool")])
    value = arithmetic(model, "pool", np.zeros((2, 2, 1)), (0, 0))
    assert (value.formula, value.value, value.agrees) == ("y = sqrt(sum of squares)", 0.0, True)

    class Kept(layers.Layer):
        def call(self, inputs: Tensor) -> Tensor:
            return ops.where(inputs == 0, 0.0, ops.sqrt(ops.where(inputs == 0, 4.0, inputs)) + 1.0)

    other = Sequential([layers.Input((1,)), Kept(name="kept")])
    assert arithmetic(other, "kept", np.array([9.0])).formula.startswith("y = where(")


@pytest.mark.parametrize("number", [0, 6, 7.9])
def test_the_row_of_an_embedding(number: float) -> None:
    """The element of the table, with the number that chose its row."""
    set_random_seed(1)
    model = Sequential([layers.Input((3,)), layers.Embedding(8, 4, name="words")])
    value = arithmetic(model, "words", np.array([2, number, 5], np.float32), (1,), 3)
    row = int(number)
    entry = model.layers[0].embeddings.numpy()[row, 3]
    assert value.value == pytest.approx(float(entry)) and value.agrees
    read = {name: each for name, each in value.steps[-1].operands.items() if name != "s1"}  # whether it is a row
    assert read == pytest.approx({"x[1]": number, f"embeddings[{row}, 3]": float(entry)})


def test_a_number_that_names_no_row() -> None:
    """As the layer has it: no number comes of it."""
    model = Sequential([layers.Input((1,)), layers.Embedding(8, 4, name="words")])
    value = arithmetic(model, "words", np.array([9], np.float32), (0,), 3)
    assert np.isnan(value.value) and "x[0]" in value.steps[-1].operands
