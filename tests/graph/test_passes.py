"""What the passes drop and rewrite, and that all of them together change no result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.models import branched_cnn, compiled, images, small_cnn
from checks.graphs import kinds, one_input, same_results
from checks.states import run_on
from checks.training import make_step

from pellucid import optimizers
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.engines import native as native_engine
from pellucid.geometry import Window
from pellucid.graph import Graph, builder, chains, ops, optimize, windows
from pellucid.graph.chains import fuse_elementwise
from pellucid.graph.passes import expand_powers
from pellucid.graph.pooling import sum_before_unpooling
from pellucid.graph.rewriter import eliminate_dead

# ---- dead code ----


def test_what_nobody_needs_is_dropped():
    graph, x = one_input()
    kept = builder.exp(x)
    builder.matmul(kept, builder.tanh(x))
    graph.outputs["y"] = kept + 1.0
    rest = eliminate_dead(graph)
    assert kinds(rest) == ["Elementwise", "Elementwise"]
    same_results(graph, rest)


def test_updates_and_what_they_need_are_kept():
    graph, x = one_input()
    graph.apply(ops.Update("state", 0), builder.exp(builder.tanh(x)))
    assert kinds(eliminate_dead(graph)) == ["Elementwise", "Elementwise", "Update"]


def test_without_outputs_nothing_is_left():
    graph, x = one_input()
    builder.exp(x)
    assert eliminate_dead(graph).nodes == []


def test_unused_inputs_and_constants_go():
    graph, x = one_input()
    graph.add(ops.Input((7,), "other"))
    graph.constant(3.0)
    graph.outputs["y"] = -x
    assert [type(node.op).__name__ for node in eliminate_dead(graph).nodes] == ["Input", "Elementwise"]


# ---- powers ----


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [(1.0, []), (2.0, ["multiply"]), (3.0, ["multiply"] * 2), (4.0, ["power"]), (0.5, ["power"]), (0.0, ["power"])],
)
def test_small_powers_become_products(exponent, expected):
    graph, x = one_input()
    graph.outputs["y"] = x**exponent
    rewritten = eliminate_dead(expand_powers(graph))
    found = [node.op.function for node in rewritten.nodes if isinstance(node.op, ops.Elementwise)]
    assert found == expected
    same_results(graph, rewritten, positive=True)


def test_powers_of_tensors_stay():
    graph, x = one_input()
    graph.outputs["y"] = 2.0**x + x ** builder.tanh(x)
    assert kinds(expand_powers(graph)) == kinds(graph)


# ---- whole programs, passes on and off ----


def chains_only(graph: Graph) -> Graph:
    """The least that the native engine can do without: each function a chain of its own."""
    most, chains.MAX_STEPS = chains.MAX_STEPS, 1
    try:
        return fuse_elementwise(eliminate_dead(graph))
    finally:
        chains.MAX_STEPS = most


@pytest.mark.parametrize(
    "make", [small_cnn, lambda: small_cnn(dropout=0.4), branched_cnn], ids=["small", "dropout", "branched"]
)
def test_a_training_step_is_the_same_with_passes_on_and_off(
    make: Callable[[], object], monkeypatch: pytest.MonkeyPatch
):
    model = compiled(make(), ReferenceEngine(), optimizers.SGD(0.1, momentum=0.9))
    step = make_step(model, images(5), model.optimizer)
    on, off = optimize(step.graph), chains_only(step.graph)
    assert len(off.nodes) > len(on.nodes)
    results = []
    for engine, graph in ((ReferenceEngine(), step.graph), (ReferenceEngine(), on), (ReferenceEngine(), off)):
        results.append(step_of(engine, graph, step))
    monkeypatch.setattr(native_engine, "optimize", lambda graph: graph)  # the graphs are ready: nothing is to be added
    for graph in (on, off):
        results.append(step_of(NativeEngine(), graph, step))
    for found in results[1:]:
        for name, expected in results[0].items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


def step_of(engine: object, graph: Graph, step: object) -> dict[str, np.ndarray]:
    """Loss and states after two steps."""
    inputs = {name: array.astype(engine.dtype) for name, array in step.inputs.items()}
    state = {name: array.astype(engine.dtype) for name, array in step.state.items()}
    program = engine.prepare(graph)
    for number in range(2):
        outputs = run_on(program, inputs, state, seed=step.seed, step=number)
    return outputs | state


def test_a_sum_takes_pooled_gradients_rather_than_unpooled_ones():
    graph = Graph()
    pool = Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))
    places, values = (graph.add(ops.Input((2, 3, 3, 4), name)) for name in ("places", "values"))
    unpooled = graph.add(windows.MaxUnpool(pool, (2, 7, 6, 4)), places, values)
    graph.outputs |= {"channels": builder.reduce_sum(unpooled, (0, 1, 2)), "rows": builder.reduce_sum(unpooled, (1,))}
    moved = sum_before_unpooling(graph)
    summed = {node.inputs[0].shape for node in moved.nodes if isinstance(node.op, ops.ReduceSum)}
    assert summed == {(2, 3, 3, 4), (2, 7, 6, 4)}
    inside = {"places": np.arange(72).reshape(2, 3, 3, 4) % 4, "values": np.arange(72.0).reshape(2, 3, 3, 4)}
    found, expected = (ReferenceEngine().prepare(g).run(inside, {}) for g in (moved, graph))
    np.testing.assert_array_equal(found["channels"], expected["channels"])
