"""Fashion-MNIST, clothes; see `pellucid.data.fashion_mnist`."""

from pellucid.data.fashion_mnist import load_data

__all__ = ["load_data"]
