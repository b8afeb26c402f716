"""`tf.io.parse_single_example`: what stands in an `Example`, as arrays of the kinds that a script says.

Source: tf.io.parse_example, https://www.tensorflow.org/api_docs/python/tf/io/parse_example
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.examples import Example, Feature, bytes_of
from pellucid.cli.tf.sparse import SparseTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.frozen import Frozen

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "VarLenFeature",
    "parse_example",
    "parse_single_example",
]

LISTS = {"O": "bytes_list", "f": "float_list", "i": "int64_list"}
"""In which of its lists a feature holds numbers of a kind."""


class FixedLenFeature(Frozen):
    """An array of one shape in each example; `default_value` where an example has it not."""

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(Frozen):
    """As many arrays of a shape as an example has, along a new first axis; none where it has none."""

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class VarLenFeature(Frozen):
    """As many numbers as an example has: a `SparseTensor`."""

    dtype: Any


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The arrays of one example.

    Args:
        serialized: bytes, or a tensor of them.
        features: what each name is.
        example_names: means nothing.
        name: means nothing.

    Raises:
        ArgumentError: the example has not what is said to be in it, another kind or number of it.

    Example:
        >>> from pellucid.cli.tf.examples import Features, Int64List
        >>> label = Feature(int64_list=Int64List(value=[3]))
        >>> content = Example(features=Features(feature={"label": label})).SerializeToString()
        >>> int(parse_single_example(content, {"label": FixedLenFeature([], np.int64)})["label"])
        3
    """
    found = Example.FromString(bytes_of(serialized)).features.feature
    return {key: _read(key, found.get(key, Feature()), wanted) for key, wanted in _checked(features).items()}


def parse_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The arrays of several examples, along a new first axis; lists of any length as places and values, filled up
    where they are sequences.
    """
    contents = np.asarray(serialized, object)
    if contents.ndim == 0:
        return parse_single_example(serialized, features)
    rows = [parse_single_example(each, features) for each in contents.ravel().tolist()]
    return {key: _together(wanted, [row[key] for row in rows]) for key, wanted in _checked(features).items()}


def _checked(features: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, wanted in features.items():
        if not isinstance(wanted, FixedLenFeature | FixedLenSequenceFeature | VarLenFeature):
            raise ArgumentTypeError(
                f"parse_example: {key!r} is a FixedLenFeature, VarLenFeature or FixedLenSequenceFeature, got "
                f"{shown(wanted)}"
            )
        if np.dtype(wanted.dtype) not in (np.dtype(object), np.dtype(np.float32), np.dtype(np.int64)):
            raise ArgumentError(
                f"parse_example: {key!r} is of tf.string, tf.float32 or tf.int64, got {np.dtype(wanted.dtype)}; "
                "tf.cast makes another type of it"
            )
    return features


def _read(key: str, held: Feature, wanted: Any) -> Any:
    kind, name = np.dtype(wanted.dtype), LISTS[np.dtype(wanted.dtype).kind]
    inside = held.WhichOneof()
    if inside not in (None, name):
        raise ArgumentError(f"parse_example: {key!r} is said to be a {name}, and the example has a {inside}")
    values = np.empty(len(getattr(held, name).value), kind)
    values[:] = getattr(held, name).value
    if isinstance(wanted, VarLenFeature):
        return SparseTensor(np.arange(len(values))[:, np.newaxis], values, [len(values)])
    shape = tuple(int(size) for size in np.atleast_1d(np.asarray(wanted.shape, np.int64)))
    if isinstance(wanted, FixedLenSequenceFeature):
        return _sequence(key, inside, values, wanted, shape)
    if inside is None and wanted.default_value is not None:
        given = np.asarray(wanted.default_value, kind)
        return eager(np.broadcast_to(given, shape) if given.size == 1 else given.reshape(shape))
    if inside is None:
        raise ArgumentError(f"parse_example: the example has no {key!r}, and there is no default_value for it")
    if values.size != int(np.prod(shape)):
        raise ArgumentError(
            f"parse_example: {key!r} is said to be of shape {shape}, and the example has {values.size} values of it"
        )
    return eager(values.reshape(shape))


def _sequence(key: str, inside: str | None, values: np.ndarray, wanted: Any, shape: tuple[int, ...]) -> Any:
    if inside is None and not wanted.allow_missing:
        raise ArgumentError(
            f"parse_example: the example has no {key!r}; allow_missing=True takes that as a row of none"
        )
    if values.size % int(np.prod(shape)):
        raise ArgumentError(
            f"parse_example: {key!r} is said to be of arrays of shape {shape}, and the example has {values.size} values"
        )
    return eager(values.reshape(-1, *shape))


def _together(wanted: Any, row: list[Any]) -> Any:
    """What several examples have of one name."""
    if isinstance(wanted, VarLenFeature):
        places = [(number, place) for number, each in enumerate(row) for place in range(each.shape[0])]
        values = np.concatenate([np.asarray(each.values) for each in row])
        return SparseTensor(places, values, [len(row), max(each.shape[0] for each in row)])
    if isinstance(wanted, FixedLenSequenceFeature):
        longest = max(len(each) for each in row)
        nothing = wanted.default_value
        nothing = (b"" if np.dtype(wanted.dtype) == object else 0) if nothing is None else nothing
        found = np.full((len(row), longest, *np.shape(row[0])[1:]), nothing, wanted.dtype)
        for number, each in enumerate(row):
            found[number, : len(each)] = each
        return eager(found)
    return eager(np.stack([np.asarray(each) for each in row]))
