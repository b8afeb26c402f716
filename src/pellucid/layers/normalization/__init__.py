"""Layers that bring what flows through a network to mean 0 and variance 1, or to length 1: a file for each."""

from pellucid.layers.normalization.batch import BatchNormalization
from pellucid.layers.normalization.group import GroupNormalization
from pellucid.layers.normalization.layer import LayerNormalization
from pellucid.layers.normalization.rms import RMSNormalization
from pellucid.layers.normalization.spectral import SpectralNormalization
from pellucid.layers.normalization.unit import UnitNormalization

__all__ = [
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "RMSNormalization",
    "SpectralNormalization",
    "UnitNormalization",
]
