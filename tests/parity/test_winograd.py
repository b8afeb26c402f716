"""Convolutions by Winograd's method: near the float64 reference, chosen where they should be, never where forbidden."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.windowed import Geometry
from checks.threads import check_bits
from hypothesis import given
from hypothesis import strategies as st
from sampling import drawn

from pellucid.engines import NativeEngine, ReferenceEngine, available_isas
from pellucid.errors import EngineError
from pellucid.graph import Graph, Tensor, builder, ops, windows

Arrays = dict[str, np.ndarray]
ERROR = 1e-5
"""Allowed relative root mean square error; measured is 1e-6 and less. Single elements may be off by more than by plain
sums, since the transforms cancel, so errors are not compared element by element."""


def _passes(case: Geometry) -> tuple[Graph, Arrays]:
    """Forward with bias and ReLU, and both gradients."""
    rng = np.random.default_rng(case.x[1] * 100 + case.x[-1])
    arrays = {
        "x": rng.normal(size=case.x),
        "kernel": rng.normal(size=case.kernel) / np.sqrt(np.prod(case.kernel[:-1])),
        "bias": rng.normal(size=case.kernel[-1:]),
        "grad": rng.normal(size=case.y),
    }
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    graph = Graph()
    given = {name: graph.add(ops.Input(array.shape, name)) for name, array in arrays.items()}
    y = builder.relu(graph.add(windows.Convolution(case.window, 1), given["x"], given["kernel"]) + given["bias"])
    gradients: dict[str, Tensor] = {
        "input": graph.add(windows.ConvolutionInputGradient(case.window, 1, case.x), given["grad"], given["kernel"]),
        "kernel": graph.add(windows.ConvolutionKernelGradient(case.window, 1, case.kernel), given["x"], given["grad"]),
    }
    graph.outputs |= {"y": y, **gradients}
    return graph, arrays


def _check(case: Geometry, engine: NativeEngine) -> tuple[list[str], float]:
    """The kernels that were chosen, and the largest relative error."""
    graph, arrays = _passes(case)
    program = engine.prepare(graph)
    found = program.run(arrays, {})
    expected = ReferenceEngine().prepare(graph).run({name: a.astype(np.float64) for name, a in arrays.items()}, {})
    worst = 0.0
    for name, right in expected.items():
        error = float(np.sqrt(np.square(found[name] - right).sum() / np.square(right).sum()))
        assert error <= ERROR, f"{name}: relative error {error:.2g}"
        worst = max(worst, error)
    return [call.variant for call in program.explain() if "winograd" in call.variant], worst


def _geometry(batch: int, size: tuple[int, ...], taps: tuple[int, ...], channels: int, filters: int) -> Geometry:
    padding = tuple(((k - 1) // 2, k // 2) for k in taps)
    return Geometry("same", (batch, *size, channels), taps, filters, padding=padding)


FORMS = {
    "F(4x4, 3x3)": _geometry(3, (17, 22), (3, 3), 33, 40),
    "F(4x4, 3x3), three axes": _geometry(2, (5, 9, 12), (3, 3, 3), 16, 32),
    "F(4x4, 3x3), no padding": Geometry("valid", (9, 18, 14, 33), (3, 3), 40),
    "F(4, 3), no padding": Geometry("valid", (16, 94, 33), (3,), 40),
    "F(4x4, 3x3), one image of many channels": _geometry(1, (20, 20), (3, 3), 128, 128),
    "F(2x2, 5x5)": _geometry(2, (14, 15), (5, 5), 32, 64),
    "F(4, 3)": _geometry(16, (61,), (3,), 32, 64),
    "F(2, 5)": _geometry(8, (61,), (5,), 48, 64),
}


def test_tiny_convolutions_are_direct():
    """Of some 10 us of arithmetic Winograd's method saves less than its stages cost."""
    assert _check(_geometry(64, (8,), (3,), 32, 32), NativeEngine())[0] == []


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_near_the_reference(form: str, isa: str, note_deviation: Callable[[str, float], None]) -> None:
    chosen, worst = _check(FORMS[form], NativeEngine(isa))
    assert chosen == [f"winograd {form.partition('), ')[0].rstrip(')')})"] * 3, f"chosen: {chosen}"
    note_deviation("winograd, relative error / 1e-5", worst / ERROR)


@st.composite
def _drawn(draw: st.DrawFn) -> Geometry:
    taps = draw(st.sampled_from([3, 3, 5]))
    channels, filters = draw(st.integers(12, 70)), draw(st.integers(12, 70))
    size = tuple(draw(st.integers(taps, 26)) for _ in range(2))
    padding = tuple((draw(st.integers(0, 4)), draw(st.integers(0, 4))) for _ in range(2))
    return Geometry("drawn", (draw(st.integers(1, 9)), *size, channels), (taps, taps), filters, padding=padding)


@drawn(120)
@given(case=_drawn())
def test_any_size_and_padding(case: Geometry) -> None:
    _check(case, NativeEngine())


def test_exact_engines_and_small_problems_do_without() -> None:
    assert _check(FORMS["F(4x4, 3x3)"], NativeEngine(exact=True))[0] == []
    assert _check(_geometry(1, (6, 6), (3, 3), 8, 8), NativeEngine())[0] == []
    assert _check(_geometry(1, (6, 6), (3, 3), 256, 256), NativeEngine())[0] == []  # the kernel would cost more


@pytest.mark.parametrize(("value", "exact"), [("1", True), ("0", False)])
def test_the_environment_decides_where_nothing_is_said(
    value: str, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELLUCID_EXACT", value)
    assert (_check(FORMS["F(4x4, 3x3)"], NativeEngine())[0] == []) is exact
    assert _check(FORMS["F(4x4, 3x3)"], NativeEngine(exact=False))[0] != []
    monkeypatch.setenv("PELLUCID_EXACT", "yes")
    with pytest.raises(EngineError, match="PELLUCID_EXACT must be 0 or 1, got 'yes'"):
        NativeEngine()


@pytest.mark.parametrize("isa", available_isas())
@pytest.mark.parametrize("form", FORMS)
def test_the_same_bits_for_any_number_of_threads(form: str, isa: str) -> None:
    graph, arrays = _passes(FORMS[form])
    check_bits(NativeEngine(isa).prepare(graph), arrays)


def test_a_number_that_is_not_finite_stays_visible() -> None:
    """It may spread to its tile's neighbours, but it is never lost."""
    graph, arrays = _passes(FORMS["F(4x4, 3x3)"])
    arrays["x"][1, 8, 8, 3] = np.nan
    y = NativeEngine().prepare(graph).run(arrays, {})["y"]
    assert np.isnan(y[1, 7:10, 7:10]).all() and np.isfinite(y[0]).all() and np.isfinite(y[2]).all()
