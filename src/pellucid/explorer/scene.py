"""The network as it is drawn: its layers in columns from left to right, who feeds whom, and models inside as frames."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pellucid.dispatch.symbolic import Call, Callee, kind_of
from pellucid.explorer.layout import Block, arrange, lanes
from pellucid.explorer.samples import Given, parts_of
from pellucid.frozen import Frozen
from pellucid.inspection import all_filters
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.seen import Seen, input_paths
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.network.derivation import output_size, weight_count, what_a_unit_sees
from pellucid.network.network import Network
from pellucid.network.receptive_fields import receptive_fields

__all__ = ["Drawing", "Scene", "SceneArrow", "SceneGroup", "SceneNode", "scene_of"]


class SceneNode(Frozen):
    """One use of a layer, as a box; or one of a model inside that is closed.

    Args:
        id: unique in the scene: the layer's path; "conv#1" for the second use of it.
        path: of the layer, "inner/conv" in a model inside; "input" where the data come in, or the name of that input
            where there are several.
        kind: the layer's class.
        shape: of its result as the model declares it, without the batch, None where open.
        count: weights it has.
        derivation: how count and shape come about, in short sentences.
        banks: its banks of filters, as `inspection.all_filters` names them, with how many each has.
        column: from the left, 0 for the input.
        row: from above.
        inputs: ids of the boxes that feed it.
        group: the id of the model inside that it stands in; "" for none.
        call: which use of its layer it is, 0 for the first.
        feeds: for each of the layer's inputs the id of the box that gives it.
        behind: how many axes of its result lie behind that of the channels, which may come first.
        is_input: whether it is an input of the model, where data come in.
        results: how many results its layer gives; each has a box, the first that of the layer.
        result: which of them its maps are, 0 for the first.
    """

    id: str
    path: str
    kind: str
    shape: tuple[int | None, ...]
    count: int
    derivation: tuple[str, ...]
    banks: dict[str, int]
    column: int
    row: float
    inputs: tuple[str, ...]
    group: str = ""
    call: int = 0
    feeds: tuple[str, ...] = ()
    behind: int = 0
    is_input: bool = False
    results: int = 1
    result: int = 0

    def number_in(self, seen: Seen) -> int:
        """Under which number, of those of its path, what the box shows is found there."""
        return 0 if self.is_input else seen.number_of(self.path, self.call, self.result)


class SceneGroup(Frozen):
    """One use of a model inside, as a frame around its boxes, or as one box where it is closed.

    Args:
        id: its path, with "#1" for the second use.
        kind: its class.
        end: the id of the box whose result is its own.
        group: that it stands in itself; "" for none.
        is_closed: whether it is drawn as one box.
        column: of the frame's left.
        row: of its top.
        columns: how many it is wide.
        rows: how many it is high.
    """

    id: str
    kind: str
    end: str
    group: str
    is_closed: bool
    column: int = 0
    row: float = 0.0
    columns: int = 1
    rows: float = 1.0


class SceneArrow(Frozen):
    """Who feeds whom.

    Args:
        source: the id of the box where it begins.
        target: of that where it ends.
        lane: by which lane above the boxes it passes others that stand in its way; None for none.
    """

    source: str
    target: str
    lane: int | None


class Scene(Frozen):
    """All boxes of a model.

    Args:
        name: of the model.
        nodes: each after those that feed it.
        paths: of the layers that have feature maps, for `inspection.feature_maps`.
        groups: the models inside, each before those within it.
        arrows: between the boxes.
        columns: how many there are.
        rows: how many there are.
    """

    name: str
    nodes: tuple[SceneNode, ...]
    paths: tuple[str, ...]
    groups: tuple[SceneGroup, ...] = ()
    arrows: tuple[SceneArrow, ...] = ()
    columns: int = 1
    rows: float = 1.0


def scene_of(model: Model, sample: Given, closed: Collection[str] = ()) -> Scene:
    """The boxes of a model, those of models inside too.

    Args:
        model: built.
        sample: one, whose shape says what is open in the model's; an array for each input where there are several.
        closed: ids of the models inside that are drawn as one box.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="c"), layers.Flatten(name="f")])
        >>> [(node.id, node.column, node.inputs) for node in scene_of(model, np.ones((8, 8, 1))).nodes]
        [('input', 0, ()), ('c', 1, ('input',)), ('f', 2, ('c',))]
    """
    return Drawing(model, sample).scene(closed)


class Drawing:
    """All uses of layers of a model, from which scenes are made: one for each choice of what is closed.

    Args:
        model: built.
        sample: as in `scene_of`.

    Attributes:
        nodes: by id, each after those that feed it.
        groups: the models inside, by id, each before those within it.
        ends: the ids of the boxes that give the model's outputs.
    """

    def __init__(self, model: Model, sample: Given) -> None:
        self.name = model.name
        self.nodes: dict[str, SceneNode] = {}
        self.groups: dict[str, SceneGroup] = {}
        self._banks = {bank.layer: bank.filters for bank in all_filters(model)}
        self._uses: dict[str, int] = {}
        network = model.built_network()
        behind, begins = axes_behind(network), dict[Call, Sequence[str]]()
        for name, given, part in zip(input_paths(model), model.inputs, parts_of(sample), strict=True):
            begins[given.call] = [name]
            self.nodes[name] = SceneNode(
                name, name, "Input", part.shape, 0, ("where the data come in",), {}, 0, 0, (),
                behind=behind.get(given.call, 0), is_input=True,
            )  # fmt: skip
        drawn = self._draw(network, begins, "", "")
        self.ends = tuple(dict.fromkeys(drawn[end.call][end.index] for end in network.outputs))

    def scene(self, closed: Collection[str] = ()) -> Scene:
        """The boxes in their places."""
        shown = {name: self._shown(node, closed) for name, node in self.nodes.items()}
        blocks = _blocks(self.nodes, self.groups, shown)
        columns, rows = arrange(blocks)
        boxes = {box.id: box for block in blocks for box in block.boxes()}
        nodes = {shown[name]: self._as_box(node, shown[name]) for name, node in self.nodes.items()}
        pairs = dict.fromkeys(
            (shown[feed], shown[name]) for name, node in self.nodes.items() for feed in node.inputs
            if shown[feed] != shown[name]
        )  # fmt: skip
        frames = {frame.id: frame for block in blocks for frame in block.frames()}
        visible = [group for group in self.groups.values() if group.id in frames or group.id in boxes]
        return Scene(
            self.name,
            tuple(
                replace(
                    node,
                    column=boxes[name].column,
                    row=boxes[name].row,
                    inputs=tuple(source for source, target in pairs if target == name),
                )
                for name, node in nodes.items()
            ),
            tuple(dict.fromkeys(node.path for node in self.nodes.values())),
            tuple(_as_frame(group, frames.get(group.id) or boxes[group.id], group.id in boxes) for group in visible),
            tuple(SceneArrow(*pair, lane) for pair, lane in zip(pairs, lanes(boxes, list(pairs)), strict=True)),
            columns,
            rows,
        )

    def before(self, name: str) -> set[str]:
        """The ids of all that leads to a box, its own among them."""
        found, waiting = set[str](), [name]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self.nodes[each].feeds
        return found

    def _shown(self, node: SceneNode, closed: Collection[str]) -> str:
        """The id of the box that stands for a node: its own, or that of the outermost closed model around it."""
        around = _around(node.group, self.groups)
        return next((each for each in reversed(around) if each in closed), node.id)

    def _as_box(self, node: SceneNode, name: str) -> SceneNode:
        """A node, or the closed model that it is the last of so far."""
        if name == node.id:
            return node
        group, end = self.groups[name], self.nodes[self.groups[name].end]
        inside = [each for each in self.nodes.values() if name in _around(each.group, self.groups)]
        weights = {each.path: each.count for each in inside if not each.result}
        banks = {bank: n for each in self.nodes.values() if each.path in weights for bank, n in each.banks.items()}
        lines = (f"a model of {len(weights)} layers; open it to see them",)
        return replace(
            end, id=name, path=end.path, kind=group.kind, count=sum(weights.values()), derivation=lines, banks=banks,
            group=group.group,
        )  # fmt: skip

    def _draw(
        self, network: Network, given: Mapping[Call, Sequence[str]], inside: str, group: str
    ) -> dict[Call, Sequence[str]]:
        """All calls of a network; returns for each by which boxes its results are given.

        Args:
            network: whose.
            given: by which boxes its inputs are.
            inside: the path that leads to its layers, with a "/" behind.
            group: the id of the model inside that it is.
        """
        drawn = dict(given)
        fields = receptive_fields(network) if network.calls else {}
        behind = axes_behind(network)
        for call in network.calls:
            if call in drawn or isinstance(call.layer, InputLayer):
                continue
            feeds = tuple(drawn[tensor.call][tensor.index] for tensor in call.inputs)
            inner = call.layer
            within = inner.network if isinstance(inner, Model) else None
            if within is not None and inner not in list[object](within.callees):  # a model with its own call is one box
                drawn[call] = self._enter(inner, within, feeds, inside, group)
                continue
            lines = [weight_count(inner), *output_size(call), what_a_unit_sees(fields.get(call))]
            box = self._box(call, feeds, inside + inner.name, group, [line for line in lines if line])
            self.nodes[box] = replace(self.nodes[box], behind=behind.get(call, 0))
            drawn[call] = [box, *self._further(call, self.nodes[box])]
        return drawn

    def _enter(self, inner: Callee, network: Network, feeds: Sequence[str], inside: str, group: str) -> Sequence[str]:
        """One use of a model inside; returns by which boxes its results are given."""
        path = inside + inner.name
        name = self._named(path)
        begins = {symbolic.call: [feed] for symbolic, feed in zip(network.inputs, feeds, strict=False)}
        self.groups[name] = SceneGroup(name, kind_of(inner), "", group, False)
        drawn = self._draw(network, begins, f"{path}/", name)
        ends = [drawn[end.call][end.index] for end in network.outputs]
        own = {box: name in _around(node.group, self.groups) for box, node in self.nodes.items()}
        within = [box for box in ends if own[box]] or [box for box in reversed(own) if own[box]]
        if within:  # what it hands on as it was given is no box of its own
            self.groups[name] = replace(self.groups[name], end=within[0])
        else:
            del self.groups[name]
        return ends

    def _named(self, path: str) -> str:
        """An id for one more use of a layer."""
        uses = self._uses.get(path, 0)
        self._uses[path] = uses + 1
        return f"{path}#{uses}" if uses else path

    def _box(self, call: Call, feeds: tuple[str, ...], path: str, group: str, lines: Sequence[str]) -> str:
        layer, name = call.layer, self._named(path)
        shape = call.shape[0] if isinstance(call.shape, list) else call.shape
        banks = {bank: count for bank, count in self._banks.items() if f"{bank}/".startswith(f"{path}/")}
        self.nodes[name] = SceneNode(
            name,
            path,
            kind_of(layer),
            tuple(shape[1:]),
            layer.count_params() if isinstance(layer, Layer) else 0,
            tuple(lines),
            banks,
            0,
            0,
            tuple(dict.fromkeys(feeds)),
            group,
            self._uses[path] - 1,
            feeds,
            results=max(1, len(call.results)),
        )
        return name

    def _further(self, call: Call, first: SceneNode) -> list[str]:
        """Boxes for what a layer gives beside its first result, which the layer's own box shows."""
        names = [f"{first.id}, result {number + 1}" for number in range(1, first.results)]
        for number, name in enumerate(names, 1):
            self.nodes[name] = replace(
                first, id=name, kind=f"{first.kind}, result {number + 1}", shape=tuple(call.results[number].shape[1:]),
                count=0, derivation=(f"result {number + 1} of {first.id}",), banks={}, inputs=(first.id,),
                feeds=(first.id,), result=number,
            )  # fmt: skip
        return names


def _around(group: str, groups: Mapping[str, SceneGroup]) -> list[str]:
    """The models around a box, the innermost first."""
    found = []
    while group:
        found.append(group)
        group = groups[group].group
    return found


def _blocks(nodes: Mapping[str, SceneNode], groups: Mapping[str, SceneGroup], shown: Mapping[str, str]) -> list[Block]:
    """The boxes that are shown, in frames of the models that are open."""
    outermost: list[Block] = []
    made: dict[str, Block] = {}
    for name, node in nodes.items():
        box = shown[name]
        around = _around(node.group if box == name else groups[box].group, groups)
        holder = outermost
        for frame in reversed(around):
            if frame not in made:
                made[frame] = Block(frame, ())
                holder.append(made[frame])
            holder = made[frame].inside
        if box not in made:
            made[box] = Block(box, ())
            holder.append(made[box])
        for each in (*around, box):
            made[each].feeds = tuple(dict.fromkeys([*made[each].feeds, *(shown[feed] for feed in node.feeds)]))
    return outermost


def _as_frame(group: SceneGroup, block: Block, is_closed: bool) -> SceneGroup:
    return replace(
        group, is_closed=is_closed, column=block.column, row=block.row, columns=block.width, rows=block.height
    )
