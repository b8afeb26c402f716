"""Convolutional networks you can see through.

The names here and in the modules that `__all__` lists (`layers`, `ops`, `filterbank`, `initializers`, ...) are the
public ones.
"""

from __future__ import annotations

import importlib

from pellucid.collecting import Paused
from pellucid.old_modules import register

TYPE_CHECKING = False  # that of `typing`, which takes as long to import as all that is here
if TYPE_CHECKING:
    from typing import Any

    from pellucid import (
        activations,
        applications,
        backend,
        callbacks,
        config,
        constraints,
        conversion,
        datasets,
        distributed,
        engines,
        filterbank,
        formats,
        initializers,
        inspection,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        preprocessing,
        regularizers,
        saving,
        schedules,
        utils,
        views,
        wrappers,
    )
    from pellucid.engines import get_threads, set_threads
    from pellucid.initializers import Initializer
    from pellucid.layers import Input, InputSpec, Layer
    from pellucid.layers.symbolic import KerasTensor
    from pellucid.losses import Loss
    from pellucid.metrics import Metric
    from pellucid.models import Model, Sequential, load_model
    from pellucid.naming import clear_session
    from pellucid.optimizers import Optimizer
    from pellucid.random import set_random_seed
    from pellucid.regularizers import Regularizer
    from pellucid.tape import GradientTape
    from pellucid.variables import Variable

__version__ = "0.1.0"

__all__ = [
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "clear_session",
    "config",
    "constraints",
    "conversion",
    "datasets",
    "distributed",
    "engines",
    "filterbank",
    "formats",
    "get_threads",
    "initializers",
    "inspection",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "regularizers",
    "saving",
    "schedules",
    "set_random_seed",
    "set_threads",
    "utils",
    "version",
    "views",
    "wrappers",
]


def version() -> str:
    """The version of this library.

    Example:
        >>> import pellucid
        >>> pellucid.version() == pellucid.__version__
        True
    """
    return __version__


# Everything comes at its first use: `import pellucid` costs next to nothing, and the command line answers Ctrl-C from
# the beginning. NumPy comes first, from here: where its import begins only a few calls deep, it takes 18 ms less.
# (Python 3.11 takes the stack of calls in chunks of 16 kB. Where the end of a chunk falls into calls that are made by
# the thousand, as in NumPy's typing modules, each of them asks the system for a chunk and gives it back.)
_HOMES = {
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "layers.symbolic",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "Variable": "variables",
    "GradientTape": "tape",
    "clear_session": "naming",
    "get_threads": "engines",
    "load_model": "models",
    "set_random_seed": "random",
    "set_threads": "engines",
}
"""The room of each name that is no room itself."""


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise importlib.import_module("pellucid.absent").absent(__name__, name)
    with Paused():
        return _loaded(name)


def _loaded(name: str) -> Any:
    importlib.import_module("numpy")  # see above
    if name in _HOMES:
        value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        return value
    room = f"{__name__}.{name}"
    try:
        return importlib.import_module(room)
    except ModuleNotFoundError as error:
        if error.name != room:
            raise
    raise importlib.import_module("pellucid.absent").absent(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register(__name__)  # modules of older Kerases, such as `pellucid.objectives`
