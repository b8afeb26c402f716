"""What files hold of the single filters of a layer: which are frozen, and how their values came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checks import mapping_of, several, whole, word
from pellucid.errors import ArgumentError, shown
from pellucid.layers.single_filters import Filter, filters_held
from pellucid.layers.weight_names import own_weights_by_name
from pellucid.provenance import MOST_EVENTS, Event, Provenance


def frozen_filters(layer: Any) -> dict[str, list[int]]:
    """Which filters of a layer are frozen alone, by the weight that holds them; empty where none is.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3)
        >>> layer.build((None, 2))
        >>> frozen = layer.filter(1).freeze()
        >>> frozen_filters(layer)
        {'kernel': [1]}
    """
    if all(weight.frozen_part is None for weight in layer.own_weights):
        return {}
    found: dict[str, list[int]] = {}
    for which in filters_held(layer):
        filters = [Filter(layer, number, which) for number in range(Filter(layer, 0, which).count)]
        numbers = [each.number for each in filters if each.is_held]
        found |= {which: numbers} if numbers else {}
    return found


def stories_of(layer: Any, which: str) -> list[tuple[list[int], Provenance]]:
    """The stories of the filters of a weight of a layer, each with the numbers of the filters that have it.

    A weight that holds no filters has one, of no numbers.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Dense(3, kernel_initializer="zeros", name="d")
        >>> layer.build((None, 2))
        >>> layer.filter(1).set([1, 2])
        <Filter 1 of Dense "d", 2 (inputs)>
        >>> [(numbers, str(story)) for numbers, story in stories_of(layer, "kernel")]
        [([0, 2], 'filled by Zeros'), ([1], 'handcrafted: an array')]
    """
    weight = own_weights_by_name(layer)[which]
    if weight.story.is_one or which not in filters_held(layer):
        return [([], weight.story.of())]
    first = Filter(layer, 0, which)
    found: dict[Provenance, list[int]] = {}
    for number in range(first.count):
        found.setdefault(Filter(layer, number, which).provenance, []).append(number)
    return [(numbers, story) for story, numbers in found.items()]


def stories_record(layer: Any) -> dict[str, Any]:
    """The stories of the weights of a layer as plain data, for files."""
    record: dict[str, Any] = {}
    for name in own_weights_by_name(layer):
        first, *others = sorted(stories_of(layer, name), key=lambda item: -len(item[0]))
        record[name] = [{"events": [event.plain() for event in first[1].events]}]
        for numbers, story in others:
            record[name].append({"filters": numbers, "events": [event.plain() for event in story.events]})
    return record


def read_stories(layer: Any, record: object, event: Event) -> None:
    """Give the weights of a layer the stories that `stories_record` told, and the event that they came by.

    Raises:
        ArgumentError: the record is none.
    """
    what, told = "how its weights came about", mapping_of(layer.label, "how its weights came about", record)
    for name, weight in own_weights_by_name(layer).items():
        parts: list[tuple[np.ndarray | None, list[Event]]] = []
        for each in several(layer.label, what, told.get(name, []), "records"):
            part, mine = mapping_of(layer.label, what, each), None
            events = several(layer.label, what, part.get("events"), "records")[:MOST_EVENTS]
            if parts:
                known = list(filters_held(layer))
                first = Filter(layer, 0, word(layer.label, "a weight with filters", name, known))
                numbers = several(layer.label, what, part.get("filters"), "numbers")
                wanted = [whole(layer.label, "the number of a filter", each, 0, first.count - 1) for each in numbers]
                mine = first.part_of(np.isin(np.arange(first.count), wanted))
            parts.append((mine, [Event.of(one) for one in events]))
        weight.story.arrive(parts, event)


def freeze_filters(layer: Any, frozen: Mapping[str, Any]) -> None:
    """Freeze what `frozen_filters` gave for such a layer; raises `ArgumentError` where that cannot be."""
    mapping_of(layer.label, "its frozen filters", frozen)
    for which, numbers in frozen.items():
        if which not in filters_held(layer):
            raise ArgumentError(f"{layer.label} has no filters in {shown(which)} that could be frozen")
        for number in several(layer.label, "its frozen filters", numbers, "numbers"):
            Filter(layer, number, which).freeze()
