"""Imports of Keras that find Pellucid: for scripts that say `import keras` or `from tensorflow.keras import layers`.

Inside `keras_is_pellucid()` each such module is a `Facade`, which hands on what the module of that name here has. A
name that is missing here fails with the nearest that there is. Outside, imports are as ever.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from pellucid.absent import AbsentName
from pellucid.cli import old_keras
from pellucid.cli.found_first import found_first
from pellucid.old_modules import MODULES, public_names

KERAS = {
    "keras": "",
    "tensorflow.keras": "",
    "tensorflow.python.keras": "",
    "tensorflow.compat.v1.keras": "",
    "tensorflow.compat.v2.keras": "",
    "tf_keras": "",
    **{
        f"{root}.{room}": room
        for root in ("tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2")
        for room in ("initializers", "losses", "metrics", "optimizers")
    },
    "keras_applications": "applications",
    "keras_preprocessing": "preprocessing",
}
"""What stands for Pellucid itself, or for a part of it: packages that Keras's own stood on were installed with it."""

ROOTS = frozenset(name.partition(".")[0] for name in KERAS)
"""Packages that scripts import."""

VERSION = "3.0.0"
"""Keras's words of this version are understood; scripts compare its parts, so it is three numbers."""

LITTLE = "`pellucid run` has tensorflow.keras and the little of tf that its scripts use"
TENSORFLOW_VERSION = "2.16.0"
_ROOMS = {
    **{
        name: f"pellucid.cli.tf.{name}"
        for name in (
            *("audio", "autograph", "config", "data", "debugging", "distribute", "dtypes", "errors", "image", "io"),
            *("linalg", "math", "nest", "nn", "random", "signal", "sparse", "strings", "summary", "test", "train"),
            "version",
        )
    },
    "python_io": "pellucid.cli.tf.records",
}
TENSORFLOW: dict[str, str] = {
    "tensorflow": "pellucid.cli.tf",
    "tensorflow.python": "",
    "tensorflow.python.client": "",
    "tensorflow.python.client.device_lib": "pellucid.cli.tf.device_lib",
    "tensorflow.compat": "pellucid.cli.tf.compat",
    "tensorflow.compat.v1": "pellucid.cli.tf.v1",
    "tensorflow.compat.v2": "pellucid.cli.tf",
    **{
        f"{root}.{name}": place
        for root in ("tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2")
        for name, place in _ROOMS.items()
    },
}
"""The little of TensorFlow itself that Keras scripts use: where each of its modules stands; "" for nothing in it."""

FIRST = {
    "tensorflow": "pellucid.cli.tf.first",
    **{
        f"{root}.{name}": f"pellucid.cli.tf.{place}"
        for root in ("tensorflow", "tensorflow.compat.v1")
        for name, place in (("image", "first_images"), ("train", "first_optimizers"))
    },
}
"""Where names of TensorFlow 1 stand that its second has no more."""


class Facade(ModuleType):
    """A module of Keras's or TensorFlow's name that hands on the public names of a module here.

    Args:
        name: as it is imported.
        target: where the names come from; None where there are only `own` ones.
        own: further names and what they are.
    """

    def __init__(self, name: str, target: ModuleType | None, own: dict[str, Any]) -> None:
        super().__init__(name, target.__doc__ if target is not None else None)
        self._target = target
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self.__dir__()
        if name.startswith("_") and name not in _old_names(self.__name__):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = _handed_on(self, name)
        if isinstance(found, str):
            raise AttributeError(found, name=name, obj=None)  # with a None Python does not guess a second name
        return found[0]

    def __setattr__(self, name: str, value: Any) -> None:
        """Modules are looked up again each time: what is a module of Keras 2 may be a function of Keras 1."""
        if not isinstance(value, Facade):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        own = {name for name in vars(self) if not name.startswith("_")}
        return sorted(own.union(public_names(self._target) if self._target is not None else ()))


def _handed_on(facade: Facade, name: str) -> tuple[Any] | str:
    """What a public name of a facade stands for, alone in a tuple; or why it stands for nothing."""
    module, target = facade.__name__, facade._target
    if _in_keras(f"{module}.{name}") in old_keras.ROOMS:
        return (importlib.import_module(f"{module}.{name}"),)
    old = _old_names(module).get(name)
    if old is not None:
        place, _, today = old.partition(":")
        return (getattr(importlib.import_module(f"pellucid.{place}"), today),)
    try:
        value = getattr(target, name) if target is not None else None
    except AbsentName as error:
        if error.known is not None:
            return error.known
        value = None
    except AttributeError:
        value = None
    except ImportError as error:  # of a name that is known to be missing, and explained
        return str(error)
    if value is not None and not isinstance(value, ModuleType):
        return (value,)
    if _real_name(f"{module}.{name}") is not None:
        return (importlib.import_module(f"{module}.{name}"),)
    if module in FIRST:
        first = importlib.import_module(FIRST[module])
        if name in first.__all__:
            return (getattr(first, name),)
    return _missing(facade, name)


