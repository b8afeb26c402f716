"""Which kernel of the filterbank a kernel resembles, wherever it lies, whichever sign it has, however it is turned."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid import filterbank
from pellucid.errors import ArgumentError
from pellucid.filterbank.catalogue import KERNELS
from pellucid.filterbank.grids import laid
from pellucid.frozen import Frozen

MOST_KEPT = 5
LARGEST_BASIS = 8
"""Sides of kernels up to which the cosine basis is compared with them: it has as many kernels as they have taps."""
_AS_GOOD = 1e-6  # of cosines that differ by less the plainer likeness counts


class Match(Frozen, eq=False):
    """A kernel of the bank that a kernel resembles.

    Args:
        name: of the kernel, with its settings where they are not the usual ones: "gabor(size=5, wavelength=3)"; as
            `filterbank.get`, `layer.filter(k).set` and `pellucid filter --kernel` take it, and the whole sentence too.
        cosine: the sum of products with the kernel as it is turned and moved, divided by both norms; from -1 to 1. What
            sticks out of the kernel that is described counts as a difference.
        shift: by how many taps it was moved, per spatial axis, from the middle.
        rotation: by how many degrees it was turned, clockwise as the picture is seen: 0, 90, 180 or 270.
        kernel: what of it lies on the kernel that resembles it, as it was turned and moved, with the sign: of that
            kernel's shape.

    Example:
        >>> print(Match("sobel_x", -0.98, (0, 0), 90, np.zeros((3, 3))))
        sobel_x, turned by 90 degrees, negative: cosine -0.980
    """

    name: str
    cosine: float
    shift: tuple[int, ...]
    rotation: int
    kernel: np.ndarray

    @property
    def sign(self) -> int:
        """1, or -1 where it is the negative of the kernel that is resembled."""
        return -1 if self.cosine < 0 else 1

    def __str__(self) -> str:
        parts = [self.name]
        parts += [f"turned by {self.rotation} degrees"] if self.rotation else []
        parts += [f"moved by {', '.join(f'{step:+d}' for step in self.shift)}"] if any(self.shift) else []
        parts += ["negative"] if self.sign < 0 else []
        return f"{', '.join(parts)}: cosine {self.cosine:z.3f}"


def matches(kernel: np.ndarray, most: int = MOST_KEPT) -> tuple[Match, ...]:
    """The kernels of the bank that a kernel resembles most, the nearest first, each in its best place.

    Args:
        kernel: (taps,), (rows, columns) or (depth, rows, columns); those of the bank with two axes are laid on each
            slice of the last, or on one of them.
        most: how many.

    Returns:
        at most so many; none for a kernel of zeros.

    Example:
        >>> print(matches(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))[0])
        vertical_line, moved by +0, +1: cosine 1.000

    Source: normalised cross-correlation with each kernel of `filterbank`.
    """
    norm = float(np.linalg.norm(kernel))
    if norm == 0 or not np.isfinite(norm):
        return ()
    best: dict[str, tuple[tuple[int, int, int, float], tuple[Any, ...]]] = {}
    for group in _candidates(kernel.shape):
        lags = _lags(kernel.shape, group.kernels.shape[1:])
        far = sum(np.abs(grid) for grid in lags).ravel()
        products = _products(kernel, group.kernels).reshape(len(group.kernels), -1) / (norm * group.norms[:, None])
        sizes = np.abs(products)
        near = sizes >= sizes.max(axis=1, keepdims=True) - _AS_GOOD
        places = np.where(near, far, np.inf).argmin(axis=1).tolist()
        for (rank, name, rotation), row, place, other in zip(group.told, products, places, group.kernels, strict=True):
            cosine = float(np.clip(row[place], -1.0, 1.0))
            key = (-round(abs(cosine) / _AS_GOOD), int(far[place]) + rotation // 90, rank, -cosine)
            if name not in best or key < best[name][0]:
                best[name] = key, (name, cosine, tuple(int(grid.ravel()[place]) for grid in lags), rotation, other)
    nearest = [told for _, told in sorted(best.values(), key=lambda pair: pair[0])[:most]]
    return tuple(
        Match(name, cosine, shift, rotation, _laid(other, shift, kernel.shape, cosine))
        for name, cosine, shift, rotation, other in nearest
    )


def _laid(other: np.ndarray, shift: Sequence[int], shape: tuple[int, ...], cosine: float) -> np.ndarray:
    """What of another kernel lies on one of a shape when it is moved from the middle."""
    found = laid(other * (-1.0 if cosine < 0 else 1.0), shift, shape)
    found.setflags(write=False)
    return found


class _Group(Frozen, eq=False):
    """Kernels of one shape: (kernels, spatial...), their norms, and of each its rank in the bank, name and rotation."""

    kernels: np.ndarray
    norms: np.ndarray
    told: tuple[tuple[int, str, int], ...]


def _products(kernel: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The sums of products with each of the others, for each place in which the two overlap."""
    sizes = [a + b - 1 for a, b in zip(kernel.shape, others.shape[1:], strict=True)]
    axes = tuple(range(1, others.ndim))
    spectra = np.fft.rfftn(kernel[None], sizes, axes) * np.conj(np.fft.rfftn(others, sizes, axes))
    return np.roll(np.fft.irfftn(spectra, sizes, axes), [size - 1 for size in others.shape[1:]], axes)


