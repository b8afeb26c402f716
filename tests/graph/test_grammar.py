"""Every rule of the grammar, broken by hand: the shape rules hinder `Graph.apply` from building most of these."""

from __future__ import annotations

import numpy as np
import pytest
from cases.operations import OPERATIONS
from checks.problem import make_problem

from pellucid.errors import GraphError, ShapeError
from pellucid.geometry import Window
from pellucid.graph import Graph, Node, Tensor, builder, movement, ops, verify, windows
from pellucid.graph.ops import Op, Shape


def forced(graph: Graph, op: Op, inputs: tuple[Tensor, ...], *shapes: Shape, name: str = "") -> Tensor:
    """Put a node into a graph without asking whether it may be there; returns its first result."""
    node = Node(op, inputs, name)
    outputs = tuple(Tensor(graph, node, index, shape) for index, shape in enumerate(shapes))
    object.__setattr__(node, "outputs", outputs)
    graph.nodes.append(node)
    return outputs[0]


def sound() -> tuple[Graph, Tensor]:
    """A small graph that obeys the grammar, and a tensor of it, (2, 3)."""
    graph = Graph()
    x = graph.add(ops.Input((2, 3), "x"))
    graph.outputs["y"] = builder.tanh(x) * 2.0
    return graph, x


def test_a_sound_graph_passes():
    verify(sound()[0])


@pytest.mark.parametrize("case", OPERATIONS[::7], ids=lambda case: case.name)
def test_graphs_of_the_table_pass(case):
    verify(make_problem(case).graph)


def test_an_input_must_come_from_an_earlier_node():
    graph, _ = sound()
    graph.nodes.reverse()
    with pytest.raises(
        GraphError, match=r"node 0 \(Elementwise\) uses a tensor that no earlier node of this graph computes"
    ):
        verify(graph)


def test_a_node_may_not_read_itself():
    graph, x = sound()
    y = forced(graph, ops.Elementwise("relu"), (x,), (2, 3))
    object.__setattr__(y.node, "inputs", (y,))
    with pytest.raises(GraphError, match="no earlier node"):
        verify(graph)


def test_tensors_of_another_graph_are_refused():
    graph, _ = sound()
    _, stranger = sound()
    forced(graph, ops.Elementwise("relu"), (stranger,), (2, 3), name="stem")
    with pytest.raises(GraphError, match=r"\(Elementwise of stem\) uses a tensor that no earlier node of this graph"):
        verify(graph)
    with pytest.raises(ShapeError, match="tensor of another graph"):
        graph.add(ops.Elementwise("relu"), stranger)


