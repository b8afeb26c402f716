"""Every whole number that a layer takes: 0, negative, too large, and what is no whole number at all.

The arguments come from the rows of `cases.layers`, so a new layer is enrolled by its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase

from pellucid import Input, Sequential, layers
from pellucid.errors import ArgumentError, PellucidError

MAY_BE_ZERO = {"cropping", "output_padding", "seed", "padding"}
MAY_BE_NEGATIVE = {"axis", "axes", "groups", "shared_axes", "target_shape", "dims", "scale", "offset", "fill_value"}
"""Axes count from the end; -1 stands for "the rest" in a shape, and for one group per channel in a normalisation."""
NO_SIZE = {"p", "rate", "stddev", "max_value", "negative_slope", "threshold", "alpha", "epsilon", "momentum", "factor"}
"""Numbers that need not be whole."""
NO_SIZES = {"value_range"}
"""Pairs of such numbers, in any order."""
TOO_LARGE = (2**31, 2**62)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _replaced(value: Any, bad: Any) -> Iterator[Any]:
    """The value with a bad number in one of its places."""
    if _is_whole(value):
        yield bad
    elif isinstance(value, tuple) and value and all(_is_whole(item) or isinstance(item, tuple) for item in value):
        yield from ((*value[:place], other, *value[place + 1 :]) for place, item in enumerate(value)
                    for other in _replaced(item, bad))  # fmt: skip


def _bad_values(name: str) -> list[Any]:
    bad: list[Any] = [*TOO_LARGE, 1.5, "3", True, float("nan")]
    if name not in MAY_BE_NEGATIVE:
        bad += [-1, -(2**62)]
        if name not in MAY_BE_ZERO:
            bad.append(0)
    return bad


def _cases() -> Iterator[Any]:
    seen: set[tuple[str, str, Any]] = set()
    for case in LAYERS:
        for name, value in case.arguments.items():
            if name in NO_SIZE | NO_SIZES or (case.layer, name, type(value)) in seen:
                continue
            seen.add((case.layer, name, type(value)))
            for bad in _bad_values(name):
                for changed in _replaced(value, bad):
                    arguments: Mapping[str, Any] = {**case.arguments, name: changed}
                    yield pytest.param(case, arguments, id=f"{case.layer}({name}={changed!r})")


@pytest.mark.parametrize(("case", "arguments"), list(_cases()))
def test_is_refused(case: LayerCase, arguments: Mapping[str, Any]) -> None:
    """By an error of ours, when the layer is made or at the latest when it meets its input; nothing is allocated."""
    with pytest.raises(PellucidError) as caught:
        layer = getattr(layers, case.layer)(**arguments, name="probe")
        inputs = [Input(shape[1:]) for shape in case.inputs]
        layer(inputs if len(inputs) > 1 else inputs[0])
    message = str(caught.value)
    assert "\n" not in message
    assert "probe" in message, "the message must name the layer"


def test_many_cases_are_found() -> None:
    """The table of rows feeds this file."""
    assert len(list(_cases())) > 500


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.compile("sgd", "mse", engine=5), "engine is 'native', 'reference'"),
        (lambda m: m.fit(np.ones((2, 3)), np.ones((2, 1)), callbacks=5), "a callback or a list of them, got 5"),
        (lambda m: m.fit(np.ones((2, 3)), np.ones((2, 1)), shuffle="x"), "shuffle is True or False, got 'x'"),
        (lambda m: m.fit(np.ones((2, 3)), np.ones((2, 1)), shuffle="batch"), "read them into an array"),
        (lambda m: m.stepper.restore(None), "a state that capture.. gave, got NoneType"),
        (lambda m: m.stepper.capture(), "does not know its input shape yet"),
        (
            lambda m: m.layers[0](np.ones((2, 3)), np.ones((2, 3))),
            "got ndarray as the second argument",
        ),
    ],
    ids=["engine", "callbacks", "shuffle", "shuffled batches", "no record", "no shape", "second input"],
)
def test_what_is_no_such_thing_is_named(call: Any, message: str) -> None:
    model = Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ArgumentError, match=message):
        call(model)
