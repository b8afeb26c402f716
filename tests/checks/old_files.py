"""Files as Keras 1 and 2 wrote them, written with h5py by their layout alone; and what Theano computed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import signal

Weights = Mapping[str, Sequence[tuple[str, np.ndarray]]]
"""For each layer its arrays, each with the name that it has in the file."""


def write_weights(group: h5py.Group, weights: Weights, **attributes: str) -> None:
    """Put weights into a group, layer by layer, as Keras has done since 1.0."""
    group.attrs["layer_names"] = [name.encode() for name in weights]
    for key, value in attributes.items():
        group.attrs[key] = value.encode()
    for layer, arrays in weights.items():
        inner = group.create_group(layer)
        inner.attrs["weight_names"] = [name.encode() for name, _ in arrays]
        for name, array in arrays:
            inner.create_dataset(name, data=np.asarray(array, np.float32))


def write_model(
    path: Path,
    config: Mapping[str, Any],
    weights: Weights,
    *,
    version: str,
    backend: str | None = None,
    training: Mapping[str, Any] | None = None,
    optimizer: Sequence[tuple[str, np.ndarray]] = (),
) -> Path:
    """A whole model; Keras 1 wrote its version beside the model alone and no backend, Keras 2 both twice."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version.encode()
        file.attrs["model_config"] = json.dumps(config).encode()
        both = {} if backend is None else {"backend": backend, "keras_version": version}
        for key, value in both.items():
            file.attrs[key] = value.encode()
        write_weights(file.create_group("model_weights"), weights, **both)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        if optimizer:
            group = file.create_group("optimizer_weights")
            group.attrs["weight_names"] = [name.encode() for name, _ in optimizer]
            for name, array in optimizer:
                group.create_dataset(name, data=array)
    return path


def chain(*layers: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The configuration of a `Sequential` model up to Keras 2.2.2: a list."""
    return {"class_name": "Sequential", "config": [{"class_name": name, "config": dict(c)} for name, c in layers]}


def convolved(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What Theano makes of maps (channels, ...) and a kernel (out, in, ...): true convolution, valid."""
    return np.stack([sum(signal.convolve(m, k, "valid") for m, k in zip(x, each, strict=True)) for each in kernel])


def correlated(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What TensorFlow makes of the same: the kernel as it lies."""
    return np.stack([sum(signal.correlate(m, k, "valid") for m, k in zip(x, each, strict=True)) for each in kernel])


def transposed(x: np.ndarray, kernel: np.ndarray, strides: Sequence[int]) -> np.ndarray:
    """A transposed convolution of maps (in, rows, columns) with (in, out, rows, columns): numbers lay their kernels."""
    size = [(n - 1) * s + k for n, s, k in zip(x.shape[1:], strides, kernel.shape[2:], strict=True)]
    result = np.zeros((kernel.shape[1], *size))
    for i, j in itertools.product(*map(range, x.shape[1:])):
        rows, columns = i * strides[0], j * strides[1]
        patch = np.einsum("c,coij->oij", x[:, i, j], kernel)
        result[:, rows : rows + kernel.shape[2], columns : columns + kernel.shape[3]] += patch
    return result
