"""How inspection runs things: graphs of its own, on the weights of a model as they are and where they are.

Nothing of the model is written: no seed is drawn, no name is taken, no weight moves. All of inspection runs through
this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pellucid.dispatch.symbolic import Call, Operation
from pellucid.engines import Engine, State, get_engine, states_for
from pellucid.engines.native import NativeProgram
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node, Tensor, verify
from pellucid.graph.gradients import nodes_before
from pellucid.inspection.functions import as_layer
from pellucid.inspection.given import unknown_layer
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.network import Network, emit_calls, emit_inputs, input_name
from pellucid.network.network import calls_in_order
from pellucid.training.door import as_array, fitting, prepare_input


class Use(Frozen):
    """One use of a layer.

    Attributes:
        calls: the call in the outermost model, then those in the models inside; the last is the layer's.
        network: that the last call is a part of.
    """

    calls: tuple[Call, ...]
    network: Network

    @property
    def layer(self) -> Layer:
        """The layer itself; of a function between layers one that does the same."""
        layer = self.calls[-1].layer
        if isinstance(layer, Operation):
            return as_layer(layer)
        assert isinstance(layer, Layer)
        return layer

    @property
    def training(self) -> bool | None:
        """The form that the calls ask for, the innermost that says so; None leaves it to the model."""
        asked = [call.training for call in self.calls if call.training is not None]
        return asked[-1] if asked else None


def run_graph(
    model: Model,
    graph: Graph,
    inputs: Sequence[np.ndarray],
    engine: str | Engine | None,
    weights: Layer | None = None,
    seed: int | None = None,
) -> dict[str, np.ndarray]:
    """The outputs of a graph whose inputs are named as a model's.

    Args:
        model: whose seed and step random draws depend on, as in a prediction.
        graph: with its outputs; it updates nothing.
        inputs: an array for each input of the graph, in order.
        engine: who computes; the model's own for None.
        weights: whose weights the graph reads; the model's by default.
        seed: of random draws, in the place of the model's.
    """
    return Runner(model, graph, engine, weights, seed)(inputs)


class Runner:
    """A graph that is run again and again on the weights of a model; see `run_graph` for the arguments."""

    def __init__(
        self,
        model: Model,
        graph: Graph,
        engine: str | Engine | None,
        weights: Layer | None = None,
        seed: int | None = None,
    ) -> None:
        verify(graph)
        self._seed = model.seed if seed is None else seed
        self._model, self._graph, self._weights = model, graph, states_of(weights or model)
        self._engine = model.engine if engine is None else get_engine(engine)
        self._program = self._engine.prepare(graph)

    @property
    def kernels(self) -> list[str]:
        """How the engine computes it, kernel by kernel (`KernelCall.variant`); nothing for one that does not say."""
        program = self._program
        return [call.variant for call in program.explain()] if isinstance(program, NativeProgram) else []

    def __call__(
        self,
        inputs: Sequence[np.ndarray],
        others: Mapping[str, State] | None = None,
        further: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """The outputs.

        Args:
            inputs: an array for each input of the model, in order.
            others: states that are read in the place of the model's own, by the names of those.
            further: arrays by name that the graph takes besides.
        """
        arrays = {input_name(number): array for number, array in enumerate(inputs)}
        states = states_for(self._engine, {**self._weights, **self._graph.states(), **(others or {})})
        model = self._model
        return self._program.run({**arrays, **(further or {})}, states, seed=self._seed, step=model.runtime.step)


def program_of(
    model: Model, graph: Graph, engine: str | Engine, weights: Layer
) -> Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    """A graph as a function of its inputs, by name; see `run_graph`."""
    verify(graph)
    engine = get_engine(engine)
    program = engine.prepare(graph)
    seed, step = model.seed, model.runtime.step
    return lambda arrays: program.run(arrays, states_for(engine, _read_by(graph, weights)), seed=seed, step=step)


def run_graph_on_each(
    model: Model, graph: Graph, batch: np.ndarray, engine: str | Engine | None
) -> Iterator[dict[str, np.ndarray]]:
    """The outputs of a graph of one input for each sample alone; see `run_graph`."""
    verify(graph)
    chosen = model.engine if engine is None else get_engine(engine)
    program, states = chosen.prepare(graph), states_for(chosen, _read_by(graph, model))
    for sample in batch:
        inputs = {input_name(0): sample[np.newaxis]}
        yield program.run(inputs, states, seed=model.seed, step=model.runtime.step)


def states_of(layer: Layer) -> dict[str, State]:
    """Where the weights of a layer or a model live, by name."""
    return {weight.state.name: weight.state for weight in layer.weights}


def _read_by(graph: Graph, layer: Layer) -> dict[str, State]:
    """The same, with where its weights lived when a graph was emitted: another thread may have moved them since."""
    return {**states_of(layer), **graph.states()}


def one_sample(model: Model, sample: npt.ArrayLike) -> np.ndarray:
    """The sample, checked against the model's input, as a batch of one."""
    model.require_built()
    if len(model.inputs) != 1:
        raise ArgumentError(
            f"{model.name} expects {len(model.inputs)} inputs; pass a list of {len(model.inputs)} arrays, or arrays by "
            "name"
        )
    array, expected = as_array(sample, model.name), model.inputs[0].shape
    if fitting((1, *array.shape), expected) is None:
        is_batch = array.ndim == len(expected) and fitting(array.shape, expected)
        hint = "; pass one sample of it, x[0], not the batch" if is_batch else ""
        raise DataError(f"{model.name} was built for samples of shape {expected[1:]}, got {array.shape}{hint}")
    return prepare_input(array[np.newaxis], expected, model.name)


