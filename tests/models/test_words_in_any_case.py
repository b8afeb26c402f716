"""Words of closed sets ("same", "channels_last", "bilinear") are taken in any case, as Keras takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases.layers import LAYERS
from cases.rows import LayerCase

from pellucid import config, initializers, layers, ops
from pellucid.errors import ArgumentError

WORDS = ("padding", "data_format", "interpolation")


def in_words(case: LayerCase) -> dict[str, str]:
    return {name: word for name, word in case.arguments.items() if name in WORDS and isinstance(word, str)}


@pytest.mark.parametrize("case", [case for case in LAYERS if in_words(case)], ids=lambda case: case.name)
def test_words_of_layers(case: LayerCase) -> None:
    """A layer that is made in capitals is the one that is made in small letters, in files too."""
    made = getattr(layers, case.layer)
    expected = made(**case.arguments, name="same").get_config()
    for spelled in (str.upper, str.title):
        capitals = {name: spelled(word) for name, word in in_words(case).items()}
        assert made(**case.arguments | capitals, name="same").get_config() == expected


X, KERNEL = np.random.default_rng(0).normal(size=(2, 7, 6, 3)), np.random.default_rng(1).normal(size=(3, 2, 3, 3))
FUNCTIONS: dict[str, Callable[[str, str], np.ndarray]] = {
    "conv": lambda padding, form: ops.conv(X, KERNEL, padding=padding, data_format=form),
    "depthwise_conv": lambda padding, form: ops.depthwise_conv(X, KERNEL, padding=padding, data_format=form),
    "separable_conv": lambda padding, form: ops.separable_conv(X, KERNEL, np.ones((1, 1, 9, 2)), 1, padding, form),
    "max_pool": lambda padding, form: ops.max_pool(X, 2, padding=padding, data_format=form),
    "average_pool": lambda padding, form: ops.average_pool(X, 2, padding=padding, data_format=form),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_words_of_functions(name: str) -> None:
    expected = FUNCTIONS[name]("same", "channels_last")
    np.testing.assert_array_equal(FUNCTIONS[name]("SAME", "Channels_Last"), expected)


def test_other_words() -> None:
    """The process's data format; a distribution. What Keras takes in small letters alone is refused."""
    config.set_image_data_format("CHANNELS_FIRST")
    try:
        assert config.image_data_format() == layers.Conv2D(1, 1).data_format == "channels_first"
    finally:
        config.set_image_data_format("channels_last")
    assert initializers.VarianceScaling(distribution="Uniform").distribution == "uniform"
    for wrong in (lambda: initializers.VarianceScaling(mode="FAN_IN"), lambda: layers.Conv2D(1, 1, padding="SMAE")):
        with pytest.raises(ArgumentError, match=r"did you mean '(fan_in|same)'"):
            wrong()