def _in_keras(name: str) -> str | None:
    """Where in Keras a name is: "" for Keras itself, None for what is not of it."""
    for root, part in KERAS.items():
        if name == root:
            return part
        if name.startswith(f"{root}."):
            return f"{part}.{name.removeprefix(f'{root}.')}".removeprefix(".")
    return None


def _old_names(module: str) -> Mapping[str, str]:
    """What older Kerases had in a module of Keras's, and where it is here."""
    return old_keras.NAMES.get(_in_keras(module) or "", {})


def _missing(facade: Facade, name: str) -> str:
    """The message for a name that is not there."""
    if facade._target is None:
        return f"{facade.__name__}.{name} is TensorFlow's own; {LITTLE}"
    if facade.__name__.partition(".")[0] == "tensorflow" and ".keras" not in facade.__name__:
        inner = f"{facade.__name__}.{name}".removeprefix("tensorflow.").removeprefix("compat.v1.")
        reasons: dict[str, str] = importlib.import_module("pellucid.cli.tf.reasons").REASONS
        if inner in reasons:
            return f"tf.{inner} {reasons[inner]}"
        return f"{facade.__name__}.{name} is TensorFlow's own; {LITTLE}"
    known = {word.lower(): word for word in dir(facade)}
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return f"Pellucid has no {facade.__name__}.{name}{f'; did you mean {known[near[0]]!r}?' if near else ''}"


def _real_name(name: str) -> str | None:
    """The module here for which a module of Keras's stands, or None if there is none."""
    inner = _in_keras(name)
    if inner is not None:
        real = f"pellucid.{old_keras.ROOMS.get(inner) or MODULES.get(inner, inner)}".removesuffix(".")
        return real if _exists(real) else None
    return TENSORFLOW.get(name)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is none
        return False


class _Finder(MetaPathFinder, Loader):
    """Finds facades, and explains what it does not find."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in ROOTS:
            return None
        if _real_name(fullname) is not None:
            return ModuleSpec(fullname, self, is_package=True)
        package, _, name = fullname.rpartition(".")
        facade = sys.modules[package]  # Python imports it first
        found = _handed_on(facade, name) if isinstance(facade, Facade) else ""
        # No ModuleNotFoundError: `from package import name` would pass over it, and say less.
        raise ImportError(found if found and isinstance(found, str) else f"{fullname} is no module")

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        real = _real_name(spec.name)
        importlib.import_module("PIL.Image")  # as Keras does: scripts say `import PIL` and then PIL.Image
        own: dict[str, Any] = {"__version__": VERSION} if real == "pellucid" else {}
        of_tensorflow = spec.name in ("tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2")
        own |= {"__version__": TENSORFLOW_VERSION, "newaxis": None} if of_tensorflow else {}
        return Facade(spec.name, importlib.import_module(real) if real else None, own)

    def exec_module(self, module: ModuleType) -> None:
        """A facade is complete as it was made."""


def missing(name: str) -> str | None:
    """Why a name of Keras's or TensorFlow's is not there; None if it is. To be asked inside `keras_is_pellucid`.

    Example:
        >>> with keras_is_pellucid():
        ...     missing("keras.layers.Dense"), missing("keras.layers.Dens")
        (None, "Pellucid has no keras.layers.Dens; did you mean 'Dense'?")
    """
    first, *rest = name.split(".")
    value: object = importlib.import_module(first)
    for part in rest:
        try:
            value = getattr(value, part)
        except AttributeError as error:
            known = isinstance(value, Facade) or type(value).__module__.startswith("pellucid.cli.tf")
            return str(error) if known else None  # of other objects the run will tell
        except ImportError as error:
            return str(error)
    return None


def is_explained(name: str) -> bool:
    """Whether a name is missing, and known to be one of Keras's. To be asked inside `keras_is_pellucid`.

    Example:
        >>> with keras_is_pellucid():
        ...     is_explained("keras.layers.LSTM"), is_explained("keras.layers.Dens")
        (True, False)
    """
    return (missing(name) or "").startswith("there is no ")


def value_of(name: str) -> object | None:
    """What a name of Keras's or TensorFlow's stands for; None where nobody knows. Asked inside `keras_is_pellucid`.

    Example:
        >>> value_of("math.pi") is None  # no module of Keras's
        True
    """
    first, *rest = name.split(".")
    value: object = importlib.import_module(first)
    for part in rest:
        if not isinstance(value, Facade):
            return None
        try:
            value = getattr(value, part, None)
        except ImportError:  # of a name that is known to be missing
            return None
    return None if isinstance(value, Facade) else value


@contextmanager
def keras_is_pellucid() -> Iterator[None]:
    """Inside, `import keras` and `import tensorflow` find facades of Pellucid, whether or not those are installed.

    Example:
        >>> with keras_is_pellucid():
        ...     from keras.layers import Dense
        >>> Dense.__module__
        'pellucid.layers.dense'
    """
    with found_first(_Finder(), lambda name: name.partition(".")[0] in ROOTS):
        yield
