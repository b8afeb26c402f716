"""What the record of an old model says, wherever in it: of channels, of names, of sizes, of precision.

Records are walked through as they come, whatever Keras wrote them; nothing is made of them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pellucid.errors import FileError
from pellucid.legacy import records
from pellucid.naming import as_name

__all__ = [
    "DEEPEST",
    "SPATIAL",
    "common_order",
    "flattening",
    "in_float32",
    "is_place",
    "precisions",
    "told_sizes",
    "with_plain_names",
]

ORDERS = {"tf": "channels_last", "th": "channels_first"}
_KINDS = (
    "Conv",
    "DepthwiseConv",
    "SeparableConv",
    "LocallyConnected",
    "MaxPooling",
    "AveragePooling",
    "GlobalMaxPooling",
    "GlobalAveragePooling",
    "ZeroPadding",
    "Cropping",
    "UpSampling",
    "SpatialDropout",
)
SPATIAL = ("Conv2DTranspose", "Conv3DTranspose", *(f"{kind}{rank}D" for kind in _KINDS for rank in (2, 3)))
"""Classes whose records may leave out where channels stand, and mean what the others of the model say."""
OF_GIVEN_SIZE = ("Deconvolution2D", "Deconvolution3D")
DEEPEST = 50
"""How deep models may lie in each other."""


def with_plain_names(value: Any, depth: int) -> Any:
    """A record with names that layers can have, wherever one is told or referred to."""
    if depth > 8 * DEEPEST:
        raise FileError(f"the configuration has models in models, {DEEPEST} deep at most")
    if isinstance(value, Mapping):
        named = {"name": as_name(value["name"])} if isinstance(value.get("name"), str) else {}
        return {**{key: with_plain_names(item, depth + 1) for key, item in value.items()}, **named}
    if isinstance(value, list):
        found = [with_plain_names(item, depth + 1) for item in value]
        return [as_name(found[0]), *found[1:]] if is_place(value) else found
    return value


def precisions(value: Any, depth: int = 0) -> set[str]:
    """Of what numbers the layers of a record computed that no layer computes of today."""
    if depth > 8 * DEEPEST or not isinstance(value, dict | list):
        return set()
    told = value.get("dtype") if isinstance(value, dict) else None
    name = records.setting("dtype", told, as_told=True) if told is not None else None
    found = {name} if isinstance(name, str) and name in records.OTHER_PRECISIONS else set()
    return found.union(
        *(precisions(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
    )


def in_float32(value: Any, depth: int = 0) -> Any:
    """A record whose layers compute in float32 wherever they say one of `precisions`.

    Example:
        >>> in_float32({"units": 3, "dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}})
        {'units': 3, 'dtype': 'float32'}
    """
    if depth > 8 * DEEPEST or not isinstance(value, dict | list):
        return value
    if isinstance(value, list):
        return [in_float32(item, depth + 1) for item in value]
    found = {key: in_float32(item, depth + 1) for key, item in value.items()}
    told = value.get("dtype")
    name = records.setting("dtype", told, as_told=True) if told is not None else None
    if isinstance(name, str) and name in records.OTHER_PRECISIONS:
        found["dtype"] = "float32"
    return found


def common_order(record: Mapping[str, Any], version: str) -> str | None:
    """Where channels stand in the layers of a record that do not say so; None where the others disagree.

    Args:
        record: of a model.
        version: the Keras that wrote it.
    """
    said = {order for order in _orders(record, SPATIAL, 0) if order is not None}
    if len(said) == 1:
        return said.pop()
    numbers = version.split(".")
    before = numbers[0] == "1" and len(numbers) > 1 and numbers[1] == "0"  # Theano's order was the usual one before 1.1
    return None if said else "channels_first" if before else "channels_last"


def flattening(record: Mapping[str, Any]) -> set[str]:
    """Where the `Flatten` layers of a record of a model say that channels stand."""
    return {order or "channels_last" for order in _orders(record, ("Flatten",), 0)}


def told_sizes(value: Any, depth: int = 0) -> dict[str, list[Any]]:
    """The shape of what each transposed convolution of Keras 1 gives, by the layer's name, in a record of a model."""
    found: dict[str, list[Any]] = {}
    if depth > 4 * DEEPEST or not isinstance(value, list | dict):
        return found
    for item in value.values() if isinstance(value, dict) else value:
        found |= told_sizes(item, depth + 1)
    config = value.get("config") if isinstance(value, dict) else None
    if isinstance(config, dict) and isinstance(value, dict) and value.get("class_name") in OF_GIVEN_SIZE:
        shape, name = config.get("output_shape"), config.get("name")
        if isinstance(shape, list) and isinstance(name, str):
            found[name] = shape
    return found


def _orders(value: Any, classes: Sequence[str], depth: int) -> Iterator[str | None]:
    """What the records in a record say of where channels stand, where that can matter."""
    if depth > 4 * DEEPEST:
        raise FileError(f"the configuration has models in models, {DEEPEST} deep at most")
    if isinstance(value, Mapping):
        name, config = value.get("class_name"), value.get("config")
        if isinstance(name, str) and isinstance(config, Mapping) and records.class_name(value) in classes:
            order = config.get("data_format", config.get("dim_ordering"))
            yield ORDERS.get(order, order) if isinstance(order, str) and order != "default" else None
        elif (
            not isinstance(name, str)
            or isinstance(config, list)
            or (isinstance(config, Mapping) and "layers" in config)
        ):
            for item in value.values():
                yield from _orders(item, classes, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _orders(item, classes, depth + 1)


def is_place(value: Any) -> bool:
    """Whether a value names a result in a model: [layer, use, number of the result], and perhaps options."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and type(value[1]) is int
        and type(value[2]) is int
    )
