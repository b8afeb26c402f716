"""Convolutional networks you can see through.

The names here and in `layers`, `datasets`, `initializers`, `optimizers`, `losses`, `metrics`, `callbacks`,
`inspection` and `views` are the public ones.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid import (
    activations,
    callbacks,
    engines,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
)
from pellucid.engines import get_threads, set_threads
from pellucid.layers import Input
from pellucid.models import Model, Sequential, load_model
from pellucid.naming import clear_session
from pellucid.random import set_random_seed

if TYPE_CHECKING:
    from pellucid import datasets, inspection, views

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "__version__",
    "activations",
    "callbacks",
    "clear_session",
    "datasets",
    "engines",
    "get_threads",
    "initializers",
    "inspection",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "set_random_seed",
    "set_threads",
    "views",
]

_AT_FIRST_USE = ("datasets", "inspection", "views")  # so that `import pellucid` costs little beside NumPy


def __getattr__(name: str) -> Any:
    if name in _AT_FIRST_USE:
        return importlib.import_module(f"pellucid.{name}")
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