@pytest.mark.parametrize(
    ("op", "inputs", "shape"),
    [
        (ops.Elementwise("add"), 2, (2, 4)),
        (ops.ReduceSum((1,)), 1, (2,)),
        (movement.Transpose((1, 0)), 1, (2, 3)),
        (ops.Constant(1.0), 0, (1,)),
        (movement.Slice(1, 0, 2), 1, (2, 3)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Op) else None,
)
def test_shapes_are_those_of_the_shape_rules(op, inputs, shape):
    graph, x = sound()
    forced(graph, op, (x,) * inputs, shape)
    with pytest.raises(GraphError, match=rf"should give shapes .*, holds \[\({shape[0]},"):
        verify(graph)


def test_the_number_of_results_is_that_of_the_operation():
    graph, x = sound()
    forced(graph, ops.Elementwise("relu"), (x,), (2, 3), (2, 3))
    with pytest.raises(GraphError, match="should give shapes"):
        verify(graph)


@pytest.mark.parametrize(
    ("op", "inputs", "message"),
    [
        (ops.Matmul(), 2, "equal inner sizes"),
        (
            movement.Gather(1, np.array([0, 3])),
            1,
            "indices along an axis of 3 elements are 0 to 2, or -1 .* got 0 to 3",
        ),
        (movement.Gather(0, np.array([-2])), 1, "got -2 to -2"),
        (movement.Gather(2, np.array([0])), 1, "axis 2 is not an axis"),
        (movement.Gather(0, np.zeros((1, 1))), 1, "a list of at least one number"),
        (movement.Gather(0, np.zeros(0)), 1, "a list of at least one number"),
        (movement.ScatterAdd(1, np.array([0, 1]), 5), 1, "2 indices do not fit axis 1"),
        (movement.ScatterAdd(1, np.array([0, 1, 5]), 5), 1, "an axis of 5 elements .* got 0 to 5"),
        (windows.MaxPoolSelect(Window((2,), (1,), (1,), ((0, 0),))), 3, "needs an input of 3 axes"),
        (movement.Reshape((5,)), 1, "number of elements differs"),
        (movement.BroadcastTo((2, 4)), 1, "cannot be combined|does not broadcast"),
        (movement.Slice(1, 2, 5), 1, "do not lie on axis 1"),
        (movement.Slice(1, 2, 2), 1, "do not lie on axis 1"),
        (ops.ReduceMax((2,)), 1, "are not all axes"),
        (movement.Transpose((0, 0)), 1, "not an order of the axes"),
        (movement.Pack((0, 3), 12), 2, "overlap at element 3"),
        (movement.Pack((0, 6), 11), 2, "need 12 elements, the result has 11"),
        (ops.Chain((3,), (ops.Step("relu", (0,)),), (0,)), 1, "do not broadcast to"),
        (windows.MaxPool(Window((2,), (1,), (1,), ((0, 0),))), 1, "needs an input of 3 axes"),
        (windows.Convolution(Window((2,), (1,), (1,), ((0, 0),)), 1), 2, "needs an input of 3 axes"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Op) else None,
)
def test_operands_must_fit_the_operation(op, inputs, message):
    graph, x = sound()
    forced(graph, op, (x,) * inputs, (2, 3))
    with pytest.raises(GraphError, match=message):
        verify(graph)
    with pytest.raises(ShapeError, match=message):
        graph.add(op, *(x,) * inputs)


@pytest.mark.parametrize(("function", "operands"), [("relu", 2), ("add", 1), ("add", 3), ("where", 2)])
def test_functions_take_as_many_operands_as_they_say(function, operands):
    graph, x = sound()
    forced(graph, ops.Elementwise(function), (x,) * operands, (2, 3))
    with pytest.raises(GraphError, match=f"{function} takes {ops.ARITY[function]} operands"):
        verify(graph)


def test_one_input_has_one_shape():
    graph, _ = sound()
    graph.add(ops.Input((3, 2), "x"))
    with pytest.raises(GraphError, match="input 'x' is used with two shapes"):
        verify(graph)


def test_outputs_belong_to_the_graph():
    graph, _ = sound()
    graph.outputs["z"] = sound()[1]
    with pytest.raises(GraphError, match="output 'z' is not computed by this graph"):
        verify(graph)


def test_updates_may_not_overlap():
    graph, x = sound()
    graph.apply(ops.Update("weights", 0), x)
    graph.apply(ops.Update("weights", 6), x)
    graph.apply(ops.Update("slots", 3), x)
    verify(graph)
    graph.apply(ops.Update("weights", 11), x)
    with pytest.raises(GraphError, match="two updates write element 11 of state 'weights'"):
        verify(graph)


def test_probabilities_that_remember_their_logits_are_tensors_of_the_graph():
    graph, x = sound()
    graph.outputs["y"] = builder.softmax(x)
    verify(graph)


@pytest.mark.parametrize("shape", [(0, 3), (-1,), (2**30, 2**30)])
def test_shapes_that_no_memory_holds_are_refused(shape):
    with pytest.raises(ShapeError, match=r"at least 1|supported is 2"):
        Graph().add(ops.Input(shape, "x"))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ((2, 3, 4), (3, 4, 5), "equal axes before the last two"),
        ((2, 3, 4), (4, 5), "equal axes before the last two"),
        ((3,), (3, 4), "at least two axes"),
        ((2, 3, 4), (2, 5, 4), "equal inner sizes, got 4 and 5"),
    ],
)
def test_products_of_batches_must_fit(a, b, message):
    graph = Graph()
    with pytest.raises(ShapeError, match=message):
        builder.matmul(graph.add(ops.Input(a, "a")), graph.add(ops.Input(b, "b")))


def test_what_is_selected_has_the_shape_of_what_was_pooled():
    graph = Graph()
    x, y = graph.add(ops.Input((1, 4, 2), "x")), graph.add(ops.Input((1, 3, 2), "y"))
    with pytest.raises(ShapeError, match=r"expected values of shape \(1, 4, 2\) and a pooling of \(1, 3, 2\)"):
        graph.add(windows.MaxPoolSelect(Window((2,), (1,), (1,), ((0, 0),))), x, y, y)


def test_arrays_in_operations_are_read_only_and_equal_themselves_only():
    values = np.ones((2, 3))
    first, second = ops.Literal(values), ops.Literal(values)
    assert first == first and first != second and len({first, second}) == 2
    values[0, 0] = 7
    assert first.values[0, 0] == 1
    for array in (first.values, movement.Gather(0, np.array([1])).indices):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert movement.Gather(0, np.array([1])) != movement.Gather(0, np.array([1]))


def test_errors_name_the_scope():
    graph, x = sound()
    with pytest.raises(ShapeError, match=r"^stem: a product of matrices"), graph.scope("stem"):
        builder.matmul(x, x)
