"""Saved and loaded, a model is the same to the bit: structure, weights, and what it computes."""

from __future__ import annotations

import inspect
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.models import branched_cnn, compiled, images, small_cnn
from cases.strategies import small_models
from checks.problem import make_layer
from checks.round_trip import check_round_trip
from hypothesis import given, settings

from pellucid import Input, Model, load_model, optimizers, set_random_seed
from pellucid.engines import NativeEngine


@settings(max_examples=40)
@given(small_models())
def test_drawn_models_survive(model):
    with tempfile.TemporaryDirectory() as folder:
        check_round_trip(model, Path(folder))


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.name)
def test_every_layer_survives(case, tmp_path):
    set_random_seed(1)
    inputs = [Input(shape[1:], name=f"input{i}") for i, shape in enumerate(case.inputs)]
    layer = make_layer(case)
    functions = {value.__name__: value for value in case.arguments.values() if inspect.isfunction(value)}
    model = Model(inputs, layer(inputs if len(inputs) > 1 else inputs[0]), name="model")
    check_round_trip(model, tmp_path, partial(load_model, custom_objects=functions))


@pytest.mark.parametrize("make", [small_cnn, branched_cnn])
def test_a_trained_model_survives_and_can_be_trained_on(make, tmp_path):
    data = images(20)
    model = compiled(make(), NativeEngine(), optimizers.SGD(0.1))
    model.fit(data.x, data.y, epochs=2, verbose=0)
    loaded = check_round_trip(model, tmp_path)
    assert loaded.evaluate(data.x, data.y, verbose=0) == model.evaluate(data.x, data.y, verbose=0)
    before = loaded.get_weights()
    loaded.train_on_batch(data.x, data.y)
    assert not any(np.array_equal(a, b) for a, b in zip(before, loaded.get_weights(), strict=True))
