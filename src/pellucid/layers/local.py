"""Where Keras 1 and 2 had the layers whose places share no weights."""

from pellucid.layers.locally_connected import LocallyConnected1D, LocallyConnected2D

__all__ = ["LocallyConnected1D", "LocallyConnected2D"]
