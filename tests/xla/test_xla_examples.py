"""The networks in examples/ train on XLA as on the reference engine: twenty steps, losses and weights.

`make test` tries the one that is compiled soonest, `make test-long` all: some take a minute.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sampling

import pellucid
from pellucid import Model, optimizers

FOLDER = Path(__file__).parents[2] / "examples" / "networks"
NAMES = sorted({path.stem for path in FOLDER.glob("*.py")} - {"small_data"})
STEPS, BATCH = 20, 8


@pytest.fixture(autouse=True)
def examples_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the scripts were run from their folder."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in (*NAMES, "small_data"):
        sys.modules.pop(name, None)


def _trained(name: str, engine: str) -> tuple[list[float], np.ndarray, np.ndarray]:
    """The losses of the steps, all weights that learn behind them, and how far those have moved."""
    pellucid.clear_session()
    pellucid.set_random_seed(1)
    model: Model = importlib.import_module(name).build()
    rng = np.random.default_rng(2)
    x = rng.random((BATCH, *(size or 16 for size in model.input_shape[1:])), np.float32)
    shape = model.predict(x, verbose=0).shape
    is_mask = shape[-1] == 1
    y = rng.integers(0, 2, shape) if is_mask else rng.integers(0, shape[-1], shape[:-1])
    loss = "binary_crossentropy" if is_mask else "sparse_categorical_crossentropy"
    model.compile(optimizers.SGD(0.01, momentum=0.9), loss, engine=engine)
    before = _flat(model)
    losses = [float(model.train_on_batch(x, y)) for _ in range(STEPS)]
    return losses, _flat(model), _flat(model) - before


def _flat(model: Model) -> np.ndarray:
    return np.concatenate([weight.numpy().ravel() for weight in model.trainable_weights])


@pytest.mark.parametrize("name", NAMES if not sampling.SAMPLES else ["signals_1d"])
def test_twenty_steps(name: str) -> None:
    """Rounding grows from step to step: the weights may differ by a hundredth of the way that they have gone."""
    (expected, right, moved), (found, weights, _) = (_trained(name, engine) for engine in ("reference", "xla"))
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert expected[-1] < expected[0]
    assert np.linalg.norm(weights - right) <= 0.01 * np.linalg.norm(moved)
