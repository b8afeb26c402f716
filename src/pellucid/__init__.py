"""Convolutional networks you can see through.

The names here and in `layers`, `datasets`, `initializers`, `optimizers`, `losses`, `metrics`, `callbacks`,
`inspection` and `views` are the public ones.
"""

from pellucid import (
    activations,
    callbacks,
    datasets,
    engines,
    initializers,
    inspection,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    views,
)
from pellucid.engines import get_threads, set_threads
from pellucid.layers import Input
from pellucid.models import Model, Sequential, load_model
from pellucid.naming import clear_session
from pellucid.random import set_random_seed

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
