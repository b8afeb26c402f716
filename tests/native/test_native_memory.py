"""Copies, fills, one-hot rows and random numbers of the native engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from one_instruction import (
    Numbers,
    execute,
    random_array,
)

# ---- copy, fill, one_hot ----


@pytest.mark.parametrize(
    ("dims", "source", "destination"),
    [
        ((100_000,), (1,), (1,)),
        ((30, 40, 50), (2000, 50, 1), (1, 30, 1200)),  # transposed
        ((64, 300), (300, 1), (700, 1)),  # into a slice
        ((5, 6, 7), (0, 7, 1), (42, 7, 1)),  # repeated
        ((1, 6, 1), (0, 3, 0), (0, 1, 0)),  # every third
        ((), (), ()),
    ],
)
def test_copy(dims: Numbers, source: Numbers, destination: Numbers) -> None:
    from_size = 1 + sum((d - 1) * s for d, s in zip(dims, source, strict=True))
    to_size = 1 + sum((d - 1) * s for d, s in zip(dims, destination, strict=True))
    x, expected = random_array(from_size), np.full(to_size, 123.0, np.float32)
    to_view = np.lib.stride_tricks.as_strided(expected, dims, [4 * s for s in destination])
    to_view[...] = np.lib.stride_tricks.as_strided(x, dims, [4 * s for s in source])
    (result,) = execute("copy", [x], [to_size], [len(dims), *dims, *source, *destination])
    np.testing.assert_array_equal(result, expected)


def test_fill_and_one_hot() -> None:
    (filled,) = execute("fill", [], [100_001], [100_001], [-2.5])
    assert (filled == -2.5).all()
    labels = np.array([2, 0, 3, -1, 1.5, np.nan, np.inf], np.float32)
    (hot,) = execute("one_hot", [labels], [21], [7, 3])
    np.testing.assert_array_equal(hot.reshape(7, 3), (labels[:, None] == np.arange(3)).astype(np.float32))


# ---- random numbers ----


def threefry(key: tuple[int, int], x0: npt.NDArray[np.uint32], x1: npt.NDArray[np.uint32]) -> tuple[
    npt.NDArray[np.uint32], npt.NDArray[np.uint32]
]:  # fmt: skip
    """Threefry-2x32-20 as in Salmon et al. (2011), section 4.2."""
    keys = [np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[0] ^ key[1] ^ 0x1BD11BDA)]
    x0, x1 = x0 + keys[0], x1 + keys[1]
    for i in range(20):
        rotation = (13, 15, 26, 6, 17, 29, 16, 24)[i % 8]
        x0 = x0 + x1
        x1 = ((x1 << np.uint32(rotation)) | (x1 >> np.uint32(32 - rotation))) ^ x0
        if i % 4 == 3:
            x0, x1 = x0 + keys[(i // 4 + 1) % 3], x1 + keys[(i // 4 + 2) % 3] + np.uint32(i // 4 + 1)
    return x0, x1


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers_of_the_cipher(key: tuple[int, int], counter: tuple[int, int], words: tuple[int, int]) -> None:
    """The paper's known answers hold for this file's threefry, which the next test compares with the engine's."""
    x0, x1 = threefry(key, np.array([counter[0]], np.uint32), np.array([counter[1]], np.uint32))
    assert (int(x0[0]), int(x1[0])) == words


@pytest.mark.parametrize("count", [1, 16, 31, 32, 33, 8192, 20_001])
@pytest.mark.parametrize(("seed", "step", "stream"), [(0, 0, 0), (2**64 - 3, 2**32 - 1, 2**32 - 1), (7 << 33, 5, 9)])
def test_random_uniform(count: int, seed: int, step: int, stream: int, isa: str) -> None:
    (result,) = execute("random_uniform", [], [count], [stream, count], isa=isa, seed=seed, step=step)
    k0, k1 = threefry((seed & 0xFFFFFFFF, seed >> 32), np.array([stream], np.uint32), np.array([step], np.uint32))
    e = np.arange(count)
    words = threefry((int(k0[0]), int(k1[0])), (16 * (e // 32) + e % 16).astype(np.uint32), np.zeros(count, np.uint32))
    word = np.where((e // 16) % 2 == 0, words[0], words[1])
    np.testing.assert_array_equal(result, (word >> 8).astype(np.float32) * np.float32(2.0**-24))
