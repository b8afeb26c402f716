"""Convolutional networks you can see through.

The names here and in the modules that `__all__` lists (`layers`, `ops`, `filterbank`, `initializers`, ...) are the
public ones.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pellucid import (
    activations,
    callbacks,
    config,
    constraints,
    engines,
    initializers,
    layers,
    models,
    regularizers,
)
from pellucid.absent import absent
from pellucid.engines import get_threads, set_threads
from pellucid.layers import Input
from pellucid.legacy.modules import register
from pellucid.models import Model, Sequential
from pellucid.naming import clear_session
from pellucid.random import set_random_seed
from pellucid.variables import Variable

if TYPE_CHECKING:
    from pellucid import (
        backend,
        datasets,
        filterbank,
        inspection,
        losses,
        metrics,
        ops,
        optimizers,
        schedules,
        utils,
        views,
    )
    from pellucid.models import load_model

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "clear_session",
    "config",
    "constraints",
    "datasets",
    "engines",
    "filterbank",
    "get_threads",
    "initializers",
    "inspection",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "regularizers",
    "schedules",
    "set_random_seed",
    "set_threads",
    "utils",
    "views",
]

register(__name__)  # modules of older Kerases, such as `pellucid.layers.convolutional`

# So that `import pellucid` costs little beside NumPy.
_AT_FIRST_USE = (
    "backend",
    "datasets",
    "filterbank",
    "inspection",
    "losses",
    "metrics",
    "ops",
    "optimizers",
    "schedules",
    "utils",
    "views",
)


def __getattr__(name: str) -> Any:
    if name in _AT_FIRST_USE:
        return importlib.import_module(f"pellucid.{name}")
    if name == "load_model":
        return models.load_model
    raise absent(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
