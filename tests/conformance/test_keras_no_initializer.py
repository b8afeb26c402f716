"""None where an initialiser stands: Keras draws such weights by its default, whatever they are, and so do we."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pellucid

CASES: dict[str, tuple[str, str, dict[str, Any], tuple[int, ...], float]] = {
    # layer, option, further options, one sample, the largest number by (fan_in + fan_out): sqrt(6 / fans)
    "dense": ("Dense", "kernel_initializer", {"units": 40}, (30,), 6 / 70),
    "convolution": ("Conv2D", "kernel_initializer", {"filters": 16, "kernel_size": 3}, (5, 5, 8), 6 / (9 * 24)),
    "by channel": ("DepthwiseConv2D", "depthwise_initializer", {"kernel_size": 3}, (5, 5, 90), 6 / (9 * 91)),
    "a bias": ("Dense", "bias_initializer", {"units": 400}, (3,), 6 / 800),
    "a factor": ("BatchNormalization", "gamma_initializer", {}, (400,), 6 / 800),
    "words": ("Embedding", "embeddings_initializer", {"input_dim": 30, "output_dim": 40}, (5,), 6 / 70),
}


def _drawn(library: Any, case: str) -> tuple[Any, np.ndarray]:
    kind, option, further, sample, _ = CASES[case]
    layer = getattr(library.layers, kind)(**{option: None}, **further)
    model = library.Sequential([library.layers.Input(sample), layer])
    name = option.removesuffix("_initializer").replace("depthwise", "kernel")
    return model, np.asarray(next(w.numpy() for w in layer.weights if w.path.endswith(name)))


@pytest.mark.parametrize("case", CASES)
def test_the_range_is_that_of_keras(case: str) -> None:
    most = math.sqrt(CASES[case][-1])
    for library in (keras, pellucid):
        _, values = _drawn(library, case)
        assert 0.95 * most < np.abs(values).max() <= most
        assert abs(values.mean()) < 5 * most / math.sqrt(3 * values.size)


@pytest.mark.parametrize("case", CASES)
def test_files_go_both_ways(case: str, tmp_path: Path) -> None:
    for writer, reader in ((keras, pellucid), (pellucid, keras)):
        model, values = _drawn(writer, case)
        path = tmp_path / f"{writer.__name__}.keras"
        model.save(path)
        read = reader.models.load_model(path)
        assert any(np.array_equal(np.asarray(weight), values) for weight in read.get_weights())
