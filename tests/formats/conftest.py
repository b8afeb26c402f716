"""A small valid `.keras` file, and helpers that build files which must be refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import h5py
import numpy as np
import pytest

from pellucid.formats.keras_v3 import encode_keras

WEIGHTS = {
    "layers/conv2d/vars": [np.arange(18, dtype=np.float32).reshape(3, 3, 1, 2), np.array([0.5, -0.5], np.float32)],
    "layers/flatten/vars": [],
    "layers/dense/vars": [np.linspace(-1, 1, 40, dtype=np.float32).reshape(8, 5)],
    "optimizer/vars": [np.array(7, np.int32), np.array(0.001, np.float32)],
}


@pytest.fixture
def weights() -> dict[str, list[np.ndarray]]:
    """Groups of arrays as a small model has them."""
    return {group: [array.copy() for array in arrays] for group, arrays in WEIGHTS.items()}


@pytest.fixture
def keras_bytes(weights: dict[str, list[np.ndarray]]) -> bytes:
    """A valid file."""
    return encode_keras({"class_name": "Sequential"}, {"keras_version": "3.0.0"}, weights)


@pytest.fixture(scope="session")
def build_zip() -> Callable[..., bytes]:
    """Build an archive of the three usual members; keywords replace the content of one, None leaves it out."""

    def build(
        *, compression: int = zipfile.ZIP_STORED, extra: dict[str, bytes] | None = None, **members: object
    ) -> bytes:
        usual = {
            "metadata.json": members.get("metadata", b"{}"),
            "config.json": members.get("config", b"{}"),
            "model.weights.h5": members.get("weights", build_h5_file(lambda file: None)),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for name, content in (usual | (extra or {})).items():
                if content is not None:
                    archive.writestr(name, content)
        return buffer.getvalue()

    return build


def build_h5_file(fill: Callable[[h5py.File], object]) -> bytes:
    """The bytes of an HDF5 file that `fill` wrote into."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def build_h5(build_zip: Callable[..., bytes]) -> Callable[[Callable[[h5py.File], object]], bytes]:
    """Build a `.keras` file whose weights are written by a function."""
    return lambda fill: build_zip(weights=build_h5_file(fill), config=json.dumps({"class_name": "Model"}).encode())
