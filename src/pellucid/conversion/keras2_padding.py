"""Padding by amounts, which Keras 2 has in a layer of its own, before the one that computes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pellucid.geometry import resolve_padding
from pellucid.layers import Layer

__all__ = ["padding_before", "padding_layer"]

RANKS = {f"{kind}{rank}D": rank for kind in ("Conv", "DepthwiseConv", "SeparableConv") for rank in (1, 2, 3)}
"""Layers that add zeros to what they are called on, with the number of their axes."""


def padding_before(layer: Layer) -> tuple[tuple[int, int], ...] | None:
    """How many zeros a layer adds before and behind on each axis, where no word of Keras 2's says so.

    Example:
        >>> from pellucid import layers
        >>> padding_before(layers.Conv2D(2, 3, padding=(1, 2)))
        ((1, 1), (2, 2))
        >>> padding_before(layers.Conv1D(2, 3, padding="full"))
        ((2, 2),)
        >>> padding_before(layers.Conv2D(2, 3, padding="same")) is None
        True
    """
    config: Any = layer
    rank = RANKS.get(type(layer).__name__)
    if rank is None or not (config.padding == "full" or isinstance(config.padding, tuple)):
        return None
    if rank == 1 and config.data_format == "channels_first":
        return None  # ZeroPadding1D has its channels last, always
    return resolve_padding(
        config.padding,
        (1,) * rank,
        size=config.kernel_size,
        strides=config.strides,
        dilation=config.dilation_rate,
    )


def padding_layer(layer: Layer, name: str, taken: Collection[str]) -> dict[str, Any] | None:
    """The record of the layer that pads what another one is called on; None where none is needed.

    Args:
        layer: the other one.
        name: of that in the file.
        taken: names that layers have there.
    """
    amounts = padding_before(layer)
    if amounts is None:
        return None
    own, number = f"{name}_pad", 1
    while own in taken:
        number += 1
        own = f"{name}_pad_{number}"
    rank = len(amounts)
    config: dict[str, Any] = {"name": own, "trainable": True, "dtype": "float32"}
    if rank > 1:
        config["data_format"] = layer.data_format  # type: ignore[attr-defined]
    padding = list(amounts[0]) if rank == 1 else [list(pair) for pair in amounts]
    return {"class_name": f"ZeroPadding{rank}D", "config": {**config, "padding": padding}}
