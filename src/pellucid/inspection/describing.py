"""What a filter is: where it looks, how fast it varies, what it lets through, what it resembles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.frozen import Frozen
from pellucid.inspection.filters import first_channel
from pellucid.inspection.given import described, number_of
from pellucid.inspection.likeness import Match, matches, share
from pellucid.inspection.record import Record
from pellucid.inspection.records import FilterBank
from pellucid.layers.filter_values import AXES, SLIDES
from pellucid.layers.single_filters import Filter

_GRID = {1: 256, 2: 64, 3: 32}  # frequencies per axis, by the number of axes
_NO_DIRECTION = 0.05
_MOST_STEPS = 200
MOST_CHANNELS = 8
"""The strongest channels are described one by one; the others are in the component."""


class Pattern(Frozen, Record, eq=False):
    """What one kernel without channels is.

    Args:
        kernel: (taps,), (rows, columns) or (depth, rows, columns), read-only.
        energy: the sum of the squares of its numbers.
        dc_gain: the sum of its numbers: what it makes of a plain area of ones.
        orientation: in which direction it varies, in degrees from 0 to below 180: 0 to the right, 90 downwards; None
            where no direction stands out, and of kernels without rows and columns.
        coherence: how much that direction stands out, from 0 (all alike) to 1 (it varies along it alone).
        frequency: at which it answers most, in cycles per tap, 0 to 0.71 in two dimensions; 0 for plain areas.
        separability: the share of the energy in the best product of a kernel along each axis, 0 to 1.
        symmetry: the cosine with the kernel mirrored along each axis and along all ("half turn"): 1 where it is the
            same, -1 where it is the negative.
        matches: what it resembles, the nearest first.

    Example:
        >>> pattern = describe([[1.0, 0.0, -1.0]] * 3).main
        >>> pattern.orientation, pattern.nearest.name, pattern.symmetry["along columns"]
        (0.0, 'prewitt_x', -1.0)
    """

    kernel: np.ndarray
    energy: float
    dc_gain: float
    orientation: float | None
    coherence: float
    frequency: float
    separability: float
    symmetry: dict[str, float]
    matches: tuple[Match, ...]

    @property
    def nearest(self) -> Match | None:
        """The kernel of the bank that it resembles most; None for zeros."""
        return self.matches[0] if self.matches else None

    @property
    def wavelength(self) -> float:
        """From one stripe to the next, in taps; infinite where it answers plain areas most."""
        return 1 / self.frequency if self.frequency else math.inf


class Description(Frozen, Record, eq=False):
    """What one filter is, with all its input channels.

    Args:
        label: of the filter, such as 'conv2d, filter 3'.
        axes: the names of the kernel's axes along which it slides.
        kernel: (spatial..., channels), read-only.
        channels: the numbers of the input channels that it reads, the strongest first.
        energies: of each of these channels, in the order of their numbers.
        patterns: what the kernel is on the strongest channels, in the order of `channels`.
        component: the pattern that, times one number per channel, comes nearest to the whole kernel: its first
            principal component over the channels, of norm 1.
        weights: these numbers, one per channel.
        shares: the shares of the energy (variance around zero) that the principal components explain, largest first.
        provenance: how the weights came about, in words.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(4, 3, name="c")
        >>> layer.build((None, 8, 8, 1))
        >>> print(describe(layer.filter(2).set("sobel_y")).patterns[0].nearest)
        sobel_y: cosine 1.000
    """

    label: str
    axes: tuple[str, ...]
    kernel: np.ndarray
    channels: tuple[int, ...]
    energies: tuple[float, ...]
    patterns: tuple[Pattern, ...]
    component: Pattern
    weights: np.ndarray
    shares: tuple[float, ...]
    provenance: str = ""

    @property
    def energy(self) -> float:
        """The sum of the squares of all numbers."""
        return math.fsum(self.energies)

    def energy_of(self, channel: int) -> float:
        """The sum of the squares of the numbers of one input channel, 0 for one that the filter does not read."""
        place = channel - min(self.channels)
        return self.energies[place] if 0 <= place < len(self.energies) else 0.0

    @property
    def dc_gain(self) -> float:
        """The sum of all numbers: what the filter makes of ones everywhere."""
        return float(self.kernel.sum())

    @property
    def main(self) -> Pattern:
        """What the filter is mostly: its pattern if it reads one channel, else the component."""
        return self.patterns[0] if len(self.channels) == 1 else self.component


@explained
def describe(filter: Filter | FilterBank | Any, number: int | None = None) -> Description:
    """What a filter is: orientation, frequency, DC gain, separability, symmetry, and the kernels that it resembles.

    Args:
        filter: `layer.filter(3)`; or what `filters(layer)` gives, with a number; or a kernel as an array: (taps,),
            (rows, columns), or with channels (rows, columns, channels), (depth, rows, columns, channels).
        number: of the filter, for a bank.

    Returns:
        the record. Angles are in degrees, 0 to the right and 90 downwards, frequencies in cycles per tap. Kernels of
        the filterbank are compared in every place, with both signs and turned by quarters; the measure is the cosine.

    Raises:
        ArgumentTypeError: it is no filter.
        ArgumentError: the bank has no such filter, or the unit of a dense layer has no places.
        ShapeError: an array has other axes.

    Example:
        >>> from pellucid import filterbank
        >>> seen = describe(filterbank.gabor(size=9, wavelength=4, orientation=45))
        >>> round(seen.main.orientation), round(seen.main.wavelength), seen.main.nearest.name
        (45, 4, 'gabor(size=9, wavelength=4, orientation=45, phase=0)')

    Source: separability by singular values, as in Perona, Deformable kernels for early vision, 1995; orientation by the
    structure tensor of the spectrum, as in Bigun and Granlund, Optimal orientation detection of linear symmetry, 1987.
    """
    label, axes, kernel, story, first = _given(filter, number)
    if not np.isfinite(kernel).all():
        raise ArgumentError(f"{label}: a weight is not a finite number, so there is nothing to describe")
    flat = kernel.reshape(-1, kernel.shape[-1])
    energies = np.square(flat).sum(axis=0)
    order = np.argsort(-energies, kind="stable")
    places, sizes, channels = np.linalg.svd(flat, full_matrices=False)
    sign = 1.0 if channels[0].sum() >= 0 else -1.0
    total = float(np.square(sizes).sum())
    return Description(
        label,
        axes,
        _kept(kernel),
        tuple((first + order).tolist()),
        tuple(energies.tolist()),
        tuple(_pattern(kernel[..., channel]) for channel in order[:MOST_CHANNELS]),
        _pattern(sign * places[:, 0].reshape(kernel.shape[:-1]) * (total > 0)),
        _kept(sign * sizes[0] * channels[0]),
        tuple(share(float(size) ** 2, total) for size in sizes),
        story,
    )


def _given(filter: object, number: object) -> tuple[str, tuple[str, ...], np.ndarray, str, int]:
    """Label, spatial axes, kernel (spatial..., channels) in float64, provenance, and the first channel it reads."""
    if isinstance(filter, FilterBank):
        if number is None:
            raise ArgumentTypeError(
                f"describe looks at one filter; say describe(bank, number) with a number below {filter.filters}"
            )
        which = number_of("number", number, filter.layer)
        kernel, story = filter.filter(which), filter.provenance[which if len(filter.provenance) > 1 else 0 :][:1]
        first = filter.channels_of(which).start
        return _checked(f"{filter.layer}, filter {which}", kernel, "".join(map(str, story)), first)
    if number is not None:
        raise ArgumentTypeError("describe takes a number only with a bank of filters: describe(filters(layer), 3)")
    if isinstance(filter, Filter):
        spatial = sum(name in SLIDES for name in filter.axes)
        kernel = filter.kernel.reshape(*filter.kernel.shape[:spatial], -1)
        label = f"{filter.layer.label}, filter {filter.number}"
        return _checked(label, kernel, str(filter.provenance), first_channel(filter))
    try:
        array = array_of(filter if isinstance(filter, np.ndarray | list | tuple) else None)
    except NoNumbers as error:
        wanted = "describe takes a filter, such as layer.filter(3)"
        raise ArgumentTypeError(f"{wanted}, got {described(filter)}") from error
    if not 1 <= array.ndim <= 4 or array.size == 0:
        raise ShapeError(
            "a kernel is (taps,), (rows, columns), (rows, columns, channels) or (depth, rows, columns, channels), got "
            f"shape {array.shape}"
        )
    return _checked("the kernel", array[..., None] if array.ndim < 3 else array, "", 0)


def _checked(
    label: str, kernel: np.ndarray, story: str, first: int
) -> tuple[str, tuple[str, ...], np.ndarray, str, int]:
    if kernel.ndim == 1:
        raise ArgumentError(f"{label}: the weights of a unit have no places, so it has no orientation or frequency")
    return label, AXES[kernel.ndim - 1], np.asarray(kernel, np.float64), story, first


def _pattern(kernel: np.ndarray) -> Pattern:
    energy = float(np.square(kernel).sum())
    orientation, coherence = _direction(kernel) if kernel.ndim > 1 else (None, 0.0)
    return Pattern(
        _kept(kernel),
        energy,
        float(kernel.sum()),
        orientation,
        coherence,
        _frequency(kernel),
        share(_best_product(kernel), energy),
        _symmetry(kernel, energy),
        matches(kernel),
    )


def _spectrum(kernel: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The power at each frequency, and the frequencies along each axis [cycles per tap]."""
    sizes = [max(_GRID[kernel.ndim], size) for size in kernel.shape]
    power = np.square(np.abs(np.fft.fftn(kernel, sizes, tuple(range(kernel.ndim)))))
    return power, list(np.meshgrid(*[np.fft.fftfreq(size) for size in sizes], indexing="ij"))


