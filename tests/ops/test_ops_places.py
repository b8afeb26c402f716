"""What is put to places that must be known, and what Keras has otherwise or not at all."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from pellucid import Input, Model, Variable, layers, ops
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, builder, gradient
from pellucid.graph.ops import Input as InputOp

X = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
BLOCK = np.random.default_rng(1).normal(size=(2, 3)).astype(np.float32)


@pytest.mark.parametrize("axis", [np.array([0, 3]), np.array([], int), np.array(1), [], [1, -1]])
def test_places_of_new_axes_may_stand_in_an_array(axis: object) -> None:
    np.testing.assert_array_equal(ops.expand_dims(X, axis), np.expand_dims(X, tuple(np.ravel(axis))))


def test_a_block_takes_the_place_of_another() -> None:
    """As in Keras, and each gets the gradient of what is left of it."""
    mine = ops.slice_update(X, [1, 2], BLOCK)
    np.testing.assert_array_equal(mine, keras.ops.slice_update(X, (1, 2), BLOCK))
    graph = Graph()
    tensors = [graph.add(InputOp(array.shape, name)) for name, array in (("x", X), ("block", BLOCK))]
    factors = np.arange(20.0).reshape(4, 5)
    found = gradient(builder.reduce_sum(ops.slice_update(tensors[0], [1, 2], tensors[1]) * factors), tensors)
    graph.outputs = dict(zip(("x", "block"), found, strict=True))
    slopes = ReferenceEngine().prepare(graph).run({"x": X, "block": BLOCK}, {})
    np.testing.assert_array_equal(slopes["block"], factors[1:3, 2:5])
    np.testing.assert_array_equal(slopes["x"], np.where(mine == X, factors, 0))


@pytest.mark.parametrize("start", [(3, 0), (0, 3), (-1, 0)])
def test_a_block_lies_inside(start: tuple[int, int]) -> None:
    """Keras moves it inside without a word."""
    with pytest.raises(ArgumentError, match=r"ops.slice_update: a block \(.*\) at .* does not lie inside of \(4, 5\)"):
        ops.slice_update(X, start, BLOCK)
    with pytest.raises(ShapeError, match="a block of 2 axes is needed"):
        ops.slice_update(X, (0, 0), BLOCK[0])


def test_values_at_places() -> None:
    """As in Keras; of several for one place the last stays, as in NumPy."""
    indices, updates = np.array([[1, 2], [3, 0]]), np.array([8.0, 9.0], np.float32)
    np.testing.assert_array_equal(
        ops.scatter_update(X, indices, updates), keras.ops.scatter_update(X, indices, updates)
    )
    rows = np.array([[2], [-1]])
    np.testing.assert_array_equal(ops.scatter_update(X, rows, X[:2]), keras.ops.scatter_update(X, rows, X[:2]))
    assert ops.scatter_update([1.0, 2.0], [[0], [0]], [5.0, 6.0]).tolist() == [6.0, 2.0]
    assert ops.scatter_update([1.0, 2.0], [[0], [0]], [5.0, 6.0], "add").tolist() == [12.0, 2.0]


def test_places_that_do_not_exist() -> None:
    """Are named where they are known."""
    with pytest.raises(ArgumentError, match=r"places in \(4,\), got \[\[4.0\]\]"):
        ops.scatter([[4]], [1.0], (4,))
    with pytest.raises(ArgumentError, match=r"places in \(5,\)"):
        ops.take_along_axis(X, np.full((4, 1), 5), axis=1)
    with pytest.raises(ShapeError, match=r"values for indices \(2, 1\) of shape \(4, 3\) are \(2, 3\)"):
        ops.scatter([[0], [1]], [1.0, 2.0], (4, 3))
    inputs = Input((3,))
    with pytest.raises(ArgumentError, match="takes places that are known"):
        Model(inputs, ops.scatter_update(np.zeros(3), ops.expand_dims(inputs[0], -1), np.ones(3)))


def test_order_with_what_is_no_number() -> None:
    """As NumPy has it: behind all numbers, infinite ones too; on arrays and in a model."""
    x = np.array([[np.nan, np.inf, 1.0, -np.inf, np.nan, 0.0, -0.0]], np.float32)
    graph = Graph()
    row = graph.add(InputOp(x.shape, "x"))
    graph.outputs = {"values": ops.sort(row), "order": ops.argsort(row)}
    values, order = NativeEngine().prepare(graph).run({"x": x}, {}).values()
    np.testing.assert_array_equal(values, np.sort(x))
    np.testing.assert_array_equal(order, np.argsort(x, kind="stable"))
    np.testing.assert_array_equal(ops.sort(x), np.sort(x))
    assert np.isnan(ops.median(x))


@pytest.mark.parametrize("size", [1, 2, 3, 16, 17, 100])
def test_a_network_sorts_rows_of_any_length(size: int) -> None:
    """With ties too: the places are those of a stable sort, the largest come in the order of NumPy."""
    x = np.random.default_rng(size).integers(-9, 9, (5, size)).astype(np.float32)
    inputs = Input((size,))
    k = min(size, 4)
    outputs = [ops.sort(inputs), ops.argsort(inputs), *ops.top_k(inputs, k), ops.quantile(inputs, 0.3, axis=-1)]
    values, order, top, places, share = Model(inputs, outputs).predict(x, verbose=0)
    np.testing.assert_array_equal(values, np.sort(x))
    np.testing.assert_array_equal(order, np.argsort(x, kind="stable"))
    np.testing.assert_array_equal(places, np.argsort(-x, kind="stable")[:, :k])
    np.testing.assert_array_equal(top, np.take_along_axis(x, places.astype(int), 1))
    np.testing.assert_allclose(share, np.quantile(x, 0.3, axis=-1), rtol=1e-6)


def test_what_is_a_tensor() -> None:
    """What is computed with; numbers in lists are none."""
    assert ops.is_tensor(X)
    assert ops.is_tensor(ops.ones((2,)))
    assert ops.is_tensor(Input((3,)))
    assert not ops.is_tensor([1.0])
    assert not ops.is_tensor(layers.Dense(2))
    assert ops.dtype(Variable([1.0])) == "float32"


@pytest.mark.parametrize(
    ("subscripts", "message"),
    [
        ("ij,jk->ik", "names 2 operands, got 1"),
        ("ijk->i", "does not name the axes of an operand with 2"),
        ("i->i", "does not name the axes"),
        ("ij->k", "takes letters of the operands, each once"),
        ("ij->ii", "takes letters of the operands, each once"),
        ("i1->i", "subscripts are letters"),
        (3, "subscripts are letters"),
        ("....j->j", "does not name the axes"),
    ],
)
def test_letters_that_cannot_be_read(subscripts: str, message: str) -> None:
    """One sentence each."""
    with pytest.raises(ArgumentError, match=message):
        ops.einsum(subscripts, X)


def test_letters_of_two_sizes() -> None:
    """An axis of 1 goes with any, as in NumPy."""
    with pytest.raises(ShapeError, match=r"'j' in 'ij,jk' has two sizes, 5 and 3, in \(4, 5\) and \(3, 2\)"):
        ops.einsum("ij,jk", X, np.ones((3, 2)))
    one = np.full((1, 5), 2.0, np.float32)
    np.testing.assert_allclose(ops.einsum("ij,ij->j", X, one), np.einsum("ij,ij->j", X, one), rtol=1e-5)
    np.testing.assert_allclose(ops.einsum("ij,ij->i", X, one), np.einsum("ij,ij->i", X, one), rtol=1e-5)
