"""`tf.io.serialize_tensor`, `parse_tensor`: an array as the bytes of a `TensorProto`, in which records keep arrays.

Source: tensorflow/core/framework/tensor.proto and types.proto of https://github.com/tensorflow/tensorflow
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.arraylike import of_objects
from pellucid.cli.tf.arrays import content_tensor, eager
from pellucid.cli.tf.examples import bytes_of
from pellucid.cli.tf.strings import words
from pellucid.errors import ArgumentError
from pellucid.formats.wire import bytes_, fields, whole

__all__ = ["parse_tensor", "serialize_tensor"]

NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "object": 7, "complex64": 8, "int64": 9,
    "bool": 10, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip
"""TensorFlow's numbers of types."""
TEXT = NUMBERS["object"]
TYPE, SHAPE, CONTENT, TEXTS = 1, 2, 4, 8
"""Fields of a `TensorProto`."""


def serialize_tensor(tensor: Any, name: str | None = None) -> Any:
    """An array as bytes, which tell its type and its shape.

    Example:
        >>> parse_tensor(serialize_tensor([[1, 2]]), np.int32).tolist()
        [[1, 2]]
    """
    array = np.asarray(tensor)
    array = array.astype(_kind_of(tensor, array), copy=False)
    head = whole(TYPE, _number(array.dtype))
    sizes = b"".join(bytes_(2, whole(1, size) if size else b"") for size in array.shape)
    if array.dtype.kind == "O":
        held = b"".join(bytes_(TEXTS, _content(each)) for each in array.ravel().tolist())
    else:
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        held = bytes_(CONTENT, content) if content else b""
    return content_tensor(head + bytes_(SHAPE, sizes) + held)


def _kind_of(given: Any, array: np.ndarray) -> Any:
    """The type that TensorFlow makes of what is no array of a type yet."""
    if array.dtype.kind in "US":
        return object
    if isinstance(given, np.ndarray | np.generic):
        return array.dtype
    return {"f": np.float32, "i": np.int32}.get(array.dtype.kind, array.dtype)


def _content(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _number(kind: Any) -> int:
    name = np.dtype(kind).name
    if name not in NUMBERS:
        raise ArgumentError(f"tf.io.serialize_tensor: numbers of {name} have no name in TensorFlow")
    return NUMBERS[name]


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Any:
    """The array that bytes hold.

    Raises:
        ArgumentError: it is of another type.
        FileError: the bytes hold none.
    """
    kind = np.dtype(str(words(out_type))) if isinstance(out_type, str) else np.dtype(out_type)
    number, sizes, content, texts = 0, [], b"", []
    for field, value in fields(bytes_of(serialized)):
        if field == TYPE and isinstance(value, int):
            number = value
        elif field == SHAPE and not isinstance(value, int):
            dims = [part for place, part in fields(value) if place == 2 and not isinstance(part, int)]
            sizes = [next((size for place, size in fields(part) if place == 1), 0) for part in dims]
        elif field == CONTENT and not isinstance(value, int):
            content = bytes(value)
        elif field == TEXTS and not isinstance(value, int):
            texts.append(bytes(value))
    if number != _number(kind):
        held = next((each for each, known in NUMBERS.items() if known == number), f"type {number}")
        raise ArgumentError(f"tf.io.parse_tensor: the bytes hold numbers of {held}, out_type says {kind}")
    shape = tuple(int(size) for size in sizes if isinstance(size, int))
    if kind.kind == "O":
        return eager(of_objects(texts, shape))
    array = np.frombuffer(content, kind.newbyteorder("<")).astype(kind)
    if array.size != int(np.prod(shape)):
        raise ArgumentError(f"tf.io.parse_tensor: the bytes hold {array.size} numbers and not those of shape {shape}")
    return eager(array.reshape(shape))
