"""What layers answer to one sample, as records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pellucid import random
from pellucid.calls import explained
from pellucid.checks import flag
from pellucid.dispatch.symbolic import Call, Callee
from pellucid.engines import Engine
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.graph import Graph, Tensor, builder, gradients, ops, windows
from pellucid.inspection.addresses import Place
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.given import described, model_of, one_of, path_of
from pellucid.inspection.image_samples import Sample, sample_of
from pellucid.inspection.map_records import STAGES, FeatureMaps
from pellucid.inspection.record import Records
from pellucid.inspection.running import Use, run_graph, uses
from pellucid.inspection.weighted_sums import bare_sum, weighted_sum
from pellucid.layers import InputLayer, Layer, Rescaling
from pellucid.models import Model
from pellucid.network import Network, emit_inputs

INPUT = "input"
"""How the sample itself is called."""


@explained
def feature_maps(
    model: Model,
    x: Sample,
    layers: str | Layer | Sequence[str | Layer] | None = None,
    *,
    stage: str = "output",
    winners: bool = False,
    training: bool = False,
    seed: int | None = None,
    engine: str | Engine | None = None,
) -> Records[FeatureMaps]:
    """What layers answer to one sample, in the order of the layers.

    Args:
        model: a built model with one input.
        x: one sample, of the shape that the model was built for (of any size where that is open), without a batch
            axis; or the path of an image file, which is scaled to the model's size and to 0..1.
        layers: whose answers: a name, a layer, or several; "inner/conv2d" in a model inside, "input" for the sample
            itself. By default the sample and all layers.
        stage: where in the layers: "output", "before activation", "before bias" or "input". Layers without such a
            stage have no record then.
        winners: whether a maximum pooling tells what it chose from, and which values won.
        training: whether layers do what they do in a training step: dropout drops, and its record says what it kept;
            batch normalisation normalises by this sample alone.
        seed: of what is drawn in training; another seed draws another mask. By default the model's, as in its next
            step. A layer that was given a seed of its own keeps to it.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        one record per layer and use of it, a list that shows itself in notebooks; where channels come first, they are
        moved to the end.

    Raises:
        ArgumentError: the model has several inputs, a layer is unknown, or no layer has such a stage.
        DataError: the sample does not fit the model.
        FileError: there is no such image file.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> conv = layers.Conv2D(4, 3, activation="relu", name="c")
        >>> model = Sequential([layers.Input((8, 8, 1)), conv, layers.Flatten()])
        >>> [(maps.kind, maps.maps.shape) for maps in feature_maps(model, np.ones((8, 8, 1)))]
        [('Input', (8, 8, 1)), ('Conv2D', (6, 6, 4)), ('Flatten', (144,))]
        >>> before, = feature_maps(model, np.ones((8, 8, 1)), "c", stage="before activation")
        >>> after, = feature_maps(model, np.ones((8, 8, 1)), "c")
        >>> bool((np.maximum(before.maps, 0) == after.maps).all())
        True
    """
    model_of(model, "feature_maps")
    one_of("stage", stage, STAGES)
    flag("feature_maps", "winners", winners)
    flag("feature_maps", "training", training)
    seed = None if seed is None else random.check_seed(seed)
    sample = sample_of(model, x)
    chosen = _chosen(model, layers)
    seen = _Seen(model, sample, None if layers is None else chosen, training)
    answers = seen.answers(engine, seed, given=winners or stage != "output")
    records = Records[FeatureMaps]()
    if INPUT in chosen and stage in ("output", STAGES[-1]):
        records.append(seen.input_record())
    for path in chosen:
        for number in range(len(seen.found.get(path, ()))):
            found = _staged(seen, path, number, answers, stage, engine)
            if found is not None:
                records.append(_with_winners(seen, path, number, answers, found) if winners else found)
    if not records:
        raise ArgumentError(
            f"{model.name}: of {', '.join(chosen) or 'its layers'} none has maps {stage!r}; "
            "convolutions and dense layers have, those with an activation or a bias of their own"
        )
    return records


def _chosen(model: Model, layers: object) -> list[str]:
    """The paths of the layers that are wanted, in the order of computation."""
    if layers is None:
        return [INPUT, *dict.fromkeys(layer.name for layer in model.layers if not isinstance(layer, InputLayer))]
    if isinstance(layers, str | Layer):
        several: Iterable[object] = [layers]
    elif isinstance(layers, Sequence):
        several = layers
    else:
        raise ArgumentTypeError(f"layers is the name of a layer, a layer, or a list of such, got {described(layers)}")
    paths = [path if path == INPUT else path_of(model, path) for path in several]
    if not paths:
        raise ArgumentError("layers is an empty list: name the layers that are wanted, or leave it out for all")
    for path in paths:
        if path != INPUT or INPUT in [layer.name for layer in model.layers]:
            _ = path == INPUT or uses(model, path)
    return list(dict.fromkeys(paths))


class _Emitted:
    """One use of a layer in the graph."""

    def __init__(self, network: Network, call: Call, inputs: list[Tensor], outputs: list[Tensor], mask: Tensor | None):
        self.network, self.call, self.inputs, self.outputs, self.mask = network, call, inputs, outputs, mask


class _Seen:
    """A model emitted for one sample, so that its layers can be looked at.

    Args:
        model, sample: see `feature_maps`; the sample as a batch of one.
        wanted: the paths that are wanted; None for all layers, those of models inside excepted.
        training: the form.

    Attributes:
        found: each use of each layer that is wanted, by path.
    """

    def __init__(self, model: Model, sample: np.ndarray, wanted: Sequence[str] | None, training: bool) -> None:
        self.model, self.sample, self.training = model, sample, training
        self.found: dict[str, list[_Emitted]] = {}
        self._wanted = wanted
        self.graph = Graph(training=training)
        network = model.built_network()
        given = emit_inputs(self.graph, model.inputs, [sample.shape])
        self._handed = {id(tensors[0]): INPUT for tensors in given.values()}
        self._pictures = {id(tensors[0]) for tensors in given.values()} if self._shows_a_picture(network) else set()
        self._emit(network, given, "")

    def _shows_a_picture(self, network: Network) -> bool:
        (tensor,) = self.model.inputs
        behind = axes_behind(network).get(tensor.call, 0)
        return self.sample.ndim == 4 and self.sample.shape[-1 - behind] in (1, 3)

    def _emit(self, network: Network, given: Mapping[Call, list[Tensor]], inside: str) -> dict[Call, list[Tensor]]:
        """All calls of a network; into models inside only where something of them is wanted."""
        results = dict(given)
        for call in network.calls:
            if call in results:
                continue
            tensors = [results[tensor.call][tensor.index] for tensor in call.inputs]
            path, first = inside + call.layer.name, len(self.graph.nodes)
            results[call] = self._enter(call, path, tensors) or _results(call, tensors)
            if call.inputs and (path in self._wanted if self._wanted is not None else not inside):
                mask = (
                    _mask(self.graph, first, results[call])
                    if self.training and not isinstance(call.layer, Model)
                    else None
                )
                self.found.setdefault(path, []).append(_Emitted(network, call, tensors, results[call], mask))
            self._note(call.layer, path, tensors, results[call])
        return results

    def _enter(self, call: Call, path: str, tensors: list[Tensor]) -> list[Tensor]:
        """The results of a model inside, emitted layer by layer; nothing where nobody wants to see its layers."""
        inner = call.layer
        if self._wanted is None or not any(each.startswith(f"{path}/") for each in self._wanted):
            return []
        if not isinstance(inner, Model) or inner.network is None or inner in list[Callee](inner.network.callees):
            return []
        with self.graph.mode(call.training):
            given = {symbolic.call: [tensor] for symbolic, tensor in zip(inner.inputs, tensors, strict=True)}
            results = self._emit(inner.network, given, f"{path}/")
        return [results[tensor.call][tensor.index] for tensor in inner.network.outputs]

    def _note(self, layer: Callee, path: str, tensors: list[Tensor], results: list[Tensor]) -> None:
        """Whose answer each tensor is, first of all, and whether it is a picture still."""
        for tensor in results:
            self._handed.setdefault(id(tensor), path)
        if isinstance(layer, Rescaling) and id(tensors[0]) in self._pictures:
            self._pictures.add(id(results[0]))

    def answers(self, engine: str | Engine | None, seed: int | None, *, given: bool) -> dict[str, np.ndarray]:
        """The numbers of all that is wanted, with what layers are `given` where that is wanted too: one run."""
        for path, found in self.found.items():
            for number, each in enumerate(found):
                self.graph.outputs[f"{path} {number}"] = each.outputs[0]
                if each.mask is not None:
                    self.graph.outputs[f"{path} {number} mask"] = each.mask
                for index, tensor in enumerate(each.inputs if given else ()):
                    self.graph.outputs[f"{path} {number} input {index}"] = tensor
        return run_graph(self.model, self.graph, [self.sample], engine, seed=seed)

    def input_record(self) -> FeatureMaps:
        """The sample itself."""
        behind = axes_behind(self.model.built_network()).get(self.model.inputs[0].call, 0)
        return FeatureMaps(INPUT, "Input", _channels_last(self.sample[0], behind), is_picture=bool(self._pictures))

    def record(self, path: str, number: int, answers: Mapping[str, np.ndarray]) -> FeatureMaps:
        """What a use of a layer answers."""
        each = self.found[path][number]
        behind = axes_behind(each.network).get(each.call, 0)
        (tensor, *_), name = each.outputs, f"{path} {number}"
        maps, kept = _channels_last(answers[name][0], behind), None
        if each.mask is not None:
            mask = np.broadcast_to(answers[f"{name} mask"], tensor.shape)[0]
            kept = _channels_last(mask, behind) != 0
        source = self._handed[id(tensor)]
        is_same = any(tensor is given for given in each.inputs)
        is_picture = id(tensor) in self._pictures and not is_same
        return FeatureMaps(
            path,
            type(each.call.layer).__name__,
            maps,
            is_picture=is_picture,
            kept=kept,
            same_as=source if is_same else "",
        )


def _results(call: Call, tensors: list[Tensor]) -> list[Tensor]:
    y = call.layer.emit(tensors if call.takes_list else tensors[0], call.training)
    return y if isinstance(y, list) else [y]


def _mask(graph: Graph, first: int, results: list[Tensor]) -> Tensor | None:
    """What a dropout among the nodes from the `first` on keeps: what it chooses by, which follows from its draws."""
    drawn = set()
    for node in graph.nodes[first:]:
        if isinstance(node.op, ops.RandomUniform) or any(tensor.node in drawn for tensor in node.inputs):
            if node.op == ops.Elementwise("where") and node.inputs[0].node in drawn:
                return node.inputs[0] if node.outputs[0].shape == results[0].shape else None
            drawn.add(node)
    return None


def _staged(
    seen: _Seen, path: str, number: int, answers: Mapping[str, np.ndarray], stage: str, engine: str | Engine | None
) -> FeatureMaps | None:
    """The record of a stage; None where a layer has no such stage."""
    record = seen.record(path, number, answers)
    if stage == "output":
        return record
    each = seen.found[path][number]
    given = [answers[f"{path} {number} input {index}"] for index in range(len(each.inputs))]
    behind = axes_behind(each.network)
    if stage == "input":
        if len(given) != 1 or given[0].ndim > 5:
            return None
        maps = _channels_last(given[0][0], behind.get(each.call.inputs[0].call, behind.get(each.call, 0)))
        return FeatureMaps(path, record.kind, maps, stage=stage, is_picture=id(each.inputs[0]) in seen._pictures)
    emitted = EmittedLayer.of_use(Use((each.call,), each.network), [array.shape for array in given])
    tensor = _tensor_of(emitted, stage)
    if tensor is None:
        return None
    emitted.graph.outputs = {"maps": tensor}
    maps = run_graph(seen.model, emitted.graph, given, engine, emitted.layer)["maps"][0]
    is_moved = tensor.shape != emitted.outputs[0].shape
    return FeatureMaps(
        path, record.kind, _channels_last(maps, 0 if is_moved else behind.get(each.call, 0)), stage=stage
    )


def _tensor_of(emitted: EmittedLayer, stage: str) -> Tensor | None:
    """Where in a layer its maps are before its activation, or before its bias; None where it has neither.

    The channels are last, or the tensor has the shape of the layer's result.
    """
    if len(emitted.outputs) != 1:
        return None
    (output,) = emitted.outputs
    found = weighted_sum(emitted, Place(output, (0,) * output.rank))
    if found is None or (not found.tail and (stage == STAGES[1] or found.bias is None)):
        return None
    tensor = bare_sum(found) if stage == STAGES[2] else found.total.tensor
    moved = (output.shape[0], *output.shape[2:], *output.shape[1:2])
    return tensor if tensor.shape in (output.shape, moved) else None


def _with_winners(
    seen: _Seen, path: str, number: int, answers: Mapping[str, np.ndarray], record: FeatureMaps
) -> FeatureMaps:
    """With what a maximum pooling chose from, and how often each value won: the gradient of the sum of its results."""
    each = seen.found[path][number]
    if len(each.inputs) != 1 or len(each.outputs) != 1:
        return record
    given = answers[f"{path} {number} input 0"]
    emitted = EmittedLayer.of_use(Use((each.call,), each.network), [given.shape])
    live = [node.op for node in emitted.graph.nodes if emitted.is_live(node.outputs[0])]
    if not any(isinstance(op, windows.MaxPool | ops.ReduceMax) for op in live) or emitted.is_weighted(
        emitted.outputs[0]
    ):
        return record
    (wins,) = gradients.gradient(builder.reduce_sum(emitted.outputs[0]), emitted.inputs)
    emitted.graph.outputs = {"wins": wins}
    found = run_graph(seen.model, emitted.graph, [given], "reference", emitted.layer)["wins"]
    behind = axes_behind(each.network).get(each.call.inputs[0].call, 0)
    beside = [_channels_last(array[0], behind) for array in (given, np.rint(found).astype(np.int64))]
    return replace(record, given=beside[0], wins=beside[1])


def _channels_last(maps: np.ndarray, behind: int) -> np.ndarray:
    """One sample's answers with the channels at the end; `behind` axes lie behind them."""
    return np.moveaxis(maps, -1 - behind, -1) if maps.ndim > behind else maps
