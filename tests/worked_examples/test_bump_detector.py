"""A bump detector: Conv1D finds where a signal is high, and every dot product is shown.

The example of tutorials on convolutional layers: eight values, one filter of three weights.
"""

from __future__ import annotations

import numpy as np
import pytest

from pellucid import Sequential
from pellucid.inspection import arithmetic
from pellucid.layers import Conv1D
from pellucid.views import arithmetic_text

SIGNAL = [0, 0, 0, 1, 1, 0, 0, 0]


@pytest.fixture
def model() -> Sequential:
    """As the tutorial types it: the data, a model of one layer, and weights of one's own."""
    model = Sequential()
    model.add(Conv1D(1, 3, input_shape=(8, 1), name="bump"))
    weights = [np.asarray([[[0]], [[1]], [[0]]]), np.asarray([0.0])]
    model.set_weights(weights)
    return model


def test_weights_as_printed(model: Sequential, capsys: pytest.CaptureFixture[str]) -> None:
    """Three weights for one channel and one filter, and one bias."""
    print(model.get_weights()[0].tolist(), model.get_weights()[1].tolist())
    assert capsys.readouterr().out == "[[[0.0]], [[1.0]], [[0.0]]] [0.0]\n"


def test_the_map_as_printed(model: Sequential, capsys: pytest.CaptureFixture[str]) -> None:
    """Six values; the two in the middle see the bump under their own centre."""
    data = np.asarray(SIGNAL).reshape(1, 8, 1)
    yhat = model.predict(data)
    print(yhat)
    assert capsys.readouterr().out == "[[[0.]\n  [0.]\n  [1.]\n  [1.]\n  [0.]\n  [0.]]]\n"
    assert np.ravel(yhat).tolist() == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("position", "window", "result"),
    [(0, [0, 0, 0], 0), (1, [0, 0, 1], 0), (2, [0, 1, 1], 1), (3, [1, 1, 0], 1), (4, [1, 0, 0], 0), (5, [0, 0, 0], 0)],
)
def test_each_dot_product(model: Sequential, position: int, window: list[int], result: int) -> None:
    """Window times filter, product by product: [0, 1, 0] . [0, 1, 1] = 0 + 1 + 0 = 1."""
    value = arithmetic(model, "bump", np.asarray(SIGNAL).reshape(8, 1), position=(position,))
    assert [product.input for product in value.products] == window
    assert [product.weight for product in value.products] == [0, 1, 0]
    assert [product.product for product in value.products] == [a * b for a, b in zip(window, [0, 1, 0], strict=True)]
    assert [product.position for product in value.products] == [(position,), (position + 1,), (position + 2,)]
    assert (value.bias, value.total, value.value, value.engine_value) == (0, result, result, result)


def test_a_dot_product_on_the_terminal(model: Sequential) -> None:
    """The third value as text: every number of the sum is there."""
    text = arithmetic_text(arithmetic(model, "bump", np.asarray(SIGNAL).reshape(8, 1), position=(2,)), color=False)
    for line in ("0 x 0 = 0", "1 x 1 = 1", "1 x 0 = 0"):
        assert line in " ".join(text.split())
    assert text.startswith("bump: output [2] of filter 0\n")


def test_moving_the_bump_moves_the_answer(model: Sequential) -> None:
    """What is found does not depend on where it is."""
    for start in range(1, 6):
        signal = np.zeros((1, 8, 1))
        signal[0, start : start + 2] = 1
        expected = np.zeros(6)
        expected[start - 1 : start + 1] = 1
        assert np.ravel(model.predict(signal)).tolist() == expected.tolist()
