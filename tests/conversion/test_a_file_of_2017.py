"""A trained model that Keras 2.0.5 wrote in 2017: what it predicts, against NumPy on the arrays of its file.

The file lies beside the repository, or in the folder that PELLUCID_KERAS_FILES names; it is not a part of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from checks.old_networks import predicted

from pellucid import conversion

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "keras_files"
FILE = Path(os.environ.get("PELLUCID_KERAS_FILES", BESIDE)) / "tiny_XCEPTION_KDEF.hdf5"


@pytest.mark.skipif(not FILE.exists(), reason="not beside the repository, nor where PELLUCID_KERAS_FILES says")
def test_predictions() -> None:
    """On random numbers; nothing is lost, and the training goes on at the step where it stopped."""
    model, report = conversion.load(FILE)
    x = np.random.default_rng(0).normal(size=(2, 64, 64, 1)).astype(np.float32)
    np.testing.assert_allclose(model.predict(x, verbose=0), predicted(FILE, x), rtol=0, atol=1e-5)
    assert report.count("matched") == len(report.rows) and report.lost == ()
    assert type(model.optimizer).__name__ == "Adam" and int(model.optimizer.iterations) > 0
    assert np.isfinite(model.train_on_batch(x, np.eye(7)[[0, 1]])).all()
