"""Updates of the state move up to where their numbers are there, and not before the old ones have been read."""

from __future__ import annotations

import numpy as np
from checks.states import run_on

from pellucid import Input, Model, layers, optimizers
from pellucid.data.sources.source import Batch
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.graph import Graph, make_plan, movement, ops
from pellucid.graph.passes import optimize
from pellucid.graph.schedule import update_early
from pellucid.training.runtime import prepare
from pellucid.training.samples import prepare_samples


def _place(graph: Graph, name: str) -> int:
    """Of the last node of that name."""
    return max(number for number, node in enumerate(graph.nodes) if node.name == name)


def _graph(*, read_late: bool, through_alias: bool = False) -> Graph:
    """A product that serves as gradient, other work behind it that may read the weights, then their update."""
    graph = Graph()
    weights = graph.leaf(ops.Parameter((4, 4), "w", 0))
    x = graph.add(ops.Input((4, 4), "x"))
    with graph.scope("gradient"):
        slope = graph.add(ops.Matmul(), x, x)
    with graph.scope("other work"):
        old = graph.add(movement.Reshape((4, 4)), weights) if through_alias else weights
        graph.outputs["y"] = graph.add(ops.Matmul(), slope, old if read_late else x)
    with graph.scope("update"):
        graph.apply(ops.Update("w", 0), weights - slope * 0.5)
    return graph


def test_an_update_moves_up_to_its_gradient():
    moved = update_early(_graph(read_late=False))
    assert _place(moved, "gradient") < _place(moved, "update") < _place(moved, "other work")


def test_who_reads_the_old_state_goes_first():
    for through_alias in (False, True):
        moved = update_early(_graph(read_late=True, through_alias=through_alias))
        assert _place(moved, "other work") < _place(moved, "update")


def test_states_and_outputs_are_those_of_the_graph_as_it_was():
    for graph in (_graph(read_late=False), _graph(read_late=True), _graph(read_late=True, through_alias=True)):
        results = []
        for engine, run in (
            (ReferenceEngine(), graph),
            (ReferenceEngine(), update_early(graph)),
            (NativeEngine(), graph),
        ):
            state = {"w": np.arange(16).astype(engine.dtype)}
            x = np.eye(4, dtype=engine.dtype) * 3
            outputs = run_on(engine.prepare(run), {"x": x}, state)
            results.append((outputs["y"], state["w"]))
        for found in results[1:]:
            for array, expected in zip(found, results[0], strict=True):
                np.testing.assert_array_equal(array, expected)


def test_what_is_asked_for_besides_the_update_stays():
    graph = _graph(read_late=False)
    update = next(node for node in graph.nodes if isinstance(node.op, ops.Update))
    graph.outputs["new"] = update.inputs[0]
    moved = update_early(graph)
    assert _place(moved, "other work") < _place(moved, "update")


def test_the_gradients_of_a_deep_model_are_never_all_in_memory():
    """Eight weights of 1 MiB: the arena holds a few gradients at a time, not eight."""
    x = y = Input((512,))
    for number in range(8):
        y = layers.Dense(512, use_bias=False, name=f"dense{number}")(y)
    model = Model(x, y)
    model.compile(optimizers.SGD(momentum=0.9), "mse")
    stepper = model.stepper
    batch = Batch(prepare_samples(model.network, stepper.plan.objectives, "deep", np.ones((2, 512)), np.ones((2, 512))))
    graph, _ = stepper.described(batch)
    plan = prepare(NativeEngine(), graph).plan  # type: ignore[attr-defined]
    assert make_plan(optimize(plan.graph)).arena_size == plan.arena_size
    assert plan.arena_size < 3 * 512 * 512
