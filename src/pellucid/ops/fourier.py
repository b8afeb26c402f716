"""Fourier's transform, forth and back, of whole signals and of short pieces, under Keras's names (keras.ops).

Complex numbers are pairs here, as in Keras: a tensor of the real parts and one of the imaginary parts.

The transform of n = a b numbers is made of b transforms of a numbers, turns of what they give, and a transforms of b
numbers; each of the small ones is a product with a matrix. So all of it is what the engines do fastest, with gradients,
and n needs n (a + b) products in the place of n n.

Source: J. Cooley, J. Tukey, "An Algorithm for the Machine Calculation of Complex Fourier Series", Mathematics of
Computation 19 (1965), equations 4 to 8.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import array_that
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.initializers.windows import window as window_named
from pellucid.ops.places import MOST, table, whole
from pellucid.ops.sliding import pieces_of

Pair = tuple[Tensor, Tensor]
SMALL = 64
"""So many numbers are transformed by one matrix: two smaller ones would take more time."""
MOST_AT_ONCE = 4096
"""The largest factor without divisors: its matrices have 64 MB each."""


@anywhere(several="x")
def fft(x: Any) -> Any:
    """Fourier's transform along the last axis: X[k] = sum over j of x[j] e^(-2 pi i j k / n).

    Args:
        x: real and imaginary parts, in a tuple.

    Returns:
        the real and the imaginary parts, of the same shape.

    Raises:
        ArgumentError: x is no pair, or a factor of n above 4,096 has no divisors.
        ShapeError: the two parts differ in shape, or have no axes.

    Example:
        >>> [part.tolist() for part in fft(([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]))]
        [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]

    Source: keras.ops.fft, https://keras.io/api/ops/fft/
    """
    return _transformed(_pair(x, 1), -1.0)


@anywhere(several="x")
def fft2(x: Any) -> Any:
    """Fourier's transform along the last two axes, of images: `fft` along the one and along the other.

    Args:
        x: real and imaginary parts, in a tuple.

    Example:
        >>> real, imaginary = fft2(([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]))
        >>> real.tolist()
        [[10.0, -2.0], [-4.0, 0.0]]
    """
    return _along_two_axes(_pair(x, 2), -1.0)


@anywhere(several="x")
def ifft2(x: Any) -> Any:
    """The images whose `fft2` this is.

    Args:
        x: real and imaginary parts, in a tuple.

    Example:
        >>> ifft2(([[10.0, -2.0], [-4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]))[0].tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    pair = _pair(x, 2)
    return _divided(_along_two_axes(pair, 1.0), math.prod(pair[0].shape[-2:]))


@anywhere("x")
def rfft(x: Operand, fft_length: int | None = None) -> Any:
    """Fourier's transform of real numbers along the last axis: the first n / 2 + 1 of n numbers, which tell the others.

    Args:
        x: of one axis or more.
        fft_length: n; x is cut, or zeros are put behind it. As long as x by default.

    Returns:
        the real and the imaginary parts (..., n // 2 + 1).

    Example:
        >>> [part.tolist() for part in rfft([1.0, 0.0, -1.0, 0.0])]
        [[0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    """
    _check_axes(x, 1)
    return _of_real(x, _length(fft_length, x.shape[-1]))


@anywhere(several="x")
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """The real numbers whose `rfft` this is.

    Args:
        x: real and imaginary parts (..., n // 2 + 1), in a tuple.
        fft_length: n; 2 (numbers - 1) by default.

    Returns:
        a tensor (..., n).

    Example:
        >>> irfft(([0.0, 2.0, 0.0], [0.0, 0.0, 0.0])).tolist()
        [1.0, 0.0, -1.0, 0.0]
    """
    pair = _pair(x, 1)
    return _to_real(pair, _length(fft_length, 2 * (pair[0].shape[-1] - 1)))


@anywhere("x")
def stft(
    x: Operand,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The `rfft` of pieces of a signal, each weighed by a window.

    Args:
        x: signals, along the last axis.
        sequence_length: of the window.
        sequence_stride: from where one piece begins to where the next does.
        fft_length: of the pieces: the window lies in their middle, and is 0 around it.
        window: "hann", "hamming", an array of its own numbers, or None for ones.
        center: whether the middle of the first piece is the first number: the signal is mirrored at both ends.

    Returns:
        the real and the imaginary parts (..., pieces, fft_length // 2 + 1).

    Raises:
        ArgumentError: the window is longer than the pieces, or unknown.
        ShapeError: the signal is shorter than a piece.

    Example:
        >>> [part.shape for part in stft(np.ones((2, 16)), 4, 2, 8)]
        [(2, 9, 5), (2, 9, 5)]

    Source: keras.ops.stft, https://keras.io/api/ops/fft/
    """
    shape = _Pieces(sequence_length, sequence_stride, fft_length, window)
    _check_axes(x, 1)
    if checks.flag("", "center", center):
        x = _mirrored(x, shape.length // 2)
    return _of_real(pieces_of(x, shape.length, shape.stride) * builder.literal(x.graph, shape.weights), shape.length)


@anywhere(several="x")
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The signal whose `stft` this is: the pieces, weighed and added where they overlap.

    Args:
        x: real and imaginary parts (..., pieces, fft_length // 2 + 1), in a tuple.
        sequence_length, sequence_stride, fft_length, window, center: as for `stft`.
        length: of the signal; as long as the pieces are by default, without what was mirrored.

    Returns:
        a tensor (..., length).

    Example:
        >>> signal = np.arange(16.0)
        >>> float(np.abs(istft(stft(signal, 8, 4, 8), 8, 4, 8) - signal).max()) < 1e-5
        True

    Source: D. Griffin, J. Lim, "Signal Estimation from Modified Short-Time Fourier Transform", IEEE Transactions on
    Acoustics, Speech, and Signal Processing 32 (1984), equation 6.
    """
    shape, pair = _Pieces(sequence_length, sequence_stride, fft_length, window), _pair(x, 2)
    weights = builder.literal(pair[0].graph, shape.weights)
    count = pair[0].shape[-2]
    whole_length = shape.length + shape.stride * (count - 1)
    squares = table((whole_length,), lambda: np.zeros(whole_length))
    added = _overlapped(_to_real(pair, shape.length) * weights, shape.stride, whole_length)
    for number in range(count):
        squares[number * shape.stride :][: shape.length] += np.square(shape.weights)
    found = added / builder.literal(added.graph, np.where(squares > 1e-10, squares, 1.0))
    start = shape.length // 2 if checks.flag("", "center", center) else 0
    stop = whole_length - start if length is None else start + checks.whole("", "length", length, 1, MOST)
    found = builder.slice_axis(found, -1, start, min(stop, whole_length))
    return builder.pad_axis(found, -1, 0, max(stop - whole_length, 0))


class _Pieces:
    """How a signal is cut: how long pieces are, how far apart they begin, and how their numbers are weighed."""

    def __init__(self, sequence_length: Any, sequence_stride: Any, fft_length: Any, window: Any) -> None:
        self.length, self.stride = _as_length(fft_length), whole("sequence_stride", sequence_stride, 1)
        size = whole("sequence_length", sequence_length, 1)
        if size > self.length:
            raise ArgumentError(f"sequence_length={size} must not be more than fft_length={self.length}")
        before = (self.length - size) // 2
        self.weights = np.pad(_weights(window, size), (before, self.length - size - before))


def _weights(window: Any, size: int) -> np.ndarray:
    if window is None:
        return np.ones(size)
    if isinstance(window, str):
        return window_named(checks.word("", "window", window, ("hann", "hamming")), size, periodic=True)
    weights = array_that("window", window)
    if weights.shape != (size,):
        raise ArgumentError(f"window has as many numbers as sequence_length, {size}; got shape {weights.shape}")
    return weights.astype(np.float64)


def _length(given: Any, usual: int) -> int:
    return max(usual, 1) if given is None else _as_length(given)


def _as_length(given: Any) -> int:
    """The length of a transform, no longer than any array of this library's."""
    return checks.whole("", "fft_length", given, 1, MOST)


def _check_axes(x: Tensor, count: int) -> None:
    if x.rank < count:
        raise ShapeError(f"expected at least {count} {'axes' if count > 1 else 'axis'}, got shape {x.shape}")


def _pair(x: list[Tensor], axes: int) -> Pair:
    """Real and imaginary parts."""
    if len(x) != 2:
        raise ArgumentError(f"x is a tuple of real and imaginary parts, got {len(x)} of them")
    if x[0].shape != x[1].shape:
        raise ShapeError(f"real and imaginary parts have shapes {x[0].shape} and {x[1].shape}, which differ")
    _check_axes(x[0], axes)
    return x[0], x[1]


def _divided(pair: Pair, by: float) -> Pair:
    return pair[0] * (1.0 / by), pair[1] * (1.0 / by)


def _along_two_axes(pair: Pair, sign: float) -> Pair:
    """The transform along the last axis, then along the one before it."""
    turned = _turned(_transformed(pair, sign))
    return _turned(_transformed(turned, sign))


def _turned(pair: Pair) -> Pair:
    """The last two axes exchanged."""
    rank = pair[0].rank
    order = [*range(rank - 2), rank - 1, rank - 2]
    return builder.transpose(pair[0], order), builder.transpose(pair[1], order)


def _of_real(x: Tensor, length: int) -> Pair:
    """`rfft`."""
    kept = min(length, x.shape[-1])
    x = builder.pad_axis(builder.slice_axis(x, -1, 0, kept), -1, 0, length - kept)
    real, imaginary = _transformed((x, None), -1.0)
    half = length // 2 + 1
    return builder.slice_axis(real, -1, 0, half), builder.slice_axis(imaginary, -1, 0, half)


def _to_real(pair: Pair, length: int) -> Tensor:
    """`irfft`: the numbers behind the middle are those before it, backwards and conjugate."""
    half = length // 2 + 1
    kept = min(half, pair[0].shape[-1])
    parts = [builder.pad_axis(builder.slice_axis(part, -1, 0, kept), -1, 0, half - kept) for part in pair]
    mirror = np.arange((length - 1) // 2, 0, -1)
    if len(mirror):
        signs = (1.0, -1.0)
        behind = [builder.gather(part, mirror, -1) * sign for part, sign in zip(parts, signs, strict=True)]
        parts = [builder.concatenate([part, rest], part.rank - 1) for part, rest in zip(parts, behind, strict=True)]
    real = builder.literal(pair[0].graph, _real_ends(length))
    return _transformed((parts[0], parts[1] * real), 1.0)[0] * (1.0 / length)


def _real_ends(length: int) -> np.ndarray:
    """0 where the transform of real numbers is real, whatever was given: at the first and at the middle number."""
    found = np.ones(length)
    found[0] = 0.0
    if length % 2 == 0:
        found[length // 2] = 0.0
    return found


def _transformed(pair: tuple[Tensor, Tensor | None], sign: float) -> Pair:
    """The sums of x[j] e^(sign 2 pi i j k / n) along the last axis; an imaginary part of None is 0."""
    real, imaginary = pair
    size = real.shape[-1]
    first = _divisor(size)
    if first == 1 or size <= SMALL:
        return _by_matrix(real, imaginary, sign)
    last = size // first
    # j = j1 last + j2 and k = k1 + k2 first: over j1 first, for each j2
    rows = (*real.shape[:-1], first, last)
    real = builder.reshape(real, rows)
    imaginary = None if imaginary is None else builder.reshape(imaginary, rows)
    axes = [*range(len(rows) - 2), len(rows) - 1, len(rows) - 2]
    across = builder.transpose(real, axes), None if imaginary is None else builder.transpose(imaginary, axes)
    inner = _rotated(_transformed(across, sign), last, first, sign)  # (..., j2, k1)
    outer = _transformed(_turned(inner), sign)  # (..., k1, k2)
    found = _turned(outer)
    shape = (*rows[:-2], size)
    return builder.reshape(found[0], shape), builder.reshape(found[1], shape)


def _divisor(size: int) -> int:
    """The largest one up to the root of a size."""
    return next(each for each in range(math.isqrt(size), 0, -1) if size % each == 0)


def _rotated(pair: Pair, rows: int, columns: int, sign: float) -> Pair:
    """Each number of the last two axes turned by e^(sign 2 pi i row column / (rows columns))."""
    real, imaginary = pair
    cosine, sine = (builder.literal(real.graph, part) for part in _waves(rows, columns, rows * columns, sign))
    return real * cosine - imaginary * sine, real * sine + imaginary * cosine


def _by_matrix(real: Tensor, imaginary: Tensor | None, sign: float) -> Pair:
    """The sums as products with a matrix of cosines and one of sines."""
    size = real.shape[-1]
    if size > MOST_AT_ONCE:
        raise ArgumentError(
            f"{size} numbers have no divisors to transform them by, and are too many for one matrix: pad or cut them "
            f"to {1 << (size - 1).bit_length()}"
        )
    cosine, sine = (builder.literal(real.graph, part) for part in _waves(size, size, size, sign))
    shape, rows = real.shape, (math.prod(real.shape[:-1]), size)
    across = builder.reshape(real, rows)
    found = builder.matmul(across, cosine), builder.matmul(across, sine)
    if imaginary is not None:
        upwards = builder.reshape(imaginary, rows)
        found = found[0] - builder.matmul(upwards, sine), found[1] + builder.matmul(upwards, cosine)
    return builder.reshape(found[0], shape), builder.reshape(found[1], shape)


def _waves(rows: int, columns: int, around: int, sign: float) -> list[np.ndarray]:
    """cos and sin of sign 2 pi row column / around: (rows, columns) each."""
    angles = 2 * math.pi * (np.outer(np.arange(rows), np.arange(columns)) % around) / around  # exact up to the division
    waves = [np.cos(angles), sign * np.sin(angles)]
    return [np.where(np.abs(wave) < 1e-15, 0.0, wave) for wave in waves]  # a quarter turn is no float64


def _mirrored(x: Tensor, by: int) -> Tensor:
    """The last axis longer by so many numbers at both ends: those beside the ends, backwards."""
    size = x.shape[-1]
    if size <= by:
        raise ShapeError(f"{size} numbers cannot be mirrored over {by} at their ends: take center=False")
    return builder.gather(x, np.pad(np.arange(size), by, mode="reflect"), -1)


def _overlapped(pieces: Tensor, stride: int, length: int) -> Tensor:
    """Pieces (..., count, size) that begin every `stride` numbers, added up (..., length)."""
    count, size = pieces.shape[-2:]
    flat = builder.reshape(pieces, (*pieces.shape[:-2], count * size))
    places, found = np.arange(length), None
    for back in range(-(-size // stride)):
        number = places // stride - back
        inside = places - number * stride
        is_there = (number >= 0) & (number < count) & (inside < size)
        part = builder.gather(flat, np.where(is_there, number * size + inside, -1), -1)
        found = part if found is None else found + part
    assert found is not None
    return found
