"""The place of the channel axis. Below the layers channels are always last; these two functions are the only door."""

from __future__ import annotations

from pellucid.graph import Tensor, builder


def to_channels_last(x: Tensor, data_format: str) -> Tensor:
    """x with its channels moved to the end, if the layer keeps them first."""
    return x if data_format == "channels_last" else builder.transpose(x, (0, *range(2, x.rank), 1))


def to_format(y: Tensor, data_format: str) -> Tensor:
    """A result with channels last, in the layer's format."""
    return y if data_format == "channels_last" else builder.transpose(y, (0, y.rank - 1, *range(1, y.rank - 1)))
