"""`tf.train.Example`: named lists of numbers or of bytes, as files of records hold them.

Messages are written in TensorFlow's own bytes: fields in the order of their numbers, names sorted. Source:
tensorflow/core/example/feature.proto and example.proto of https://github.com/tensorflow/tensorflow
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from pellucid.errors import ArgumentTypeError, shown
from pellucid.formats.wire import bytes_, fields, signed, varint, varints

__all__ = ["BytesList", "Example", "Feature", "Features", "FloatList", "Int64List"]


class Message:
    """What all of them can: be written as bytes and read from them."""

    def _written(self) -> bytes:
        raise NotImplementedError

    def _read(self, message: bytes | memoryview) -> None:
        raise NotImplementedError

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:
        """As bytes."""
        return self._written()

    def ParseFromString(self, serialized: Any) -> int:
        """Hold what bytes say; gives their number."""
        content = bytes_of(serialized)
        self._read(content)
        return len(content)

    MergeFromString = ParseFromString

    @classmethod
    def FromString(cls, serialized: Any) -> Self:
        """A new one of bytes."""
        found = cls()
        found.ParseFromString(serialized)
        return found

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._written() == other._written()

    __hash__ = None  # type: ignore[assignment]


def bytes_of(value: Any) -> bytes:
    """Bytes, of a tensor of them too."""
    found = value if isinstance(value, bytes) else np.asarray(value, object).item()
    if not isinstance(found, bytes):
        raise ArgumentTypeError(f"bytes are expected, got {shown(value)}")
    return found


class BytesList(Message):
    """Contents: files, text as bytes, `array.tobytes()`."""

    def __init__(self, value: Iterable[bytes] | None = None) -> None:
        self.value: list[Any] = [_one_content(each) for each in value or ()]

    def _written(self) -> bytes:
        return b"".join(bytes_(1, each) for each in self.value)

    def _read(self, message: bytes | memoryview) -> None:
        self.value = [_sized(each) for number, each in fields(message) if number == 1]

    def __repr__(self) -> str:
        return "".join(f"value: {_quoted(each)}\n" for each in self.value)


class FloatList(Message):
    """Numbers of float32."""

    def __init__(self, value: Iterable[float] | None = None) -> None:
        self.value: list[Any] = np.asarray([] if value is None else list(value), np.float32).ravel().tolist()

    def _written(self) -> bytes:
        return bytes_(1, np.asarray(self.value, "<f4").tobytes()) if self.value else b""

    def _read(self, message: bytes | memoryview) -> None:
        packed = b"".join(_sized(each) for number, each in fields(message) if number == 1)
        self.value = np.frombuffer(packed, "<f4").tolist()

    def __repr__(self) -> str:
        return "".join(f"value: {np.float32(each)}\n" for each in self.value)


class Int64List(Message):
    """Whole numbers."""

    def __init__(self, value: Iterable[int] | None = None) -> None:
        self.value: list[Any] = [_whole(each) for each in (() if value is None else value)]

    def _written(self) -> bytes:
        return bytes_(1, b"".join(varint(each) for each in self.value)) if self.value else b""

    def _read(self, message: bytes | memoryview) -> None:
        self.value = []
        for number, each in fields(message):
            if number == 1:
                self.value += [signed(each)] if isinstance(each, int) else varints(each)

    def __repr__(self) -> str:
        return "".join(f"value: {each}\n" for each in self.value)


def _one_content(value: Any) -> bytes:
    if isinstance(value, str):
        raise ArgumentTypeError(f"BytesList holds bytes, got the text {shown(value)}: text.encode() makes bytes of it")
    return bytes_of(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return int(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biu" or array.size != 1:
        raise ArgumentTypeError(f"Int64List holds whole numbers, got {shown(value)}")
    return int(array.item())


def _sized(value: int | memoryview) -> bytes:
    return struct.pack("<q", value) if isinstance(value, int) else bytes(value)


def _quoted(content: bytes) -> str:
    """As the text form of messages has it: what is no letter in octal numbers."""
    signs = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    text = "".join(signs.get(each) or (chr(each) if 32 <= each < 127 else f"\\{each:03o}") for each in content)
    return f'"{text}"'


class Feature(Message):
    """One of the three lists."""

    KINDS: ClassVar[dict[int, tuple[str, type[Message]]]] = {
        1: ("bytes_list", BytesList), 2: ("float_list", FloatList), 3: ("int64_list", Int64List)
    }  # fmt: skip

    def __init__(
        self, bytes_list: BytesList | None = None, float_list: FloatList | None = None,
        int64_list: Int64List | None = None,
    ) -> None:  # fmt: skip
        self.bytes_list, self.float_list = bytes_list or BytesList(), float_list or FloatList()
        self.int64_list = int64_list or Int64List()
        self._kind: str | None = None
        for name, given in (("bytes_list", bytes_list), ("float_list", float_list), ("int64_list", int64_list)):
            if given is not None:
                self._kind = name

    def WhichOneof(self, oneof_group: str = "kind") -> str | None:
        """The name of the list that it holds; None where it holds none."""
        return self._kind or next((name for name, _ in self.KINDS.values() if getattr(self, name).value), None)

    def HasField(self, field_name: str) -> bool:
        """Whether it holds that list."""
        return self.WhichOneof() == field_name

    def _written(self) -> bytes:
        kind = self.WhichOneof()
        number = next((number for number, (name, _) in self.KINDS.items() if name == kind), None)
        return b"" if number is None else bytes_(number, getattr(self, str(kind))._written())

    def _read(self, message: bytes | memoryview) -> None:
        for number, each in fields(message):
            if number in self.KINDS and not isinstance(each, int):
                self._kind, made = self.KINDS[number]
                part = made()
                part._read(each)
                setattr(self, self._kind, part)

    def __repr__(self) -> str:
        kind = self.WhichOneof()
        return "" if kind is None else f"{kind} {{\n{_indented(repr(getattr(self, kind)))}}}\n"


class Features(Message):
    """Lists by name."""

    def __init__(self, feature: Mapping[str, Feature] | None = None) -> None:
        self.feature: dict[str, Feature] = _Named(feature or {})

    def _written(self) -> bytes:
        entries = ((name.encode(), self.feature[name]) for name in sorted(self.feature))
        return b"".join(bytes_(1, bytes_(1, name) + bytes_(2, each._written())) for name, each in entries)

    def _read(self, message: bytes | memoryview) -> None:
        self.feature = _Named({})
        for number, entry in fields(message):
            if number == 1 and not isinstance(entry, int):
                parts = {place: part for place, part in fields(entry) if not isinstance(part, int)}
                held = Feature()
                held._read(parts.get(2, b""))
                self.feature[bytes(parts.get(1, b"")).decode()] = held

    def __repr__(self) -> str:
        rows = (f'key: "{name}"\nvalue {{\n{_indented(repr(self.feature[name]))}}}\n' for name in sorted(self.feature))
        return "".join(f"feature {{\n{_indented(row)}}}\n" for row in rows)


class _Named(dict[str, Feature]):
    """Lists by name; one that is asked for is there, and empty at first, as in TensorFlow's."""

    def __missing__(self, name: str) -> Feature:
        self[name] = Feature()
        return self[name]


class Example(Message):
    """A sample: lists by name.

    Example:
        >>> label = Feature(int64_list=Int64List(value=[3]))
        >>> content = Example(features=Features(feature={"label": label})).SerializeToString()
        >>> Example.FromString(content).features.feature["label"].int64_list.value
        [3]
    """

    def __init__(self, features: Features | None = None) -> None:
        self.features = features or Features()

    def _written(self) -> bytes:
        return bytes_(1, self.features._written())

    def _read(self, message: bytes | memoryview) -> None:
        self.features = Features()
        for number, each in fields(message):
            if number == 1 and not isinstance(each, int):
                self.features._read(each)

    def __repr__(self) -> str:
        return f"features {{\n{_indented(repr(self.features))}}}\n"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
