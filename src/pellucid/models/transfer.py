"""Weights from one model into another, with a report of what was taken, what was not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.calls import explained
from pellucid.checks import flag, word
from pellucid.errors import ArgumentError, ArgumentTypeError, nearest_names, shown
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape
from pellucid.layers import Layer
from pellucid.layers.weight_names import own_weights_by_name
from pellucid.naming import snake_case
from pellucid.network import HasNetwork
from pellucid.network.paths import layers_by_path, unnumbered
from pellucid.provenance import LONGEST, Event, part_at
from pellucid.variables import Variable, write_all

WAYS = ("name", "shape", "order")


class Transferred(Frozen, eq=False):
    """What has become of one weight of the target.

    Attributes:
        path: of the weight: "inner/conv2d/kernel".
        weight: the weight itself.
        source: the path of what was taken; "" where nothing was.
        part: None where nothing was taken, else which numbers were: a slice of each axis.
        why: why nothing was taken, or only a part; "" where all was.
    """

    path: str
    weight: Variable
    source: str
    part: tuple[slice, ...] | None
    why: str

    @property
    def is_whole(self) -> bool:
        """Whether all of its numbers were taken."""
        return self.numbers == self.weight.size

    @property
    def numbers(self) -> int:
        """How many were taken."""
        return 0 if self.part is None else int(np.prod([each.stop - each.start for each in self.part]))


class Transfer(Frozen, eq=False):
    """What `transfer_weights` has done; printed, it is a table.

    Attributes:
        title: from what into what, and how.
        rows: one for each weight of the target, in order.
        left: the paths of weights of the source that nobody took.
        layers: of the target, all that have weights.
    """

    title: str
    rows: tuple[Transferred, ...]
    left: tuple[str, ...]
    layers: tuple[Layer, ...]

    @property
    def taken(self) -> list[str]:
        """The paths of the weights that were filled, wholly or in part."""
        return [row.path for row in self.rows if row.part is not None]

    @property
    def missed(self) -> dict[str, str]:
        """The paths of the weights that stayed as they were, and why."""
        return {row.path: row.why for row in self.rows if row.part is None}

    def freeze(self) -> Transfer:
        """Let training leave alone what was taken: whole layers where all of a layer was, else the numbers themselves.

        Returns:
            the report.
        """
        return self._set(frozen=True)

    def unfreeze(self) -> Transfer:
        """Let training change what was taken: to tune the whole model finely, at a small learning rate.

        Returns:
            the report.
        """
        return self._set(frozen=False)

    def _set(self, *, frozen: bool) -> Transfer:
        whole = {row.weight for row in self.rows if row.is_whole}
        for layer in self.layers:
            if whole.issuperset(layer.weights):
                layer.trainable = not frozen
        for row in self.rows:
            if row.is_whole:
                row.weight.trainable = row.weight.learned and not frozen
            elif row.part is not None:
                before = False if row.weight.frozen_part is None else row.weight.frozen_part
                part = np.broadcast_to(before, row.weight.shape).copy()
                part[row.part] = frozen
                row.weight.frozen_part = part if part.any() else None
        return self

    def __str__(self) -> str:
        whole = sum(row.is_whole for row in self.rows)
        parts = len(self.taken) - whole
        numbers, of = sum(row.numbers for row in self.rows), sum(row.weight.size for row in self.rows)
        some = f" and a part of {parts} more" if parts else ""
        head = f"{self.title}: {whole} of {len(self.rows)} weights{some}, {numbers:,} of {of:,} numbers"
        cells = [(row.path, str(row.weight.shape), _word(row), _told(row)) for row in self.rows]
        widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(3)]
        lines = ["  ".join([*map(str.ljust, cell[:3], widths), cell[3]]).rstrip() for cell in cells]
        unused = [f"not used: {', '.join(self.left)}"] if self.left else []
        return "\n".join([head, *(f"  {line}" for line in lines), *unused])


def _word(row: Transferred) -> str:
    return "not" if row.part is None else "whole" if row.is_whole else "in part"


def _told(row: Transferred) -> str:
    came = f"from {row.source}" if row.source and row.source != row.path else ""
    return "; ".join(text for text in (came, row.why) if text)


@explained
def transfer_weights(source: Layer, target: Layer, match: str = "name", *, partly: bool = False) -> Transfer:
    """Give a model the weights of another, as far as they fit.

    Args:
        source: a built model, or layer.
        target: a built model, or layer, whose weights are set; what is not matched stays as it is.
        match: how a layer of the target finds the one that it takes after. "name": the one under the same path; names
            that nobody gave ("conv2d", "conv2d_1") count on from model to model, so those are matched in their order.
            "shape": the first one that nobody took and whose weights have the same shapes. "order": the first with the
            first, the second with the second.
        partly: whether weights of different shapes give what both have: along each axis the first ones (filters,
            channels), of the places of a kernel the middle ones. Otherwise such a weight is left as it is.

    Returns:
        the report: `print` it; `freeze()` freezes what was taken.

    Raises:
        ArgumentError: one of them is no built model or layer, both are the same, or nothing at all was taken.

    Example:
        >>> from pellucid import Sequential, layers
        >>> def network(classes):
        ...     return Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, name="stem"), layers.Flatten(),
        ...                        layers.Dense(classes, name="head")], name=f"of_{classes}")
        >>> first, second = network(10), network(3)
        >>> print(transfer_weights(first, second).freeze())
        Transfer from of_10 to of_3 by name: 2 of 4 weights, 40 of 475 numbers
          stem/kernel  (3, 3, 1, 4)  whole
          stem/bias    (4,)          whole
          head/kernel  (144, 3)      not    the source has the shape (144, 10); partly=True takes what both have
          head/bias    (3,)          not    the source has the shape (10,); partly=True takes what both have
        not used: head/kernel, head/bias
        >>> [layer.trainable for layer in second.layers]
        [False, True, True]

    Source: Yosinski, Clune, Bengio and Lipson, How transferable are features in deep neural networks?, NIPS 2014.
    """
    word("transfer_weights", "match", match, WAYS)
    flag("transfer_weights", "partly", partly)
    from_layers, to_layers = _layers_of("source", source), _layers_of("target", target)
    if source is target:
        raise ArgumentError(f"transfer_weights: source and target are the same, {target.label}")
    partners = {"name": _by_name, "shape": _by_shape, "order": _by_order}[match](from_layers, to_layers)
    rows, values, used = [], [], set[Variable]()
    came: list[tuple[Variable, Variable, Event]] = []
    for path, layer in to_layers.items():
        found, why = partners[path]
        theirs = {} if not found else own_weights_by_name(from_layers[found])
        for name, weight in own_weights_by_name(layer).items():
            given = theirs.get(name)
            if given is None:
                rows.append(Transferred(f"{path}/{name}", weight, "", None, why or f"{found} has no {name}"))
                continue
            pairs, reason = _shared(layer, weight, given, partly=partly)
            part = None if pairs is None else tuple(mine for mine, _ in pairs)
            rows.append(Transferred(f"{path}/{name}", weight, "" if part is None else f"{found}/{name}", part, reason))
            if pairs is not None:
                used.add(given)
                values.append((weight, _filled(weight, given, pairs)))
                came.append((weight, given, Event("transferred", source.name[:LONGEST], f"{found}/{name}"[:LONGEST])))
    title = f"Transfer from {source.name} to {target.name} by {match}"
    weights = _weights(from_layers)
    left = tuple(path for path, weight in weights.items() if weight not in used)
    report = Transfer(title, tuple(rows), left, tuple(to_layers.values()))
    if not values:
        raise ArgumentError(f"transfer_weights: nothing fits; match may be {' or '.join(map(shown, WAYS))}.\n{report}")
    write_all([weight for weight, _ in values], [value for _, value in values])
    parts = {row.weight: row.part for row in report.rows}
    for weight, given, event in came:
        if weight.shape == given.shape:
            weight.story.follow(given.story, event)
        else:
            weight.story.change(event, part_at(weight.shape, parts[weight]))
    return report


def _layers_of(which: str, thing: object) -> dict[str, Layer]:
    """The layers with weights, by path."""
    if not isinstance(thing, Layer):
        raise ArgumentTypeError(f"transfer_weights: the {which} must be a model or a layer, got {shown(thing)}")
    if isinstance(thing, HasNetwork):
        thing.weights  # noqa: B018 - raises, and says how to build it, where the model is not built
        layers = thing.layers
    else:
        layers = [thing]
    found = layers_by_path(layers)
    if not found:
        raise ArgumentError(f"transfer_weights: the {which}, {thing.label}, has no weights, or none yet")
    return found


Partners = Mapping[str, tuple[str, str]]
"""For the path of each layer of the target that of its partner, "" for none, and why it has none."""


def _by_name(source: Mapping[str, Layer], target: Mapping[str, Layer]) -> Partners:
    found: dict[str, str] = {path: path for path in target if path in source}
    mine, theirs = _automatic(target), _automatic(source)
    for kind in set(mine) & set(theirs):
        if not (set(mine[kind]) <= set(theirs[kind]) or set(mine[kind]) >= set(theirs[kind])):
            found = {path: partner for path, partner in found.items() if path not in mine[kind]}
            found |= zip(mine[kind], theirs[kind], strict=False)
    return {path: (found[path], "") if path in found else ("", _no_such(path, source)) for path in target}


def _no_such(path: str, source: Mapping[str, Layer]) -> str:
    near = nearest_names(path, list(source), most=1)
    return f"the source has no layer of this name{f'; the nearest is {near[0]}' if near else ''}"


def _automatic(layers: Mapping[str, Layer]) -> dict[str, list[str]]:
    """The paths that end with a name that nobody gave, by what they are without its number."""
    found: dict[str, list[str]] = {}
    for path, layer in layers.items():
        place, slash, name = path.rpartition("/")
        if unnumbered(name) == snake_case(type(layer).__name__):
            found.setdefault(place + slash + unnumbered(name), []).append(path)
    return found


def _by_shape(source: Mapping[str, Layer], target: Mapping[str, Layer]) -> Partners:
    waiting = {path: _shapes(layer) for path, layer in source.items()}
    found = {}
    for path, layer in target.items():
        shapes = _shapes(layer)
        partner = next((other for other, theirs in waiting.items() if theirs == shapes), "")
        waiting.pop(partner, None)
        found[path] = partner, "" if partner else "no layer of the source that is left has weights of these shapes"
    return found


def _shapes(layer: Layer) -> list[tuple[str, Shape]]:
    return [(name, weight.shape) for name, weight in own_weights_by_name(layer).items()]


def _by_order(source: Mapping[str, Layer], target: Mapping[str, Layer]) -> Partners:
    paths = list(source)
    none = "", f"the source has {len(paths)} layers with weights, this is one more"
    return {path: (paths[place], "") if place < len(paths) else none for place, path in enumerate(target)}


Pairs = list[tuple[slice, slice]]
"""For each axis the places that two weights share, in the one and in the other."""


def _shared(layer: Layer, weight: Variable, given: Variable, *, partly: bool) -> tuple[Pairs | None, str]:
    """Which numbers of a layer's weight can be taken from another, and why not all."""
    if weight.shape == given.shape:
        return [(slice(0, size), slice(0, size)) for size in weight.shape], ""
    differs = f"the source has the shape {given.shape}"
    if weight.ndim != given.ndim:
        return None, differs
    if not partly:
        return None, f"{differs}; partly=True takes what both have"
    axes: Mapping[str, Sequence[str]] = getattr(layer, "filter_axes", {})
    if any("places" in names for names in axes.values()) and weight.shape[:-1] != given.shape[:-1]:
        return None, f"{differs}, for other places"
    sliding = getattr(layer, "rank", 0) if "spatial" in axes.get(weight.name, ()) else 0
    pairs = []
    for axis, (mine, theirs) in enumerate(zip(weight.shape, given.shape, strict=True)):
        size = min(mine, theirs)
        first, second = ((mine - size) // 2, (theirs - size) // 2) if axis < sliding else (0, 0)
        pairs.append((slice(first, first + size), slice(second, second + size)))
    return pairs, differs


def _filled(weight: Variable, given: Variable, pairs: Pairs) -> np.ndarray:
    values = weight.numpy()
    values[tuple(mine for mine, _ in pairs)] = given.numpy()[tuple(theirs for _, theirs in pairs)]
    return values


def _weights(layers: Mapping[str, Layer]) -> dict[str, Variable]:
    named: dict[str, Variable] = {}
    for path, layer in layers.items():
        named |= {f"{path}/{name}": weight for name, weight in own_weights_by_name(layer).items()}
    return named
