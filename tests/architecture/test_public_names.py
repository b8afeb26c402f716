"""Every public name is described, with an example that shows something."""

from __future__ import annotations

import doctest
import inspect
from types import ModuleType

import pytest

import pellucid
from pellucid import (
    callbacks,
    config,
    constraints,
    conversion,
    filterbank,
    formats,
    initializers,
    inspection,
    layers,
    learn,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    regularizers,
    views,
)

MODULES = (
    pellucid,
    layers,
    losses,
    metrics,
    inspection,
    views,
    models,
    ops,
    filterbank,
    initializers,
    optimizers,
    regularizers,
    constraints,
    callbacks,
    config,
    conversion,
    formats,
    learn,
)


def public_names() -> list[tuple[ModuleType, str]]:
    """Every name that a room promises, but for modules and plain data."""
    return [
        (module, name)
        for module in MODULES
        for name in module.__all__
        if not inspect.ismodule(getattr(module, name)) and not name.startswith("__")
    ]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_names_that_are_promised_exist(module):
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name)


@pytest.mark.parametrize("name", [name for name in pellucid.__all__ if inspect.ismodule(getattr(pellucid, name))])
def test_modules_are_described(name):
    assert len(inspect.getdoc(getattr(pellucid, name)) or "") > 20


def test_names_have_an_example_that_shows_something():
    """One without output proves nothing. (`make test` runs all examples.)"""
    silent = []
    for module, name in public_names():
        examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(module, name)) or "")
        if not any(example.want for example in examples):
            silent.append(f"{module.__name__}.{name}")
    assert silent == []
