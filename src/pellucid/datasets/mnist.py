"""MNIST, 70,000 handwritten digits of 28x28 pixels; see `pellucid.data.mnist`."""

from pellucid.data.mnist import load_data

__all__ = ["load_data"]
