"""A tensor of a model as the input of another one: `Input(tensor=...)`, `InputLayer(input_tensor=...)`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.layers.symbolic import SymbolicTensor

X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


@pytest.fixture
def hidden() -> SymbolicTensor:
    """What a layer of another model gives."""
    return layers.Dense(3, name="before")(Input((4,)))


def test_the_input_is_the_tensor_itself(hidden: SymbolicTensor) -> None:
    """The layer has its shape."""
    assert Input(tensor=hidden) is hidden
    layer = layers.InputLayer(input_tensor=hidden, name="here")
    assert layer.output is hidden and layer.batch_shape == (None, 3)
    assert layers.InputLayer.from_config(layer.get_config()).batch_shape == (None, 3)


@pytest.mark.parametrize("said", [{"shape": (3,)}, {"batch_shape": (None, 3)}, {"dtype": "float32"}], ids=str)
def test_what_fits_may_be_said_once_more(hidden: SymbolicTensor, said: dict[str, object]) -> None:
    """Shape, with or without the batch, and type."""
    assert Input(tensor=hidden, **said) is hidden  # type: ignore[arg-type]


BEGINNINGS: dict[str, Callable[[SymbolicTensor, layers.Layer], Model]] = {
    "a model": lambda hidden, last: Model(Input(tensor=hidden), last(hidden)),
    "a chain": lambda hidden, last: Sequential([Input(tensor=hidden), last]),
    "a chain of layers": lambda hidden, last: Sequential([layers.InputLayer(input_tensor=hidden), last]),
}


@pytest.mark.parametrize("case", BEGINNINGS)
def test_a_model_begins_there(hidden: SymbolicTensor, case: str, tmp_path: Path) -> None:
    """Nothing of what gives the tensor is part of it; its file says so too."""
    last = layers.Dense(2, name="last")
    model = BEGINNINGS[case](hidden, last)
    wanted = X @ last.get_weights()[0]
    np.testing.assert_allclose(model.predict(X, verbose=0), wanted, rtol=1e-5, atol=1e-6)
    assert [layer.name for layer in model.layers if layer.weights] == ["last"]
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(load_model(tmp_path / "model.keras").predict(X, verbose=0), wanted, rtol=1e-5, atol=1e-6)
