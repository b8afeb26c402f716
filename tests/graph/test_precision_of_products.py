"""The precision of products: set by the scope, carried by gradients, fused forms and passes, changed as a whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pellucid.geometry import Window
from pellucid.graph import Graph, Tensor, builder, gradient, ops, optimize, windows
from pellucid.graph.precision import has_precision, with_precision

WINDOW = Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0)))
HALVES = Window((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))


def _products(graph: Graph) -> list[tuple[str, str]]:
    """Kind and precision of each operation that sums products."""
    return [(type(n.op).__name__, n.op.precision) for n in graph.nodes if isinstance(n.op, ops.Product)]


def _leaf(graph: Graph, name: str, *shape: int) -> Tensor:
    return graph.add(ops.Input(shape, name))


def test_the_scope_says_it_and_ends_with_it() -> None:
    graph = Graph()
    a = _leaf(graph, "a", 4, 4)
    with graph.scope("outer", "bfloat16"):
        builder.matmul(a, a)
        with graph.scope("inner"):
            a @ a
        a @ a
    a @ a
    assert [precision for _, precision in _products(graph)] == ["bfloat16", "float32", "bfloat16", "float32"]


def test_the_scope_ends_where_an_error_does() -> None:
    graph = Graph()
    with pytest.raises(ZeroDivisionError), graph.scope("outer", "bfloat16"):
        raise ZeroDivisionError
    assert graph.precision == "float32"


@pytest.mark.parametrize(("precision", "other"), [("bfloat16", "float32"), ("float32", "bfloat16")])
@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True), (True, True)])
def test_gradients_of_gradients_have_it(flags: tuple[bool, bool], precision: str, other: str) -> None:
    """Whatever scope the gradient is asked for in."""
    graph = Graph()
    a, b = _leaf(graph, "a", 4, 4), _leaf(graph, "b", 4, 4)
    x, kernel = _leaf(graph, "x", 2, 8, 8, 3), _leaf(graph, "kernel", 3, 3, 3, 5)
    with graph.scope("layer", precision):
        y = builder.matmul(a, b, transpose_a=flags[0], transpose_b=flags[1])
        z = builder.convolution(x, kernel, WINDOW)
        target = builder.reduce_sum(y * y) + builder.reduce_sum(z * z)
    with graph.scope("loss", other):
        first = gradient(target, [a, b, x, kernel])
        gradient(sum((builder.reduce_sum(each * each) for each in first), start=target), [a, b, x, kernel])
    assert {kind for kind, _ in _products(graph)} == {
        "Matmul",
        "Convolution",
        "ConvolutionInputGradient",
        "ConvolutionKernelGradient",
    }
    assert {found for _, found in _products(graph)} == {precision}


def _pooled(graph: Graph, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """A convolution with bias and ReLU, pooled: the sum of its squares, and its weights."""
    kernel, bias = _leaf(graph, "kernel", 3, 3, 3, 5), _leaf(graph, "bias", 5)
    y = builder.max_pool(builder.relu(builder.convolution(x, kernel, WINDOW) + bias), HALVES)
    return builder.reduce_sum(y * y), [kernel, bias]


def _scaled(graph: Graph, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """A convolution whose kernel takes the scale that stands behind it."""
    kernel, scale = _leaf(graph, "kernel", 3, 3, 3, 5), _leaf(graph, "scale", 5)
    y = builder.convolution(x, kernel, WINDOW) * scale
    return builder.reduce_sum(y), []


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("emit", "kinds"),
    [(_pooled, {"ConvolutionMaxPool", "ConvolutionMaxPoolGradient"}), (_scaled, {"Convolution"})],
)
def test_fused_forms_have_it(
    emit: Callable[[Graph, Tensor], tuple[Tensor, list[Tensor]]], kinds: set[str], precision: str
) -> None:
    graph = Graph()
    x = _leaf(graph, "x", 2, 8, 8, 3)
    with graph.scope("layer", precision):
        graph.outputs["loss"], weights = emit(graph, x)
    graph.outputs |= {f"gradient {n}": g for n, g in enumerate(gradient(graph.outputs["loss"], weights))}
    assert set(_products(optimize(graph))) == {(kind, precision) for kind in kinds}


def test_gradients_of_two_precisions_are_not_fused() -> None:
    """One instruction has one precision."""
    graph = Graph()
    x = _leaf(graph, "x", 2, 8, 8, 3)
    target, (kernel, _) = _pooled(graph, x)
    graph.outputs = dict(zip("xk", gradient(target, [x, kernel]), strict=True))
    fused = {kind for kind, _ in _products(optimize(graph))}
    assert "ConvolutionMaxPoolGradient" in fused
    node = next(node for node in graph.nodes if isinstance(node.op, windows.ConvolutionInputGradient))
    object.__setattr__(node.op, "precision", "bfloat16")
    apart = _products(optimize(graph))
    assert ("ConvolutionInputGradient", "bfloat16") in apart and ("ConvolutionKernelGradient", "float32") in apart


def test_a_whole_graph_can_be_given_another() -> None:
    graph = Graph()
    a = _leaf(graph, "a", 4, 4)
    with graph.scope("rounded", "bfloat16"):
        y = a @ a
    graph.outputs["y"] = y @ a
    for precision in ("float32", "bfloat16"):
        again = with_precision(graph, precision)
        assert _products(again) == [("Matmul", precision)] * 2
        assert has_precision(again, precision) and [node.name for node in again.nodes] == ["", "rounded", ""]
    assert [found for _, found in _products(graph)] == ["bfloat16", "float32"], "the old graph stays"
    assert not has_precision(with_precision(graph, "float32"), "bfloat16")
