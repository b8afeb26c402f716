"""Deep layers without wallpaper: the strongest slices of the strongest filters, and what all slices are made of."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.inspection.filters import filters
from pellucid.inspection.given import layer_of, number_of
from pellucid.inspection.likeness import share
from pellucid.inspection.record import Record
from pellucid.inspection.records import FilterBank
from pellucid.layers import Layer

MOST_COMPONENTS = 8
_NOTHING = 1e-9  # the share of a component that is but rounding


class Overview(Frozen, Record, eq=False):
    """The strongest slices of the strongest filters of one layer.

    A slice is what one filter has for one input channel; its energy is the sum of the squares of its weights.

    Args:
        layer: name of the layer.
        moment: when it was taken.
        spatial: lengths of the axes along which the kernel slides.
        filters: how many the layer has.
        in_channels: how many each reads.
        numbers: of the filters that are shown, the strongest first.
        norms: of every filter of the layer, in their own order: the root of its energy.
        largest: the magnitude of the layer's largest weight, whether its slice is shown or not.
        channels: of each shown filter the numbers of its strongest input channels (filters, slices), strongest first.
        slices: their weights (filters, slices, spatial...), read-only.
        shares: of each slice the share of its filter's energy (filters, slices).
        components: the patterns that come nearest to all slices of the layer (principal components of the kernel over
            input channels and filters), of norm 1 (components, spatial...), the largest first.
        component_shares: the share of the energy of all slices that each explains (variance around zero).
        filter_shares: of each shown filter the share of its energy in one pattern, times a number per input channel.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(64, 3, name="deep")
        >>> layer.build((None, 8, 8, 32))
        >>> seen = overview(layer, most_filters=10, most_slices=4)
        >>> seen.slices.shape, seen.filters * seen.in_channels
        ((10, 4, 3, 3), 2048)
    """

    layer: str
    moment: str
    spatial: tuple[int, ...]
    filters: int
    in_channels: int
    numbers: tuple[int, ...]
    norms: np.ndarray
    largest: float
    channels: np.ndarray
    slices: np.ndarray
    shares: np.ndarray
    components: np.ndarray
    component_shares: tuple[float, ...]
    filter_shares: tuple[float, ...]


@explained
def overview(
    layer: Layer | FilterBank,
    filter: int | None = None,
    *,
    most_filters: int = 32,
    most_slices: int = 8,
    which: str | None = None,
) -> Overview:
    """A layer with many slices at a glance: filters sorted by norm, of each its strongest slices first.

    Args:
        layer: in a built model; or what `filters(layer)` gave.
        filter: the number of one filter, to unfold it: all of its slices.
        most_filters: how many filters are shown.
        most_slices: how many slices of each are shown.
        which: the name of the weight, where a layer has several banks of filters.

    Returns:
        the record, for `views.overview_figure` and `views.overview_text`.

    Raises:
        ArgumentError: the layer has no filters, or no such filter; or a number is below 1.

    Example:
        >>> from pellucid import layers
        >>> layer = layers.Conv2D(2, 3, name="c", kernel_initializer="ones")
        >>> layer.build((None, 8, 8, 3))
        >>> layer.kernel[..., 2, 1] = 2.0
        >>> overview(layer).numbers, overview(layer).channels.tolist(), overview(layer, 1).shares.round(2).tolist()
        ((1, 0), [[2, 0, 1], [0, 1, 2]], [[0.67, 0.17, 0.17]])

    Source: principal components as in Jolliffe, Principal Component Analysis, 2002, about zero, not about the mean.
    """
    bank = layer if isinstance(layer, FilterBank) else filters(layer_of(layer, "overview"), which=which)
    if isinstance(layer, FilterBank) and which is not None:
        raise ArgumentError(f"overview: a bank of filters is of one weight already; leave which={which!r} out")
    counts = {"most_filters": most_filters, "most_slices": most_slices}
    for name, given in counts.items():
        if number_of(name, given, "overview") < 1:
            raise ArgumentError(f"overview: {name} must be at least 1, got {given}")
    energies = _energies(bank)
    norms = np.sqrt(energies.sum(axis=1))
    if filter is None:
        numbers, width = np.argsort(-norms, kind="stable")[:most_filters], min(most_slices, bank.in_channels)
    else:
        number = number_of("filter", filter, "overview")
        bank.filter(number)  # which says what there is instead
        numbers, width = np.array([number]), bank.in_channels
    channels = np.argsort(-energies[numbers], axis=1, kind="stable")[:, :width]
    return _overview(bank, numbers, channels)


def overview_as(bank: FilterBank, other: Overview) -> Overview:
    """The filters and slices that another overview shows, of another moment of the same layer."""
    numbers = np.array(other.numbers)
    return _overview(bank, numbers, other.channels - _firsts(bank, numbers))


def _finite(bank: FilterBank) -> np.ndarray:
    """The weights (filters, in_channels, taps), 0 where they are no numbers."""
    kernel = np.nan_to_num(np.moveaxis(bank.kernel.astype(np.float64), (-1, -2), (0, 1)), posinf=0.0, neginf=0.0)
    return kernel.reshape(bank.filters, bank.in_channels, -1)


def _firsts(bank: FilterBank, numbers: np.ndarray) -> np.ndarray:
    """The first input channel that each filter reads, (filters, 1): not 0 where channels stand in groups."""
    return np.array([[bank.channels_of(number).start] for number in numbers.tolist()])


def _energies(bank: FilterBank) -> np.ndarray:
    """Of each slice (filters, in_channels)."""
    return np.asarray(np.square(_finite(bank)).sum(axis=2))


def _overview(bank: FilterBank, numbers: np.ndarray, channels: np.ndarray) -> Overview:
    """The record of the slices that were chosen."""
    flat, energies = _finite(bank), _energies(bank)
    norms = np.sqrt(energies.sum(axis=1))
    shown = np.moveaxis(bank.kernel, (-1, -2), (0, 1))[numbers[:, None], channels]
    totals = energies[numbers].sum(axis=1, keepdims=True)
    parts = np.divide(
        np.take_along_axis(energies[numbers], channels, axis=1), totals, where=totals > 0, out=np.zeros(channels.shape)
    )
    sizes, patterns = _components(flat.reshape(-1, flat.shape[-1]))
    count = min(MOST_COMPONENTS, max(int((sizes > _NOTHING * sizes.sum()).sum()), 1))
    return Overview(
        bank.layer,
        bank.moment,
        bank.spatial,
        bank.filters,
        bank.in_channels,
        tuple(numbers.tolist()),
        _kept(norms),
        float(np.abs(flat).max()),
        _kept(channels + _firsts(bank, numbers)),
        _kept(shown),
        _kept(parts),
        _kept(patterns[:count].reshape(-1, *bank.spatial)),
        tuple(share(float(size), float(sizes.sum())) for size in sizes[:count]),
        tuple(_one_pattern(flat[number]) for number in numbers.tolist()),
    )


def _components(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The energies and patterns of the principal components of many rows, by the small matrix of their products."""
    sizes, patterns = np.linalg.eigh(rows.T @ rows)
    patterns = patterns.T[::-1]
    signs = np.where(patterns.sum(axis=1) < 0, -1.0, 1.0)
    return np.maximum(sizes[::-1], 0.0), patterns * signs[:, None]


def _one_pattern(rows: np.ndarray) -> float:
    small = rows.T @ rows if rows.shape[1] <= rows.shape[0] else rows @ rows.T
    sizes = np.maximum(np.linalg.eigvalsh(small), 0.0)
    return share(float(sizes[-1]), float(sizes.sum()))


def _kept(values: np.ndarray) -> np.ndarray:
    values = np.array(values)
    values.setflags(write=False)
    return values
