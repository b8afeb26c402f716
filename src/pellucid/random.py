"""Random numbers keyed by (seed, stream, step): the same key gives the same numbers on every engine and machine.

Masks that are drawn while a model trains come from Threefry, a counter-based generator: element e of a draw depends on
the key and on e alone, so it does not matter which thread computes it. Initial weights and shuffles, which are drawn
outside the engines, come from NumPy's Philox. Seeds that a user does not name are taken from one sequence, which
`set_random_seed` restarts.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.checks import is_whole
from pellucid.errors import ArgumentError, ArgumentTypeError, shown

__all__ = ["generator", "mixed", "next_seed", "permutation", "set_random_seed", "threefry", "uniform"]

OF_KERAS = ("SeedGenerator", "binomial", "categorical", "dropout", "normal", "randint", "shuffle", "truncated_normal")

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_WORD = 0xFFFFFFFF


class _SeedSequence:
    """The seeds handed out to whoever does not name one: word pairs of Threefry under the root seed, in order."""

    def __init__(self) -> None:
        self.restart(int.from_bytes(os.urandom(8)) >> 1)

    def restart(self, root: int) -> None:
        self.root, self.count = root, 0

    def next(self) -> int:
        high, low = threefry((self.root & _WORD, self.root >> 32), np.array([self.count]), np.array([0]))
        self.count += 1
        return (int(high[0]) << 31 | int(low[0]) >> 1) & (2**63 - 1)


@explained
def set_random_seed(seed: int) -> None:
    """Make everything random that follows repeatable: initial weights, shuffles, dropout masks.

    Args:
        seed: an integer from 0 to 2^63 - 1.

    Raises:
        ArgumentError: the seed is not an integer in that range.

    Example:
        >>> set_random_seed(7)
        >>> first = next_seed()
        >>> set_random_seed(7)
        >>> next_seed() == first
        True

    Source: keras.utils.set_random_seed, https://keras.io/api/utils/python_utils/
    """
    _SEEDS.restart(check_seed(seed))


def next_seed() -> int:
    """The next seed of the sequence that `set_random_seed` restarts; 0 <= seed < 2^63."""
    return _SEEDS.next()


def check_seed(seed: int) -> int:
    """Return `seed` if it is an integer from 0 to 2^63 - 1; raise `ArgumentError` otherwise."""
    if not is_whole(seed) or not 0 <= int(seed) < 2**63:
        error = ArgumentError if is_whole(seed) else ArgumentTypeError
        raise error(f"a seed must be an integer from 0 to 2^63 - 1, got {shown(seed)}")
    return int(seed)


def generator(seed: int, stream: int = 0) -> np.random.Generator:
    """A NumPy generator of its own for one purpose.

    Args:
        seed: 0 <= seed < 2^63.
        stream: which of the independent sequences under that seed, 0 <= stream < 2^63.

    Example:
        >>> generator(1, 2).permutation(3).tolist() == generator(1, 2).permutation(3).tolist()
        True

    Source: NumPy, random, Philox4x64.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)))


def permutation(seed: int, stream: int, count: int) -> np.ndarray:
    """A random order of `count` things, int64 `(count,)`; `stream` is the epoch when a training set is shuffled.

    Example:
        >>> sorted(permutation(seed=0, stream=3, count=4).tolist())
        [0, 1, 2, 3]
    """
    return generator(seed, stream).permutation(count)


def threefry(
    key: tuple[int, int], counter0: np.ndarray, counter1: np.ndarray, rounds: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Threefry-2x32: two random 32-bit words for each pair of counter words.

    Args:
        key: two words, each 0 <= word < 2^32.
        counter0: first counter words, integers of any shape.
        counter1: second counter words, same shape.
        rounds: 20 is the recommended number.

    Returns:
        two uint32 arrays of the counters' shape.

    Example:
        >>> words = threefry((0, 0), np.array([0]), np.array([0]))
        >>> [f"{int(word[0]):08x}" for word in words]
        ['6b200159', '99ba4efe']

    Source: Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011, section 4.2; the
    example is a known answer of the authors' Random123 library.
    """
    words = np.uint32(key[0]), np.uint32(key[1])
    counters = np.asarray(counter0).astype(np.uint32), np.asarray(counter1).astype(np.uint32)
    with np.errstate(over="ignore"):
        return mixed(words, *counters, rounds)


def mixed(key: tuple[Any, Any], x: Any, y: Any, rounds: int = 20) -> tuple[Any, Any]:
    """The rounds of `threefry` on words of any library that has uint32: key and counters are such already."""
    keys = (*key, key[0] ^ key[1] ^ np.uint32(_PARITY))
    x, y = x + keys[0], y + keys[1]
    for group in range(rounds // 4):
        for rotation in _ROTATIONS[group % 2]:
            x = x + y
            y = (y << np.uint32(rotation)) | (y >> np.uint32(32 - rotation))
            y = y ^ x
        x = x + keys[(group + 1) % 3]
        y = y + (keys[(group + 2) % 3] + np.uint32(group + 1))
    return x, y


def uniform(seed: int, stream: int, step: int, count: int) -> np.ndarray:
    """Uniform numbers in [0, 1) with 24 random bits, so that float32 and float64 hold the same values.

    Every engine draws its masks by this rule: under the key that (seed, stream, step) gives, element `e` is one word
    of Threefry at counter `16 * (e // 32) + e % 16`: the first word where `(e // 16) % 2` is 0, else the second. (Two
    runs of 16 neighbours come from one vector of counters.)

    Args:
        seed: of the model, 0 <= seed < 2^63.
        stream: of the node that draws, 0 <= stream < 2^32.
        step: of the training, taken modulo 2^32.
        count: how many numbers, >= 0.

    Returns:
        float64 `(count,)`.

    Example:
        >>> draw = uniform(seed=1, stream=0, step=0, count=1000)
        >>> bool((draw >= 0).all() and (draw < 1).all()), round(float(draw.mean()), 1)
        (True, 0.5)
    """
    key = threefry((seed & _WORD, seed >> 32), np.array([stream]), np.array([step & _WORD]))
    blocks = -(-count // 32)
    words = threefry((int(key[0][0]), int(key[1][0])), np.arange(16 * blocks), np.zeros(16 * blocks))
    pairs = np.stack([word.reshape(blocks, 16) for word in words], axis=1)
    return (pairs.reshape(-1)[:count] >> np.uint32(8)) * 2.0**-24


_SEEDS = _SeedSequence()


def __getattr__(name: str) -> Any:
    """What Keras has here, from where it stands; `uniform` is another thing here."""
    if name in OF_KERAS:
        return getattr(importlib.import_module("pellucid.backend.random_numbers"), name)
    raise absent(__name__, name)
