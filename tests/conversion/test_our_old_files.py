"""Files that our own releases wrote (`golden/make_of_pellucid.py`): they load for ever, and predict what they did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pellucid import load_model
from pellucid.models import clone_model

GOLDEN = Path(__file__).parent / "golden"
RELEASES = sorted(path.stem for path in GOLDEN.glob("pellucid_*.npz"))


def test_there_is_one() -> None:
    assert "pellucid_0_1" in RELEASES


@pytest.mark.parametrize("ending", ["keras", "h5", "onnx", "safetensors"])
@pytest.mark.parametrize("release", RELEASES)
def test_a_model(release: str, ending: str) -> None:
    """With the names of its classes; and where the file holds the optimiser, a step more gives what it gave then."""
    held = np.load(GOLDEN / f"{release}.npz")
    model = load_model(GOLDEN / f"{release}.{ending}")
    np.testing.assert_allclose(model.predict(held["x"], verbose=0), held["found"], rtol=0, atol=2e-6)
    assert model.trained_on.class_names == ("cat", "dog", "hen")
    if ending in ("keras", "h5"):
        model.train_on_batch(held["x"], held["y"])
        np.testing.assert_allclose(model.predict(held["x"], verbose=0), held["after"], rtol=0, atol=2e-5)


@pytest.mark.parametrize("release", RELEASES)
def test_weights(release: str) -> None:
    """They fill a model of the same layers."""
    model = load_model(GOLDEN / f"{release}.keras")
    again = clone_model(model)
    again.load_weights(GOLDEN / f"{release}.weights.h5")
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
