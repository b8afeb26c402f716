"""What a layer of the user's own may compute with tensors and weights in `call`, spelt as with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.own_layers import X

from pellucid import Input, Sequential, layers, ops
from pellucid.errors import PellucidError
from pellucid.graph import Tensor


class Own(layers.Layer):
    """A layer that computes what a function says of its input and of one weight, a vector."""

    def __init__(self, function: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight((input_shape[-1],), "random_normal", name="w")

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, self.w)


ARITHMETIC = {
    "weight and weight": lambda x, w: x * (w + w) - (w - 2 * w) / (w * w + 1),
    "number and weight": lambda x, w: x + 2.0 * w - w / 3 + (1 - w) * (w + 0.5),
    "minus": lambda x, w: x + -w,
    "powers": lambda x, w: x * w**2 - w**3,
    "array and weight": lambda x, w: np.arange(5.0) * w + x,
    "weight and array": lambda x, w: w * np.arange(5.0) + x,
    "divided by a weight": lambda x, w: x / (w * w + 1.0),
    "a part of a weight": lambda x, w: x * w[1] + w[2:3],
    "a part of the input": lambda x, w: x[:, 1:4] * w[1:4],
    "one column": lambda x, w: x[:, 0:1] + x * w,
    "counted from the end": lambda x, w: x[..., -2:] * w[-2:],
    "a comparison": lambda x, w: (x > w) * x + (x <= 0.0) * w,
    "product of matrices": lambda x, w: (x * w) @ np.arange(10.0).reshape(5, 2),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_is_that_of_arrays(name: str) -> None:
    """The same formula on arrays gives the same numbers, on both engines; and the weight learns."""
    layer = Own(ARITHMETIC[name])
    model = Sequential([Input((5,)), layer])
    expected = ARITHMETIC[name](X.astype(np.float64), layer.w.numpy().astype(np.float64))
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), expected, rtol=1e-5, atol=1e-6)
    before = layer.w.numpy()
    model.compile("sgd", "mse")
    model.fit(X, np.full(expected.shape, 3.0), verbose=0)
    assert not np.array_equal(before, layer.w.numpy())


NO_VALUES = {
    "if": lambda x, w: x if ops.sum(x) > 0 else -x,
    "float": lambda x, w: x * float(ops.sum(x)),
    "a NumPy function": lambda x, w: np.tanh(x),
    "a NumPy function of a weight": lambda x, w: x * np.tanh(w),
}


@pytest.mark.parametrize("name", NO_VALUES)
def test_tensors_have_no_values_yet(name: str) -> None:
    """What would silently decide once and for all is refused."""
    with pytest.raises((PellucidError, TypeError)):
        Sequential([Input((5,)), Own(NO_VALUES[name])])


def test_what_a_tensor_tells() -> None:
    """Shape, number of axes and type, as Keras code asks for them."""
    seen = []

    def look(x: Any, w: Any) -> Any:
        seen.append((x.shape[1:], x.ndim, x.dtype, isinstance(x, Tensor)))
        return x

    Sequential([Input((5,)), Own(look)])
    assert set(seen) == {((5,), 2, "float32", True)}
