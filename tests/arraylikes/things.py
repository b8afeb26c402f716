"""What people hand in: arrays of every make with the numbers that they mean, and things that are no numbers."""

from __future__ import annotations

import array
import datetime
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import scipy.sparse
import torch
from PIL import Image

from pellucid import Variable

NUMBERS = np.array([[1, -2, 3], [4, 5, -6]])
FLOATS = NUMBERS.astype(np.float32)
LARGE = NUMBERS.astype(np.int64) * (2**24 + 1)
POSITIVE = np.abs(NUMBERS)


class Frame:
    """What a frame of pandas is to NumPy, and to whoever asks for a length or a shape."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape = values, values.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.values, dtype)

    def __len__(self) -> int:
        return len(self.values)


class Shared:
    """What speaks DLPack alone."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


class OnDevice:
    """An array that does not come over by itself, as CuPy's."""

    shape = NUMBERS.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use `.get()`")


def read_only(values: np.ndarray) -> np.ndarray:
    values = values.copy()
    values.flags.writeable = False
    return values


def unaligned(values: np.ndarray) -> np.ndarray:
    raw = np.frombuffer(bytearray(1) + values.tobytes(), values.dtype, offset=1).reshape(values.shape)
    assert not raw.flags.aligned
    return raw


def memory_map(values: np.ndarray, folder: Path) -> np.ndarray:
    """At an odd offset of a file."""
    path = folder / "numbers.bin"
    path.write_bytes(b"!" + values.tobytes())
    return np.memmap(path, values.dtype, "r", offset=1, shape=values.shape)


def objects(items: list[Any], shape: tuple[int, ...] = (2, 3)) -> np.ndarray:
    made = np.empty(len(items), object)
    made[:] = items
    return made.reshape(shape)


def masked(mask: Any) -> np.ndarray:
    return np.ma.masked_array(FLOATS, mask)  # type: ignore[no-any-return, no-untyped-call]


