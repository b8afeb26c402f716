"""A case as something that can be run: a graph with its outputs, and the arrays that go in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from cases.rows import Case, CompositionCase, LayerCase, Operand, OperationCase

from checks.arrays import fill
from checks.states import run_on
from pellucid import layers
from pellucid.engines import Engine
from pellucid.graph import Graph, Tensor, builder, gradient, ops, verify
from pellucid.graph.gradients import WITHOUT_GRADIENT

Arrays = dict[str, np.ndarray]
SEED, STEP = 3, 5
MADE_AFTER_DIFFERENTIATION = [
    "Chain",
    "ConvolutionMaxPool",
    "ConvolutionMaxPoolGradient",
    "FusedConvolution",
    "MaxUnpool",
    "PointwiseDepthwise",
    "Update",
]
"""Operations without a rule, since they appear only when the gradient is there already: made by a pass, or
by the optimiser (Update). `gradient` refuses them."""


@dataclass
class Problem:
    """A graph and what it is run on.

    Attributes:
        case: the row that it was made of.
        graph: its outputs are the case's results "y0", "y1", ...
        inputs: an array for each input of the graph.
        state: an array for each state.
        variables: what the results can be differentiated by, by name; each is an input or a parameter of the graph.
    """

    case: Case
    graph: Graph
    inputs: Arrays
    state: Arrays
    variables: dict[str, Tensor]

    @property
    def is_differentiable(self) -> bool:
        """Whether there are variables, and nothing on the way stops the gradient."""
        stops = {*MADE_AFTER_DIFFERENTIATION, "StopGradient"}
        operation = type(self.case.op).__name__ if isinstance(self.case, OperationCase) else ""
        return bool(self.variables) and operation not in stops

    def add_target(self) -> Tensor:
        """Add a scalar to the graph, in which every result has a weight of its own: the sum of y * cotangent."""
        target = self.graph.constant(0.0)
        for name, y in list(self.graph.outputs.items()):
            key = f"cotangent of {name}"
            self.inputs |= fill({key: Operand(y.shape)}, f"{self.case.name} {key}")
            target = target + builder.reduce_sum(y * self.graph.add(ops.Input(y.shape, key)))
        return target

    def add_gradients(self) -> None:
        """Name the gradients with respect to all variables as outputs."""
        results = gradient(self.add_target(), list(self.variables.values()))
        self.graph.outputs |= {f"gradient of {name}": g for name, g in zip(self.variables, results, strict=True)}

    def run(self, engine: Engine, graph: Graph | None = None) -> Arrays:
        """The outputs, and what the run left in the states; the problem's own arrays stay as they are."""
        graph = graph or self.graph
        verify(graph)
        inputs = {name: array.astype(engine.dtype) for name, array in self.inputs.items()}
        state = {name: array.astype(engine.dtype) for name, array in self.state.items()}
        outputs = run_on(engine.prepare(graph), inputs, state, seed=SEED, step=STEP, engine=engine)
        return outputs | {f"state {name}": array for name, array in state.items()}

    def moved(self, variable: str, by: np.ndarray) -> Problem:
        """The same problem with one variable moved."""
        op = self.variables[variable].node.op
        if isinstance(op, ops.Input):
            return replace(self, inputs=self.inputs | {op.name: self.inputs[op.name] + by})
        assert isinstance(op, ops.Parameter)
        values = self.state[op.state].copy()
        values[op.offset : op.offset + by.size] += by.ravel()
        return replace(self, state=self.state | {op.state: values})


Fill = Callable[[dict[str, Operand], str], Arrays]


def make_problem(case: Case, fill_with: Fill = fill) -> Problem:
    """The problem of a row; `fill_with` gives the values of its operands."""
    match case:
        case OperationCase():
            return _operation_problem(case, fill_with)
        case CompositionCase():
            return _composition_problem(case, fill_with)
        case LayerCase():
            return _layer_problem(case, fill_with)


def _graph_inputs(graph: Graph, operands: dict[str, Operand]) -> dict[str, Tensor]:
    return {name: graph.add(ops.Input(operand.shape, name)) for name, operand in operands.items()}


def _operation_problem(case: OperationCase, fill_with: Fill) -> Problem:
    graph = Graph()
    given = {f"x{i}": operand for i, operand in enumerate(case.operands) if operand.kind != "pooled"}
    tensors = _graph_inputs(graph, given)
    arrays = fill_with(given, case.name)
    state: Arrays = {}
    if isinstance(case.op, ops.Input):
        arrays |= fill_with({case.op.name: Operand(case.op.shape)}, case.name)
    if isinstance(case.op, ops.Parameter | ops.Update):
        state = fill_with({case.op.state: Operand((100,))}, f"{case.name} state")
    operands = [
        tensors[f"x{i}"] if operand.kind != "pooled" else builder.max_pool(tensors["x0"], case.op.window)  # type: ignore[attr-defined]
        for i, operand in enumerate(case.operands)
    ]
    results = graph.apply(case.op, *operands)
    graph.outputs = {f"y{i}": tensor for i, tensor in enumerate(results)}
    is_smooth = type(case.op) not in WITHOUT_GRADIENT
    variables = {name: tensors[name] for name, operand in given.items() if operand.is_differentiable and is_smooth}
    return Problem(case, graph, arrays, state, variables)


def _composition_problem(case: CompositionCase, fill_with: Fill) -> Problem:
    graph = Graph()
    operands = {f"x{i}": operand for i, operand in enumerate(case.operands)}
    tensors = _graph_inputs(graph, operands)
    graph.outputs["y0"] = case.emit(*tensors.values())
    variables = {name: tensors[name] for name, operand in operands.items() if operand.is_differentiable}
    return Problem(case, graph, fill_with(operands, case.name), {}, variables if case.has_slope else {})


def make_layer(case: LayerCase) -> layers.Layer:
    """A new layer of a row, under a name that is always the same."""
    made: layers.Layer = getattr(layers, case.layer)(**case.arguments, name="layer")
    return made


def _layer_problem(case: LayerCase, fill_with: Fill) -> Problem:
    layer = make_layer(case)
    graph = Graph(training=case.training)
    operands = {f"x{i}": Operand(shape) for i, shape in enumerate(case.inputs)}
    variables = _graph_inputs(graph, operands)
    shapes = [(None, *shape[1:]) for shape in case.inputs]
    layer.ensure_built(shapes if len(shapes) > 1 else shapes[0])
    weights = {weight.name: weight for weight in layer.weights}
    own = {name: Operand(weight.shape, "real" if weight.learned else "positive") for name, weight in weights.items()}
    arrays = fill_with(operands | own, case.name)
    parameters = {name: weight.tensor(graph) for name, weight in weights.items()}
    graph.outputs["y0"] = layer.emit(list(variables.values()) if len(variables) > 1 else variables["x0"])
    graph.emit_assignments()
    state = {weight.state.name: arrays.pop(name).ravel() for name, weight in weights.items()}
    variables |= parameters
    return Problem(case, graph, arrays, state, variables)
