"""What a model computes, as data: symbolic inputs and outputs, and the calls of layers between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from pellucid.dispatch import Operand, anywhere
from pellucid.dispatch.arrangement import ONE, Arrangement
from pellucid.dispatch.symbolic import Call, Callee, SymbolicTensor
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import builder
from pellucid.layers import InputLayer, Layer
from pellucid.layers.base import vary_unasked
from pellucid.layers.input import ReadInput
from pellucid.naming import repeated
from pellucid.network.rooting import as_read, in_order, rooted

MOST_NESTED = 100
"""How deep models may lie in each other: what can be made can be saved and loaded, within Python's stack."""


class Network(Frozen, eq=False):
    """A network from symbolic inputs to symbolic outputs; it never changes.

    Args:
        inputs: in order.
        outputs: in order.
        calls: all on the way from the inputs to the outputs, each after those that it needs.
        callees: layers and functions, in Keras's order (see `callees_in_order`).
        takes: how the inputs are arranged.
        gives: how the outputs are arranged.
        depth: how deep models lie in each other here; 1 where there are none inside.
        besides: what is computed besides the outputs, for the losses that it adds.

    Example:
        >>> from pellucid import layers
        >>> x = layers.Input((8, 8, 1), name="image")
        >>> network = connect([x], [layers.Flatten(name="flat")(x)])
        >>> [layer.name for layer in network.layers], network.output_names
        (['image', 'flat'], ['flat'])
    """

    inputs: tuple[SymbolicTensor, ...]
    outputs: tuple[SymbolicTensor, ...]
    calls: tuple[Call, ...]
    callees: tuple[Callee, ...]
    takes: Arrangement = ONE
    gives: Arrangement = ONE
    depth: int = 1
    besides: tuple[SymbolicTensor, ...] = ()

    def __post_init__(self) -> None:
        if self.depth > MOST_NESTED:
            raise ArgumentError(f"models may be nested {MOST_NESTED} deep; this one would be the next")

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers among the callees, in that order; where text is read, the input and the layer that reads it."""
        return tuple(layer for callee in self.callees for layer in layers_at(callee))

    @cached_property
    def varies_unasked(self) -> bool:
        """See `vary_unasked`."""
        return vary_unasked(self.layers)

    @property
    def input_names(self) -> list[str]:
        """The names of the input layers; those of a dictionary are called as there."""
        return self.takes.names([tensor.call.layer.name for tensor in self.inputs])

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give the outputs; where one gives several, with their numbers.

        Those of a dictionary are called as there.
        """
        names = [tensor.call.layer.name for tensor in self.outputs]
        counts = Counter(names)
        return self.gives.names(
            [name if counts[name] == 1 else f"{name}_{number}" for number, name in enumerate(names)]
        )

    @property
    def graph_names(self) -> list[str]:
        """The names under which graphs take the inputs."""
        return [input_name(number) for number in range(len(self.inputs))]

    def extended(self, end: SymbolicTensor, name: str) -> Network:
        """The chain of a model of that name with one more layer behind its output; `end` is what that layer gives."""
        call = end.call
        _check_batches(self.inputs, [end], name)
        calls, callees = (*self.calls, call), (*self.callees, call.layer)
        return Network(
            self.inputs, (end,), calls, callees, self.takes, self.gives, max(self.depth, _depth([call.layer]))
        )

    def shortened(self) -> Network:
        """The chain without its last layer."""
        (end,) = self.outputs[0].call.inputs
        return Network(self.inputs, (end,), self.calls[:-1], self.callees[:-1], self.takes, self.gives, self.depth)

    def handed_out(self, results: Sequence[Any]) -> Any:
        """One thing per output, arranged as the network gives them; one alone in a list comes alone, as in Keras."""
        found = self.gives.packed(results)
        return found[0] if isinstance(found, list | tuple) and len(results) == 1 and self.gives.is_plain else found

    def __reduce__(self) -> tuple[Any, ...]:
        """Calls refer to the calls before them: they are copied by their numbers, however long the chain is."""
        number = {call: place for place, call in enumerate(self.calls)}
        described = [
            (
                Call(call.layer, (), call.takes_list, 0, call.shape, call.training, call.arguments, call.gives),
                [(number[t.call], t.index) for t in call.inputs],
            )
            for call in self.calls
        ]
        tensors = self.inputs, self.outputs, self.besides
        ends = [[(number[tensor.call], tensor.index) for tensor in each] for each in tensors]
        return _again, (described, ends, self.callees, self.takes, self.gives, self.depth)


