"""What depends on weights alone: found, kept in memory, and put first by the lowering."""

from __future__ import annotations

import numpy as np

from pellucid.engines import NativeEngine
from pellucid.graph import Graph, Tensor, builder, make_plan, ops
from pellucid.graph.fixed import fixed_nodes


def _graph() -> tuple[Graph, Tensor, Tensor]:
    graph = Graph()
    x = graph.add(ops.Input((3, 4), "x"))
    w = graph.parameter(ops.Parameter((4,), "weights", 0))
    return graph, x, builder.exp(w) + 1.0


def test_results_of_weights_and_constants_are_fixed():
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    fixed = fixed_nodes(graph)
    assert scale.node in fixed
    assert not {x.node, graph.outputs["y"].node} & fixed


def test_random_numbers_are_not_fixed():
    graph, _, scale = _graph()
    drawn = builder.random_uniform(graph, (4,), 1)
    graph.outputs["y"] = scale * drawn
    assert drawn.node not in fixed_nodes(graph)
    assert graph.outputs["y"].node not in fixed_nodes(graph)


def test_nothing_is_fixed_where_the_state_is_written():
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    graph.assign(ops.Parameter((4,), "weights", 0), scale)
    graph.emit_assignments()
    assert fixed_nodes(graph) == frozenset()


def test_an_output_that_is_fixed_is_given_in_each_run():
    graph, x, scale = _graph()
    graph.outputs.update(y=x * scale, scale=scale)
    assert make_plan(graph).copies
    program, state = NativeEngine().prepare(graph), {"weights": np.zeros(4, np.float32)}
    for _ in range(3):
        results = program.run({"x": np.ones((3, 4), np.float32)}, state, version=1)
        assert (results["scale"] == 2).all() and (results["y"] == 2).all()


def test_fixed_results_are_computed_when_the_version_is_another_or_unknown():
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    program, state = NativeEngine().prepare(graph), {"weights": np.zeros(4, np.float32)}

    def run(version: int) -> float:
        return float(program.run({"x": np.ones((3, 4), np.float32)}, state, version=version)["y"].mean())

    assert run(version=5) == 2
    state["weights"][:] = np.log(4)
    assert run(version=5) == 2  # as it was promised
    assert np.isclose(run(version=6), 5)
    state["weights"][:] = np.log(7)
    assert np.isclose(run(version=0), 8)
    state["weights"][:] = np.log(9)
    assert np.isclose(run(version=6), 10)  # a run of unknown version leaves nothing to rely on
