"""Where a file's model had its channels elsewhere than the model that is filled: rows behind flattened maps.

Kernels can be turned. But the numbers of a flattened map lie in another order, and so do the rows of a Dense layer
behind it; left alone, they would fit in shape and mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pellucid.conversion.feature_order import Order, Orders
from pellucid.conversion.flow import flow_of
from pellucid.errors import ArgumentError, FileError
from pellucid.layers import Dense, Flatten, Layer, Reshape
from pellucid.models import Model

__all__ = ["Rows", "rows_of", "taken"]

Rows = Mapping[Layer, tuple[Order, Order]]
"""For each layer the order of what it takes and of what it gives: for each number its place in the file's model."""


def rows_of(model: Model, order: str | None, *, flattened_alike: bool = False) -> Rows:
    """The orders of a model's layers in a file whose model had its channels in `order`.

    Args:
        model: that is filled.
        order: "channels_first" or "channels_last"; None where nothing says so: then as here.
        flattened_alike: whether its maps were turned to channels last before they were flattened, as Keras does since
            2.1.3 where `Flatten` is told that channels come first.

    Raises:
        FileError: they differ, and how the numbers would lie is not known.
    """
    here = {getattr(part, "data_format", None) for part in model.with_parts() if not isinstance(part, Flatten)}
    if order is None or not here - {None, order}:
        return {}
    if order == "channels_last":
        raw = [part for part in model.with_parts() if isinstance(part, Flatten) and part.data_format == order]
        if raw or any(isinstance(part, Reshape) for part in model.with_parts()):
            raise FileError(
                f"the file's model had its channels last, {model.label} has them first and flattens maps, whose "
                "numbers lie in another order; make the model with data_format='channels_last'"
            )
        return {}
    try:
        flow = flow_of(model)
        orders = Orders(flow, flattened_alike=flattened_alike)
    except ArgumentError as error:
        raise FileError(f"the file's model had its channels first, this one has them last: {error}") from error
    found: dict[Layer, tuple[Order, Order]] = {}
    for number, use in enumerate(flow.uses):
        if isinstance(use.callee, Layer) and use.callee.own_weights:
            around = orders.of_input(number), orders.results[number]
            if not all(map(_same, around, found.setdefault(use.callee, around))):
                raise FileError(f"{use.label} is used on maps that were flattened differently")
    return found


def _same(first: Order, second: Order) -> bool:
    return first is second or (first is not None and second is not None and np.array_equal(first, second))


def taken(layer: Layer, name: str, around: tuple[Order, Order]) -> list[tuple[int, np.ndarray]]:
    """Along which axes of a weight its numbers are to be taken in which order; nothing where they lie as here."""
    before, behind = around
    if isinstance(layer, Dense):
        axes = [(0, before), (1, behind)] if name == "kernel" else [(0, behind)]
    else:
        axes = [(0, behind)]
    return [(axis, order.ravel()) for axis, order in axes if order is not None]
