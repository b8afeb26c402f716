"""A model emitted for one sample: what each layer is given and answers, and the programs that compute it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property

import numpy as np

from pellucid.dispatch.symbolic import Call, Callee, kind_of
from pellucid.engines import Engine, get_engine
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor, movement, ops
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.rows import keeps_rows_apart
from pellucid.inspection.running import Runner
from pellucid.layers import Rescaling
from pellucid.models import Model
from pellucid.network import Network, described_by, emit_inputs, input_name, results_of

INPUT = "input"
"""How the sample itself is called."""


Answers = dict[str, np.ndarray]
Run = Callable[[Sequence[np.ndarray]], Answers]


def look_at(
    model: Model,
    shapes: Sequence[tuple[int, ...]],
    wanted: Sequence[str] | None,
    engine: str | Engine | None,
    seed: int | None,
    *,
    training: bool,
    given: bool,
) -> tuple[Seen, Run]:
    """A model looked at, and what computes all that is wanted of it for one sample after the other: a run for each.

    The program is kept with the model's others, on the weights where they lie, so that looking again and again costs
    little more than predicting; to move them would change the model.
    """

    def look() -> Seen:
        return Seen(model, shapes, wanted, training=training, given=given)

    chosen = model.engine if engine is None else get_engine(engine)
    purpose = ("look", tuple(shapes), None if wanted is None else tuple(wanted), training, given)
    kept = model.runtime.program_about(purpose, look, engine=chosen)
    if kept is None:
        seen = look()
        runner = Runner(model, seen.graph, engine, seed=seed)
        return seen, lambda arrays: _closed(runner(arrays))
    program, seen = kept
    seed = model.seed if seed is None else seed

    def run(arrays: Sequence[np.ndarray]) -> Answers:
        inputs = {input_name(number): array for number, array in enumerate(arrays)}
        return _closed(program(inputs, seed=seed, step=model.runtime.step))

    return seen, run


def input_paths(model: Model | Network) -> list[str]:
    """How the inputs of a sample are called: "input", or where there are several by the names of their layers."""
    names = [tensor.call.layer.name for tensor in model.inputs]
    return [INPUT] if len(names) == 1 else names


def _closed(answers: Answers) -> Answers:
    """The engine's new arrays, which nobody writes to: records need no copies of them."""
    for array in answers.values():
        array.setflags(write=False)
    return answers


class SeenUse(Frozen, eq=False):
    """One use of a layer in the graph.

    Attributes:
        name: under which the graph has its answer.
        network: that the call is a part of.
        call: the use.
        inputs: what it is given.
        outputs: what it answers.
        mask: what it drops by; None where it drops nothing.
        behind: how many axes of its answer lie behind that of the channels.
        result: which of its answers is meant.
    """

    name: str
    network: Network
    call: Call
    inputs: list[Tensor]
    outputs: list[Tensor]
    mask: Tensor | None
    behind: int
    result: int = 0

    @property
    def tensor(self) -> Tensor:
        """The answer that is meant."""
        return self.outputs[self.result]


