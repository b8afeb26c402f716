"""Methods that are given what is of no use to them: one sentence each, of an error that Pellucid raises on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, layers, metrics, optimizers
from pellucid.errors import PellucidError


class Failing:
    """An array that cannot be had."""

    def __array__(self, *given: Any, **options: Any) -> Any:
        raise RuntimeError("not today")


def _exported(value: Any) -> None:
    Sequential([layers.Input((None, None, 1)), layers.Conv2D(1, 3)]).export(Path("net.onnx"), input_shape=value)


METHODS: dict[str, Callable[[Any], object]] = {
    "apply": lambda value: optimizers.SGD().apply(value, value),
    "apply_gradients": lambda value: optimizers.SGD().apply_gradients(value),
    "build": lambda value: optimizers.Adam().build(value),
    "update_state": lambda value: metrics.MeanSquaredError().update_state([1.0], value),
    "update_state of sums": lambda value: metrics.AUC().update_state(value, value),
    "build a chain": lambda value: Sequential([layers.Dense(2)]).build(value),
    "export": _exported,
}
VALUES = [
    3,
    1.5,
    len,
    int,
    np,
    object(),
    Failing(),
    [[1], [1, 2]],
    np.float32(3),
    "text",
    np.array([None, "a"], object),
]


@pytest.mark.parametrize("method", METHODS)
def test_never_a_raw_error(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused = 0
    for value in VALUES:
        try:
            METHODS[method](value)
        except PellucidError as error:
            assert "\n" not in str(error) and len(str(error)) > 20
            refused += 1
    assert refused >= 7 and not list(tmp_path.iterdir())


def test_what_can_be_gone_through_serves() -> None:
    """Gradients and variables may come from generators, as in Keras; what a generator raises is its own."""
    weight = np.array([2.0, 4.0])
    sgd = optimizers.SGD(0.5)
    sgd.build(each for each in [weight])
    sgd.apply((each for each in [[1.0, 1.0]]), (each for each in [weight]))
    sgd.apply_gradients(zip([[1.0, 0.0]], [weight], strict=True))
    np.testing.assert_array_equal(weight, [1.0, 3.5])
    with pytest.raises(ZeroDivisionError):
        sgd.apply((1 / 0 for _ in range(1)), [weight])
