"""A network of Keras 2 computed with NumPy alone, straight from the configuration and the arrays of its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Config = dict[str, Any]


def predicted(path: Path, x: np.ndarray) -> np.ndarray:
    """What the functional model in a file makes of images (batch, rows, columns, channels), in float64."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])["config"]
        weights = {
            name: [np.asarray(group[each], float) for each in group.attrs["weight_names"]]
            for name, group in file["model_weights"].items()
        }
    results = {config["input_layers"][0][0]: np.asarray(x, float)}
    waiting = [layer for layer in config["layers"] if layer["inbound_nodes"]]
    while waiting:
        layer = next(each for each in waiting if all(place[0] in results for place in each["inbound_nodes"][0]))
        waiting.remove(layer)
        inputs = [results[place[0]] for place in layer["inbound_nodes"][0]]
        results[layer["name"]] = _computed(layer["class_name"], layer["config"], inputs, weights[layer["name"]])
    return results[config["output_layers"][0][0]]


def _computed(kind: str, config: Config, inputs: list[np.ndarray], weights: list[np.ndarray]) -> np.ndarray:
    x = inputs[0]
    if kind == "Conv2D":
        return _activated(config, _convolved(x, weights[0], config) + (weights[1] if config["use_bias"] else 0))
    if kind == "SeparableConv2D":
        windows = _windows(x, weights[0].shape[:2], config, 0.0)
        depthwise = np.einsum("borcij,ijcm->borcm", windows, weights[0])
        mixed = depthwise.reshape(*depthwise.shape[:3], -1) @ weights[1][0, 0]
        return _activated(config, mixed + (weights[2] if config["use_bias"] else 0))
    if kind == "BatchNormalization":
        gamma, beta, mean, variance = weights
        return (x - mean) / np.sqrt(variance + config["epsilon"]) * gamma + beta
    if kind == "MaxPooling2D":
        return _windows(x, config["pool_size"], config, -np.inf).max(axis=(-2, -1))
    if kind == "Activation":
        return _activated(config, x)
    if kind == "Add":
        return inputs[0] + inputs[1]
    assert kind == "GlobalAveragePooling2D"
    return x.mean(axis=(1, 2))


def _activated(config: Config, x: np.ndarray) -> np.ndarray:
    if config["activation"] == "softmax":
        shifted = np.exp(x - x.max(-1, keepdims=True))
        return shifted / shifted.sum(-1, keepdims=True)
    return np.maximum(x, 0) if config["activation"] == "relu" else x


def _convolved(x: np.ndarray, kernel: np.ndarray, config: Config) -> np.ndarray:
    return np.einsum("borcij,ijcf->borf", _windows(x, kernel.shape[:2], config, 0.0), kernel)


def _windows(x: np.ndarray, size: Any, config: Config, outside: float) -> np.ndarray:
    """All windows, (batch, rows, columns, channels, *size); "same" puts what is odd behind the map."""
    steps = config["strides"]
    if config["padding"] == "same":
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(x.shape[1:3], steps, size, strict=True)]
        amounts = [(0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)]
        x = np.pad(x, amounts, constant_values=outside)
    return sliding_window_view(x, tuple(size), axis=(1, 2))[:, :: steps[0], :: steps[1]]
