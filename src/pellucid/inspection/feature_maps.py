"""What every layer answers to one sample, as records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.engines import Engine
from pellucid.errors import ArgumentError, DataError
from pellucid.inspection.records import FeatureMaps
from pellucid.layers import InputLayer
from pellucid.models import Model
from pellucid.training.door import as_array, prepare_input


def feature_maps(model: Model, sample: npt.ArrayLike, *, engine: str | Engine = "native") -> list[FeatureMaps]:
    """The sample itself, then the output of every layer for it, in the order of the layers.

    Args:
        model: a built model with one input.
        sample: one sample, of the shape that the model was built for, without a batch axis.
        engine: who computes; "reference" for float64.

    Returns:
        one record for the input and one per layer.

    Raises:
        ArgumentError: the model has several inputs.
        DataError: the sample does not fit the model.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()])
        >>> [(maps.kind, maps.maps.shape) for maps in feature_maps(model, np.ones((8, 8, 1)))]
        [('Input', (8, 8, 1)), ('Conv2D', (6, 6, 4)), ('Flatten', (144,))]
    """
    x = _one_sample(model, sample)
    calls = [call for layer in model.layers for call in model.built_network().calls if call.layer is layer and call.inputs]
    outputs = [call.outputs[0] if isinstance(call.outputs, list) else call.outputs for call in calls]
    answers = Model(model.inputs, outputs).predict(x, engine=engine)
    records = [FeatureMaps("input", "Input", x[0])]
    for call, answer in zip(calls, answers, strict=True):
        records.append(FeatureMaps(call.layer.name, type(call.layer).__name__, answer[0]))
    return records


def _one_sample(model: Model, sample: npt.ArrayLike) -> np.ndarray:
    """The sample, checked against the model's input, as a batch of one."""
    model.require_built()
    if len(model.inputs) != 1:
        raise ArgumentError(f"{model.name} has {len(model.inputs)} inputs; feature maps are drawn for models with one")
    array, expected = as_array(sample, model.name), model.inputs[0].shape
    if array.dtype.kind in "fiub" and array.shape != expected[1:]:
        hint = "; pass one sample of it, x[0], not the batch" if array.shape[1:] == expected[1:] else ""
        raise DataError(f"{model.name} was built for samples of shape {expected[1:]}, got {array.shape}{hint}")
    return prepare_input(array[np.newaxis], expected, model.name)


def layer_inputs(model: Model, layer_name: str, sample: npt.ArrayLike, *, engine: str | Engine) -> np.ndarray:
    """What one layer is given when the model sees a sample, without the batch axis."""
    layer = model.get_layer(layer_name)
    if isinstance(layer, InputLayer):
        raise ArgumentError(f"{layer.label} is the input itself; nothing is computed there")
    (call,) = [call for call in model.built_network().calls if call.layer is layer][:1]
    source = call.inputs[0]
    x = _one_sample(model, sample)
    if isinstance(source.call.layer, InputLayer):
        return x[0]
    answer = Model(model.inputs, source).predict(x, engine=engine)
    assert isinstance(answer, np.ndarray)
    return answer[0]
