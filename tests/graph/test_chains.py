"""Elementwise functions that follow each other, or read the same, become one chain."""

from __future__ import annotations

import numpy as np
import pytest
from cases.models import branched_cnn, compiled, images
from checks.graphs import kinds, one_input, same_results
from checks.training import make_step

from pellucid import optimizers
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.geometry import Window
from pellucid.graph import Graph, builder, chains, gradient, ops, optimize, verify, windows
from pellucid.graph.chains import fuse_elementwise
from pellucid.graph.passes import mask_before_unpooling
from pellucid.graph.rewriter import eliminate_dead


def functions(graph: Graph) -> list[list[str]]:
    """The functions of each chain."""
    return [[step.function for step in node.op.steps] for node in graph.nodes if isinstance(node.op, ops.Chain)]


def chained(graph: Graph) -> list[list[str]]:
    """The functions of each chain; checks that nothing has changed."""
    rewritten = fuse_elementwise(graph)
    same_results(graph, rewritten)
    return functions(rewritten)


def test_a_row_of_functions_is_one_chain():
    graph, x = one_input()
    graph.outputs["y"] = builder.tanh(builder.exp(x) + 1.0)
    assert chained(graph) == [["exp", "add", "tanh"]]


def test_what_others_need_is_stored_too():
    graph, x = one_input()
    inner = builder.exp(x)
    graph.outputs |= {"inner": inner, "y": builder.tanh(inner)}
    rewritten = fuse_elementwise(graph)
    (node,) = [node for node in rewritten.nodes if isinstance(node.op, ops.Chain)]
    assert node.op.results == (0, 1)
    same_results(graph, rewritten)


def test_a_detour_keeps_two_chains():
    """exp is read by a product and by the sum behind it: one chain would have to run before and after the product."""
    graph, x = one_input()
    raised = builder.exp(x)
    graph.outputs["y"] = raised + builder.matmul(raised, raised)
    assert chained(graph) == [["exp"], ["add"]]


def test_a_long_detour_keeps_two_chains():
    """The same where the way back leads through two other chains."""
    graph, x = one_input()
    raised = builder.exp(x)
    around = builder.reduce_sum(
        builder.tanh(builder.reduce_sum(builder.sqrt(raised), [0], keepdims=True)), [1], keepdims=True
    )
    graph.outputs["y"] = builder.minimum(raised, around)
    for names in chained(graph):
        assert not {"exp", "minimum"} <= set(names)


def test_a_ladder_of_detours_is_computed_in_order():
    graph, x = one_input()
    y = x
    for _ in range(5):
        raised = builder.tanh(y)
        y = raised + builder.matmul(raised, raised) * 0.1
    graph.outputs["y"] = y
    assert len(chained(graph)) == 6


def test_shapes_keep_apart():
    graph, x = one_input()
    row = builder.exp(builder.reduce_sum(x, [0], keepdims=True))
    graph.outputs["y"] = builder.tanh(x * row)
    assert chained(graph) == [["exp"], ["multiply", "tanh"]]


def test_a_broadcast_is_read_through():
    graph, x = one_input()
    row = builder.reduce_sum(x, [0], keepdims=True)
    graph.outputs["y"] = builder.tanh(builder.broadcast_to(row, (4, 4)) + x)
    rewritten = fuse_elementwise(graph)
    assert "BroadcastTo" not in kinds(rewritten)
    same_results(graph, rewritten)


def test_a_broadcast_that_others_read_stays():
    graph, x = one_input()
    wide = builder.broadcast_to(builder.reduce_sum(x, [0], keepdims=True), (4, 4))
    graph.outputs |= {"y": wide + x, "z": builder.matmul(wide, x)}
    rewritten = fuse_elementwise(graph)
    assert "BroadcastTo" in kinds(rewritten)
    same_results(graph, rewritten)


def test_a_sum_over_all_axes_but_the_last_joins_its_chain():
    graph, x = one_input((6, 5, 8))
    squares = builder.exp(x) * x
    graph.outputs |= {"sum": builder.reduce_sum(squares, (0, 1)), "y": squares}
    fused = fuse_elementwise(graph)
    (chain,) = (node.op for node in fused.nodes if isinstance(node.op, ops.Chain))
    assert chain == ops.Chain((6, 5, 8), (ops.Step("exp", (0,)), ops.Step("multiply", (1, 0))), (1,), (2,))
    assert "ReduceSum" not in kinds(fused)
    same_results(graph, fused)


@pytest.mark.parametrize(
    ("shape", "axes"), [((6, 5, 97), (0, 1)), ((6, 8), (1,)), ((6, 5, 8), (0,)), ((3, 1040), (0,))]
)
def test_other_sums_stay_by_themselves(shape: tuple[int, ...], axes: tuple[int, ...]):
    graph, x = one_input(shape)
    graph.outputs["sum"] = builder.reduce_sum(builder.exp(x), axes)
    assert "ReduceSum" in kinds(fuse_elementwise(graph))
    same_results(graph, fuse_elementwise(graph))


