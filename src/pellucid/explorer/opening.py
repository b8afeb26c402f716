"""Opening the explorer on a model: from a program, from a notebook, from the command line."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.checks import flag, object_of
from pellucid.datasets import digits
from pellucid.errors import ArgumentError
from pellucid.explorer.further_training import learning_of
from pellucid.explorer.lessons import Lesson
from pellucid.explorer.samples import Samples, rows_of
from pellucid.explorer.serving import Served, serve
from pellucid.explorer.study import Study
from pellucid.inspection.passing import class_numbers
from pellucid.inspection.seen import input_paths
from pellucid.models import Model
from pellucid.training.door import prepare_inputs

__all__ = ["MOST_SAMPLES", "classes_of", "explore", "samples_for", "study_of"]

MOST_SAMPLES = 10_000  # that the page can choose from
_MADE = 64  # inputs that are drawn at random where a model comes without any
_OPEN_SIZE = 32  # [pixels] of an axis that the model leaves open


def explore(
    model: Model,
    x: Any = None,
    y: Any = None,
    *,
    class_names: Any = (),
    port: int = 0,
    browser: bool | None = None,
) -> Served:
    """Open a page of this machine's own on which a model can be touched: `Model.explore` says more.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3)], name="tiny")
        >>> with explore(model, np.ones((2, 8, 8, 1)), browser=False) as served:  # doctest: +ELLIPSIS
        ...     print(len(served.study.samples))
        tiny: http://127.0.0.1:.../?token=...
        2
    """
    model = object_of("explore", model, Model, "a model")
    model.require_built()
    if browser is not None:
        flag("explore", "browser", browser)
    names = tuple(str(name) for name in class_names)
    served = serve(study_of(model, x, y, class_names=names), port=port)
    in_notebook = _in_notebook()
    if not in_notebook:
        print(f"{model.name}: {served.address}")
    if browser or (browser is None and not in_notebook):
        webbrowser.open(served.address)
    return served


def study_of(
    model: Model,
    x: Any = None,
    y: Any = None,
    *,
    class_names: tuple[str, ...] = (),
    name: str = "samples",
    lessons: Sequence[Lesson] = (),
    against: Model | None = None,
    keep: str | None = None,
    file: Path | None = None,
) -> Study:
    """A model under study, on samples that are given or made, learning where it is known what is right for each."""
    if x is not None and len(model.inputs) > 1:
        parts = prepare_inputs(x, model.built_network(), model.name)
        x = dict(zip(input_paths(model), parts, strict=True))
    samples, learning = samples_for(model, x, y, class_names, name), learning_of(model, x, y)
    return Study(model, samples, learning, lessons, against=against, keep=keep, file=file)


def samples_for(model: Model, x: Any, y: Any, class_names: tuple[str, ...], name: str) -> Samples:
    """The samples of a study: those that are given; else digits where they fit, else noise, and it says so.

    Args:
        model: built.
        x: samples; of a model with several inputs an array for each, by name. None for none.
        y: what is right for each; None for none.
        class_names: by number.
        name: what they are called.

    Raises:
        ArgumentError: they are not of the shape that the model takes.
    """
    told = model.trained_on
    names = class_names or (() if told is None else told.class_names)
    targets = None if y is None else rows_of(y if len(model.outputs) > 1 else np.asarray(y), slice(MOST_SAMPLES))
    if x is not None and len(model.inputs) > 1:
        parts = [part[:MOST_SAMPLES] for part in x.values()]
        classes = classes_of(y, len(parts[0])) if len(model.outputs) == 1 else None
        return Samples(parts, classes, names, name, tuple(x), targets)
    if x is not None:
        given = array_that("explore: x", x)[:MOST_SAMPLES]
        wanted = tuple(model.inputs[0].shape[1:])
        fits = given.ndim == len(wanted) + 1 and all(
            open_or is None or size == open_or for size, open_or in zip(given.shape[1:], wanted, strict=True)
        )
        if not fits or not len(given):
            sizes = ", ".join("any" if size is None else str(size) for size in wanted)
            raise ArgumentError(
                f"{model.name} takes samples as an array of shape (samples, {sizes}), at least one, got {given.shape}"
            )
        classes = classes_of(y, len(given)) if len(model.outputs) == 1 else None
        return Samples(given, classes, names, name, targets=targets)
    if y is not None:
        raise ArgumentError("explore: y are the classes of samples; pass x too")
    shapes = [tuple(_OPEN_SIZE if size is None else size for size in given.shape[1:]) for given in model.inputs]
    if shapes == [(8, 8, 1)]:
        _, (images, classes) = digits.load_data()
        return Samples(images, classes, names or tuple("0123456789"), "handwritten digits")
    rng = np.random.default_rng(0)
    noise = [rng.random((_MADE, *shape), np.float32) for shape in shapes]
    inputs = tuple(input_paths(model)) if len(noise) > 1 else ()
    return Samples(noise, None, names, "noise, since no samples were given", inputs)


def classes_of(y: Any, count: int) -> np.ndarray | None:
    """The classes of the first samples (count,); None where there are none, or what is right is something else.

    Example:
        >>> classes_of([[3], [1]], 2).tolist(), classes_of([0.5, 0.7], 2), classes_of([[0, 1], [1, 0]], 2).tolist()
        ([3, 1], None, [1, 0])
    """
    numbers = None if y is None else class_numbers(np.asarray(y))
    return numbers[:count] if numbers is not None and numbers.dtype.kind in "iu" else None


def _in_notebook() -> bool:
    """Whether somebody runs this in a cell, where the page shows itself."""
    get = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    return hasattr(get(), "kernel")