class Seen:
    """A model emitted for one sample, so that its layers can be looked at; kept with its program, if that is kept.

    Args:
        model: see `feature_maps`.
        shapes: of the sample as a batch of one, for each input.
        wanted: the paths that are wanted; None for all layers, those of models inside excepted.
        training: the form.
        given: whether what layers are given is wanted too.

    Attributes:
        graph: with an output for all that is wanted.
        found: each use of each layer that is wanted, by path; behind them what else layers of several results give.
        drawn: the paths of all that has maps, in order: inputs, layers and functions; those in models inside excepted.
        pictures: the tensors that are images, by their identity.
        inputs: those of the model, by path: the tensor, and how many of its axes lie behind that of the channels.
    """

    def __init__(
        self,
        model: Model,
        shapes: Sequence[tuple[int, ...]],
        wanted: Sequence[str] | None,
        *,
        training: bool,
        given: bool,
    ) -> None:
        self.training, self._wanted = training, wanted
        self.found: dict[str, list[SeenUse]] = {}
        self._records: dict[Hashable, FeatureMaps] = {}
        self._lies: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.graph, self._count = Graph(training=training), shapes[0][0]
        network = model.built_network()
        has_maps = {call.layer.name for call in network.calls if _has_maps(call)}
        self.drawn = [*input_paths(model), *(each.name for each in network.callees if each.name in has_maps)]
        self._axes_behind = {network: axes_behind(network)}
        inputs = emit_inputs(self.graph, model.inputs, shapes)
        self.inputs, self._handed, self.pictures = dict[str, tuple[Tensor, int]](), dict[int, str](), set[int]()
        for path, symbolic in zip(input_paths(model), model.inputs, strict=True):
            tensor, behind = inputs[symbolic.call][0], self.behind(network, symbolic.call)
            self.inputs[path], self._handed[id(tensor)] = (tensor, behind), path
            if tensor.rank == 4 and tensor.shape[-1 - behind] in (1, 3):
                self.pictures.add(id(tensor))
        self._further: dict[str, list[SeenUse]] = {}
        self._emit(network, inputs, "")
        for path, uses in self._further.items():
            self.found[path] += uses
        self._name_outputs(given)

    @cached_property
    def keeps_samples_apart(self) -> bool:
        """Whether the answers to a sample are the same, whatever samples go through the model beside it."""
        return keeps_rows_apart(self.graph, list(self.graph.outputs.values()))

    def behind(self, network: Network, call: Call) -> int:
        """How many axes lie behind that of the channels in the result of a call."""
        if network not in self._axes_behind:
            self._axes_behind[network] = axes_behind(network)
        return self._axes_behind[network].get(call, 0)

    def _emit(self, network: Network, given: Mapping[Call, list[Tensor]], inside: str) -> dict[Call, list[Tensor]]:
        """All calls of a network; into models inside only where something of them is wanted."""
        results = dict(given)
        with described_by(results):
            for call in network.calls:
                if call in results:
                    continue
                tensors = [results[tensor.call][tensor.index] for tensor in call.inputs]
                path, first = inside + call.layer.name, len(self.graph.nodes)
                results[call] = self._enter(call, path, tensors) or results_of(call, tensors)
                if call.inputs and (path in self._wanted if self._wanted is not None else not inside):
                    may_drop = self.training and not isinstance(call.layer, Model)
                    mask = _mask(self.graph, first, results[call]) if may_drop else None
                    uses, behind = self.found.setdefault(path, []), self.behind(network, call)
                    further = self._further.setdefault(path, [])
                    for result, tensor in enumerate(results[call]):
                        if self._holds_samples(call, tensor):
                            of_use = network, call, tensors, results[call], mask, behind, result
                            (further if result else uses).append(SeenUse(f"{path} {len(uses)} {result}", *of_use))
                self._note(call.layer, path, tensors, results[call])
        return results

    def _holds_samples(self, call: Call, tensor: Tensor) -> bool:
        """Whether a result has numbers for each sample; raises `ArgumentError` where it has not and is asked for."""
        if tensor.rank and tensor.shape[0] == self._count:
            return True
        if self._wanted is None:
            return False
        shape = f"shape {tensor.shape} for a batch of {self._count}"
        raise ArgumentError(f"{call.layer.label} gives {shape}: there are no maps of each sample")

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
        if isinstance(layer, Rescaling) and id(tensors[0]) in self.pictures:
            self.pictures.add(id(results[0]))

    def _name_outputs(self, given: bool) -> None:
        made: dict[int, str] = {}
        for each in (use for uses in self.found.values() for use in uses):
            tensor = _maker(each.tensor)
            name = made.setdefault(id(tensor), each.name)
            self.graph.outputs[name] = tensor
            self._lies[each.name] = name, each.tensor.shape
            if each.mask is not None:
                self.graph.outputs[f"{each.name} mask"] = each.mask
            for index, tensor in enumerate(each.inputs if given else ()):
                self.graph.outputs[f"{each.name} input {index}"] = tensor

    def input_record(self, sample: np.ndarray, name: str = "", path: str = INPUT) -> FeatureMaps:
        """The sample itself, or its part for one of several inputs."""
        tensor, behind = self.inputs[path]
        maps = channels_last(sample[0], behind)
        first = self._records.get((path, maps.dtype))
        if first is None:
            blank = np.broadcast_to(maps.dtype.type(0), maps.shape)
            first = FeatureMaps(path, "Input", blank, is_picture=id(tensor) in self.pictures)
            self._records[path, maps.dtype] = first
        maps = maps.copy()
        maps.flags.writeable = False
        return first.of_sample(name, maps, None)

    def record(self, path: str, number: int, answers: Answers) -> FeatureMaps:
        """What a use of a layer answers to one sample."""
        return self.records(path, number, answers, [""])[0]

    def number_of(self, path: str, use: int, result: int) -> int:
        """Under which number in `found` a result of a use of a layer stands."""
        outputs = self.found[path][use].outputs
        return next(k for k, each in enumerate(self.found[path]) if each.outputs is outputs and each.result == result)

    def records(self, path: str, number: int, answers: Answers, samples: Sequence[str]) -> list[FeatureMaps]:
        """What a use of a layer answers to each of several samples, of which these are the names, in the order of rows.

        What is the same for all samples is found out once.
        """
        maps, kept = self._numbers(path, number, answers)
        first = self._records.get((path, number))
        if first is None:
            first = self._records[path, number] = self._blank(path, number, maps, kept)
        rows = range(len(samples))
        return [first.of_sample(samples[row], maps[row], None if kept is None else kept[row]) for row in rows]

    def _blank(self, path: str, number: int, maps: np.ndarray, kept: np.ndarray | None) -> FeatureMaps:
        """A record that says all but the numbers, for which it has zeros of their shapes; checked as records are."""
        each = self.found[path][number]
        tensor = each.tensor
        is_same = any(tensor is given for given in each.inputs)
        return FeatureMaps(
            path,
            kind_of(each.call.layer),
            np.broadcast_to(maps.dtype.type(0), maps.shape[1:]),
            is_picture=id(tensor) in self.pictures and not is_same,
            kept=None if kept is None else np.broadcast_to(kept.dtype.type(0), kept.shape[1:]),
            same_as=self._handed[id(tensor)] if is_same else "",
            call=self._call(path, each),
        )

    def _call(self, path: str, use: SeenUse) -> int | None:
        """Which use of its layer it is; None where there is one."""
        made = list({id(each.outputs): each.outputs for each in self.found[path]}.values())
        return next(k for k, outputs in enumerate(made) if outputs is use.outputs) if len(made) > 1 else None

    def _numbers(self, path: str, number: int, answers: Answers) -> tuple[np.ndarray, np.ndarray | None]:
        """The maps of a use of a layer, a row for each sample, and what a dropout kept; nobody may write to either."""
        each = self.found[path][number]
        name, shape = self._lies[each.name]
        # where a layer gives one number for each sample, that is its only channel
        maps = _channels_last(answers[name].reshape(shape if len(shape) > 1 else (-1, 1)), each.behind)
        if each.mask is None:
            return maps, None
        mask = np.broadcast_to(answers[f"{each.name} mask"], each.tensor.shape)
        kept = _channels_last(mask, each.behind) != 0
        kept.flags.writeable = False
        return maps, kept


