"""Records as a file holds them, with one value replaced: every key, by values that no reader was made for."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Place = tuple[Any, ...]
"""The keys and numbers that lead to a value."""

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    2**31,
    2**63,
    -(2**63),
    10**400,
    0.5,
    -0.0,
    1e-320,
    1e308,
    "",
    "x",
    "../x\n\x1b[31m",
    "x" * 5000,
    [],
    [1],
    [0, -1],
    [None],
    [[1, 2], [3]],
    [[]] * 50,
    {},
    {"x": 1},
    {"class_name": "Dense", "config": {}},
    {"class_name": "__tensor__", "config": {"value": [1.0], "dtype": "float32"}},
    {"class_name": 5, "config": [1]},
    ["x", 0, 0],
    [1e30] * 3,
)


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """The places of all values in a record, the record itself left out."""
    if place:
        yield place
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*place, key))


def replaced(record: Any, place: Place, value: Any) -> Any:
    """A copy of a record with another value at a place."""
    changed = copy.deepcopy(record)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return changed


def without(record: Any, place: Place) -> Any:
    """A copy of a record that lacks what is at a place."""
    changed = copy.deepcopy(record)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    del holder[place[-1]]
    return changed


def mutations(record: Any, count: int | None, seed: str) -> Iterator[tuple[str, Any]]:
    """Each replacement and each omission in a record, with a name; of `count` given, so many that the seed chooses."""
    plan = [(place, number) for place in places(record) for number in range(len(VALUES) + 1)]
    if count is not None:
        plan = random.Random(seed).sample(plan, min(count, len(plan)))
    for place, number in plan:
        where = "/".join(map(str, place))
        if number == len(VALUES):
            yield f"without {where}", without(record, place)
        else:
            yield f"{where} = {str(VALUES[number])[:40]}", replaced(record, place, VALUES[number])
