"""Imports that find something else than what is installed, for a while."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


@contextmanager
def found_first(finder: MetaPathFinder, is_meant: Callable[[str], bool]) -> Iterator[None]:
    """Inside, a finder is asked before all others: modules that are meant are imported anew, then are what they were.

    Args:
        finder: who is asked.
        is_meant: whether a module of this name is one of those that it finds.
    """
    before = {name: module for name, module in sys.modules.items() if is_meant(name)}
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if is_meant(name)]:
            del sys.modules[name]
        sys.modules.update(before)
