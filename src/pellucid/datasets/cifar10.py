"""CIFAR-10, 60,000 colour images of 32x32 pixels; see `pellucid.data.cifar10`."""

from pellucid.data.cifar10 import load_data

__all__ = ["load_data"]
