"""Values taken apart where a layer adds up: its inputs times the slopes of the sum.

The slopes are found by backpropagation through that layer alone, so for every layer, whatever it is made of: in a sum
of products they are the weights. A layer whose result is no such sum (a softmax, a layer normalisation, a product of
two inputs) is told by its slopes too, and what they leave is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pellucid.dispatch.symbolic import Call
from pellucid.engines import Engine, NativeEngine
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor, builder, ops
from pellucid.graph.gradients import gradient
from pellucid.inspection.addresses import Place, origin
from pellucid.inspection.agreement import exact_sum, is_close
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.records import rounding_of_sum
from pellucid.inspection.rules import PRODUCTS, RULES
from pellucid.inspection.running import Use, program_of, run_graph, uses
from pellucid.inspection.seen import channels_last, input_paths
from pellucid.inspection.traced_values import SLOPES, Contribution, TracedValue
from pellucid.inspection.weighted_sums import WeightedSum, activation_name, factors, weighted_sum
from pellucid.models import Model
from pellucid.network import emit_inputs, input_name, results_of
from pellucid.network.network import calls_in_order

__all__ = ["Apart", "Body"]

_SELECTOR = "selector"


class Apart(Frozen):
    """A value taken apart, and where its largest contributions come from.

    Attributes:
        value: the record.
        sources: for each of the largest the element that it is; None for a pixel.
        size: the magnitudes of all products and of what is added, summed up.
    """

    value: TracedValue
    sources: tuple[Place | None, ...]
    size: float


class _Made(Frozen):
    """Which use of which layer made a tensor of the network, of what."""

    path: str
    use: Use
    inputs: tuple[Tensor, ...]


class Body:
    """A network up to a use of a layer: all that passes between its layers for one sample.

    Args:
        model: the model.
        use: of the layer.
        sample: a batch of one for each input of the model.

    Attributes:
        target: what the layer returns, the first of several.
        results: how many it returns.
    """

    def __init__(self, model: Model, use: Use, sample: Sequence[np.ndarray]) -> None:
        self._model, self._graph = model, Graph()
        self._made: dict[Tensor, _Made] = {}
        self._beside: dict[Tensor, tuple[str, int]] = {}  # what layers of several results give: the way ends there
        self._axes_behind = {model.built_network(): axes_behind(model.built_network())}
        self._engine: str | Engine = NativeEngine(exact=True) if model.engine.name == "native" else model.engine
        given = emit_inputs(self._graph, model.inputs, [array.shape for array in sample])
        paths, behind = input_paths(model), self._axes_behind[model.built_network()]
        of_inputs = [(path, behind.get(each.call, 0)) for path, each in zip(paths, model.inputs, strict=True)]
        self._sources = dict(zip((tensors[0] for tensors in given.values()), of_inputs, strict=True))
        before = self._emit(model, calls_in_order(model.inputs, use.calls[0].inputs), given, "", ())
        ends = self._emit_rest(model, use.calls, before, "", ())
        self.target, self.results = ends[0], len(ends)
        named = {str(number): tensor for number, tensor in enumerate([*self._made, *self._beside])}
        self._graph.outputs = named
        found = run_graph(model, self._graph, sample, self._engine)
        self._values: dict[Tensor, np.ndarray] = {tensor: found[name] for name, tensor in named.items()}
        self._values |= zip(self._sources, sample, strict=True)
        self._parts: dict[tuple[Tensor, object], _Part] = {}
        self._emitted: dict[Tensor, EmittedLayer] = {}
        self._uses: dict[str, list[tuple[Call, ...]]] = {}

    def _emit(
        self,
        network: Model,
        calls: Sequence[Call],
        given: Mapping[Call, list[Tensor]],
        inside: str,
        outer: tuple[Call, ...],
    ) -> dict[Call, list[Tensor]]:
        """Add calls to the graph, those of models inside one by one, and note what made which tensor."""
        results = dict(given)
        for call in calls:
            if call not in results:
                inputs = [results[tensor.call][tensor.index] for tensor in call.inputs]
                results[call] = self._emit_call(network, call, inputs, inside, outer)
        return results

    def _emit_call(
        self, network: Model, call: Call, inputs: list[Tensor], inside: str, outer: tuple[Call, ...]
    ) -> list[Tensor]:
        inner = call.layer
        if isinstance(inner, Model) and _is_of_layers(inner):
            assert inner.network is not None
            with self._graph.mode(call.training):
                given = {symbolic.call: [tensor] for symbolic, tensor in zip(inner.inputs, inputs, strict=True)}
                results = self._emit(inner, inner.network.calls, given, f"{inside}{inner.name}/", (*outer, call))
            return [results[tensor.call][tensor.index] for tensor in inner.network.outputs]
        tensors = results_of(call, inputs)
        if len(tensors) > 1:
            behind = axes_behind(network.built_network()).get(call, 0)
            self._beside |= {each: (f"{inside}{call.layer.name}", behind) for each in tensors if each not in inputs}
        if len(tensors) == 1 and tensors[0] not in inputs:
            use = Use((*outer, call), network.built_network())
            self._made.setdefault(tensors[0], _Made(f"{inside}{call.layer.name}", use, tuple(inputs)))
        return tensors

    def _emit_rest(
        self,
        network: Model,
        calls: tuple[Call, ...],
        results: Mapping[Call, list[Tensor]],
        inside: str,
        outer: tuple[Call, ...],
    ) -> list[Tensor]:
        """The last of the calls, each but it that of a model inside, of which only what leads there is emitted."""
        call, *rest = calls
        inputs = [results[tensor.call][tensor.index] for tensor in call.inputs]
        if not rest:
            return self._emit_call(network, call, inputs, inside, outer)
        inner = call.layer
        assert isinstance(inner, Model)
        with self._graph.mode(call.training):
            given = {symbolic.call: [tensor] for symbolic, tensor in zip(inner.inputs, inputs, strict=True)}
            path, within = f"{inside}{inner.name}/", (*outer, call)
            found = self._emit(inner, calls_in_order(inner.inputs, rest[0].inputs), given, path, within)
            return self._emit_rest(inner, tuple(rest), found, path, within)

    @property
    def is_computed(self) -> bool:
        """Whether some layer made what the target is, and it is not the sample itself."""
        return self.target in self._made

    def sample_record(self) -> FeatureMaps | None:
        """What the model was given; None where that is several arrays, or has too many axes."""
        (source, (_, behind)), *others = self._sources.items()
        sample = self._values[source]
        if others or not 2 <= sample.ndim <= 5:
            return None
        maps = channels_last(sample[0], behind)
        return FeatureMaps("input", "Input", maps, is_picture=maps.ndim == 3 and maps.shape[-1] in (1, 3))

    def emitted(self, tensor: Tensor) -> EmittedLayer:
        """The layer that made a tensor, alone."""
        if tensor not in self._emitted:
            made = self._made[tensor]
            network = made.use.network
            if network not in self._axes_behind:
                self._axes_behind[network] = axes_behind(network)
            shapes = [each.shape for each in made.inputs]
            self._emitted[tensor] = EmittedLayer.of_use(made.use, shapes, self._axes_behind[network])
        return self._emitted[tensor]

    @np.errstate(invalid="ignore")  # of what is infinite
    def apart(self, place: Place, largest: int, share: float) -> Apart:
        """An element of what a layer returns, as a sum."""
        made, emitted = self._made[place.tensor], self.emitted(place.tensor)
        chosen = Place(emitted.outputs[0], place.index)
        found = weighted_sum(emitted, chosen)
        total = chosen if found is None else found.total
        key = (place.tensor, total.tensor)
        if key not in self._parts:
            given = [self._values[tensor] for tensor in made.inputs]
            self._parts[key] = _Part(self._model, emitted, total.tensor, given, self._engine)
        part = self._parts[key]
        read = part.read(total.index)
        number, added = part.total(total.index)
        sizes = [float(np.abs(each.products).sum()) for each in read]
        terms = sum(len(each.places) for each in read)
        bound = rounding_of_sum(_Sized(terms, exact_sum(sizes)), abs(added) + abs(number))
        combination = _combination(emitted, found)
        summed = exact_sum(float(each.products.sum()) for each in read)
        if not is_close(summed + added, number, bound):
            combination, added, bound = SLOPES, number - summed, 0.0
        listed, sources = self._largest(made, read, largest)
        tail = found is not None and bool(found.tail)
        position, channel = self._position(place)
        value = TracedValue(
            layer=made.path,
            kind=type(made.use.layer).__name__,
            position=position,
            filter=channel,
            combination=combination,
            largest=listed,
            rest=summed - exact_sum(each.product for each in listed),
            others=max(terms - len(listed), 0),
            added=added,
            total=number,
            activation=activation_name(made.use.layer, found) if tail and found is not None else "linear",
            value=float(self._values[place.tensor][place.index]),
            bound=bound,
            share=share,
            call=self._named(made)[1],
        )
        return Apart(value, sources, exact_sum(sizes) + abs(added))

    def _largest(
        self, made: _Made, parts: Sequence[_Read], most: int
    ) -> tuple[tuple[Contribution, ...], tuple[Place | None, ...]]:
        """The products of the largest magnitude, and the elements that they come from."""
        which = np.repeat(np.arange(len(parts)), [len(each.places) for each in parts])
        numbers = np.concatenate([each.places for each in parts])
        slope, flat = (np.concatenate(each) for each in zip(*((p.slopes, p.products) for p in parts), strict=True))
        listed, sources = [], []
        for place in np.argsort(-np.abs(flat), kind="stable")[:most].tolist():
            tensor = made.inputs[which[place]]
            index = tuple(map(int, np.unravel_index(numbers[place], tensor.shape)))
            source = self._through_movements(Place(tensor, index))
            position, channel = self._position(source)
            made_by = self._made.get(source.tensor)
            name, call = (self._given(source.tensor)[0], None) if made_by is None else self._named(made_by)
            read, product = float(self._values[tensor][index]), float(flat[place])
            listed.append(Contribution(name, position, channel, read, float(slope[place]), product, call=call))
            sources.append(None if made_by is None else source)
        return tuple(listed), tuple(sources)

    def _named(self, made: _Made) -> tuple[str, int | None]:
        """The layer that made a tensor, and which of its uses; None for one that is used once."""
        if made.path not in self._uses:
            self._uses[made.path] = [use.calls for use in uses(self._model, made.path)]
        known = self._uses[made.path]
        return made.path, known.index(made.use.calls) if len(known) > 1 else None

    def _given(self, tensor: Tensor) -> tuple[str, int]:
        """The path of what is not taken apart, an input or a layer of several results, and its axes behind channels."""
        return self._sources.get(tensor) or self._beside[tensor]

    def _through_movements(self, place: Place) -> Place:
        """The element as it was computed: through layers that only move it, such as Flatten."""
        while place.tensor in self._made:
            made, emitted = self._made[place.tensor], self.emitted(place.tensor)
            moved = origin(Place(emitted.outputs[0], place.index))
            if moved is None or not moved.inside or not isinstance(moved.tensor.node.op, ops.Input):
                return place
            place = Place(made.inputs[emitted.inputs.index(moved.tensor)], moved.index)
        return place

    def _position(self, place: Place) -> tuple[tuple[int, ...], int]:
        """Where an element lies, and in which channel."""
        rank = place.tensor.rank
        is_made = place.tensor in self._made
        axis = self.emitted(place.tensor).channel_axis(rank) if is_made else rank - 1 - self._given(place.tensor)[1]
        if rank < 2 or axis < 1:
            return (), 0
        return (*place.index[1:axis], *place.index[axis + 1 :]), place.index[axis]


class _Sized(Sequence[float]):
    """So many magnitudes of which the sum alone is known: as one, and zeros."""

    def __init__(self, count: int, total: float) -> None:
        self._count, self._total = max(count, 1), total

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> float:  # type: ignore[override]
        if not 0 <= number < self._count:
            raise IndexError(number)
        return 0.0 if number else self._total


class _Read(NamedTuple):
    """What a sum reads of one input: the numbers of its elements, the slopes there, and elements times slopes."""

    places: np.ndarray
    slopes: np.ndarray
    products: np.ndarray


class _Part:
    """A layer alone, with the slopes of its sums."""

    def __init__(
        self, model: Model, emitted: EmittedLayer, total: Tensor, given: Sequence[np.ndarray], engine: str | Engine
    ) -> None:
        self._given = given
        graph = emitted.graph
        graph.outputs = {"total": total}
        forward = program_of(model, graph, engine, emitted.layer)
        selector = graph.add(ops.Input(total.shape, _SELECTOR))
        slopes = gradient(builder.reduce_sum(total * selector), emitted.inputs)
        graph.outputs = {str(number): each for number, each in enumerate(slopes)}
        self._run = program_of(model, graph, engine, emitted.layer)
        self._selector = np.zeros(total.shape, np.float32)
        self._totals, self._nothing = (
            forward(_named(each))["total"] for each in (given, [np.zeros_like(each) for each in given])
        )

    def total(self, index: tuple[int, ...]) -> tuple[float, float]:
        """A sum, and what it is where all inputs are zero."""
        return float(self._totals[index]), float(self._nothing[index])

    def read(self, index: tuple[int, ...]) -> list[_Read]:
        """What a sum reads of each input: mostly little, that under its window."""
        self._selector[index] = 1.0
        found = self._run({**_named(self._given), _SELECTOR: self._selector})
        self._selector[index] = 0.0
        parts = []
        for number, given in enumerate(self._given):
            slopes = found[str(number)].ravel()
            places = np.flatnonzero(slopes)
            slopes = slopes[places].astype(np.float64)
            parts.append(_Read(places, slopes, slopes * given.ravel()[places]))
        return parts


def _is_of_layers(inner: Model) -> bool:
    """Whether a model inside has calls of layers to be gone through; one with a `call` of its own is its only one."""
    network = inner.network
    return network is not None and len(network.calls) > 1 and inner not in list[object](network.callees)


def _named(given: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays as a graph's inputs."""
    return {input_name(number): each for number, each in enumerate(given)}


def _combination(emitted: EmittedLayer, found: WeightedSum | None) -> str:
    """What makes the sum."""
    if found is None:
        return "sum"
    if factors(emitted, found.at.tensor) is not None:
        return PRODUCTS
    return RULES[type(found.at.tensor.node.op)][0] if found.divisor == 1.0 else "mean"
