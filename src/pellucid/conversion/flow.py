"""A model as a row of uses of its layers, models inside opened: what converters walk along."""

from __future__ import annotations

from pellucid.dispatch.symbolic import Call, Callee, SymbolicShape, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.network import HasNetwork, Network
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
    walk = _Walk({layer: path for path, layer in layers_by_path(model.layers).items()})
    network = _described(model)
    results = walk.through(network, None, "")
    inputs = tuple(walk.places[tensor] for tensor in network.inputs)
    return Flow(tuple(walk.uses), inputs, tuple(results))


def _described(model: HasNetwork) -> Network:
    network = model.described if isinstance(model, Model) else None
    if network is None or (isinstance(model, Model) and model.has_own_call):
        raise ArgumentError(
            f"{getattr(model, 'label', model)}: only its own call() says what it computes; other systems' files take "
            "models of layers: Sequential, or Model(inputs, outputs)"
        )
    return network


class _Walk:
    """Collects the uses, through models inside."""

    def __init__(self, paths: dict[Layer, str]) -> None:
        self.paths = paths
        self.uses: list[Use] = []
        self.places: dict[SymbolicTensor, int] = {}

    def through(self, network: Network, given: list[int] | None, place: str) -> list[int]:
        """The numbers of the uses that give the network's outputs; `given` are those of its inputs."""
        outer, self.places = self.places, {}
        if given is not None:
            self.places |= zip(network.inputs, given, strict=True)
        for call in network.calls:
            self._use(call, place)
        results = [self.places[tensor] for tensor in network.outputs]
        if given is not None:
            self.places = outer
        return results

    def _use(self, call: Call, place: str) -> None:
        if all(tensor in self.places for tensor in call.results):
            return  # an input of a model inside
        sources = [self.places[tensor] for tensor in call.inputs]
        layer = call.layer
        if isinstance(layer, HasNetwork) and not isinstance(layer, InputLayer):
            results = self.through(_described(layer), sources, f"{place}{layer.name}/")
            self.places |= zip(call.results, results, strict=True)
            return
        if len(call.results) > 1:
            raise ArgumentError(f"{layer.label} gives several results, which other systems' layers do not")
        path = self.paths.get(layer) if isinstance(layer, Layer) else None
        self.places[call.results[0]] = len(self.uses)
        shape = call.results[0].shape
        self.uses.append(Use(layer, path or f"{place}{layer.name}", tuple(sources), call, shape))
