"""None where something is found by name; values of a type that cannot be used are a TypeError too."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase

from pellucid import Input, Sequential, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from pellucid.errors import ArgumentError, ArgumentTypeError


@pytest.mark.parametrize("room", [constraints, initializers, losses, metrics, optimizers, regularizers])
def test_none_stands_for_none(room: ModuleType) -> None:
    assert room.get(None) is None


NEEDED: dict[str, tuple[Callable[[], object], str]] = {
    "variance": (lambda: layers.BatchNormalization(moving_variance_initializer=None), "variances would begin"),
    "optimizer": (lambda: _model().compile(None, "mse"), "sequential: compile needs an optimizer"),
}


def _model() -> Sequential:
    return Sequential([Input((3,)), layers.Dense(2)], name="sequential")


@pytest.mark.parametrize("name", NEEDED)
def test_none_where_one_is_needed(name: str) -> None:
    make, message = NEEDED[name]
    with pytest.raises(ArgumentError, match=message):
        make()


WRONG_TYPES: dict[str, Callable[[], object]] = {
    "text for a whole number": lambda: layers.RepeatVector("3"),
    "a fraction for a whole number": lambda: layers.UpSampling1D(2.5),
    "a flag for a whole number": lambda: layers.Dense(True),
    "a list of fractions": lambda: layers.Conv2D(2, [1.5, 3]),
    "a mapping for an axis": lambda: layers.LayerNormalization(axis={"axis": -1}),
    "text for a merging axis": lambda: layers.Concatenate(axis="1"),
    "text for axes of a function": lambda: layers.Softmax(axis="1"),
    "a number for a flag": lambda: layers.Dense(2, use_bias=1),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_wrong_types(name: str) -> None:
    """Whoever expects a TypeError, as Python's own, catches it; so does whoever expects a ValueError."""
    for expected in (TypeError, ValueError, ArgumentTypeError):
        with pytest.raises(expected):
            WRONG_TYPES[name]()
    with pytest.raises(ArgumentError) as caught:
        layers.RepeatVector(0)
    assert not isinstance(caught.value, TypeError)


def _with_numpy(value: object) -> object:
    if isinstance(value, tuple | list):
        return type(value)(map(_with_numpy, value))
    kinds = {bool: np.bool_, int: np.int64, float: np.float64}
    return kinds[type(value)](value) if type(value) in kinds else value


@pytest.mark.parametrize(
    "case",
    [case for case in LAYERS if case.arguments and case.layer not in ("SpectralNormalization", "TimeDistributed")],
    ids=lambda case: case.name,
)
def test_numbers_of_numpy(case: LayerCase) -> None:
    """They are as good as Python's, and written to files as these: what comes of `array.shape` and of arithmetic."""
    made = getattr(layers, case.layer)
    config = made(**{name: _with_numpy(value) for name, value in case.arguments.items()}, name="same").get_config()
    expected = made(**case.arguments, name="same").get_config()
    assert repr(config) == repr(expected)


@pytest.mark.parametrize("amounts", [(1,), [1], (1, 2, 3), "1", ()])
def test_amounts_along_one_axis(amounts: object) -> None:
    for layer in (layers.Cropping1D, layers.ZeroPadding1D):
        with pytest.raises(ArgumentError):
            layer(amounts)
