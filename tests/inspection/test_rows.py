"""Which graphs compute each row of a batch from that row alone: told by the operations, held to what the rows do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pellucid import Model, layers, ops
from pellucid.inspection.answers import emit_answers
from pellucid.inspection.rows import keeps_rows_apart
from pellucid.inspection.running import run_graph

N = 4
X = np.random.default_rng(2).random((N, 4, 4, 2), dtype=np.float32)
APART: dict[str, Callable[[object], object]] = {
    "convolution": lambda x: layers.Conv2D(2, 3, activation="softmax")(x),
    "transposed": lambda x: layers.Conv2DTranspose(2, 3, strides=2)(x),
    "depthwise": lambda x: layers.DepthwiseConv2D(2)(x),
    "pooling": lambda x: layers.MaxPooling2D(2)(layers.AveragePooling2D(2, strides=1)(x)),
    "normalised": lambda x: layers.GroupNormalization(2)(layers.BatchNormalization()(x)),
    "dense": lambda x: layers.Dense(3)(layers.Flatten()(x)),
    "dense on maps": lambda x: layers.Dense(3)(x),
    "turned": lambda x: layers.Permute((3, 1, 2))(x),
    "joined": lambda x: layers.Concatenate()([x, ops.flip(x, axis=1)]),
    "resized": lambda x: layers.UpSampling2D(2)(layers.ZeroPadding2D(1)(x)),
    "arithmetic": lambda x: (x - ops.mean(x, axis=(1, 2, 3), keepdims=True)) * 2.0,
}
MIXED: dict[str, Callable[[object], object]] = {
    "mean": lambda x: x - ops.mean(x, axis=0, keepdims=True),
    "softmax": lambda x: ops.softmax(x, axis=0),
    "flip": lambda x: ops.flip(x, axis=0),
    "sum": lambda x: x * ops.sum(x),
    "reshaped": lambda x: ops.reshape(ops.transpose(ops.reshape(x, (-1, 32))), (-1, 4, 4, 2)),
}


def told(make: Callable[[object], object]) -> tuple[bool, bool]:
    """What is told of it, and whether the first row changes with the last."""
    x = layers.Input((4, 4, 2))
    model = Model(x, layers.Flatten()(make(x)))
    answers = emit_answers(model, [X.shape])
    answers.graph.outputs = {"y": answers.outputs[0]}
    other = X.copy()
    other[-1] = 0.5
    first, second = (run_graph(model, answers.graph, [each], "reference")["y"] for each in (X, other))
    return keeps_rows_apart(answers.graph, answers.outputs), bool((first[0] != second[0]).any())


@pytest.mark.parametrize("case", APART)
def test_apart(case: str) -> None:
    assert told(APART[case]) == (True, False)


@pytest.mark.parametrize("case", MIXED)
def test_mixed(case: str) -> None:
    assert told(MIXED[case]) == (False, True)
