"""Counts in files: `Normalization` has a whole number among its weights, which Keras keeps as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

import pellucid
from pellucid.errors import FileError

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def _model(library: Any) -> Any:
    model = library.Sequential(
        [library.layers.Input((4,)), library.layers.Normalization(), library.layers.Dense(1, kernel_initializer="ones")]
    )
    model.layers[0].adapt(X)
    return model


@pytest.mark.parametrize("end", [".keras", ".h5"])
@pytest.mark.parametrize(("writer", "reader"), [(keras, pellucid), (pellucid, keras), (pellucid, pellucid)])
def test_models(writer: Any, reader: Any, end: str, tmp_path: Path) -> None:
    model = _model(writer)
    model.save(tmp_path / f"model{end}")
    other = reader.models.load_model(tmp_path / f"model{end}", compile=False)
    np.testing.assert_allclose(other.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5)


@pytest.mark.parametrize(("writer", "reader"), [(keras, pellucid), (pellucid, keras)])
def test_weights_alone(writer: Any, reader: Any, tmp_path: Path) -> None:
    model = _model(writer)
    other = reader.Sequential([reader.layers.Input((4,)), reader.layers.Normalization(), reader.layers.Dense(1)])
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_allclose(other.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5)


def test_whole_numbers_of_a_shape_are_refused(tmp_path: Path) -> None:
    """They are of a quantized model, whose numbers mean others."""
    model = _model(pellucid)
    model.save_weights(tmp_path / "model.weights.h5")
    with h5py.File(tmp_path / "model.weights.h5", "r+") as file:
        kernel = file["layers/dense/vars/0"][...]
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = kernel.astype(np.int8)
    with pytest.raises(FileError, match="no floats"):
        model.load_weights(tmp_path / "model.weights.h5")
