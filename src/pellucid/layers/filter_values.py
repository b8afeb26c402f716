"""What a single filter is given: arrays, kernels with a name, formulas, numbers that are drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid import random
from pellucid.arraylike import NoNumbers, array_of
from pellucid.errors import ArgumentError, ArgumentTypeError, PellucidError, ShapeError, shown
from pellucid.graph.ops import Shape
from pellucid.initializers import Filterbank, Initializer
from pellucid.initializers.base import finite, fitting_hint
from pellucid.provenance import LONGEST

AXES = {1: ("taps",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}
"""The names of the axes along which a kernel slides, by their number."""
SLIDES = {name for names in AXES.values() for name in names}


def kernel_values(label: str, axes: Sequence[str], shape: Shape, given: Any) -> np.ndarray:
    """The numbers of one kernel.

    Args:
        label: of the filter, for messages.
        axes: the names of the kernel's axes.
        shape: of the kernel.
        given: an array, the name of a kernel, a `Filterbank`, or a formula; see `single_filters.Filter.set`.

    Raises:
        ArgumentError: it is none of these, or a name is unknown.
        ShapeError: it does not fit.

    Example:
        >>> kernel_values("a filter", ("rows", "columns"), (3, 3), "sobel_x")[0].tolist()
        [-1.0, 0.0, 1.0]
    """
    if isinstance(given, str):
        given = Filterbank([given])
    if isinstance(given, Filterbank):
        *spatial, channels = shape if "channels" in axes else (*shape, 1)
        return given((*spatial, channels, 1)).reshape(shape)
    if isinstance(given, Initializer | type):
        raise ArgumentTypeError(
            f"{label}: set() takes an array, the name of a kernel or a formula; to draw numbers say "
            f"reinitialize({shown(given)})"
        )
    if callable(given) and not hasattr(given, "__array__"):
        given = _of_formula(label, axes, shape, given)
    return checked(f"{label}: its kernel", given, shape)


def name_of_values(given: Any) -> str:
    """What `kernel_values` was given, as a story tells it.

    Example:
        >>> name_of_values("sobel_x"), name_of_values(lambda rows, columns: rows), name_of_values([[1]])
        ('sobel_x', 'a formula', 'an array')
    """
    if isinstance(given, str):
        return given.lower()
    if isinstance(given, Filterbank):
        return repr(given)[:LONGEST]
    return "a formula" if callable(given) and not hasattr(given, "__array__") else "an array"


def _of_formula(label: str, axes: Sequence[str], shape: Shape, formula: Callable[..., npt.ArrayLike]) -> np.ndarray:
    spatial = sum(name in SLIDES for name in axes)  # they come first
    starts = [-(size - 1) / 2 if place < spatial else 0.0 for place, size in enumerate(shape)]
    grids = np.meshgrid(*[np.arange(n) + s for n, s in zip(shape, starts, strict=True)], indexing="ij")
    count = _parameters(formula)
    wanted = spatial if count == spatial > 0 else len(shape)
    if count not in (None, wanted):
        fewer = f" or {spatial}" if 0 < spatial < len(shape) else ""
        raise ArgumentError(
            f"{label}: a formula is a function of {', '.join(axes)}, hence of {len(shape)}{fewer} arrays; this one "
            f"takes {count}"
        )
    found = _numbers(f"{label}: what the formula gives", formula(*grids[:wanted]))
    try:
        return np.broadcast_to(found[..., np.newaxis] if found.shape == shape[:wanted] != shape else found, shape)
    except ValueError:
        raise ShapeError(
            f"{label}: a formula must give a number for each tap, of shape {shape[:wanted]}; got {found.shape}"
        ) from None


def checked(what: str, value: Any, shape: Shape) -> np.ndarray:
    """Finite numbers of this shape; raises `ArgumentError` or `ShapeError` for all else."""
    array = _numbers(what, value)
    if array.shape != shape:
        raise ShapeError(f"{what} has the shape {shape}, got {array.shape}{fitting_hint(array.shape, shape)}")
    return array


def _numbers(what: str, value: Any) -> np.ndarray:
    try:
        return finite(array_of(value), "the number")
    except NoNumbers as error:
        raise ArgumentTypeError(f"{what} must be numbers, got {error}") from error
    except PellucidError as error:
        raise type(error)(f"{what}: {error}") from error


def initializer_of(layer: Any, weight: str) -> Initializer:
    """What a layer's own weight is drawn by, under one of the names that layers have for it.

    Example:
        >>> from pellucid import layers
        >>> initializer_of(layers.SeparableConv2D(4, 3), "pointwise_kernel")
        GlorotUniform(seed=None)
    """
    names = (f"{name}_initializer" for name in (weight, weight.removesuffix("_kernel"), "depthwise"))
    found: Initializer = next(getattr(layer, name) for name in names if hasattr(layer, name))
    return found


def drawn_anew(label: str, initializer: Initializer, seed: int | None, *, is_own: bool) -> Initializer:
    """An initialiser that gives other numbers than before, where it draws any.

    Args:
        label: of the filter, for messages.
        initializer: of which one like it is made.
        seed: that it is to have; None for one that nobody had yet.
        is_own: whether it is the layer's, whose seed has been used: one that a user gives for this keeps his seed.

    Raises:
        ArgumentError: there is a seed for one that draws nothing.
    """
    config = initializer.get_config()
    if "seed" not in config:
        if seed is not None:
            raise ArgumentError(f"{label}: {initializer} draws nothing, so seed={seed} means nothing; leave it out")
        return initializer
    if seed is None and not is_own and config["seed"] is not None:
        return initializer
    return type(initializer).from_config(config | {"seed": random.next_seed() if seed is None else seed})


def _parameters(function: Callable[..., object]) -> int | None:
    """How many positional parameters a function must or may have; None where that cannot be said."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return None
    return sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters)
