"""Laws of gathering, scattering and products of batches, for any shape: exactly, on every engine."""

from __future__ import annotations

import numpy as np
import pytest
from checks.arrays import whole_numbers
from checks.windows import compute
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.graph import movement, ops

ENGINES = {"reference": ReferenceEngine()} | {isa: NativeEngine(isa) for isa in available_isas()}

each_engine = pytest.mark.parametrize("engine", ENGINES)
shapes = st.lists(st.sampled_from((1, 2, 3, 5, 8, 17, 33)), min_size=1, max_size=4).map(tuple)


@st.composite
def indexings(draw: st.DrawFn) -> tuple[tuple[int, ...], int, np.ndarray]:
    """A shape, an axis of it, and indices along that axis, -1 among them."""
    shape = draw(shapes)
    axis = draw(st.integers(0, len(shape) - 1))
    indices = draw(st.lists(st.integers(-1, shape[axis] - 1), min_size=1, max_size=40))
    return shape, axis, np.array(indices)


@each_engine
@settings(max_examples=150)
@given(case=indexings(), seed=st.integers(0, 100))
def test_gather_and_scatter_are_adjoint(case, seed, engine):
    """<gather(x), g> = <x, scatter(g)>; the first is what indexing gives."""
    shape, axis, indices = case
    rng = np.random.default_rng(seed)
    gather, scatter = movement.Gather(axis, indices), movement.ScatterAdd(axis, indices, shape[axis])
    x = whole_numbers(shape, rng)
    gathered = compute(gather, ENGINES[engine], x)
    zero = np.zeros((*shape[:axis], 1, *shape[axis + 1 :]))
    assert np.array_equal(gathered, np.concatenate([x, zero], axis).take(indices, axis))
    g = whole_numbers(gathered.shape, rng)
    scattered = compute(scatter, ENGINES[engine], g)
    assert scattered.shape == shape
    assert (gathered * g).sum() == (x * scattered).sum()
    for place in range(shape[axis]):
        expected = np.compress(indices == place, g, axis).sum(axis)
        assert np.array_equal(scattered.take(place, axis), expected)


@each_engine
@settings(max_examples=150)
@given(
    batch=st.lists(st.integers(1, 4), max_size=3).map(tuple),
    sizes=st.tuples(*[st.sampled_from((1, 2, 3, 4, 7, 16, 17, 33, 70))] * 3),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_products_of_any_batch(batch, sizes, flags, engine):
    """Each product of a batch is the product of its matrices."""
    rows, inner, columns = sizes
    rng = np.random.default_rng(sum(sizes))
    a, b = whole_numbers((*batch, rows, inner), rng), whole_numbers((*batch, inner, columns), rng)
    given_a, given_b = (matrix.swapaxes(-1, -2) if flag else matrix for matrix, flag in zip((a, b), flags, strict=True))
    found = compute(ops.Matmul(*flags), ENGINES[engine], given_a, given_b)
    assert np.array_equal(found, np.einsum("...ij,...jk->...ik", a, b))
