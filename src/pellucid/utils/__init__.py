"""Keras's place for functions around training; they stand elsewhere and can be found here too."""

from typing import Any

from pellucid.absent import absent
from pellucid.data.datasets import PyDataset
from pellucid.data.labels import normalize, to_categorical
from pellucid.naming import clear_session
from pellucid.old_modules import register
from pellucid.random import set_random_seed

__all__ = ["PyDataset", "clear_session", "normalize", "set_random_seed", "to_categorical"]

Sequence = PyDataset
"""What Keras 2 called a `PyDataset`."""

register("pellucid")  # np_utils


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
