"""Products of bfloat16 numbers: as wrong as rounding their factors makes them, in kernels that say so, no others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.windowed import Geometry
from checks.states import run_on, state_of
from checks.threads import check_bits
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import _native
from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.engines.native import bfloat16_speed
from pellucid.errors import ArgumentError, EngineError
from pellucid.graph import Graph, builder, ops, windows

Arrays = dict[str, np.ndarray]
ROUNDED = NativeEngine(bfloat16=True)
ERROR = 2.0**-9 * np.sqrt(2)
"""Allowed relative root mean square error of a long sum of products of random numbers: rounding to 8 significant bits
is wrong by 2^-9 of a number at most, by about half of that on average, in both factors of each product."""

pytestmark = [
    pytest.mark.skipif(not _native.has_bfloat16(), reason="this machine, or the level in use, has no AVX512_BF16"),
    pytest.mark.filterwarnings("ignore:this processor multiplies bfloat16"),
]


def _convolutions(case: Geometry, numbers: Callable[[tuple[int, ...]], np.ndarray]) -> tuple[Graph, Arrays]:
    """Forward with bias, and both gradients."""
    shapes = {"x": case.x, "kernel": case.kernel, "bias": case.kernel[-1:], "grad": case.y}
    arrays = {name: numbers(shape).astype(np.float32) for name, shape in shapes.items()}
    graph = Graph()
    x, kernel, bias, grad = (graph.add(ops.Input(array.shape, name)) for name, array in arrays.items())
    setting = case.window, case.groups
    graph.outputs["y"] = graph.add(windows.Convolution(*setting), x, kernel) + bias
    graph.outputs["input"] = graph.add(windows.ConvolutionInputGradient(*setting, case.x), grad, kernel)
    graph.outputs["kernel"] = graph.add(windows.ConvolutionKernelGradient(*setting, case.kernel), x, grad)
    return graph, arrays


def _products(m: int, n: int, k: int, numbers: Callable[[tuple[int, ...]], np.ndarray]) -> tuple[Graph, Arrays]:
    """A (m, k) times B (k, n) with each of them the right way round and transposed."""
    graph, arrays = Graph(), {}
    for transpose_a in (False, True):
        for transpose_b in (False, True):
            suffix = f"{transpose_a:d}{transpose_b:d}"
            arrays["a" + suffix] = numbers((k, m) if transpose_a else (m, k)).astype(np.float32)
            arrays["b" + suffix] = numbers((n, k) if transpose_b else (k, n)).astype(np.float32)
            operands = (graph.add(ops.Input(arrays[name + suffix].shape, name + suffix)) for name in "ab")
            graph.outputs[suffix] = graph.add(ops.Matmul(transpose_a, transpose_b), *operands)
    return graph, arrays


def _both(graph: Graph, arrays: Arrays) -> tuple[Arrays, Arrays]:
    """What rounded products give, and float64."""
    right = ReferenceEngine().prepare(graph).run({name: a.astype(np.float64) for name, a in arrays.items()}, {})
    return ROUNDED.prepare(graph).run(arrays, {}), right


def _errors(graph: Graph, arrays: Arrays) -> dict[str, float]:
    """Relative root mean square errors."""
    found, right = _both(graph, arrays)
    return {n: float(np.sqrt(np.square(found[n] - right[n]).mean() / np.square(right[n]).mean())) for n in right}


def _check_equal(graph: Graph, arrays: Arrays) -> None:
    found, right = _both(graph, arrays)
    for name, array in right.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def _variants(graph: Graph) -> list[str]:
    calls = ROUNDED.prepare(graph).explain()
    return [call.variant for call in calls if call.kind.startswith(("convolution", "matrix"))]


CONVOLUTIONS = {
    "1x1": Geometry("1x1", (4, 9, 11, 64), (1, 1), 48),
    "1x1, odd channels and batch": Geometry("1x1", (3, 9, 11, 37), (1, 1), 50),
    "3x3, strided": Geometry("strided", (4, 13, 14, 32), (3, 3), 64, strides=(2, 2), padding=((1, 1), (1, 1))),
    "7x7, strided, in groups": Geometry("groups", (2, 21, 20, 36), (7, 7), 32, strides=(2, 2), groups=4),
    "few filters": Geometry("few", (5, 12, 12, 64), (5, 5), 4),
    "three axes": Geometry("3-D", (3, 5, 6, 7, 17), (2, 2, 2), 33),
}


def _normal(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def _whole(shape: tuple[int, ...]) -> np.ndarray:
    """Bfloat16 holds them, and float32 their sums."""
    return np.random.default_rng(sum(shape)).integers(-8, 9, shape)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions_are_wrong_by_the_rounding_of_their_factors(
    name: str, note_deviation: Callable[[str, float], None]
) -> None:
    graph, arrays = _convolutions(CONVOLUTIONS[name], _normal)
    assert all(variant.startswith("bf16") for variant in _variants(graph))
    errors = _errors(graph, arrays)
    note_deviation("bfloat16, relative error / 2^-8.5", max(errors.values()) / ERROR)
    assert max(errors.values()) <= ERROR, errors
    assert min(errors.values()) > 1e-4, "not rounded"


@pytest.mark.parametrize("sizes", [(64, 48, 128), (33, 50, 77), (17, 256, 1001)])
def test_matrix_products_are_wrong_by_the_rounding_of_their_factors(sizes: tuple[int, int, int]) -> None:
    graph, arrays = _products(*sizes, _normal)
    assert _variants(graph) == ["bf16"] * 4
    errors = _errors(graph, arrays)
    assert 1e-4 < min(errors.values()) <= max(errors.values()) <= ERROR, errors


@st.composite
def _drawn(draw: st.DrawFn) -> Geometry:
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = (groups * draw(st.integers(1, 40)) for _ in range(2))
    taps, strides, dilation = (tuple(draw(st.integers(1, 3)) for _ in range(2)) for _ in range(3))
    padding = tuple((draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in range(2))
    size = tuple(draw(st.integers(d * (k - 1) + 1, 14)) for k, d in zip(taps, dilation, strict=True))
    x = (draw(st.integers(1, 5)), *size, channels)
    return Geometry("drawn", x, taps, filters, strides, dilation, padding, groups)


@settings(max_examples=60, deadline=None)
@given(case=_drawn())
def test_whole_numbers_stay_whole_in_any_convolution(case: Geometry) -> None:
    graph, arrays = _convolutions(case, _whole)
    if not any("winograd" in variant for variant in _variants(graph)):
        _check_equal(graph, arrays)


@settings(max_examples=40, deadline=None)
@given(m=st.integers(1, 70), n=st.integers(1, 140), k=st.integers(1, 600))
def test_whole_numbers_stay_whole_in_any_matrix_product(m: int, n: int, k: int) -> None:
    _check_equal(*_products(m, n, k, _whole))


def test_pooled_and_folded_convolutions_follow() -> None:
    """The kernel that pools in the same go, and packed kernels of a prediction, give what the plain one gives."""
    case = CONVOLUTIONS["3x3, strided"]
    graph, arrays = Graph(), {name: _normal(shape) for name, shape in (("x", (16, *case.x[1:])),)}
    x = graph.add(ops.Input((16, *case.x[1:]), "x"))
    kernel = graph.add(ops.Parameter(case.kernel, "weights", 0))
    y = builder.relu(graph.add(windows.Convolution(case.window, 1), x, kernel))
    pooling = Geometry("pool", (16, *case.y[1:]), (2, 2), strides=(2, 2)).window
    graph.outputs |= {"y": graph.add(windows.MaxPool(pooling), y)}
    state = {"weights": _normal((int(np.prod(case.kernel)),)).astype(np.float32)}
    given = {"x": arrays["x"].astype(np.float32)}
    program = ROUNDED.prepare(graph)
    assert any(call.variant.startswith("bf16") for call in program.explain())
    right = run_on(ReferenceEngine().prepare(graph), given, state)["y"]
    weights = state_of(state["weights"])
    bound = program.bind({"weights": weights})
    for written in (False, False, True):
        if written:
            weights.write(0, state["weights"])
        error = np.sqrt(np.square(bound(given)["y"] - right).mean())
        assert 1e-4 < error / np.sqrt(np.square(right).mean()) <= ERROR


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_same_bits_for_any_number_of_threads(name: str) -> None:
    graph, arrays = _convolutions(CONVOLUTIONS[name], _normal)
    check_bits(ROUNDED.prepare(graph), arrays)


def test_reasons_say_why_and_why_not() -> None:
    def reasons(case: Geometry) -> list[tuple[str, str]]:
        calls = ROUNDED.prepare(_convolutions(case, _normal)[0]).explain()
        return [(call.variant, call.reason) for call in calls if call.kind.startswith("convolution")]

    assert all(reason.endswith("; bfloat16 is asked for") for _, reason in reasons(CONVOLUTIONS["1x1"]))
    first = reasons(Geometry("one channel", (4, 12, 12, 1), (5, 5), 32))[0]
    assert first == ("direct 10x32", "too few channels for Winograd; too few channels for bfloat16")
    kernel = reasons(Geometry("one image", (1, 12, 12, 16), (1, 1), 32))[2]
    assert kernel[1].endswith("; bfloat16 pairs images, and there is one")
    depthwise = reasons(Geometry("depthwise", (4, 12, 12, 16), (3, 3), 16, groups=16))[0]
    assert depthwise[1].endswith("; one channel per filter leaves nothing to pair in bfloat16")
    wide = reasons(Geometry("wide", (4, 28, 28, 64), (3, 3), 64))[0]
    assert wide[0].startswith("winograd"), "faster than bfloat16, and a thousand times nearer"


def test_levels_without_the_instruction_refuse() -> None:
    graph, _ = _products(16, 16, 16, _normal)
    for isa in set(available_isas()) - {"avx512"}:
        assert bfloat16_speed(isa) == 0
        with pytest.raises(EngineError, match=rf"AVX512_BF16.* level '{isa}'; .*NativeEngine\(bfloat16=False\)"):
            NativeEngine(isa, bfloat16=True).prepare(graph)
        matmul = ("matmul", [(1, 0), (2, 0)], [(3, 0)], [1, 2, 2, 2, 0, 0, 1], [])
        with pytest.raises(ValueError, match=rf"level {isa} of this machine has no instruction for bfloat16"):
            _native.Program([matmul], 0, isa)


def test_exact_and_rounded_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="not both"):
        NativeEngine(exact=True, bfloat16=True)
    monkeypatch.setenv("PELLUCID_EXACT", "1")
    with pytest.raises(ArgumentError, match="not both"):
        NativeEngine(bfloat16=True)