def _maker(tensor: Tensor) -> Tensor:
    """The tensor whose numbers one has in another shape, as that of `Flatten` does: they are made and kept once."""
    while isinstance(tensor.node.op, movement.Reshape):
        (before,) = tensor.node.inputs
        if before.shape[:1] != tensor.shape[:1] or isinstance(before.node.op, ops.Input):
            break
        tensor = before
    return tensor


def _has_maps(call: Call) -> bool:
    """Whether what a use of a layer or a function gives can be drawn: some numbers for each sample, of up to 4 axes."""
    shapes = call.shape if isinstance(call.shape, list) else [call.shape]
    return bool(call.inputs) and all(1 <= len(shape) <= 5 and shape[0] is None and 0 not in shape for shape in shapes)


def _mask(graph: Graph, first: int, results: list[Tensor]) -> Tensor | None:
    """What a dropout among the nodes from the `first` on keeps: what it chooses by, which follows from its draws."""
    drawn = set()
    for node in graph.nodes[first:]:
        if isinstance(node.op, ops.RandomUniform) or any(tensor.node in drawn for tensor in node.inputs):
            if node.op == ops.Elementwise("where") and node.inputs[0].node in drawn:
                return node.inputs[0] if node.outputs[0].shape == results[0].shape else None
            drawn.add(node)
    return None


def _channels_last(rows: np.ndarray, behind: int) -> np.ndarray:
    """`channels_last` of several samples, the axis of samples first."""
    return np.moveaxis(rows, -1 - behind, -1) if rows.ndim - 1 > behind > 0 else rows


def channels_last(maps: np.ndarray, behind: int) -> np.ndarray:
    """One sample's answers with the channels at the end; `behind` axes lie behind them."""
    return np.moveaxis(maps, -1 - behind, -1) if maps.ndim > behind > 0 else maps
