"""Data sets that are ready to use: `datasets.digits` comes with the package, the others are downloaded once.

They are `mnist`, `fashion_mnist`, `kmnist`, `cifar10` and `cifar100`, and of texts `imdb` and `reuters`; each has
`load_data`.
"""

from typing import Any

from pellucid.absent import absent
from pellucid.datasets import cifar10, cifar100, digits, fashion_mnist, imdb, kmnist, mnist, reuters

__all__ = ["cifar10", "cifar100", "digits", "fashion_mnist", "imdb", "kmnist", "mnist", "reuters"]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
