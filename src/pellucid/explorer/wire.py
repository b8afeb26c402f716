"""How records travel to the page: a head in JSON, and arrays as bytes behind it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.inspection.record import plain_data

__all__ = ["packed", "unpacked"]

_LENGTH = struct.Struct("<I")
_ALIGNED = 4  # bytes: where a Float32Array may begin


def packed(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A head and arrays in one message.

    Four bytes say how long the head is (little endian); it is JSON, with spaces behind so that the arrays begin at a
    multiple of 4; they follow as float32, one behind the other. The head's "arrays" tells name and shape of each.

    Example:
        >>> message = packed({"layer": "conv"}, {"maps": np.ones((2, 2))})
        >>> len(message) % 4, unpacked(message)[0]
        (0, {'layer': 'conv', 'arrays': [{'name': 'maps', 'shape': [2, 2]}]})
    """
    listed = [{"name": name, "shape": list(array.shape)} for name, array in arrays.items()]
    text = json.dumps({**plain_data(head), "arrays": listed}, allow_nan=False).encode()
    text += b" " * (-len(text) % _ALIGNED)
    bodies = [np.ascontiguousarray(array, "<f4").tobytes() for array in arrays.values()]
    return b"".join([_LENGTH.pack(len(text)), text, *bodies])


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What was packed: the head and the arrays; the page does the same in `wire.js`.

    Example:
        >>> unpacked(packed({}, {"a": np.arange(3.0)}))[1]["a"].tolist()
        [0.0, 1.0, 2.0]
    """
    (length,) = _LENGTH.unpack_from(message)
    place = _LENGTH.size + length
    head = json.loads(message[_LENGTH.size : place])
    arrays = {}
    for each in head["arrays"]:
        count = int(np.prod(each["shape"], dtype=int))
        arrays[each["name"]] = np.frombuffer(message, "<f4", count, place).reshape(each["shape"])
        place += 4 * count
    return head, arrays
