"""Data sets that are ready to use: `datasets.digits` comes with the package, `datasets.mnist` is downloaded once."""

from pellucid.datasets import digits, mnist

__all__ = ["digits", "mnist"]
