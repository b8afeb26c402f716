"""CIFAR-100, 60,000 colour images of 32x32 pixels; see `pellucid.data.sets.cifar100`."""

from pellucid.data.sets.cifar100 import load_data

__all__ = ["load_data"]
