"""Whatever a file says, `load_model` gives a model or a `FileError`: each value of its configuration replaced.

`make test` tries a few for each kind of file, `make test-long` all of them.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sampling
from cases.layers import LAYERS
from cases.mutations import mutations
from checks.problem import make_layer
from checks.refusals import refusal_of

from pellucid import (
    Input,
    Model,
    Sequential,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    regularizers,
    schedules,
)
from pellucid.formats.keras_v3 import KerasContents, read_keras
from pellucid.formats.strict_zip import encode_members
from pellucid.formats.weight_store import encode_weights

FEW = 6
"""Mutations of each file that are tried in a sample."""


def _of_every_class() -> Iterator[tuple[str, Callable[[], Model]]]:
    """A model around the first row of each layer's."""
    known = set()
    for case in LAYERS:
        functions = any(inspect.isfunction(value) for value in case.arguments.values())
        kind = case.name.split("(")[0]
        if kind not in known and not functions:
            known.add(kind)
            yield kind, lambda case=case: _around(case)


def _around(case: Any) -> Model:
    inputs = [Input(shape[1:], name=f"input{i}") for i, shape in enumerate(case.inputs)]
    return Model(inputs, make_layer(case)(inputs if len(inputs) > 1 else inputs[0]), name="model")


def _compiled() -> Model:
    model = Sequential([Input((4,)), layers.Dense(3, "softmax", kernel_regularizer=regularizers.L2(0.1))])
    rate = schedules.PiecewiseConstantDecay([5, 9], [0.1, 0.01, 0.001])
    model.compile(
        optimizers.Adam(rate, weight_decay=0.1),
        losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy", metrics.AUC(num_thresholds=5), metrics.TopKCategoricalAccuracy(2)],
        weighted_metrics=[metrics.Precision()],
    )
    return model


def _of_several_outputs() -> Model:
    x = Input((4,), name="in")
    outputs = {"a": layers.Dense(2, name="a")(x), "b": layers.Dense(1, name="b")(x)}
    model = Model(x, outputs)
    model.compile(
        optimizers.SGD(schedules.CosineDecay(0.1, 10), momentum=0.9),
        {"a": "mse", "b": "mae"},
        loss_weights={"a": 1.0, "b": 0.5},
        metrics={"a": ["mae"], "b": ["mse"]},
    )
    return model


def _nested() -> Model:
    inner = Sequential([Input((4,)), layers.Dense(4), layers.Dropout(0.5)], name="inner")
    x = Input((4,), name="in")
    return Model(x, layers.Add()([inner(inner(x)), layers.SpectralNormalization(layers.Dense(4))(x)]))


def _of_functions() -> Model:
    x = Input((4, 3), name="in")
    y = ops.pad(ops.clip(x * 2.0 + 1.0, 0.0, 1.0), [(0, 0), (1, 1), (0, 0)], constant_values=1.0)
    return Model(x, ops.reshape(ops.flip(y, 1)[:, ::2], (-1, 9)))


SEEDS: dict[str, Callable[[], Model]] = {
    **dict(_of_every_class()),
    "compiled": _compiled,
    "several outputs": _of_several_outputs,
    "nested": _nested,
    "functions": _of_functions,
}


def _contents(model: Model, folder: Path) -> KerasContents:
    model.save(folder / "good.keras")
    return read_keras(folder / "good.keras")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.filterwarnings("ignore")
def test_any_value_in_the_configuration(seed: str, tmp_path: Path) -> None:
    """A model, or one `FileError` that names the file, of bounded length and in one line."""
    contents = _contents(SEEDS[seed](), tmp_path)
    weights, path = encode_weights(contents.weights, {}, max_bytes=2**30), tmp_path / "changed.keras"
    count = FEW if sampling.SAMPLES else None
    for name, record in mutations(contents.config, count, f"{seed} {sampling.commit()}"):
        members = {"metadata.json": b"{}", "config.json": json.dumps(record).encode(), "model.weights.h5": weights}
        path.write_bytes(encode_members(members))
        refusal_of(path, name)