def test_what_needs_the_sum_is_computed_after_it():
    """A sum is complete only when its chain has run: its readers are another chain, in one row too."""
    for shape in ((6, 8), (1, 8)):
        graph, x = one_input(shape)
        y = builder.exp(x)
        graph.outputs["y"] = y - builder.reduce_sum(y, (0,), keepdims=True)
        same_results(graph, fuse_elementwise(graph))


def test_readers_of_one_array_become_one_chain():
    graph, x = one_input((6, 8))
    graph.outputs |= {"a": builder.exp(x), "b": builder.reduce_sum(builder.square(x), (0,)), "c": -x}
    assert functions(fuse_elementwise(graph)) == [["exp", "multiply", "negative"]]
    same_results(graph, fuse_elementwise(graph))


def test_a_cheap_step_is_taken_again_by_each_reader():
    """Deviations from a mean are computed twice from x, rather than written and read twice."""
    graph, x = one_input((6, 8))
    mean = builder.reduce_mean(x, (0,), keepdims=True)
    deviations = x - mean
    variance = builder.reduce_mean(builder.square(deviations), (0,), keepdims=True)
    graph.outputs["y"] = deviations / builder.sqrt(variance)
    optimized = optimize(graph)
    written = [tensor for node in optimized.nodes for tensor in node.outputs if tensor.shape == (6, 8)]
    assert len(written) == 2, "x and y"
    assert sum("subtract" in steps for steps in functions(optimized)) == 2
    same_results(graph, optimized)


@pytest.mark.parametrize("steps", [chains.MAX_AGAIN, chains.MAX_AGAIN + 1])
def test_long_ways_are_not_gone_again(steps: int):
    graph, x = one_input((6, 8))
    y = x
    for _ in range(steps):
        y = y + 1.0
    graph.outputs |= {"a": builder.exp(y), "b": builder.tanh(y)}
    copies = [node for node in chains.recompute(graph).nodes if getattr(node.op, "function", "") == "add"]
    assert len(copies) == (2 * steps if steps <= chains.MAX_AGAIN else steps)
    same_results(graph, chains.recompute(graph))


def test_what_is_stored_anyway_is_not_computed_again():
    graph, x = one_input((6, 8))
    y = x + 1.0
    graph.outputs |= {"a": builder.exp(y), "b": builder.tanh(y), "y": y}
    assert len(chains.recompute(graph).nodes) == len(graph.nodes)


def test_the_mask_of_a_relu_moves_through_the_gradient_of_its_pooling():
    graph, x = one_input((2, 6, 6, 4))
    relu = builder.relu(x)
    pooled = builder.max_pool(relu, Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0))))
    (graph.outputs["dx"],) = gradient(builder.reduce_sum(builder.square(pooled) * 0.5 - pooled, (0, 1, 2, 3)), [x])
    moved = mask_before_unpooling(eliminate_dead(graph))
    (where,) = (node for node in moved.nodes if getattr(node.op, "function", "") == "where")
    assert where.outputs[0].shape == pooled.shape and isinstance(moved.outputs["dx"].node.op, windows.MaxPoolGradient)
    same_results(graph, moved)


def test_other_masks_stay_behind_the_gradient_of_a_pooling():
    graph, x = one_input((2, 6, 6, 4))
    pool = Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))
    pooled = builder.max_pool(x, pool)
    for number, condition in enumerate((builder.greater(x, 1.0), builder.greater(x + 1.0, 0.0))):
        unpooled = graph.add(windows.MaxPoolGradient(pool), x, pooled, pooled)
        graph.outputs[f"y{number}"] = builder.where(condition, unpooled, 0.0)
    assert kinds(mask_before_unpooling(graph)) == kinds(eliminate_dead(graph))


def test_long_chains_are_cut():
    graph, x = one_input()
    y = x
    for _ in range(2 * chains.MAX_STEPS + 5):
        y = builder.tanh(y)
    graph.outputs["y"] = y
    lengths = [len(names) for names in chained(graph)]
    assert max(lengths) <= chains.MAX_STEPS and sum(lengths) == 2 * chains.MAX_STEPS + 5


def test_dead_functions_are_left_out_of_chains():
    graph, x = one_input()
    builder.exp(x)
    graph.outputs["y"] = -x
    assert chained(graph) == [["negative"]]


def test_chains_of_many_operands_and_results_are_cut():
    """The native engine takes only so many at once; nothing is lost where a chain is cut."""
    graph = Graph()
    tensors = [graph.add(ops.Input((5, 3), f"x{i}")) for i in range(60)]
    total = tensors[0]
    for number, tensor in enumerate(tensors[1:]):
        total = total + tensor
        graph.outputs[f"y{number}"] = total
    chained(graph)
    arrays = {f"x{i}": np.full((5, 3), i) for i in range(60)}
    expected, found = (engine.prepare(graph).run(arrays, {}) for engine in (ReferenceEngine(), NativeEngine()))
    for name in graph.outputs:
        assert np.array_equal(found[name], expected[name])


def test_no_elementwise_node_is_left():
    model = compiled(branched_cnn(), ReferenceEngine(), optimizers.Adam())
    graph = optimize(make_step(model, images(3), model.optimizer).graph)
    verify(graph)
    assert "Elementwise" not in kinds(graph)
    assert len([node for node in graph.nodes if isinstance(node.op, windows.FusedConvolution)]) == 2
