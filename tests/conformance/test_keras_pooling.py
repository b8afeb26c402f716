"""Pooling to a fixed size and global pooling of drawn shapes against Keras; few, since Keras compiles each anew.

The many are asked of PyTorch in `test_torch_pooling`; here it is seen that the words mean what they mean in Keras.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras_oracle import Case, answer_ours, answer_theirs, check_answers, make_ours, make_theirs, random_inputs
from sampling import drawn

few = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

# Keras 3.15 on JAX computes the bounds of windows in float32; for 7, 13, 14 and 15 outputs it rounds to wrong ones.
OUTPUTS = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A layer that pools any map to a fixed size, or to one number."""
    rank = draw(st.sampled_from((1, 2, 3)))
    largest = (30, 12, 6)[rank - 1]
    spatial = draw(st.tuples(*[st.integers(1, largest)] * rank))
    data_format = draw(st.sampled_from(["channels_last", "channels_first"]))
    batch, channels = draw(st.integers(1, 3)), draw(st.integers(1, 9))
    kind = draw(st.sampled_from(["Max", "Average"]))
    shape = (batch, *spatial, channels) if data_format == "channels_last" else (batch, channels, *spatial)
    if draw(st.integers(0, 3)) == 0:
        options = {"data_format": data_format, "keepdims": draw(st.booleans())}
        return Case(f"Global{kind}Pooling{rank}D", options, (shape,))
    output = draw(st.tuples(*[st.sampled_from([n for n in OUTPUTS if n <= largest])] * rank))
    return Case(f"Adaptive{kind}Pooling{rank}D", {"output_size": output, "data_format": data_format}, (shape,))


def _compare(case: Case, inputs: list[np.ndarray]) -> None:
    check_answers(
        f"{case.kind} (drawn)", answer_ours(make_ours(case), inputs), answer_theirs(make_theirs(case, []), inputs)
    )


@drawn(few)
@given(case=cases())
def test_pooling_to_a_size(case: Case) -> None:
    """Any input and output size, format and kind."""
    _compare(case, random_inputs(case))


# Over several axes Keras leaves to its backend who of several maxima takes the gradient.
TIES = [
    Case("AdaptiveMaxPooling1D", {"output_size": 4}, ((2, 12, 3),)),
    Case("AdaptiveMaxPooling1D", {"output_size": 5}, ((2, 13, 3),)),
    Case("GlobalMaxPooling1D", {}, ((2, 12, 3),)),
    Case("GlobalMaxPooling3D", {"keepdims": True}, ((2, 3, 4, 3, 2),)),
    Case("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, ((2, 7, 8, 3),)),
    Case("MaxPooling3D", {"pool_size": (1, 3, 2), "strides": (2, 2, 1), "padding": "same"}, ((2, 4, 5, 4, 2),)),
]


@pytest.mark.parametrize("case", TIES, ids=str)
def test_gradients_where_values_are_equal(case: Case) -> None:
    """The first maximum takes it, or, in global pooling, all share it."""
    _compare(case, [np.random.default_rng(0).integers(-1, 2, case.inputs[0]).astype(np.float32)])
