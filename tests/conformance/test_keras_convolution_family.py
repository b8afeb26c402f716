"""Transposed, depthwise and separable convolution of drawn geometries against Keras.

Shapes are compared for many geometries, numbers for few, since Keras compiles anew for each; `test_torch_convolution_
family` compares numbers for many.
"""

from __future__ import annotations

import keras
import pytest
from geometries import convolutions, depthwise_and_separable, transposed
from hypothesis import HealthCheck, Phase, given, settings
from keras_oracle import Case, answer_ours, answer_theirs, check_answers, made, make_ours, make_theirs, random_inputs
from sampling import drawn

import pellucid
from pellucid import layers
from pellucid.errors import ArgumentError

few = settings(
    max_examples=30,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
many = settings(few, max_examples=500)


def _compare(case: Case) -> None:
    layer, inputs = make_ours(case), random_inputs(case)
    check_answers(case.kind, answer_ours(layer, inputs), answer_theirs(make_theirs(case, layer.get_weights()), inputs))


@drawn(few)
@given(transposed(1, for_keras=True) | transposed(2, for_keras=True) | transposed(3, for_keras=True))
def test_transposed_convolution(case: Case) -> None:
    """Both paddings, with and without output padding: which elements are kept, and where the zeros stand."""
    _compare(case)


@drawn(few)
@given(depthwise_and_separable())
def test_depthwise_and_separable_convolution(case: Case) -> None:
    """Filters for each channel, in Keras's order."""
    _compare(case)


@drawn(many)
@given(
    transposed(1, for_keras=True)
    | transposed(2, for_keras=True)
    | transposed(3, for_keras=True)
    | depthwise_and_separable()
    | convolutions(1, for_keras=True)
    | convolutions(2, for_keras=True)
    | convolutions(3, for_keras=True)
)
def test_shapes(case: Case) -> None:
    """Of the result, with an open batch; Keras follows its formulas here, and computes nothing."""
    shape = (None, *case.inputs[0][1:])
    assert made(pellucid, case).compute_output_shape(shape) == tuple(made(keras, case).compute_output_shape(shape))


@pytest.mark.parametrize("name", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"])
def test_configurations_that_keras_reads(name: str) -> None:
    """Whatever is at its default; `padding_mode` is written only where Keras could not read the layer anyway."""
    options = {} if name == "DepthwiseConv2D" else {"filters": 2}
    plain = getattr(layers, name)(kernel_size=3, padding="same", **options)
    assert "padding_mode" not in plain.get_config()
    assert getattr(keras.layers, name).from_config(plain.get_config()).padding == "same"
    special = getattr(layers, name)(kernel_size=3, padding=((0, 1), (2, 3)), padding_mode="reflect", **options)
    config = special.get_config()
    assert (config["padding"], config["padding_mode"]) == (((0, 1), (2, 3)), "reflect")
    assert type(special).from_config(config).get_config() == config
    assert type(special).from_config(config).window((9, 9)) == special.window((9, 9))


def test_output_padding_is_refused_where_keras_refuses_it() -> None:
    """From the stride on."""
    for extra in (2, (1, 2), (0, 3)):
        with pytest.raises(ValueError, match="output_padding"):
            keras.layers.Conv2DTranspose(1, 3, strides=2, output_padding=extra)
        with pytest.raises(ArgumentError, match=r'^Conv2DTranspose "x": output_padding must be below the stride, got'):
            layers.Conv2DTranspose(1, 3, strides=2, output_padding=extra, name="x")