def _lags(shape: Sequence[int], other: Sequence[int]) -> list[np.ndarray]:
    """How far from the middle each of these places is, per axis."""
    starts = [-(b - 1) - (a - b) // 2 for a, b in zip(shape, other, strict=True)]
    sizes = [a + b - 1 for a, b in zip(shape, other, strict=True)]
    return list(np.meshgrid(*[np.arange(n) + s for n, s in zip(sizes, starts, strict=True)], indexing="ij"))


@lru_cache(maxsize=32)
def _candidates(shape: tuple[int, ...]) -> list[_Group]:
    """The kernels of the bank that can be laid on kernels of a shape, in each rotation that makes another one."""
    by_shape: dict[tuple[int, ...], list[tuple[tuple[int, str, int], np.ndarray]]] = {}
    for rank, (name, kernel) in enumerate(_named(shape[-2:] if len(shape) > 1 else shape)):
        for rotation, turned in _rotations(kernel):
            forms = [(name, turned)]
            if len(shape) == 3:
                each = np.repeat(turned[None], shape[0], axis=0)
                forms = [(f"{name} on one slice", turned[None]), (f"{name} on each of {shape[0]} slices", each)]
            for told, form in forms:
                by_shape.setdefault(form.shape, []).append(((rank, told, rotation), form))
    groups = []
    for members in by_shape.values():
        kernels = np.stack([kernel for _, kernel in members])
        norms = np.sqrt(np.square(kernels).reshape(len(kernels), -1).sum(axis=1))
        groups.append(_Group(kernels, norms, tuple(told for told, _ in members)))
    return groups


def _rotations(kernel: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The kernel turned by quarters, but for those that give the same or its negative."""
    known: list[np.ndarray] = []
    for quarter in range(4) if kernel.ndim == 2 else (0, 2):
        turned = np.rot90(kernel, -quarter) if kernel.ndim == 2 else kernel[:: -1 if quarter else 1]
        if not any(
            np.allclose(turned, each) or np.allclose(turned, -each) for each in known if each.shape == turned.shape
        ):
            known.append(turned)
            yield 90 * quarter, turned


def _named(shape: tuple[int, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """The kernels of the bank of as many axes, as they are usually and in the size of this shape; plain ones first."""
    size = min(shape)
    for name, function in KERNELS.items():
        usual = function()
        if name in ("dct", "dct_1d", "gabor", "curve") or usual.ndim != len(shape):
            continue
        yield name, usual
        known = inspect.signature(function).parameters
        if "size" in known and size not in usual.shape:
            with suppress(ArgumentError):  # there is none of an even size
                yield f"{name}(size={size})", function(size=size)
        if "neighbors" in known:
            yield f"{name}(neighbors=8)", function(neighbors=8)
    if len(shape) == 2:
        yield from _families(size)
    elif 1 < size <= LARGEST_BASIS:
        yield from ((f"dct_1d(size={size}, v={v})", filterbank.dct_1d(size, v)) for v in range(1, size))


def _families(size: int) -> Iterator[tuple[str, np.ndarray]]:
    odd = size - 1 + size % 2
    for angle in (0.0, 45.0):
        yield f"curve(angle={angle:g})", filterbank.curve(angle=angle)
    for wavelength, angle, phase in itertools.product((3.0, 4.0, 6.0), (0.0, 22.5, 45.0, 67.5), (0.0, 90.0)):
        told = f"wavelength={wavelength:g}, orientation={angle:g}, phase={phase:g}"
        yield f"gabor(size={odd}, {told})", filterbank.gabor(odd, wavelength, angle, phase)
    if 1 < size <= LARGEST_BASIS:
        basis = filterbank.dct_basis(size)
        for number in range(1, size * size):
            u, v = divmod(number, size)
            yield f"dct(size={size}, u={u}, v={v})", basis[..., number]


def share(part: float, whole: float) -> float:
    """A part of a whole, 0 where there is nothing.

    Example:
        >>> share(1.0, 4.0), share(0.0, 0.0)
        (0.25, 0.0)
    """
    return part / whole if whole > 0 and math.isfinite(whole) else 0.0
