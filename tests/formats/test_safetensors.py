"""Safetensors files: held to the format's own package both ways; hostile headers get one sentence and no memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load, save

from pellucid.errors import FileError
from pellucid.formats.safetensors import encode_safetensors, read_safetensors

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_both_ways(dtype: str) -> None:
    """What one writes the other reads: shapes of no axis and of no element too."""
    generator = np.random.default_rng(0)
    shapes = [(2, 3), (), (0, 4), (5,)]
    arrays = {str(shape): np.array(generator.normal(size=shape) * 9).astype(dtype) for shape in shapes}
    theirs = load(encode_safetensors(arrays, {"by": "us"}))
    ours = read_safetensors(save(arrays, {"by": "them"}))
    assert ours.metadata == {"by": "them"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(theirs[name], array)
        np.testing.assert_array_equal(ours.array(name), array)
        assert ours.array(name).dtype == array.dtype


def test_bfloat16_becomes_float32() -> None:
    """Each of its numbers is one of float32, infinities and NaN too."""
    bits = np.array([0x3F80, 0xC000, 0x7F80, 0x7FC0, 0x0001], "<u2")
    content = file_of({"a": {"dtype": "BF16", "shape": [5], "data_offsets": [0, 10]}}, bits.tobytes())
    np.testing.assert_array_equal(read_safetensors(content).array("a"), np.float32([1, -2, np.inf, np.nan, 9.1835e-41]))


def file_of(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    """A file with that header, which may say that it is longer."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(**changes: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}


EIGHT = bytes(8)
TWO = one(shape=[1], data_offsets=[0, 4]) | {"b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}
RECORD = b'{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "seven bytes": bytes(7),
    "a header of 2^64 bytes": file_of({}, length=2**64 - 1),
    "a header of 2^63 bytes": file_of({}, length=2**63),
    "a header beyond the end": file_of({}, length=100),
    "a header of a gigabyte": file_of({}, bytes(100), length=2**30),
    "no JSON": file_of(b"{,}"),
    "not UTF-8": file_of(b'{"\xff": 1}'),
    "a list": file_of(b"[]     "),
    "a blank before the brace": file_of(b' {"a":1}'),
    "nested": file_of(b'{"a":' * 3000 + b"1" + b"}" * 3000),
    "a key twice": file_of(b'{"a":' + RECORD + b',"a":' + RECORD + b"}", EIGHT),
    "a field twice": file_of(b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', EIGHT),
    "a field too many": file_of(one(path="/etc/passwd"), EIGHT),
    "a field missing": file_of({"a": {"dtype": "F32", "shape": [2]}}, EIGHT),
    "no record": file_of({"a": 3}, EIGHT),
    "an unknown type": file_of(one(dtype="F999"), EIGHT),
    "a type that is none": file_of(one(dtype=["F32"]), EIGHT),
    "a size of 2^63": file_of(one(shape=[2**63]), EIGHT),
    "sizes whose product overflows": file_of(one(shape=[2**32, 2**32]), EIGHT),
    "a product that is zero in 64 bits": file_of(one(shape=[2**62, 4], data_offsets=[0, 0]), b""),
    "a size below zero": file_of(one(shape=[-2]), EIGHT),
    "a size that is no number": file_of(one(shape=[True, 2]), EIGHT),
    "a size with a fraction": file_of(one(shape=[2.0]), EIGHT),
    "a huge number": file_of(b'{"a":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,8]}}', EIGHT),
    "a thousand axes": file_of(one(shape=[1] * 1000 + [2]), EIGHT),
    "offsets beyond the end": file_of(one(shape=[4], data_offsets=[0, 16]), EIGHT),
    "offsets the wrong way": file_of(one(data_offsets=[8, 0]), EIGHT),
    "an offset below zero": file_of(one(data_offsets=[-8, 0]), EIGHT),
    "three offsets": file_of(one(data_offsets=[0, 8, 8]), EIGHT),
    "another size than the shape": file_of(one(shape=[3]), EIGHT),
    "an overlap": file_of(TWO | {"b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, EIGHT),
    "the same place twice": file_of(TWO | {"b": TWO["a"]}, bytes(4)),
    "a hole at the beginning": file_of({"b": TWO["b"]}, EIGHT),
    "a hole between": file_of(TWO | {"b": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}, bytes(12)),
    "bytes behind the last": file_of(one(), bytes(12)),
    "metadata that is no texts": file_of({"__metadata__": {"a": 1}} | one(), EIGHT),
    "metadata that is a list": file_of({"__metadata__": []} | one(), EIGHT),
}  # fmt: skip
STRICTER = {"a field too many", "a thousand axes", "a field twice", "a key twice"}
"""What the format's own package lets pass."""


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_headers(case: str, tmp_path: Path) -> None:
    """One sentence, by a path as by bytes, and no memory for what is only said; the package refuses them as well."""
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(HOSTILE[case])
    for source in (HOSTILE[case], path):
        tracemalloc.start()
        with pytest.raises(FileError) as caught:
            read_safetensors(source)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 20 < len(str(caught.value)) < 700 and "\n" not in str(caught.value)
        assert peak < 5_000_000
    if case not in STRICTER:
        with pytest.raises((SafetensorError, ValueError, OverflowError)):
            load(HOSTILE[case])


LETTERS = [*b'0123456789{}[],:" -e', 0, 255]


def test_mutations() -> None:
    """Whatever bytes are changed: a file that is read, or `FileError`; what both read is the same."""
    content = encode_safetensors({"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(2)}, {"k": "v"})
    generator = np.random.default_rng(11)
    read = 0
    for _ in range(1500):
        changed = bytearray(content)
        for place in generator.integers(0, len(content) - 70, generator.integers(1, 4)):
            changed[place] = generator.choice(LETTERS)
        try:
            ours = read_safetensors(bytes(changed))
        except FileError:
            continue
        read += 1
        try:
            theirs = load(bytes(changed))
        except (SafetensorError, ValueError, KeyError, AttributeError):
            continue
        for name, array in theirs.items():
            np.testing.assert_array_equal(ours.array(name), array)
    assert read > 20


def test_the_header_alone(tmp_path: Path) -> None:
    """Arrays are not read for a look at the file."""
    path = tmp_path / "w.safetensors"
    path.write_bytes(encode_safetensors({"w": np.zeros((500, 500), np.float32)}, {}))
    tracemalloc.start()
    file = read_safetensors(path, header_alone=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.tensors["w"].shape == (500, 500) and peak < 300_000


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(encode_safetensors({"w": np.zeros(100, np.float32)}, {}))
    with pytest.raises(FileError, match="at most 400 are accepted"):
        read_safetensors(path, max_bytes=400)
