"""The network as it is drawn: its layers in columns from left to right, and who feeds whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from pellucid.dispatch.symbolic import Call, kind_of
from pellucid.inspection import all_filters
from pellucid.inspection.seen import INPUT
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.network.derivation import output_size, weight_count, what_a_unit_sees
from pellucid.network.network import Network
from pellucid.network.receptive_fields import receptive_fields

__all__ = ["Scene", "SceneNode", "scene_of"]


@dataclass(frozen=True)
class SceneNode:
    """One use of a layer, as a box.

    Args:
        id: unique in the scene: the layer's path; "conv#1" for the second use of it.
        path: of the layer, "inner/conv" in a model inside; "input" where the data come in.
        kind: the layer's class.
        shape: of its result as the model declares it, without the batch, None where open.
        count: weights it has.
        derivation: how count and shape come about, in short sentences.
        banks: its banks of filters, as `inspection.all_filters` names them, with how many each has.
        column: from the left, 0 for the input.
        row: from the top of the column.
        inputs: ids of the boxes that feed it.
        group: the path of the model inside that it stands in; "" for none.
    """

    id: str
    path: str
    kind: str
    shape: tuple[int | None, ...]
    count: int
    derivation: tuple[str, ...]
    banks: dict[str, int]
    column: int
    row: int
    inputs: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True)
class Scene:
    """All boxes of a model.

    Args:
        name: of the model.
        nodes: each after those that feed it.
        paths: of the layers that have feature maps, for `inspection.feature_maps`.
    """

    name: str
    nodes: tuple[SceneNode, ...]
    paths: tuple[str, ...]


def scene_of(model: Model, sample: np.ndarray) -> Scene:
    """The boxes of a model, those of models inside too.

    Args:
        model: built, with one input.
        sample: one, whose shape says what is open in the model's.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(name="f")])
        >>> [(node.id, node.column, node.inputs) for node in scene_of(model, np.ones((8, 8, 1))).nodes]
        [('input', 0, ()), ('c', 1, ('input',)), ('f', 2, ('c',))]
    """
    drawn = _Drawing({bank.layer: bank.filters for bank in all_filters(model)})
    network = model.built_network()
    drawn.nodes[INPUT] = SceneNode(INPUT, INPUT, "Input", sample.shape, 0, ("where the data come in",), {}, 0, 0, ())
    drawn.draw(network, {model.inputs[0].call: INPUT}, "")
    nodes = drawn.in_rows()
    return Scene(model.name, nodes, tuple(dict.fromkeys(node.path for node in nodes)))


class _Drawing:
    """The boxes that are drawn so far, by their ids."""

    def __init__(self, banks: dict[str, int]) -> None:
        self.nodes: dict[str, SceneNode] = {}
        self._banks = banks

    def draw(self, network: Network, given: Mapping[Call, str], inside: str) -> dict[Call, str]:
        """All calls of a network; returns by which box each result is given."""
        drawn = dict(given)
        fields = receptive_fields(network) if network.calls else {}
        for call in network.calls:
            if call in drawn or isinstance(call.layer, InputLayer):
                continue
            feeding = tuple(dict.fromkeys(drawn[tensor.call] for tensor in call.inputs))
            inner = call.layer
            opened = inner.network if isinstance(inner, Model) else None
            if isinstance(inner, Model) and opened is not None and inner not in list[object](opened.callees):
                begins = {symbolic.call: feed for symbolic, feed in zip(inner.inputs, feeding, strict=False)}
                ends = self.draw(opened, begins, f"{inside}{inner.name}/")
                drawn[call] = ends[opened.outputs[0].call]
                continue
            lines = [weight_count(inner), *output_size(call), what_a_unit_sees(fields.get(call))]
            drawn[call] = self._box(call, feeding, inside, tuple(line for line in lines if line))
        return drawn

    def _box(self, call: Call, feeding: tuple[str, ...], inside: str, lines: tuple[str, ...]) -> str:
        layer, path = call.layer, inside + call.layer.name
        uses = sum(node.path == path for node in self.nodes.values())
        name = f"{path}#{uses}" if uses else path
        column = 1 + max((self.nodes[feed].column for feed in feeding), default=0)
        shape = call.shape[0] if isinstance(call.shape, list) else call.shape
        banks = {bank: count for bank, count in self._banks.items() if bank == path or bank.rpartition("/")[0] == path}
        self.nodes[name] = SceneNode(
            name,
            path,
            kind_of(layer),
            tuple(shape[1:]),
            layer.count_params() if isinstance(layer, Layer) else 0,
            lines,
            banks,
            column,
            0,
            feeding,
            inside.rstrip("/"),
        )
        return name

    def in_rows(self) -> tuple[SceneNode, ...]:
        """The boxes with their rows: each in that of what feeds it, or the nearest below it that is free."""
        taken: set[tuple[int, int]] = set()
        rows: dict[str, int] = {}
        for node in self.nodes.values():
            wanted = rows[node.inputs[0]] if node.inputs else 0
            row = next(row for row in count(wanted) if (node.column, row) not in taken)
            first = min((self.nodes[feed].column + 1 for feed in node.inputs), default=node.column)
            taken.update((column, row) for column in range(first, node.column + 1))  # where its arrows pass
            rows[node.id] = row
        return tuple(replace(node, row=rows[node.id]) for node in self.nodes.values())
