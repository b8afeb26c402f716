"""Kuzushiji-MNIST, letters of old Japanese; see `pellucid.data.kmnist`."""

from pellucid.data.kmnist import load_data

__all__ = ["load_data"]
