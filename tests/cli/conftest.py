"""For all command line tests: a small saved model, whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pellucid
from pellucid import Input, Sequential, layers


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A model that tells whether the left half of a grey image of 8x8 is brighter (class 0), or the right (class 1)."""
    pellucid.clear_session()
    left = np.zeros((8, 8, 1))
    left[:, :4] = 0.25
    kernel = np.stack([left, left[:, ::-1]], axis=-1).reshape(64, 2)
    model = Sequential([Input((8, 8, 1)), layers.Flatten(), layers.Dense(2, "softmax", name="side")], name="halves")
    model.set_weights([kernel, np.zeros(2)])
    path = tmp_path / "halves.keras"
    model.save(path)
    return path