def uses(model: Model, path: str) -> list[Use]:
    """Every use of a layer, or of a function between layers, in the order of computation; `path` leads into models
    inside: "inner/conv2d".

    Raises:
        ArgumentError: there is no such layer, or it is an input.
    """
    model.require_built()
    functions = {each.name: each for each in model.built_network().callees if isinstance(each, Operation)}
    name, inside, rest = _first_part(model, path, functions)
    layer = functions[name] if name in functions else model.get_layer(name)
    if isinstance(layer, InputLayer):
        raise ArgumentError(f"{layer.label} is the input itself; nothing is computed there")
    calls = [call for call in model.built_network().calls if call.layer is layer]
    if not inside:
        return [Use((call,), model.built_network()) for call in calls]
    if not isinstance(layer, Model):
        raise unknown_layer(model, path)
    return [Use((call, *use.calls), use.network) for call in calls for use in uses(layer, rest)]


def _first_part(model: Model, path: str, functions: Iterable[str]) -> tuple[str, bool, str]:
    """The layer of this model that a path begins with, whether it goes on, and with what; names may hold a "/"."""
    names = [*(layer.name for layer in model.layers), *functions]
    fitting = [name for name in names if path == name or path.startswith(f"{name}/")]
    if not fitting:
        raise unknown_layer(model, path)
    name = max(fitting, key=len)
    return name, len(path) > len(name), path[len(name) + 1 :]


def emit_inputs_of(model: Model, use: Use, graph: Graph, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """Add what comes before a use of a layer to a graph, for batches of these shapes; returns what it is given."""
    return _before(model, use.calls, graph, emit_inputs(graph, model.inputs, shapes))


def _before(network: Model, calls: tuple[Call, ...], graph: Graph, given: Mapping[Call, list[Tensor]]) -> list[Tensor]:
    """What the last of the calls is given; each call but the last is that of a model inside."""
    first, *rest = calls
    results = emit_calls(calls_in_order(network.inputs, first.inputs), given)
    tensors = [results[tensor.call][tensor.index] for tensor in first.inputs]
    if not rest:
        return tensors
    inner = first.layer
    assert isinstance(inner, Model)
    with graph.mode(first.training):
        inside = {symbolic.call: [tensor] for symbolic, tensor in zip(inner.inputs, tensors, strict=True)}
        return _before(inner, tuple(rest), graph, inside)


def layer_inputs(model: Model, use: Use, sample: Sequence[np.ndarray], engine: str | Engine | None) -> list[np.ndarray]:
    """What a layer is given in one of its uses when the model sees a sample (a batch of one for each input)."""
    graph = Graph()
    for number, tensor in enumerate(emit_inputs_of(model, use, graph, [array.shape for array in sample])):
        graph.outputs[str(number)] = tensor
    found = run_graph(model, graph, sample, engine)
    return [found[name] for name in graph.outputs]


def weight_values(layer: Layer, tensor: Tensor) -> np.ndarray:
    """The numbers of a tensor that depends on weights alone, as float32; nothing else of its graph is computed."""
    graph = Graph()
    copies = copied(tensor.graph, [tensor], graph)
    graph.outputs["values"] = copies[tensor.node][tensor.index]
    return get_engine("reference").prepare(graph).run({}, _read_by(graph, layer))["values"].astype(np.float32)


def copied(source: Graph, tensors: Sequence[Tensor], target: Graph) -> dict[Node, tuple[Tensor, ...]]:
    """Add what tensors of a graph depend on to another graph; tells what stands there for each node."""
    target.brought |= source.brought
    copies, needed = dict[Node, tuple[Tensor, ...]](), nodes_before(*tensors)
    for node in source.nodes:
        if node in needed:
            copies[node] = target.apply(node.op, *(copies[each.node][each.index] for each in node.inputs))
    return copies
