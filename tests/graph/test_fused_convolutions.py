"""Bias, ReLU and scale behind a convolution become part of it; what only looks like them stays."""

from __future__ import annotations

import numpy as np
import pytest
from checks.graphs import SAME, convolved_image, kinds, one_input, same_results

from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.geometry import Window
from pellucid.graph import Graph, builder, gradient, ops, optimize, windows
from pellucid.graph.passes import fold_scale, fuse_convolution
from pellucid.graph.rewriter import eliminate_dead

# ---- bias and ReLU ----


def fused(graph: Graph) -> list[bool]:
    """For each fused convolution, whether it applies ReLU; checks that nothing has changed."""
    rewritten = fuse_convolution(graph)
    same_results(graph, rewritten)
    return [node.op.relu for node in rewritten.nodes if isinstance(node.op, windows.FusedConvolution)]


def test_bias_and_relu_are_fused():
    graph, _, y, bias = convolved_image()
    graph.outputs["y"] = builder.relu(y + bias)
    assert fused(graph) == [True]
    assert kinds(fuse_convolution(graph)) == ["FusedConvolution"]


@pytest.mark.parametrize(("ceiling", "kinds_left"), [(6.0, ["FusedConvolution"]), (-1.0, None)])
def test_a_relu_that_ends_is_fused(ceiling, kinds_left):
    graph, _, y, bias = convolved_image()
    graph.outputs["y"] = builder.minimum(graph.constant(ceiling), builder.relu(y + bias))
    fused = fuse_convolution(graph)
    (op,) = (node.op for node in fused.nodes if isinstance(node.op, windows.FusedConvolution))
    assert op.relu and op.ceiling == (6.0 if kinds_left else np.inf)
    assert (kinds(fused) == kinds_left) is (kinds_left is not None)
    same_results(graph, fused)


def test_a_bias_alone_is_fused():
    graph, _, y, bias = convolved_image()
    graph.outputs["y"] = builder.tanh(y + bias)
    assert fused(graph) == [False]


def test_a_convolution_alone_is_left():
    graph, _, y, _ = convolved_image()
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
    graph, x, y, bias = convolved_image()
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
    graph, _, y, bias = convolved_image()
    graph.outputs = build(y + bias)
    assert fused(graph) == [False]


def test_a_bias_that_is_computed_after_the_convolution_is_fused():
    graph, _, y, bias = convolved_image()
    graph.outputs["y"] = builder.relu(y + builder.exp(bias))
    assert fused(graph) == [True]


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
    graph, x, y, bias = convolved_image()
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
    graph, x, y, s = convolved_image()
    graph.outputs = build(x, y, s)
    assert kinds(fold_scale(graph)) == kinds(graph)


def test_a_sum_that_is_read_twice_ends_what_is_folded():
    """The scaled result is an output: it is folded, and the shift behind it is added as before."""
    graph, _, y, s = convolved_image()
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
