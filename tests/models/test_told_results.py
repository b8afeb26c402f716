"""What a layer of a user's own tells of its results beside `call`: masks and shapes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.errors import ArgumentError, ShapeError

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def doubling(**methods: Any) -> type[layers.Layer]:
    return type("Doubling", (layers.Layer,), {"call": lambda self, inputs: inputs * 2, **methods})


def spec(shape: Any) -> Any:
    return SimpleNamespace(shape=shape, dtype="float32")


HARMLESS = {
    "no mask": {"compute_mask": lambda self, inputs, mask=None: None},
    "the mask before": {"compute_mask": lambda self, inputs, previous_mask: previous_mask},
    "one that is not asked": {
        "compute_mask": lambda self, inputs, mask=None: ops.not_equal(inputs, 0),
        "build": lambda self, shape: setattr(self, "supports_masking", False),
    },
    "the same shape": {"compute_output_spec": lambda self, inputs: spec(inputs.shape)},
    "an open shape": {"compute_output_spec": lambda self, inputs: spec((None, 3))},
    "nothing": {"compute_output_spec": lambda self, *args, **kwargs: _says_nothing()},
}


def _says_nothing() -> None:
    raise NotImplementedError


@pytest.mark.parametrize("told", HARMLESS)
def test_what_agrees_is_taken(told: str) -> None:
    model = Sequential([Input((3,)), doubling(**HARMLESS[told])()])
    np.testing.assert_array_equal(model.predict(X, verbose=0), X * 2)


def test_a_mask_of_several() -> None:
    class Sum(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs[0] + inputs[1]

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            assert mask == [None, None]
            return mask

    np.testing.assert_array_equal(Sum()([X, X]), X * 2)


def uses(layer: Any) -> list[Any]:
    """A layer in a model, on an array, and inside of another."""

    class Holding(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return layer()(inputs)

    return [lambda: Sequential([Input((3,)), layer()]), lambda: layer()(X), lambda: Holding()(X)]


@pytest.mark.parametrize("base", [layers.Layer, Model])
def test_a_mask_that_nobody_would_heed_is_refused_each_time(base: type) -> None:
    def masks(self: Any, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0)

    cls = type("Masking", (base,), {"call": lambda self, inputs: inputs * 2, "compute_mask": masks})
    for use in uses(cls):
        with pytest.raises(ArgumentError, match=r'^Masking "masking.*: compute_mask\(\) makes a mask, and there are'):
            use()
    model = cls()
    for _ in range(2):
        with pytest.raises(ArgumentError, match="makes a mask"):
            model(X)


@pytest.mark.parametrize("shape", [(None, 7), (None, 3, 1), None, 3])
def test_another_shape_than_that_of_call_is_refused(shape: Any) -> None:
    for use in uses(doubling(compute_output_spec=lambda self, inputs: spec(shape))):
        with pytest.raises(ShapeError, match=r"compute_output_spec\(\) tells .*, call\(\) gives \(\d, 3\); the shape"):
            use()


def test_another_number_of_results_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"compute_output_spec\(\) tells"):
        doubling(compute_output_spec=lambda self, inputs: [spec(inputs.shape)] * 2)()(X)


def test_a_method_that_takes_something_else_is_explained() -> None:
    with pytest.raises(ArgumentError, match=r'Doubling "doubling.*"\.compute_mask takes no arguments by position; got'):
        doubling(compute_mask=lambda self: None)()(X)
