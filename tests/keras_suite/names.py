"""What `keras`, `keras.src` and everything below mean while a test file of Keras's runs on Pellucid.

Every module name of the installed Keras becomes a `Facade` that hands on what Pellucid has; a name that Pellucid lacks
becomes a `Missing`, which fails only when a test uses it, so that the other tests of the file still run. Test files
themselves are read from the wheel and executed under these names. No line of Keras's own library code runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


def wheel() -> Path:
    """The folder keras/src of the installed Keras, found without importing it."""
    spec = importlib.util.find_spec("keras")
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "src"


SRC = wheel()
STATE = {"running": False}  # whether a test runs, rather than a file is being imported


class MissingFeature(AttributeError):
    """A test used a name that Pellucid does not have."""


class Missing:
    """Stands for a name that is not there: harmless while a file is imported, an error in a test."""

    def __init__(self, name: str) -> None:
        self.__dict__["_missing"] = name
        self.__dict__["__name__"] = name.rpartition(".")[2]

    def _use(self, what: str = "") -> Missing:
        if STATE["running"]:
            raise MissingFeature(f"pellucid has no {self._missing}")
        return Missing(f"{self._missing}{what}")

    def __call__(self, *args, **kwargs):
        return self._use()

    def __getattr__(self, name):
        if name.startswith("__") or name == "pytestmark":
            raise AttributeError(name)
        return self._use(f".{name}")

    def __setattr__(self, name, value):
        self._use()

    def __instancecheck__(self, other):
        self._use()
        return False

    def __subclasscheck__(self, other):
        self._use()
        return False

    def __mro_entries__(self, bases):
        name = self._missing

        class Absent:
            def __init__(self, *args, **kwargs):
                raise MissingFeature(f"pellucid has no {name}")

        return (Absent,)

    def __iter__(self):
        self._use()
        return iter(())

    def __getitem__(self, key):
        return self._use("[]")

    def __repr__(self):
        return f"<missing {self._missing}>"


def _targets(parts: list[str]) -> list[str]:
    """The modules of Pellucid that stand for a module of Keras's, given below `keras.src` or `keras`."""
    if not parts:
        return ["pellucid"]
    top = parts[0]
    if top == "optimizers" and "schedules" in parts:
        return ["pellucid.schedules"]
    return {
        "layers": ["pellucid.layers"],
        "models": ["pellucid.models"],
        "losses": ["pellucid.losses"],
        "metrics": ["pellucid.metrics"],
        "optimizers": ["pellucid.optimizers"],
        "initializers": ["pellucid.initializers"],
        "regularizers": ["pellucid.regularizers"],
        "constraints": ["pellucid.constraints"],
        "activations": ["pellucid.activations"],
        "callbacks": ["pellucid.callbacks"],
        "applications": ["pellucid.applications"],
        "ops": ["pellucid.ops"],
        "utils": ["pellucid.utils"],
        "saving": ["pellucid.saving", "pellucid.models"],
        "backend": ["pellucid.backend"],
        "config": ["pellucid.config"],
        "datasets": ["pellucid.datasets"],
        "trainers": ["pellucid.utils"],
    }.get(top, [])


METHODS = {"save_weights_only": "save_weights", "load_weights_only": "load_weights"}
"""Functions of a model in Keras that are methods of a model here, and its users' own way there too."""
ELSEWHERE = {("ops", "random"): "random"}
"""What a module of Keras's holds because it imports another one."""
OWN: dict[str, dict[str, object]] = {}
"""Names that the harness itself gives, by module below `keras.src` ("" for itself)."""


class Facade(ModuleType):
    """A module of Keras's name, backed by Pellucid."""

    def __init__(self, fullname: str) -> None:
        super().__init__(fullname)
        self.__path__ = []
        inner = fullname.removeprefix("keras").removeprefix(".src").strip(".")
        self._parts = inner.split(".") if inner else []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        parts = self._parts
        for depth in range(len(parts), 0 if parts else -1, -1):
            own = OWN.get(".".join(parts[:depth]), {})
            if name in own:
                return own[name]
        if (*parts, name) in ELSEWHERE:
            return importlib.import_module(f"keras.src.{ELSEWHERE[(*parts, name)]}")
        if parts[:1] == ["saving"] and name in METHODS:
            return lambda model, *args, **options: getattr(model, METHODS[name])(*args, **options)
        below = SRC.joinpath(*parts, name)
        if below.is_dir() or below.with_suffix(".py").is_file() or name in ("src",):
            return importlib.import_module(f"{self.__name__}.{name}")
        for target in _targets(parts):
            module = importlib.import_module(target)
            try:
                value = getattr(module, name, None)
            except ImportError:  # a name that Pellucid knows to be missing, and explains
                value = None
            if value is not None and not isinstance(value, ModuleType):
                return value
        return Missing(".".join([*parts[:1], name]))


class Finder(MetaPathFinder, Loader):
    """Finds facades, and Keras's test files as they are."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname == "conftest":
            return ModuleSpec(fullname, self)
        if fullname != "keras" and not fullname.startswith("keras."):
            return None
        file = SRC.joinpath(*fullname.split(".")[2:]).with_suffix(".py")
        if fullname.endswith("_test") and file.is_file():
            return importlib.util.spec_from_file_location(fullname, file)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        if spec.name == "conftest":
            module = ModuleType("conftest")
            module.skip_if_backend = skip_if_backend
            return module
        return Facade(spec.name)

    def exec_module(self, module):
        pass


class AbsentPackages(MetaPathFinder, Loader):
    """Lets a test file import TensorFlow and the like where they are not installed."""

    NAMES = ("tensorflow", "grain", "pandas", "orbax", "conftest")

    def find_spec(self, fullname, path=None, target=None):
        return ModuleSpec(fullname, self, is_package=True) if fullname.partition(".")[0] in self.NAMES else None

    def create_module(self, spec):
        if spec.name == "conftest":
            module = ModuleType("conftest")
            module.skip_if_backend = skip_if_backend
            return module
        module = ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: Missing(f"[{spec.name}].{name}") if not name.startswith("__") else _no(name)
        return module

    def exec_module(self, module):
        pass


def forget_absent_packages() -> None:
    """Keras itself must not find them: it would take them for real."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AbsentPackages)]
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(module, "__spec__", None) and module.__spec__.loader, AbsentPackages):
            del sys.modules[name]


def _no(name):
    raise AttributeError(name)


def oracle(relative: str) -> ModuleType:
    """A file of Keras's whose functions its tests compute what they expect with: read from the wheel, used as it is."""
    module = ModuleType("keras.src." + relative.removesuffix(".py").replace("/", "."))
    exec(compile((SRC / relative).read_text(), str(SRC / relative), "exec"), module.__dict__)
    return module


def skip_if_backend(backend, reason):
    """Keras's own conftest has such a decorator."""
    import os

    import pytest

    current = "pellucid" if "keras" not in sys.modules or isinstance(sys.modules["keras"], Facade) else None
    current = current or os.environ.get("KERAS_BACKEND", "tensorflow")
    return pytest.mark.skipif(current == backend, reason=reason)


def install() -> None:
    """From now on `import keras` finds Pellucid."""
    sys.meta_path.insert(0, Finder())
    sys.meta_path.append(AbsentPackages())
