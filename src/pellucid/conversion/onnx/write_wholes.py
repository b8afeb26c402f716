"""How compositions that ONNX has as one operation are written; see `patterns`."""

from __future__ import annotations

import numpy as np

from pellucid.conversion.onnx.patterns import Found
from pellucid.conversion.onnx.sizes import Item
from pellucid.conversion.onnx.write_elementwise import beside
from pellucid.conversion.onnx.writer import Value, Writer


def written_whole(writer: Writer, item: Item, found: Found) -> Value:
    """One node for all of it."""
    x, *others = (None if key is None else writer.values[key] for key in found.inputs)
    assert x is not None
    if found.kind == "BatchNormalization":
        return _normalized(writer, item, found, x, others)
    least = [writer.constant(0.0)] if found.kind == "Clip" else []  # behind a ReLU
    names = [beside(writer, item, value, x.rank if x.is_first else 0) for value in others if value is not None]
    name = writer.node(item, found.kind, writer.as_stored(x), *least, *names, **dict(found.settings))
    return Value(name, tuple(item.shapes()), x.is_first)


def _normalized(writer: Writer, item: Item, found: Found, x: Value, weights: list[Value | None]) -> Value:
    """BatchNormalization, which wants its channels second and all of its weights."""
    channels = x.shape[-1:]
    arrays = [np.zeros(channels) if value is None or value.array is None else value.array for value in weights]
    names = [writer.constant(np.broadcast_to(array, channels)) for array in arrays]
    is_first = x.rank > 2
    source = writer.first(item, x) if is_first else writer.last(item, x)
    name = writer.node(item, found.kind, source, *names, **dict(found.settings))
    return Value(name, tuple(item.shapes()), is_first)
