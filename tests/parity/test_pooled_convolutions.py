"""A convolution that keeps only the maxima of its result gives what a convolution with a pooling behind it gives.

To the bit, but for gradients by Winograd's method, which take other tiles."""

from __future__ import annotations

import numpy as np
import pytest
from cases.windowed import Geometry
from checks.threads import check_bits
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.geometry import Window
from pellucid.graph import Graph, builder, gradient, ops, optimize, windows

ERROR = 1e-5
"""Allowed relative root mean square error of gradients by Winograd's method, as in test_winograd."""
TWO = Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))


def _graph(
    case: Geometry, pooling: Window, *, fused: bool, relu: bool = True, bias: bool = True
) -> tuple[Graph, dict[str, np.ndarray]]:
    """Maxima, and all gradients of a sum of them with weights; the convolution is an output unless it may be fused."""
    rng = np.random.default_rng(case.x[1] * 100 + case.x[-1])
    arrays = {
        "x": rng.normal(size=case.x),
        "kernel": rng.normal(size=case.kernel) / np.sqrt(np.prod(case.kernel[:-1])),
    }
    if bias:
        arrays["bias"] = rng.normal(size=case.kernel[-1:])
    graph = Graph()
    leaves = {name: graph.add(ops.Input(array.shape, name)) for name, array in arrays.items()}
    y = graph.add(windows.Convolution(case.window, case.groups), leaves["x"], leaves["kernel"])
    y = y + leaves["bias"] if bias else y
    y = builder.relu(y) if relu and bias else y
    pooled = builder.max_pool(y, pooling)
    arrays["weights"] = rng.normal(size=pooled.shape)
    weights = graph.add(ops.Input(pooled.shape, "weights"))
    total = builder.reduce_sum(pooled * weights, tuple(range(len(pooled.shape))))
    graph.outputs["pooled"] = pooled
    graph.outputs |= dict(zip(leaves, gradient(total, list(leaves.values())), strict=True))
    if not fused:
        graph.outputs["y"] = y
    return graph, {name: array.astype(np.float32) for name, array in arrays.items()}


def _kinds(graph: Graph) -> set[str]:
    return {type(node.op).__name__ for node in optimize(graph).nodes}


def _compare(
    case: Geometry,
    pooling: Window,
    isa: str | None = None,
    exact: bool = False,
    relu: bool = True,
    bias: bool = True,
) -> None:
    engine = NativeEngine(isa, exact=exact)
    graph, arrays = _graph(case, pooling, fused=True, relu=relu, bias=bias)
    apart, _ = _graph(case, pooling, fused=False, relu=relu, bias=bias)
    assert {"ConvolutionMaxPool", "ConvolutionMaxPoolGradient"} <= _kinds(graph)
    assert {"FusedConvolution" if bias else "Convolution", "MaxPool", "MaxPoolGradient"} <= _kinds(apart)
    found, expected = (engine.prepare(g).run(arrays, {}) for g in (graph, apart))
    for name, array in found.items():
        right = expected[name]
        if name == "bias":  # added up in another order
            np.testing.assert_allclose(array, right, rtol=1e-5, atol=1e-5 * np.abs(arrays["weights"]).sum())
        elif name == "pooled" or exact:
            np.testing.assert_array_equal(array, right, err_msg=name)
        else:  # other tiles, so other rounding
            error = float(np.sqrt(np.square(array - right).sum() / max(float(np.square(right).sum()), 1e-30)))
            assert error <= ERROR, f"{name}: relative error {error:.2g}"


WAYS = {
    "tiles": Geometry("", (3, 15, 18, 33), (3, 3), 40),
    "tiles, nine samples": Geometry("", (9, 14, 15, 40), (3, 3), 33),
    "tiles, 5x5": Geometry("", (2, 15, 14, 32), (5, 5), 64, padding=((2, 2), (2, 2))),
    "samples": Geometry("", (9, 17, 12, 3), (3, 3), 33, padding=((1, 1), (0, 2))),
    "samples, strided": Geometry("", (8, 19, 16, 5), (3, 3), 20, strides=(2, 1)),
    "samples, two groups": Geometry("", (8, 9, 9, 6), (2, 2), 10, groups=2),
    "whole, few samples": Geometry("", (2, 12, 12, 1), (5, 5), 20),
    "whole, depthwise": Geometry("", (9, 12, 12, 24), (3, 3), 24, groups=24),
}


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_the_same_bits(way: str, exact: bool, isa: str) -> None:
    _compare(WAYS[way], TWO, isa, exact)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_without_a_bias(way: str, exact: bool) -> None:
    """As in front of a normalisation, whose shift would take it away."""
    _compare(WAYS[way], TWO, exact=exact, bias=False)


@pytest.mark.parametrize("axes", [1, 3])
def test_other_numbers_of_axes(axes: int) -> None:
    pooling = Window((2,) * axes, (2,) * axes, (1,) * axes, ((0, 0),) * axes)
    size = (40,) if axes == 1 else (6, 7, 8)
    _compare(Geometry("", (8, *size, 32), (3,) * axes, 48), pooling)
    _compare(Geometry("", (8, *size, 3), (3,) * axes, 20), pooling)


@st.composite
def _drawn(draw: st.DrawFn) -> tuple[Geometry, Window]:
    taps = draw(st.integers(1, 5))
    channels, filters = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    size = tuple(draw(st.integers(taps + 3, 20)) for _ in range(2))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(2))
    case = Geometry("drawn", (draw(st.integers(1, 10)), *size, channels), (taps, taps), filters, padding=padding)
    window = tuple(draw(st.integers(1, 3)) for _ in range(2))
    strides = tuple(draw(st.integers(1, 3)) for _ in range(2))
    around = tuple((draw(st.integers(0, w - 1)), draw(st.integers(0, w - 1))) for w in window)
    return case, Window(window, strides, (1, 1), around) if draw(st.booleans()) else TWO


@settings(max_examples=80, deadline=None)
@given(drawn=_drawn(), exact=st.booleans(), relu=st.booleans())
def test_any_size_and_any_pooling(drawn: tuple[Geometry, Window], exact: bool, relu: bool) -> None:
    _compare(*drawn, exact=exact, relu=relu)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_bits_for_any_number_of_threads(way: str) -> None:
    graph, arrays = _graph(WAYS[way], TWO, fused=True)
    check_bits(NativeEngine().prepare(graph), arrays)


@pytest.mark.parametrize("way", WAYS)
def test_the_first_of_equal_maxima_gets_the_gradient(way: str) -> None:
    """A kernel of zeros makes every value equal, to the bias: the first tap of each window wins."""
    graph, arrays = _graph(WAYS[way], TWO, fused=True)
    arrays["kernel"][:] = 0
    arrays["bias"][:] = 1
    found = NativeEngine().prepare(graph).run(arrays, {})
    expected = ReferenceEngine().prepare(graph).run({name: a.astype(np.float64) for name, a in arrays.items()}, {})
    for name, right in expected.items():
        np.testing.assert_allclose(found[name], right, atol=1e-5 * max(1, np.abs(right).max()), err_msg=name)


def test_a_number_that_is_not_finite_stays_visible() -> None:
    graph, arrays = _graph(WAYS["tiles"], TWO, fused=True)
    arrays["x"][1, 4, 4, 3] = np.nan
    pooled = NativeEngine().prepare(graph).run(arrays, {})["pooled"]
    assert np.isnan(pooled[1, 1:3, 1:3]).all() and np.isfinite(pooled[0]).all() and np.isfinite(pooled[2]).all()
