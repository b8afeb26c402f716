"""CIFAR-100, 60,000 colour images of 32x32 pixels; see `pellucid.data.cifar100`."""

from pellucid.data.cifar100 import load_data

__all__ = ["load_data"]