def layers_at(callee: Callee) -> tuple[Layer, ...]:
    """The layers that stand where a network has a callee: two where text is read (`ReadInput`), none for a function."""
    if isinstance(callee, ReadInput):
        return callee.together
    return (callee,) if isinstance(callee, Layer) else ()


def variables_beside(network: Network) -> list[Any]:
    """The variables of the user's own that functions in a network read; no layer has them, no training changes them.

    Those in the networks of models inside are among them. A model with a `call` of its own is the one callee of its
    network, so each network is entered once.
    """
    found: dict[Any, None] = {}
    waiting, entered = [network], set[int]()
    while waiting:
        current = waiting.pop()
        entered.add(id(current))
        for callee in current.callees:
            inner = getattr(callee, "network", None)
            if isinstance(inner, Network):
                waiting += [inner] if id(inner) not in entered else []
            elif not isinstance(callee, Layer):
                found |= dict.fromkeys(getattr(callee, "variables", ()))
    return list(found)


def input_name(number: int) -> str:
    """The name under which a graph gets the network's input of that number."""
    return f"x{number}"


def _again(
    described: Sequence[tuple[Any, ...]],
    ends: Sequence[Sequence[tuple[int, int]]],
    callees: tuple[Callee, ...],
    takes: Arrangement,
    gives: Arrangement,
    depth: int,
) -> Network:
    """The network of a copy."""
    calls: list[Call] = []
    for call, places in described:
        layer = call.layer
        if isinstance(layer, InputLayer):
            calls.append(layer.calls[0])  # which it makes itself
            continue
        sources = tuple(_result(calls[place], index) for place, index in places)
        calls.append(call.again(layer, sources))
    inputs, outputs, besides = (tuple(_result(calls[place], index) for place, index in each) for each in ends)
    return Network(inputs, outputs, tuple(calls), callees, takes, gives, depth, besides)


def _result(call: Call, index: int) -> SymbolicTensor:
    return call.results[index]


@runtime_checkable
class HasNetwork(Protocol):
    """A layer that is a model."""

    @property
    def network(self) -> Network | None:
        """What it computes; None before its input shape is known."""
        ...

    @property
    def layers(self) -> list[Layer]:
        """As the model counts them: a chain leaves out where its data comes in."""
        ...


def connect(
    inputs: Sequence[SymbolicTensor],
    outputs: Sequence[SymbolicTensor],
    *,
    takes: Arrangement = ONE,
    gives: Arrangement = ONE,
    name: str = "model",
    besides: Sequence[SymbolicTensor] = (),
) -> Network:
    """The network between symbolic tensors.

    Args:
        inputs: results of `Input`, or of layers: then the network begins there, at inputs of its own (see `rooted`).
        outputs: what layers made of them.
        takes: see `Network`.
        gives: see `Network`.
        name: of the model, for messages.
        besides: see `Network`.

    Raises:
        ArgumentError: an output does not come from the inputs, or two layers bear one name.
        ShapeError: an output does not have the batch as its first axis.
    """
    inputs, ends = rooted(as_read(inputs, [*outputs, *besides], name), [*outputs, *besides])
    outputs, besides = ends[: len(outputs)], ends[len(outputs) :]
    try:
        calls = calls_in_order(inputs, ends)
    except ArgumentError as error:
        raise ArgumentError(f"{error}{_unconnected(inputs, outputs, gives)}") from None
    _check_batches(inputs, outputs, name)
    callees = callees_in_order(calls, ends)
    twice = repeated(callee.name for callee in callees)
    if twice:
        raise ArgumentError(f"{name}: layer names must differ; used twice: {', '.join(twice)}")
    described = tuple(inputs), tuple(outputs), tuple(calls), tuple(callees)
    return Network(*described, takes, gives, _depth(callees), tuple(besides))


@anywhere("penalty", name="add_loss")
def _added(penalty: Operand) -> Any:
    """The mean of all numbers, which is added to the loss of whatever emits it."""
    mean = builder.reduce_mean(penalty)
    penalty.graph.add_loss(mean)
    return mean


def with_losses(network: Network, penalties: Sequence[SymbolicTensor], name: str) -> Network:
    """The same network, which adds the mean of each of these tensors to the loss.

    Args:
        network: of a model.
        penalties: made of its inputs.
        name: of the model, for messages.

    Raises:
        ArgumentError: a loss does not come from the inputs.

    Example:
        >>> from pellucid import layers, ops
        >>> x = layers.Input((2,))
        >>> y = layers.Dense(1)(x)
        >>> network = with_losses(connect([x], [y]), [ops.square(y)], "net")
        >>> len(network.outputs), len(network.besides)
        (1, 1)
    """
    besides = [*network.besides, *(_added(each) for each in penalties)]
    return connect(
        network.inputs, network.outputs, takes=network.takes, gives=network.gives, name=name, besides=besides
    )


