"""Fashion-MNIST, clothes; see `pellucid.data.sets.fashion_mnist`."""

from pellucid.data.sets.fashion_mnist import load_data

__all__ = ["load_data"]
