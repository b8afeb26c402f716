"""Layers of every kind to ONNX and back: the model that is read computes what the one that was written does."""

from __future__ import annotations

import numpy as np
import pytest
from cases.layers import LAYERS
from checks.onnx_files import file_of, model_of
from checks.problem import make_layer
from onnx import helper

from pellucid import Input, Model, Sequential, layers
from pellucid.conversion.onnx.loading import to_model
from pellucid.conversion.onnx.saving import to_proto
from pellucid.errors import FileError
from pellucid.formats.onnx_file import read_onnx

EVERY = 4  # of the table: each family is there, and all rows are written, by `test_onnx_written_operations`
REFUSED = ("where the maxima lie is used", "the samples cannot be told apart any more")


@pytest.mark.parametrize("case", [case for case in LAYERS if not case.training][::EVERY], ids=lambda case: case.name)
def test_a_layer_comes_back(case):
    inputs = [Input(shape[1:]) for shape in case.inputs]
    model = Model(inputs, make_layer(case)(inputs if len(inputs) > 1 else inputs[0]))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1, weight.shape) for weight in model.weights])
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in case.inputs]
    try:
        again, _ = to_model(read_onnx(to_proto(model).SerializeToString()), "test")
    except FileError as error:
        assert any(reason in str(error) for reason in REFUSED)
        return
    shapes = [tuple(tensor.shape[1:]) for tensor in again.inputs]
    is_moved = [array.shape[1:] for array in arrays] != shapes  # channels last, where the file has them first
    given = [np.moveaxis(array, 1, -1) if is_moved else array for array in arrays]
    right = model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
    found = again.predict(given if len(given) > 1 else given[0], verbose=0)
    found = np.moveaxis(found, -1, 1) if is_moved else found
    scale = max(1.0, float(np.abs(right).max()))
    np.testing.assert_allclose(found, right, rtol=0, atol=2e-5 * scale)


def test_a_dense_layer_along_the_last_axis_of_maps_comes_back_as_one():
    model = Sequential([layers.Input((4, 5, 3)), layers.Dense(6, name="each"), layers.Softmax()])
    again, _ = to_model(read_onnx(to_proto(model).SerializeToString()), "test")
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    np.testing.assert_allclose(again.predict(x), model.predict(x), atol=1e-6)
    assert isinstance(again.get_layer("each"), layers.Dense)


def test_outputs_of_a_file_without_maps_are_as_the_file_has_them():
    """A transposition alone is one: nothing says that what it moves are channels."""
    model = model_of(file_of([helper.make_node("Transpose", ["x"], ["y"], perm=[0, 2, 1])], ("n", 3, 4)))
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(model.predict(x), x.transpose(0, 2, 1))


@pytest.mark.parametrize("layer", [layers.UpSampling2D((2, 3)), layers.PReLU(shared_axes=(1, 2))])
def test_what_is_written_channels_last_is_read_so(layer):
    """Nothing in these files has its channels second; the sizes are open in one, and known in the other."""
    shape = (None, None, 3) if isinstance(layer, layers.UpSampling2D) else (4, 5, 3)
    model = Sequential([layers.Input(shape), layer, layers.Activation("tanh")])
    again, _ = to_model(read_onnx(to_proto(model).SerializeToString()), "test")
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    assert again.input_shape == (None, *shape)
    np.testing.assert_allclose(again.predict(x), model.predict(x), atol=1e-6)