def _direction(kernel: np.ndarray) -> tuple[float | None, float]:
    """In which direction the frequencies lie at which it answers, and how much of its power lies there."""
    power, (*_, y, x) = _spectrum(kernel)
    length = np.maximum(np.hypot(x, y), 1e-9)
    power = power * ((np.abs(x) < 0.5) & (np.abs(y) < 0.5))  # where one of two signs is missing
    x, y = x / length, y / length
    xx, yy, xy = (float((power * a * b).sum()) for a, b in ((x, x), (y, y), (x, y)))
    difference = math.hypot(xx - yy, 2 * xy)
    coherence = share(difference, xx + yy)
    angle = round(math.degrees(math.atan2(2 * xy, xx - yy)) / 2, 6) % 180
    return (None if coherence < _NO_DIRECTION else angle), coherence


def _frequency(kernel: np.ndarray) -> float:
    power, axes = _spectrum(kernel)
    if not power.any():
        return 0.0
    length = np.sqrt(sum(np.square(axis) for axis in axes))
    strongest = power >= power.max() * (1 - 1e-9)
    return float(length[strongest].min())


def _best_product(kernel: np.ndarray) -> float:
    """The energy of the product of one kernel per axis that comes nearest.

    Of a matrix it is the square of the largest singular value (Eckart and Young, 1936). In three dimensions there is no
    formula: each plane direction is a beginning, made better axis by axis (De Lathauwer, De Moor and Vandewalle, On the
    best rank-1 approximation of higher-order tensors, 2000), and the best end counts.
    """
    if kernel.ndim == 1:
        return float(np.square(kernel).sum())
    if kernel.ndim == 2:
        return float(np.linalg.svd(kernel, compute_uv=False)[0]) ** 2
    beginnings = np.linalg.svd(kernel.reshape(kernel.shape[0], -1), full_matrices=False)[0].T
    return max(_improved(kernel, along) for along in (*beginnings, *np.eye(kernel.shape[0])))


def _improved(kernel: np.ndarray, along: np.ndarray) -> float:
    """The energy of the product that alternating least squares reach from a direction along the first axis."""
    energy = 0.0
    for _ in range(_MOST_STEPS):
        planes, sizes, rows = np.linalg.svd(np.tensordot(along, kernel, 1))
        before, energy = energy, float(sizes[0]) ** 2
        if energy <= before * (1 + 1e-12):
            break
        along = np.tensordot(kernel, np.outer(planes[:, 0], rows[0]), 2)
        along /= np.linalg.norm(along) or 1.0
    return energy


def _symmetry(kernel: np.ndarray, energy: float) -> dict[str, float]:
    names = AXES[kernel.ndim]
    flips: dict[str, Any] = {f"along {name}": axis for axis, name in enumerate(names)} if kernel.ndim > 1 else {}
    flips["half turn" if kernel.ndim > 1 else "reversed"] = None
    return {
        name: float(np.clip(share(float((kernel * np.flip(kernel, axis)).sum()), energy), -1, 1))
        for name, axis in flips.items()
    }


def _kept(values: np.ndarray) -> np.ndarray:
    values = np.array(values)
    values.setflags(write=False)
    return values