TAKEN: dict[str, tuple[Callable[[Path], Any], np.ndarray]] = {
    "float32": (lambda _: FLOATS, FLOATS),
    "float64": (lambda _: FLOATS.astype(np.float64), FLOATS),
    "float16": (lambda _: FLOATS.astype(np.float16), FLOATS),
    "long double": (lambda _: FLOATS.astype(np.longdouble), FLOATS),
    "bfloat16": (lambda _: FLOATS.astype(ml_dtypes.bfloat16), FLOATS),
    "float8": (lambda _: FLOATS.astype(ml_dtypes.float8_e4m3fn), FLOATS),
    "int4": (lambda _: NUMBERS.astype(ml_dtypes.int4), FLOATS),
    "int8": (lambda _: NUMBERS.astype(np.int8), FLOATS),
    "int64": (lambda _: NUMBERS.astype(np.int64), FLOATS),
    "int64 beyond 2^24": (lambda _: LARGE, LARGE.astype(np.float32)),
    "uint8": (lambda _: POSITIVE.astype(np.uint8), POSITIVE.astype(np.float32)),
    "uint64": (lambda _: POSITIVE.astype(np.uint64) + 2**40, (POSITIVE.astype(np.uint64) + 2**40).astype(np.float32)),
    "bool": (lambda _: NUMBERS > 0, (NUMBERS > 0).astype(np.float32)),
    "big-endian": (lambda _: FLOATS.astype(">f4"), FLOATS),
    "big-endian shorts": (lambda _: NUMBERS.astype(">i2"), FLOATS),
    "read-only": (lambda _: read_only(FLOATS), FLOATS),
    "unaligned": (lambda _: unaligned(FLOATS), FLOATS),
    "unaligned doubles": (lambda _: unaligned(FLOATS.astype(np.float64)), FLOATS),
    "a memory map at an odd offset": (lambda folder: memory_map(FLOATS, folder), FLOATS),
    "negative strides": (lambda _: FLOATS[::-1, ::-1], FLOATS[::-1, ::-1]),
    "negative strides of bytes": (lambda _: POSITIVE.astype(np.uint8)[::-1], POSITIVE[::-1].astype(np.float32)),
    "Fortran's order": (lambda _: np.asfortranarray(FLOATS), FLOATS),
    "a broadcast": (lambda _: np.broadcast_to(FLOATS[0], (2, 3)), np.stack([FLOATS[0]] * 2)),
    "a matrix": (lambda _: np.matrix(NUMBERS), FLOATS),
    "nothing masked": (lambda _: masked(np.zeros((2, 3), bool)), FLOATS),
    "lists": (lambda _: NUMBERS.tolist(), FLOATS),
    "tuples": (lambda _: tuple(map(tuple, NUMBERS.tolist())), FLOATS),
    "a list of arrays": (lambda _: list(FLOATS), FLOATS),
    "a list of memory": (lambda _: [memoryview(array.array("f", row)) for row in FLOATS.tolist()], FLOATS),
    "memory": (lambda _: memoryview(FLOATS), FLOATS),
    "a queue": (lambda _: deque(NUMBERS.tolist()), FLOATS),
    "fractions": (lambda _: [[Fraction(n, 4) for n in row] for row in NUMBERS.tolist()], FLOATS / 4),
    "decimals": (lambda _: [[Decimal(n) / 4 for n in row] for row in NUMBERS.tolist()], FLOATS / 4),
    "objects that are numbers": (lambda _: objects([1, -2.0, np.float32(3), np.int8(4), Fraction(5), -6]), FLOATS),
    "objects that are arrays": (lambda _: objects(list(FLOATS), (2,)), FLOATS),
    "large whole numbers of Python": (lambda _: [[2**70, 1, 2], [3, 4, 5]], np.float32([[2.0**70, 1, 2], [3, 4, 5]])),
    "a frame": (lambda _: Frame(FLOATS), FLOATS),
    "a frame of objects": (lambda _: Frame(NUMBERS.astype(object)), FLOATS),
    "a weight": (lambda _: Variable(FLOATS), FLOATS),
    "torch": (lambda _: torch.tensor(FLOATS), FLOATS),
    "torch of half": (lambda _: torch.tensor(FLOATS).half(), FLOATS),
    "a list of torch": (lambda _: list(torch.tensor(FLOATS)), FLOATS),
    "JAX": (lambda _: jnp.asarray(FLOATS), FLOATS),
    "JAX of bfloat16": (lambda _: jnp.asarray(FLOATS, jnp.bfloat16), FLOATS),
    "a list of JAX": (lambda _: list(jnp.asarray(FLOATS)), FLOATS),
    "an image": (lambda _: Image.fromarray(POSITIVE.astype(np.uint8)), POSITIVE.astype(np.float32)),
    "DLPack": (lambda _: Shared(FLOATS), FLOATS),
}
"""What is made of a folder to work in, and the numbers that it means."""

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "torch that needs a gradient": (lambda: torch.tensor(FLOATS, requires_grad=True), r"Tensor.*detach\(\)"),
    "a list of such": (lambda: list(torch.tensor(FLOATS, requires_grad=True)), r"list.*detach\(\)"),
    "torch of bfloat16": (lambda: torch.tensor(FLOATS).bfloat16(), "Tensor.*BFloat16"),
    "sparse torch": (lambda: torch.tensor(FLOATS).to_sparse(), r"Tensor.*to_dense\(\)"),
    "torch without values": (lambda: torch.empty(2, 3, device="meta"), "Tensor.*meta"),
    "an array elsewhere": (OnDevice, r"OnDevice.*\.get\(\)"),
    "complex numbers": (lambda: FLOATS * 1j, "complex|ndarray"),
    "dates": (lambda: NUMBERS.astype("M8[D]"), "datetime|ndarray"),
    "times": (lambda: NUMBERS.astype("m8[s]"), "timedelta|ndarray"),
    "dates of Python": (lambda: [[datetime.date(2020, 1, day) for day in (1, 2, 3)]] * 2, "object|list"),
    "fields": (lambda: np.ones((2, 3), [("a", "f4"), ("b", "f4")]), "fields|ndarray"),
    "a masked place": (lambda: masked(NUMBERS == 3), "filled"),
    "a list with a masked place": (lambda: list(masked(NUMBERS == 3)), "filled"),
    "a masked number in a list": (lambda: [[1.0, 2.0, np.ma.masked]] * 2, "filled"),
    "a sparse matrix": (lambda: scipy.sparse.csr_matrix(FLOATS), "toarray"),
    "a sparse array": (lambda: scipy.sparse.coo_array(FLOATS), "toarray"),
    "text": (lambda: NUMBERS.astype(str), "<U|ndarray"),
    "text in lists": (lambda: [["1", "2", "3"]] * 2, "<U|list"),
    "bytes": (lambda: b"123456", "S6|bytes"),
    "objects that are none": (lambda: objects([1, 2, None, 4, 5, 6]), "object|ndarray"),
    "raw memory": (lambda: FLOATS.view("V4"), "V4|ndarray"),
    "a frame of words": (lambda: Frame(NUMBERS.astype(str).astype(object)), "object|Frame"),
    "a generator": (lambda: (row for row in NUMBERS), "generator"),
    "a set": (lambda: {1, 2, 3}, "set|{1"),
    "parts of different shapes": (lambda: [[1, 2, 3], [4, 5]], "different shapes|differ in length"),
    "arrays of different shapes": (lambda: objects([FLOATS[0], FLOATS[1, :2]], (2,)), "different shapes|differ in len"),
    "no thing at all": (lambda: object(), "object"),
}
"""What is made, and what the message says."""
