"""What a layer emits, alone in a graph, and what was found out of it: once for each state of the layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pellucid.graph import Graph, ops
from pellucid.layers.contents import contents_of
from pellucid.layers.trial import trial_of
from pellucid.watched import Reliance

Found = TypeVar("Found")
_PLACE = "_emitted_alone"


class _Kept:
    """A graph, what was found out of it, and whether the layer still is what it was; copies of layers have none."""

    def __init__(self, layer: Any) -> None:
        self._trial, self._reliance = trial_of(layer), Reliance()
        parts = list(layer.with_parts())
        for part in parts:
            for each in (part, *part.own_weights):
                each.is_relied_on_by(self._reliance)  # before it is looked at, so that no change goes unnoticed
        self._contents = contents_of(parts)
        self.graph, self.known = Graph(), dict[Any, Any]()
        if self._trial is None:
            return  # nothing tells what it is called on
        inputs = [self.graph.add(ops.Input(shape, f"input{place}")) for place, shape in enumerate(self._trial.shapes)]
        layer.emit(self._trial.argument(inputs))

    def holds(self, layer: Any) -> bool:
        same = self._contents is None or self._contents.hold
        return self._reliance.holds and same and trial_of(layer) == self._trial

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(None), ())


def emitted(layer: Any) -> Graph:
    """What a built layer emits, alone in a graph; made anew when a setting, a list or a weight's place has changed.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3)
        >>> layer.build((None, 2))
        >>> emitted(layer) is emitted(layer)
        True
        >>> before = emitted(layer)
        >>> layer.activation = "relu"
        >>> emitted(layer) is before
        False
    """
    return _kept(layer).graph


def found_in_emitted(layer: Any, find: Callable[[Any, Graph], Found]) -> Found:
    """What a function finds out of a layer's graph: asked once for each state of the layer."""
    kept = _kept(layer)
    if find not in kept.known:
        kept.known[find] = find(layer, kept.graph)
    found: Found = kept.known[find]
    return found


def _kept(layer: Any) -> _Kept:
    kept: _Kept | None = vars(layer).get(_PLACE)
    if kept is None or not kept.holds(layer):
        kept = vars(layer)[_PLACE] = _Kept(layer)
    return kept
