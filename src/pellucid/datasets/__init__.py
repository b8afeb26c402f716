"""Data sets that are ready to use: `datasets.digits` comes with the package, `datasets.mnist` is downloaded once."""

from typing import Any

from pellucid.absent import absent
from pellucid.datasets import digits, mnist

__all__ = ["digits", "mnist"]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
