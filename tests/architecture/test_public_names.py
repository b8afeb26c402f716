"""Every public name is described, with an example that runs and shows something."""

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
    utils,
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


pytestmark = pytest.mark.usefixtures("keep_threads")  # examples may set their number

each_name = pytest.mark.parametrize(
    ("module", "name"), [pytest.param(*item, id=f"{item[0].__name__}.{item[1]}") for item in public_names()]
)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_names_that_are_promised_exist(module):
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name)


@pytest.mark.parametrize("name", [name for name in pellucid.__all__ if inspect.ismodule(getattr(pellucid, name))])
def test_modules_are_described(name):
    assert len(inspect.getdoc(getattr(pellucid, name)) or "") > 20


@each_name
def test_name_has_an_example_that_shows_something(module, name):
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(module, name)) or "")
    assert examples, "add an Example to the docstring"
    assert any(example.want for example in examples), "an example without output proves nothing: show a result"


@each_name
def test_example_runs(module, name):
    item = getattr(module, name)
    utils.clear_session()  # as in a new program (tests/fresh_examples.py)
    utils.set_random_seed(0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    own = inspect.getmodule(item)
    names = dict(vars(own)) if own is not None else {}
    for test in doctest.DocTestFinder(recurse=False).find(item, name, globs=names):
        results = doctest.DocTestRunner(optionflags=flags).run(test)
        assert results.failed == 0
