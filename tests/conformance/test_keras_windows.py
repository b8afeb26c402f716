"""Convolution and pooling of drawn geometries against Keras; few, since Keras compiles anew for each shape.

That is what PyTorch is asked in `test_torch_windows`; here it is seen that the words (padding, data_format, strides,
dilation_rate) mean what they mean in Keras.
"""

from __future__ import annotations

import numpy as np
import pytest
from geometries import convolutions, poolings
from hypothesis import HealthCheck, Phase, given, settings
from keras_oracle import Case, answer_ours, answer_theirs, check_answers, make_ours, make_theirs, random_inputs
from sampling import drawn

few = settings(
    max_examples=30,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def _compare(case: Case) -> None:
    layer, inputs = make_ours(case), random_inputs(case)
    check_answers(case.kind, answer_ours(layer, inputs), answer_theirs(make_theirs(case, layer.get_weights()), inputs))


@drawn(few)
@given(case=convolutions(1, for_keras=True))
def test_convolution_1d(case: Case) -> None:
    """Along one axis, causal too."""
    _compare(case)


@drawn(few)
@given(case=convolutions(2, for_keras=True))
def test_convolution_2d(case: Case) -> None:
    """Over two axes."""
    _compare(case)


@drawn(few)
@given(case=convolutions(3, for_keras=True))
def test_convolution_3d(case: Case) -> None:
    """Over three axes."""
    _compare(case)


@drawn(few)
@given(case=poolings(1) | poolings(2) | poolings(3))
def test_pooling(case: Case) -> None:
    """Over one, two or three axes."""
    _compare(case)


TIES = [
    Case("MaxPooling1D", {"pool_size": 3, "strides": 1}, ((2, 12, 3),)),
    Case("MaxPooling2D", {"pool_size": 2}, ((2, 8, 8, 3),)),
    Case("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, ((2, 9, 8, 3),)),
    Case("MaxPooling3D", {"pool_size": 2}, ((2, 4, 4, 4, 2),)),
    Case("GlobalMaxPooling2D", {}, ((2, 5, 5, 3),)),
    Case("ReLU", {}, ((4, 9),)),
    Case("Activation", {"activation": "relu6"}, ((4, 9),)),
    Case("Activation", {"activation": "leaky_relu"}, ((4, 9),)),
    Case("Activation", {"activation": "elu"}, ((4, 9),)),
]


@pytest.mark.parametrize("case", TIES, ids=str)
def test_gradients_where_values_are_equal(case: Case) -> None:
    """Behind a ReLU many values of a window are 0: who takes the gradient decides how a network learns."""
    ours, theirs = make_ours(case), make_theirs(case, [])
    x = np.random.default_rng(0).integers(-1, 2, case.inputs[0]).astype(np.float32)
    check_answers(f"{case.kind} at ties", answer_ours(ours, [x]), answer_theirs(theirs, [x]))
