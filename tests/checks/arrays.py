"""Arrays for operands: repeatable, of float32 values, and away from kinks where that is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from cases.rows import Operand

RANGES = {"real": (-1.0, 1.5), "positive": (0.5, 2.0), "share": (0.05, 0.95), "above 1": (1.2, 3.0)}
LABELS = 4


def generator(name: str) -> np.random.Generator:
    """Random numbers of a case's own; the same in every run and process."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def distinct(count: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """The middles of `count` equal parts of the kind's range, shuffled.

    So any two differ by at least a part's length, and none of "real" is closer to 0 than a tenth of that: nothing ties,
    and no ReLU, maximum or pooling changes its choice under a step that is small against a part.
    """
    low, high = RANGES[kind]
    return rng.permutation((np.arange(count) + 0.5) / max(count, 1) * (high - low) + low)


def fill(operands: Mapping[str, Operand], name: str) -> dict[str, np.ndarray]:
    """Values for operands by name, float64 that float32 holds exactly; those of a distinct kind are drawn together."""
    rng = generator(name)
    sizes = {key: int(np.prod(operand.shape)) for key, operand in operands.items()}
    pools = {}
    for kind in RANGES:
        total = sum(sizes[key] for key, operand in operands.items() if operand.kind == kind)
        pools[kind] = iter(distinct(total, kind, rng))
    arrays = {}
    for key, operand in operands.items():
        match operand.kind:
            case kind if kind in RANGES:
                values = np.fromiter(pools[operand.kind], float, sizes[key])
            case "binary":
                values = rng.integers(0, 2, sizes[key])
            case "label":
                values = rng.integers(0, LABELS, sizes[key])
            case _:
                values = rng.integers(-3, 4, sizes[key])
        arrays[key] = values.reshape(operand.shape).astype(np.float32).astype(np.float64)
    return arrays


def whole_numbers(shape: tuple[int, ...], rng: np.random.Generator, unit: int = 1) -> np.ndarray:
    """Multiples of `unit` from -3 to 3 units: float32 holds sums of their products exactly."""
    return rng.integers(-3, 4, shape).astype(np.float64) * unit
