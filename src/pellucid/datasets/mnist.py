"""MNIST, 70,000 handwritten digits of 28x28 pixels; see `pellucid.data.sets.mnist`."""

from pellucid.data.sets.mnist import load_data

__all__ = ["load_data"]
