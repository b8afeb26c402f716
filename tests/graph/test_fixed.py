"""What depends on weights alone: found, kept in memory, and put first by the lowering."""

from __future__ import annotations

import numpy as np
from checks.states import state_of

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


def test_what_depends_on_a_state_that_the_graph_writes_is_not_fixed():
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    graph.assign(ops.Parameter((4,), "weights", 0), scale)
    graph.emit_assignments()
    assert {type(node.op) for node in fixed_nodes(graph)} == {ops.Constant}


def test_weights_are_fixed_though_another_state_is_written():
    """An evaluation counts in the state of its metrics; normalisation is folded all the same."""
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    count = graph.leaf(ops.Parameter((), "counts", 0))
    graph.apply(ops.Update("counts", 0), count + 3.0)
    assert scale.node in fixed_nodes(graph) and count.node not in fixed_nodes(graph)
    weights, counts = state_of(np.zeros(4, np.float32)), state_of(np.zeros(1, np.float32))
    run = NativeEngine().prepare(graph).bind({"weights": weights, "counts": counts})
    for _ in range(3):
        assert (run({"x": np.ones((3, 4), np.float32)})["y"] == 2).all()
    weights.write(0, np.full(4, np.log(4)))
    assert np.allclose(run({"x": np.ones((3, 4), np.float32)})["y"], 5) and counts.read() == 12


def test_an_output_that_is_fixed_is_given_in_each_run():
    graph, x, scale = _graph()
    graph.outputs.update(y=x * scale, scale=scale)
    assert make_plan(graph).copies
    run = NativeEngine().prepare(graph).bind({"weights": state_of(np.zeros(4, np.float32))})
    for _ in range(3):
        results = run({"x": np.ones((3, 4), np.float32)})
        assert (results["scale"] == 2).all() and (results["y"] == 2).all()


def test_fixed_results_are_computed_again_when_somebody_has_written():
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    state = state_of(np.zeros(4, np.float32))
    run = NativeEngine().prepare(graph).bind({"weights": state})

    def result() -> float:
        return float(run({"x": np.ones((3, 4), np.float32)})["y"].mean())

    assert result() == 2
    state.array[:] = np.log(4)  # behind everybody's back
    assert result() == 2  # nobody said so
    state.write(0, np.full(4, np.log(4)))
    assert np.isclose(result(), 5)


def test_one_program_on_two_states():
    """Each bound program sees its own state, also right after the other, and at equal versions of both."""
    graph, x, scale = _graph()
    graph.outputs["y"] = x * scale
    program = NativeEngine().prepare(graph)
    first, second = (program.bind({"weights": state_of(np.full(4, value, np.float32))}) for value in (0.0, np.log(4)))
    given = {"x": np.ones((3, 4), np.float32)}
    for _ in range(2):
        assert np.allclose(first(given)["y"], 2) and np.allclose(second(given)["y"], 5)
