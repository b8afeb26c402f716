"""The products of a window as grids: what is read, what it is multiplied by, and the products, channel by channel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.inspection import Arithmetic, Product
from pellucid.inspection.agreement import exact_sum
from pellucid.views.colors import color_limits

__all__ = ["grids_of"]

_MOST_CELLS = 4096  # of a window
_PARTS = ("inputs", "weights", "products")


def grids_of(
    record: Arithmetic, first: int, count: int, *, by_size: bool
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The grids of some channels of a sum; nothing where its terms do not lie in a window.

    Args:
        record: of the value.
        first: of the channels in the order that is asked for.
        count: how many channels.
        by_size: the channels that add most come first; else they come by their number.

    Returns:
        what is told of the grids, and arrays of "inputs", "weights" and "products" (channels, planes, rows, columns),
        NaN where the window has no term. What is told: "taps", the places of the window along each axis; "channels",
        each with its number, its sum and the sum of all up to it; "products", for each cell that has a term, channel by
        channel, the number of the product in the record, "cells" its place in the grid, flat; "limits" for the colours;
        "can_turn", whether a kernel slides over what is read, so that it may be drawn as a true convolution has it.

    Example:
        >>> products = (Product((0,), (2,), 0, 1.0, 0.5, 0.5), Product((1,), (3,), 0, 2.0, 3.0, 6.0))
        >>> sums = Arithmetic("conv1d", "Conv1D", (2,), 0, products, (6.5,), 0.25, 6.75, "linear", 6.75, 6.75, "")
        >>> told, arrays = grids_of(sums, 0, 8, by_size=False)
        >>> arrays["products"].tolist(), told["channels"]
        ([[[[0.5, 6.0]]]], [{'channel': 0, 'sum': 6.5, 'until': 6.5}])
    """
    if record.is_dense or record.others or len(record.products[0].tap) > 3:
        return {}, {}
    taps = [sorted({product.tap[axis] for product in record.products}) for axis in range(len(record.products[0].tap))]
    shape = (1,) * (3 - len(taps)) + tuple(map(len, taps))
    if math.prod(shape) > _MOST_CELLS:
        return {}, {}
    sums = np.array(record.channel_sums)
    order = np.argsort(-np.abs(sums), kind="stable") if by_size else np.arange(len(sums))
    until = [exact_sum(sums[order[: number + 1]]) for number in range(first, min(first + count, len(order)))]
    chosen = order[first : first + count].tolist()
    by_channel: dict[int, list[int]] = {}
    for number, product in enumerate(record.products):
        by_channel.setdefault(product.channel, []).append(number)
    arrays = {name: np.full((len(chosen), *shape), np.nan) for name in _PARTS}
    numbers, cells = [], []
    for place, channel in enumerate(chosen):
        for number in by_channel[record.channels[channel]]:
            product = record.products[number]
            index = _index(product, taps, place)
            for name, part in zip(_PARTS, (product.input, product.weight, product.product), strict=True):
                arrays[name][index] = part
            numbers.append(number)
            cells.append(int(np.ravel_multi_index(index, arrays["inputs"].shape)))
    told = {
        "taps": taps,
        "of": len(sums),
        "first": first,
        "channels": [
            {"channel": record.channels[channel], "sum": float(sums[channel]), "until": total}
            for channel, total in zip(chosen, until, strict=True)
        ],
        "products": numbers,
        "cells": cells,
        "padding": [cell for cell, number in zip(cells, numbers, strict=True) if record.products[number].is_padding],
        "can_turn": _can_turn(record),
        "limits": {name: _limit(record, number) for number, name in enumerate(_PARTS)},
    }
    return told, arrays


def _can_turn(record: Arithmetic) -> bool:
    """Whether a kernel of several taps lies on what is read: then a later tap reads a later place, as none does of a
    transposed convolution."""
    of_one = [product for product in record.products if product.channel == record.products[0].channel]
    first, last = of_one[0], of_one[-1]
    is_kernel = record.combination == "sum of products" and bool(first.weight_index)
    return is_kernel and last.tap > first.tap and last.position > first.position


def _index(product: Product, taps: list[list[int]], place: int) -> tuple[int, ...]:
    """Of a product in the arrays."""
    inside = tuple(along.index(tap) for along, tap in zip(taps, product.tap, strict=True))
    return (place, *(0,) * (3 - len(taps)), *inside)


def _limit(record: Arithmetic, part: int) -> float:
    """The magnitude that is darkest, in all channels."""
    numbers = [(each.input, each.weight, each.product)[part] for each in record.products]
    return float(color_limits(np.array([numbers]))[0])
