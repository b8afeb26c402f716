"""Modules that old scripts import beside Keras, and that today's installations no longer have.

`six` came with Keras until 2.x; `scipy.misc` had functions for images until SciPy 1.1; `cPickle` and kin are of
Python 2. What is installed and still has what scripts ask for is left alone.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.util
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from pellucid.cli.found_first import found_first
from pellucid.cli.old_numpy import old_numpy
from pellucid.cli.old_scipy import old_scipy

SIX = {
    "PY2": False,
    "PY3": True,
    "string_types": (str,),
    "integer_types": (int,),
    "text_type": str,
    "binary_type": bytes,
    "iteritems": lambda mapping: iter(mapping.items()),
    "iterkeys": lambda mapping: iter(mapping.keys()),
    "itervalues": lambda mapping: iter(mapping.values()),
    "next": next,
    "print_": print,
    "b": lambda text: text.encode("latin-1"),
    "u": lambda text: text,
    "BytesIO": io.BytesIO,
    "StringIO": io.StringIO,
}
SIX_MOVES = {
    **{name: getattr(builtins, name) for name in ("filter", "input", "map", "range", "zip")},
    "xrange": range,
    "reduce": functools.reduce,
}
"""What Python 2 called otherwise, or made lists of."""
MOVED = {
    **{f"six.moves.{name}": name for name in ("builtins", "configparser", "queue", "urllib")},
    **{f"six.moves.urllib.{name}": f"urllib.{name}" for name in ("request", "parse", "error")},
    "six.moves.cPickle": "pickle",
}
"""Modules that `six` has under other names, with those of today."""
OF_PYTHON_2 = {
    "cPickle": "pickle",
    "cStringIO": "pellucid.cli.old_text_files",
    "ConfigParser": "configparser",
    "Queue": "queue",
    "StringIO": "pellucid.cli.old_text_files",
}
"""Modules that Python 2 had, with those of today."""
TODAY = {**MOVED, **OF_PYTHON_2}
PACKAGES = ("six", "six.moves", "six.moves.urllib")


class _Finder(MetaPathFinder, Loader):
    """Finds what there is of these modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _wanted():
            return None
        if fullname == "scipy.misc":
            return importlib.util.spec_from_file_location(fullname, Path(__file__).with_name("old_images.py"))
        return ModuleSpec(fullname, self, is_package=fullname in PACKAGES)

    def create_module(self, spec: ModuleSpec) -> None:
        """A module as any other."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module, with what there is under today's name where it has moved."""
        name = module.__name__
        if name in TODAY:
            today = vars(importlib.import_module(TODAY[name]))
            found = {key: value for key, value in today.items() if not key.startswith("__")}
        else:
            found = SIX if name == "six" else SIX_MOVES
        vars(module).update(found)


@functools.cache
def _wanted() -> frozenset[str]:
    """The modules that are not there; `scipy.misc` is wherever SciPy is, without what it was for."""
    names = [] if importlib.util.find_spec("six") else ["six", "six.moves", *MOVED]
    names += [name for name in OF_PYTHON_2 if importlib.util.find_spec(name) is None]
    return frozenset([*names, *(["scipy.misc"] if importlib.util.find_spec("scipy") else [])])


@contextmanager
def old_companions() -> Iterator[None]:
    """Inside, `six`, `cPickle`, `scipy.misc`, SciPy's and NumPy's names are what they were for Keras 1 and 2's scripts.

    Example:
        >>> with old_companions():
        ...     from six.moves import range
        >>> list(range(3))
        [0, 1, 2]
    """
    with found_first(_Finder(), _wanted().__contains__), old_numpy(), old_scipy():
        yield
