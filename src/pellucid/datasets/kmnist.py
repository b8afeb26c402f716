"""Kuzushiji-MNIST, letters of old Japanese; see `pellucid.data.sets.kmnist`."""

from pellucid.data.sets.kmnist import load_data

__all__ = ["load_data"]
