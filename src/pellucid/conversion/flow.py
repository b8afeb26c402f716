"""A model as a row of uses of its layers, models inside opened: what converters walk along."""

from __future__ import annotations

from pellucid.conversion.opened import opened
from pellucid.dispatch.symbolic import Call, Callee, SymbolicShape
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.layers import Layer
from pellucid.models import Model
from pellucid.network.paths import layers_by_path

__all__ = ["Flow", "Use", "flow_of"]


class Use(Frozen, eq=False):
    """One use of a layer, or of a function.

    Attributes:
        callee: the layer or function.
        path: of the layer in the model: "inner/conv2d".
        sources: the numbers of the uses whose results it takes.
        call: how it was called.
        shape: of its result, batch first.
    """

    callee: Callee
    path: str
    sources: tuple[int, ...]
    call: Call
    shape: SymbolicShape

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.callee.label


class Flow(Frozen, eq=False):
    """All uses, each after those that it needs.

    Attributes:
        uses: input layers first where they are met first.
        inputs: the numbers of the uses that are the model's inputs.
        outputs: of those that are its outputs.
    """

    uses: tuple[Use, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def takers(self, number: int) -> list[int]:
        """The numbers of the uses that take the result of one."""
        return [place for place, use in enumerate(self.uses) if number in use.sources]


def flow_of(model: Model) -> Flow:
    """The flow of a built model.

    Raises:
        ArgumentError: only a `call` of the user's own says what it computes, or a layer gives several results.

    Example:
        >>> from pellucid import Sequential, layers
        >>> inner = Sequential([layers.Input((4,)), layers.Dense(3, name="hidden")], name="inner")
        >>> flow = flow_of(Sequential([layers.Input((4,), name="x"), inner, layers.ReLU(name="r")]))
        >>> [use.path for use in flow.uses], flow.uses[2].sources
        (['x', 'inner/hidden', 'r'], (1,))
    """
    model.require_built()
    _check_described(model)
    network = model.built_network()
    plain = opened(network)
    for call in plain.calls:
        _check_call(call)
    paths = {layer: path for path, layer in layers_by_path(model.layers).items()}
    places = {call: number for number, call in enumerate(plain.calls)}
    uses = [
        Use(
            call.layer,
            paths.get(call.layer, plain.names[call.layer]) if isinstance(call.layer, Layer) else call.layer.name,
            tuple(places[tensor.call] for tensor in call.inputs),
            call,
            call.results[0].shape,
        )
        for call in plain.calls
    ]
    inputs = tuple(places[tensor.call] for tensor in network.inputs)
    return Flow(tuple(uses), inputs, tuple(places[tensor.call] for tensor in plain.outputs))


def _check_described(layer: Callee) -> None:
    if isinstance(layer, Model) and (layer.described is None or layer.has_own_call):
        raise ArgumentError(
            f"{layer.label}: only its own call() says what it computes; other systems' files take models of layers: "
            "Sequential, or Model(inputs, outputs)"
        )


def _check_call(call: Call) -> None:
    _check_described(call.layer)
    if len(call.results) > 1:
        raise ArgumentError(f"{call.layer.label} gives several results, which other systems' layers do not")
