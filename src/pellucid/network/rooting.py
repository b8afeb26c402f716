"""Where models begin other than at an `Input` of numbers: at what a layer gives, or where text has been read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pellucid.dispatch.symbolic import Call, Callee, Operation, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.layers import InputLayer, Layer
from pellucid.layers.input import TEXT, ReadInput

Key = tuple[Call, int]


def rooted(
    inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]
) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
    """The ends of a network with an `Input` in the place of each input that is a layer's result.

    What depends on such an input is described anew, by further uses of the same layers; all else stays as it is.

    Example:
        >>> from pellucid import Input, layers
        >>> x = Input((4,))
        >>> hidden = layers.Dense(3)(x)
        >>> inputs, outputs = rooted([hidden], [layers.Dense(2)(hidden)])
        >>> inputs[0].shape, outputs[0].call.inputs[0] is inputs[0]
        ((None, 3), True)
    """
    if all(isinstance(tensor.call.layer, InputLayer) for tensor in inputs):
        return list(inputs), list(outputs)
    replaced: dict[Key, SymbolicTensor] = {}
    for tensor in inputs:
        is_input = isinstance(tensor.call.layer, InputLayer)
        replaced.setdefault(_key(tensor), tensor if is_input else InputLayer(batch_shape=tensor.shape).output)
    again: dict[Call, Call] = {}

    def now(tensor: SymbolicTensor) -> SymbolicTensor:
        """The tensor in the network that is made."""
        if _key(tensor) in replaced:
            return replaced[_key(tensor)]
        call = again.get(tensor.call, tensor.call)
        return tensor if call is tensor.call else _result(call, tensor.index)

    def sources_of(call: Call) -> list[Call]:
        """What it needs of what lies behind the inputs."""
        return [tensor.call for tensor in call.inputs if _key(tensor) not in replaced]

    for call in in_order([tensor.call for tensor in outputs], sources_of):
        sources = tuple(map(now, call.inputs))
        if any(new is not old for new, old in zip(sources, call.inputs, strict=True)):
            again[call] = _described_again(call, sources)
    return [replaced[_key(tensor)] for tensor in inputs], list(map(now, outputs))


def as_read(inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor], name: str) -> list[SymbolicTensor]:
    """The inputs of a network of numbers: where text is read, what the layer that reads it gives.

    Raises:
        ArgumentError: text is read by none, or by several; or a layer that computes is called on it.
    """
    sources = [tensor.call.layer for tensor in inputs]
    calls = in_order([tensor.call for tensor in outputs], lambda call: [tensor.call for tensor in call.inputs])
    places: dict[Callee, list[ReadInput]] = {}
    for call in calls:
        if isinstance(call.layer, ReadInput):
            places.setdefault(call.layer.source, []).append(call.layer)
        for tensor in call.inputs:
            _check_reads_no_text(call, tensor.call.layer)
    found = []
    for tensor, source in zip(inputs, sources, strict=True):
        readers = places.get(source, [])
        is_text = isinstance(source, InputLayer) and source.given_dtype == TEXT
        if len(readers) > 1 or (readers and any(tensor in call.inputs for call in calls)):
            raise ArgumentError(
                f"{name}: one layer reads an input, and {source.name!r} goes to several; give each an Input of its own"
            )
        if is_text and not readers:
            raise ArgumentError(
                f"{name}: the input {source.name!r} is text, and networks compute numbers: TextVectorization or "
                "StringLookup comes first"
            )
        found.append(readers[0].output if readers else tensor)
    return found


def _check_reads_no_text(call: Call, source: Callee) -> None:
    if isinstance(source, InputLayer) and source.given_dtype == TEXT:
        raise ArgumentError(
            f"{call.layer.label} computes numbers, and the input {source.name!r} is text: TextVectorization or "
            "StringLookup comes first"
        )


def _key(tensor: SymbolicTensor) -> Key:
    return tensor.call, tensor.index


def _result(call: Call, index: int) -> SymbolicTensor:
    return call.results[index]


def in_order(ends: Sequence[Call], sources: Callable[[Call], Iterable[Call]], given: Iterable[Call] = ()) -> list[Call]:
    """The given calls, then all others on the way to the ends, each after those that it needs.

    Args:
        ends: where the way goes.
        sources: what a call needs; asked once for each that is not given.
        given: what needs nothing.
    """
    order: dict[Call, None] = dict.fromkeys(given)
    stack = [(call, False) for call in reversed(ends)]
    while stack:
        call, inputs_done = stack.pop()
        if call in order:
            continue
        if inputs_done:
            order[call] = None
            continue
        needed = list(sources(call))
        stack.append((call, True))
        stack.extend((source, False) for source in reversed(needed))
    return list(order)


def _described_again(call: Call, sources: tuple[SymbolicTensor, ...]) -> Call:
    """The same use of a layer, or of a function, on other tensors."""
    layer = call.layer
    if isinstance(layer, Operation):
        layer = Operation(layer.function, layer.args, layer.kwargs, layer.name)
    else:
        assert isinstance(layer, Layer)
    return call.again(layer, sources)
