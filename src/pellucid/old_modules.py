"""Where older Kerases had their modules: one table, and modules of those names that hand on what is elsewhere today.

`register` puts them among Python's modules, so that `from pellucid.layers.convolutional import Convolution2D` works.
They import nothing before somebody asks them for a name. `pellucid run` reads the same table for Keras's own paths.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

TYPE_CHECKING = False  # as in `pellucid` itself, which imports this at once
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MODULES = {
    "applications.mobilenetv2": "applications.mobilenet_v2",
    "applications.resnet50": "applications.resnet",
    "engine": "layers",
    "engine.base_layer": "layers",
    "engine.input_layer": "layers",
    "engine.sequential": "models",
    "engine.topology": "layers",
    "engine.training": "models",
    "initializations": "backend.initializations",
    "layers.advanced_activations": "layers",
    "layers.convolutional": "layers",
    "layers.convolutional_recurrent": "layers",
    "layers.core": "layers",
    "layers.embeddings": "layers",
    "layers.local": "layers",
    "layers.merge": "layers",
    "layers.noise": "layers",
    "layers.pooling": "layers",
    "layers.recurrent": "layers",
    "layers.wrappers": "layers",
    "metrics.metrics": "metrics",
    "objectives": "losses",
    "backend.tensorflow_backend": "backend",
    "utils.data_utils": "utils",
    "utils.generic_utils": "utils",
    "utils.multi_gpu_utils": "utils",
    "utils.np_utils": "utils",
    "utils.vis_utils": "utils",
    "utils.visualize_util": "utils",
}
"""Each module of Keras 1 or 2 that there is no more, with the one that has its names today; both within the package."""


class OldModule(ModuleType):
    """A module that has nothing of its own but hands on the public names of another.

    Args:
        name: under which it is imported.
        target: full name of the module that has the names; it is imported at the first use.

    Raises:
        AttributeError: the other module has no such name either; an ImportError where it explains why.

    Example:
        >>> from pellucid import layers
        >>> OldModule("pellucid.layers.core", "pellucid.layers").Dense is layers.Dense
        True
    """

    def __init__(self, name: str, target: str) -> None:
        super().__init__(name, f"Where an older Keras had what is in `{target}` today.")
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return dir(self)
        value = None if name.startswith("_") else getattr(importlib.import_module(self._target), name)
        if value is None or isinstance(value, ModuleType):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return value

    def __dir__(self) -> list[str]:
        return public_names(importlib.import_module(self._target))


def public_names(module: ModuleType) -> list[str]:
    """The names that a module promises, and those of its classes and functions that have older names too."""
    here = {name: value for name, value in vars(module).items() if not isinstance(value, ModuleType)}
    ours = {name for name, value in here.items() if str(getattr(value, "__module__", "")).startswith("pellucid.")}
    promised = {*getattr(module, "__all__", ()), *_brought_later(module)}
    return sorted(name for name in ours | promised if not name.startswith("_"))


def _brought_later(module: ModuleType) -> Iterable[str]:
    """The names that a room loads at their first use."""
    names: Iterable[str] = vars(module).get("HOMES", ())
    return names


def register(package: str) -> None:
    """Let the old modules be importable whose packages are there.

    A name that the package has for something else stays that: `layers.merge` is Keras 1's function for whoever says
    `from pellucid.layers import merge`, and Keras 2's module for `from pellucid.layers.merge import Add`.

    Args:
        package: the package around them, as it is imported: what stands before the names of the table.
    """
    for old, today in MODULES.items():
        name = f"{package}.{old}"
        parent, _, last = name.rpartition(".")
        if parent in sys.modules and name not in sys.modules:
            module = sys.modules[name] = OldModule(name, f"{package}.{today}")
            module.__spec__ = ModuleSpec(name, None, is_package=True)
            if last not in _brought_later(sys.modules[parent]):
                vars(sys.modules[parent]).setdefault(last, module)