def _unconnected(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor], gives: Arrangement) -> str:
    """Which of several outputs does not come from the inputs, to be added to what is wrong with it."""
    if len(outputs) == 1:
        return ""
    for path, output in zip(gives.names([str(number) for number in range(len(outputs))]), outputs, strict=True):
        try:
            calls_in_order(inputs, [output])
        except ArgumentError:
            return f". Output with path `{path}` is not connected to the inputs"
    return ""


def _depth(callees: Sequence[Callee]) -> int:
    """How deep models lie in each other in a network of these layers."""
    inside = [callee.network for callee in callees if isinstance(callee, Layer) and hasattr(callee, "network")]
    return 1 + max((network.depth for network in inside if isinstance(network, Network)), default=0)


def check_rows(network: Network, name: str) -> None:
    """Raise `ShapeError` where an output has not one row for each sample, so that no loss can compare them."""
    batches = {tensor.shape[0] for tensor in network.inputs}
    for tensor in network.outputs:
        if tensor.shape[0] not in batches:
            raise ShapeError(
                f"{name}: {tensor.call.layer.label} gives shape {tensor.shape} for batches of "
                f"{min(map(str, batches))}, which cannot be trained sample by sample; take the gradient of a loss of "
                "your own (backend.gradients, GradientTape)"
            )


def _check_batches(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor], name: str) -> None:
    """Results of functions may have lost the batch (`ops.sum(x)`): they are no outputs of a model, sample by sample.

    Where batches have a fixed size, a model may lay images of its own beside those that come, as style transfer does:
    it has its layers and their outputs, and `predict` says that the rows are not those of the samples.
    """
    batches = {tensor.shape[0] for tensor in inputs}
    beside = None not in batches
    for tensor in outputs:
        if not tensor.shape or (tensor.shape[0] not in batches and not (beside and tensor.shape[0] is not None)):
            raise ShapeError(
                f"{name}: the first axis of an output is the batch; {tensor.call.layer.label} gives shape "
                f"{tensor.shape}, which holds no result for each sample"
            )


def calls_in_order(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]) -> list[Call]:
    """All calls on the way from the inputs to the outputs, each after those that it needs.

    Raises:
        ArgumentError: an output depends on an input that is not given, or an input is not an `Input`.
    """
    for tensor in inputs:
        if not isinstance(tensor.call.layer, InputLayer):
            raise ArgumentError(f"inputs of a model come from Input(...); got the output of {tensor.call.layer.label}")
    return in_order([tensor.call for tensor in outputs], _sources_of, [tensor.call for tensor in inputs])


def _sources_of(call: Call) -> list[Call]:
    """What a call needs; raises `ArgumentError` for an input, which is not among those that are given."""
    if isinstance(call.layer, InputLayer):
        raise ArgumentError(
            f"the outputs depend on the input {call.layer.name!r}, which is not among the model's inputs; add it"
        )
    return [tensor.call for tensor in call.inputs]


def callees_in_order(calls: Sequence[Call], outputs: Sequence[SymbolicTensor]) -> list[Callee]:
    """The layers and functions of a model in Keras's order: by distance from the outputs, farthest first.

    Those of equal distance stand in the order in which a walk from the outputs back to the inputs meets them. Weight
    files depend on this order.

    Source: keras.src.ops.function.map_graph.
    """
    depth: dict[Callee, int] = {}
    call_depth: dict[Call, int] = {}
    for call in reversed(calls):
        own = max(call_depth.get(call, 0), depth.get(call.layer, 0))
        call_depth[call] = depth[call.layer] = own
        for tensor in call.inputs:
            call_depth[tensor.call] = max(call_depth.get(tensor.call, 0), own + 1)
    met: dict[Callee, int] = {}
    seen: set[Call] = set()
    stack = [tensor.call for tensor in reversed(outputs)]
    while stack:
        call = stack.pop()
        met.setdefault(call.layer, len(met))
        if call not in seen:
            seen.add(call)
            stack.extend(tensor.call for tensor in reversed(call.inputs))
    for call in calls:
        met.setdefault(call.layer, -1)  # an input that no output depends on comes first among its like
    return sorted(met, key=lambda callee: (-depth[callee], met[callee]))
