"""What the passes join, what they must leave apart, and that none changes a result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.models import branched_cnn, compiled, images, small_cnn
from checks.graphs import kinds, same_results
from checks.training import make_step

from pellucid import optimizers
from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.engines import native as native_engine
from pellucid.geometry import Window
from pellucid.graph import Graph, Tensor, builder, chains, gradient, ops, optimize, verify, windows
from pellucid.graph.chains import fuse_elementwise
from pellucid.graph.passes import expand_powers, fold_scale, fuse_convolution, mask_before_unpooling
from pellucid.graph.pooling import sum_before_unpooling
from pellucid.graph.rewriter import eliminate_dead

SHAPE = (2, 5, 5, 3)
SAME = Window((3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)))


def functions(graph: Graph) -> list[list[str]]:
    """The functions of each chain."""
    return [[step.function for step in node.op.steps] for node in graph.nodes if isinstance(node.op, ops.Chain)]


def one_input(shape: tuple[int, ...] = (4, 4)) -> tuple[Graph, Tensor]:
    """A graph with one input."""
    graph = Graph()
    return graph, graph.add(ops.Input(shape, "x"))


def image() -> tuple[Graph, Tensor, Tensor, Tensor]:
    """A graph with an image, and a convolution of it before its bias is added."""
    graph, x = one_input(SHAPE)
    kernel = graph.add(ops.Input((3, 3, 3, 3), "kernel"))
    bias = graph.add(ops.Input((3,), "bias"))
    return graph, x, builder.convolution(x, kernel, SAME), bias


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


# ---- convolution, bias, ReLU ----


def fused(graph: Graph) -> list[bool]:
    """For each fused convolution, whether it applies ReLU; checks that nothing has changed."""
    rewritten = fuse_convolution(graph)
    same_results(graph, rewritten)
    return [node.op.relu for node in rewritten.nodes if isinstance(node.op, windows.FusedConvolution)]


def test_bias_and_relu_are_fused():
    graph, _, y, bias = image()
    graph.outputs["y"] = builder.relu(y + bias)
    assert fused(graph) == [True]
    assert kinds(fuse_convolution(graph)) == ["FusedConvolution"]


@pytest.mark.parametrize(("ceiling", "kinds_left"), [(6.0, ["FusedConvolution"]), (-1.0, None)])
def test_a_relu_that_ends_is_fused(ceiling, kinds_left):
    graph, _, y, bias = image()
    graph.outputs["y"] = builder.minimum(graph.constant(ceiling), builder.relu(y + bias))
    fused = fuse_convolution(graph)
    (op,) = (node.op for node in fused.nodes if isinstance(node.op, windows.FusedConvolution))
    assert op.relu and op.ceiling == (6.0 if kinds_left else np.inf)
    assert (kinds(fused) == kinds_left) is (kinds_left is not None)
    same_results(graph, fused)


def test_a_bias_alone_is_fused():
    graph, _, y, bias = image()
    graph.outputs["y"] = builder.tanh(y + bias)
    assert fused(graph) == [False]


def test_a_convolution_alone_is_left():
    graph, _, y, _ = image()
    graph.outputs["y"] = builder.relu(y)
    assert fused(graph) == []


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda x, y, bias: {"y": y + bias, "conv": y}, id="the convolution is an output"),
        pytest.param(lambda x, y, bias: {"y": y + bias, "z": builder.exp(y)}, id="the convolution is read twice"),
        pytest.param(lambda x, y, bias: {"y": y + y}, id="the convolution is added to itself"),
        pytest.param(lambda x, y, bias: {"y": y + x}, id="something of full shape is added"),
        pytest.param(lambda x, y, bias: {"y": y + 1.0}, id="a number is added"),
        pytest.param(lambda x, y, bias: {"y": y * bias}, id="a product"),
        pytest.param(lambda x, y, bias: {"y": bias + y}, id="the bias stands left"),
        pytest.param(lambda x, y, bias: {"y": y - bias}, id="a difference"),
    ],
)
def test_what_is_no_bias_is_not_fused(build):
    graph, x, y, bias = image()
    graph.outputs = build(x, y, bias)
    assert fused(graph) == []


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda y: {"y": builder.relu(y), "sum": y}, id="the sum is an output"),
        pytest.param(lambda y: {"y": builder.relu(y) * y}, id="the sum is read twice"),
    ],
)
def test_relu_of_a_sum_that_is_needed_is_not_fused(build):
    graph, _, y, bias = image()
    graph.outputs = build(y + bias)
    assert fused(graph) == [False]


def test_a_bias_that_is_computed_after_the_convolution_is_fused():
    graph, _, y, bias = image()
    graph.outputs["y"] = builder.relu(y + builder.exp(bias))
    assert fused(graph) == [True]


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


# ---- scales behind convolutions ----

GEOMETRIES = {  # kernel, groups
    "plain": ((3, 3, 4, 6), 1),
    "grouped": ((3, 3, 2, 6), 2),
    "depthwise": ((3, 3, 1, 4), 4),
    "depthwise, two filters each": ((3, 3, 1, 8), 4),
    "one filter": ((3, 3, 4, 1), 1),
}
BEHIND = {
    "scale": lambda y, b, s, t: y * s,
    "scale and shift": lambda y, b, s, t: y * s + t,
    "bias and scale": lambda y, b, s, t: (y + b) * s,
    "bias, scale and shift": lambda y, b, s, t: (y + b) * s + t,
    "operands on the left": lambda y, b, s, t: t + s * (b + y),
    "with more axes": lambda y, b, s, t: (
        y * builder.reshape(s, (1, 1, 1, *s.shape)) + builder.reshape(t, (1, *t.shape))
    ),
    "normalised": lambda y, b, s, t: (y + b) * (s / builder.sqrt(builder.square(t) + 0.1)) + (b - t * s),
}


def scaled(geometry: str, behind: str) -> Graph:
    """A convolution with something behind it, and ReLU."""
    kernel, groups = GEOMETRIES[geometry]
    graph, x = one_input((2, 9, 9, 4))
    y = builder.convolution(x, graph.add(ops.Input(kernel, "kernel")), SAME, groups)
    vectors = [graph.add(ops.Input(kernel[-1:], name)) for name in ("b", "s", "t")]
    graph.outputs["y"] = builder.relu(BEHIND[behind](y, *vectors))
    return graph


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_a_scale_goes_into_the_kernel(geometry, behind):
    graph = scaled(geometry, behind)
    rewritten = fold_scale(graph)
    same_results(graph, rewritten)
    full = optimize(graph)
    same_results(graph, full)
    wide = [n for n in full.nodes if n.inputs and n.outputs[0].shape == graph.outputs["y"].shape]
    if behind == "scale":
        assert [type(node.op).__name__ for node in wide] == ["Convolution", "Chain"]
    else:
        assert [type(node.op).__name__ for node in wide] == ["FusedConvolution"] and wide[0].op.relu
    rng = np.random.default_rng(0)
    arrays = {node.op.name: rng.normal(size=node.op.shape) for node in graph.nodes if isinstance(node.op, ops.Input)}
    expected, found = (engine.prepare(graph).run(arrays, {})["y"] for engine in (ReferenceEngine(), NativeEngine()))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_a_scale_that_is_computed_after_the_convolution_is_folded():
    graph, x, y, bias = image()
    scale = builder.reduce_sum(builder.exp(x), [0, 1, 2])
    graph.outputs["y"] = y * scale + builder.tanh(bias)
    rewritten = fold_scale(graph)
    same_results(graph, rewritten)
    assert fused(rewritten) == [False]


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda x, y, s: {"y": y * s, "conv": y}, id="the convolution is an output"),
        pytest.param(lambda x, y, s: {"y": y * s, "z": builder.exp(y)}, id="the convolution is read twice"),
        pytest.param(lambda x, y, s: {"y": y * y}, id="it is multiplied by itself"),
        pytest.param(lambda x, y, s: {"y": y * builder.reduce_sum(y, [0, 1, 2])}, id="the scale depends on it"),
        pytest.param(lambda x, y, s: {"y": y * x}, id="a factor of full shape"),
        pytest.param(lambda x, y, s: {"y": y * 2.0}, id="a number"),
        pytest.param(lambda x, y, s: {"y": y * x.graph.add(ops.Input((5, 1), "c"))}, id="a factor per column"),
        pytest.param(lambda x, y, s: {"y": y * builder.reshape(s, (1, 1, 1, 1, 3))}, id="a factor of more axes"),
        pytest.param(lambda x, y, s: {"y": y / s}, id="a quotient"),
        pytest.param(lambda x, y, s: {"y": y + s}, id="a sum"),
        pytest.param(lambda x, y, s: {"y": builder.relu(y) * s}, id="behind an activation"),
    ],
)
def test_what_is_no_scale_is_not_folded(build):
    graph, x, y, s = image()
    graph.outputs = build(x, y, s)
    assert kinds(fold_scale(graph)) == kinds(graph)


def test_a_sum_that_is_read_twice_ends_what_is_folded():
    """The scaled result is an output: it is folded, and the shift behind it is added as before."""
    graph, _, y, s = image()
    product = y * s
    graph.outputs |= {"product": product, "y": product + s}
    rewritten = fold_scale(graph)
    same_results(graph, rewritten)
    assert kinds(rewritten) == ["Elementwise", "Convolution", "Elementwise"]


def test_a_kernel_that_is_larger_than_the_result_is_not_scaled():
    graph, x = one_input((1, 3, 3, 3))
    kernel = graph.add(ops.Input((3, 3, 3, 4), "kernel"))
    window = Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0)))
    graph.outputs["y"] = builder.convolution(x, kernel, window) * graph.add(ops.Input((4,), "scale"))
    assert kinds(fold_scale(graph)) == ["Convolution", "Elementwise"]


def test_a_frozen_scale_in_a_training_graph_is_folded_and_its_gradient_stays():
    """The scale gets no gradient, so nobody else reads the convolution; the kernel's gradient is what it was."""
    graph, x = one_input((2, 9, 9, 4))
    kernel, scale = graph.add(ops.Input((3, 3, 4, 6), "kernel")), graph.add(ops.Input((6,), "scale"))
    y = builder.convolution(x, kernel, SAME) * builder.stop_gradient(scale) + 1.0
    graph.outputs["y"] = y
    graph.outputs |= zip(("to x", "to kernel"), gradient(builder.reduce_sum(y), [x, kernel]), strict=True)
    alive = eliminate_dead(graph)
    rewritten = fold_scale(alive)
    assert kinds(rewritten).count("Convolution") == 1 and kinds(rewritten) != kinds(alive)
    same_results(graph, rewritten)


# ---- elementwise chains ----


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


@pytest.mark.parametrize(("shape", "axes"), [((6, 5, 7), (0, 1)), ((6, 8), (1,)), ((6, 5, 8), (0,)), ((3, 512), (0,))])
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
        outputs = program.run(inputs, state, seed=step.seed, step=number)
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
