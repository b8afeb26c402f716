"""Samples: data sets, image files, and the order in which a model sees them. The only room that may use the network.

Everything here is NumPy arrays; models and engines are not known.
"""

import importlib
from typing import Any

from pellucid.absent import absent

HOMES = {
    "Epochs": "sources.epochs",
    "ImageSet": "folders.image_sets",
    "Mapped": "sources.epochs",
    "Prefetched": "sources.epochs",
    "Reading": "images.reading",
    "Sharded": "sources.epochs",
    "Skipped": "sources.epochs",
    "Taken": "sources.epochs",
    "TrainedOn": "images.reading",
    "check_source": "sources.checking",
    "image_dataset_from_directory": "folders.directory",
}
"""The file of each public name; it is imported at the first use."""

__all__ = list(HOMES)


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
    raise absent(__name__, name)
