"""How alike filters are, whatever their sign and however they are moved: by their answers, and by their weights."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

__all__ = ["cosine_under_shift", "cosines", "likenesses"]

NOT_SHARED = 2**18
"""Multiplications in a product of matrices up to which OpenBLAS keeps to one thread."""


def likenesses(a: np.ndarray, b: np.ndarray, reach: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The correlation of each channel with each, in the shift of the maps in which it is farthest from zero.

    Args:
        a: answers (samples, places..., channels).
        b: the same of another, for the same samples and places.
        reach: how far maps are shifted along each axis, at most.

    Returns:
        the correlations (channels of a, channels of b), 0 where an answer is constant; and the shifts (channels of a,
        channels of b, axes): what b shows lies so many places before what a shows.

    Example:
        >>> a = np.array([1.0, 5.0, 2.0, -3.0, 0.0, 1.0]).reshape(1, 6, 1)
        >>> found, shift = likenesses(a[:, 1:], -2 * a[:, :-1], (1,))
        >>> found.round(6).tolist(), shift.tolist()
        ([[-1.0]], [[[-1]]])
    """
    shape = a.shape[-1], b.shape[-1]
    best, shifts = np.zeros(shape), np.zeros((*shape, len(reach)), int)
    ranges = [range(-min(r, size - 1), min(r, size - 1) + 1) for r, size in zip(reach, a.shape[1:-1], strict=True)]
    for shift in sorted(itertools.product(*ranges), key=lambda each: sum(map(abs, each))):
        mine, its = [slice(None)], [slice(None)]
        for step, size in zip(shift, a.shape[1:-1], strict=True):
            mine.append(slice(max(step, 0), size + min(step, 0)))
            its.append(slice(max(-step, 0), size + min(-step, 0)))
        found = _correlations(a[tuple(mine)], b[tuple(its)])
        better = np.abs(found) > np.abs(best) + 1e-9
        best[better], shifts[better] = found[better], shift
    return best, shifts


def _correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    rows = []
    for array in (a, b):
        flat = array.reshape(-1, array.shape[-1])
        centred = flat - flat.mean(axis=0, dtype=np.float64).astype(flat.dtype)
        norms = np.sqrt(np.einsum("ij,ij->j", centred, centred, dtype=np.float64))
        scale = np.sqrt(np.einsum("ij,ij->j", flat, flat, dtype=np.float64))
        alive = norms > 1e-6 * scale  # what does not change is like nothing
        rows.append(centred * np.divide(1.0, norms, out=np.zeros(len(norms)), where=alive).astype(flat.dtype))
    return _products(*rows).clip(-1, 1)


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sums over rows of all products of columns, block by block.

    The blocks are so small that BLAS does not share them out: its threads wait for each other on a busy machine.
    """
    total = np.zeros((a.shape[1], b.shape[1]))
    rows = max(16, NOT_SHARED // (a.shape[1] * b.shape[1]))
    for start in range(0, len(a), rows):
        total += a[start : start + rows].T @ b[start : start + rows]
    return total


def cosines(a: np.ndarray, b: np.ndarray, match: np.ndarray, sign: np.ndarray) -> np.ndarray:
    """The cosine of each kernel with its match times the sign, in the best shift by up to half a kernel."""
    found = np.full(len(match), np.nan)
    for number, other in enumerate(match.tolist()):
        if other >= 0:
            one, two = a[..., number].astype(np.float64), sign[number] * b[..., other].astype(np.float64)
            found[number] = cosine_under_shift(one, two)[0]
    return found


def cosine_under_shift(a: np.ndarray, b: np.ndarray) -> tuple[float, tuple[int, ...]]:
    """The largest cosine of two kernels (spatial..., channels), one moved by up to half its size, zeros coming in.

    Example:
        >>> cosine_under_shift(np.array([[0.0], [3.0], [4.0]]), np.array([[3.0], [4.0], [0.0]]))
        (1.0, (1,))
    """
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norms == 0:
        return 0.0, (0,) * (a.ndim - 1)
    best, at = -np.inf, (0,) * (a.ndim - 1)
    steps = [range(-((size - 1) // 2), (size - 1) // 2 + 1) for size in a.shape[:-1]]
    for shift in sorted(itertools.product(*steps), key=lambda each: sum(map(abs, each))):
        mine = tuple(slice(max(s, 0), n + min(s, 0)) for s, n in zip(shift, a.shape, strict=False))
        its = tuple(slice(max(-s, 0), n + min(-s, 0)) for s, n in zip(shift, a.shape, strict=False))
        cosine = float((a[mine] * b[its]).sum()) / norms
        if cosine > best + 1e-12:
            best, at = cosine, shift
    return best, at
