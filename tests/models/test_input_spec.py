"""`input_spec` of a layer of the user's own: it is called on what fits, and on nothing else; held to Keras's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import layers as keras_layers

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, PellucidError, ShapeError

SPECS: list[dict[str, Any]] = [
    {"ndim": 4},
    {"min_ndim": 3},
    {"max_ndim": 3},
    {"min_ndim": 2, "max_ndim": 3},
    {"shape": (None, 4, 3)},
    {"shape": (None, 4, None)},
    {"shape": (None, 4, 3, 1), "allow_last_axis_squeeze": True},
    {"axes": {-1: 3}},
    {"ndim": 3, "axes": {1: 4, 2: None}},
    {"dtype": "float32"},
]
SHAPES = [(2, 3), (2, 4, 3), (2, 4, 1), (2, 4, 3, 1), (2, 5, 3), (2, 4, 3, 3)]


class Half(layers.Layer):
    def __init__(self, spec: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.input_spec = spec

    def call(self, inputs: Any) -> Any:
        return (sum(inputs) if isinstance(inputs, list) else inputs) * 0.5


class KerasHalf(keras_layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs * 0.5


@pytest.mark.parametrize("settings", SPECS, ids=str)
def test_what_fits_is_what_fits_in_keras(settings: dict[str, Any]) -> None:
    for shape in SHAPES:
        if settings.get("allow_last_axis_squeeze") and shape in ((2, 4, 1), (2, 4, 3, 3)):
            continue  # Keras compares (2, 4) or (2, 4, 3, 3) with (None, 4, 3) as far as both go
        theirs = KerasHalf()
        theirs.input_spec = keras_layers.InputSpec(**settings)
        x = np.ones(shape, np.float32)
        try:
            wanted = np.asarray(theirs(x))
        except (ValueError, IndexError):
            with pytest.raises(ShapeError, match=r'Half "half_?\d*": input_spec wants .*, got an input of shape'):
                Half(layers.InputSpec(**settings))(x)
        else:
            np.testing.assert_array_equal(Half(layers.InputSpec(**settings))(x), wanted)


def test_it_holds_in_models_and_for_several_inputs() -> None:
    spec = layers.InputSpec(ndim=4, axes={3: 1})
    assert Sequential([Input((4, 4, 1)), Half(spec)]).predict(np.ones((1, 4, 4, 1)), verbose=0).max() == 0.5
    with pytest.raises(ShapeError, match="input_spec wants 1 along axis 3"):
        Sequential([Input((4, 4, 3)), Half(spec, name="half")])
    a, b = Input((3,)), Input((4,))
    both = [layers.InputSpec(shape=(None, 3)), layers.InputSpec(shape=(None, 3))]
    with pytest.raises(ShapeError, match=r"input_spec wants the shape \(None, 3\), got an input of shape"):
        Half(both)([a, b])
    assert isinstance(Model([a, other := Input((3,))], Half(both)([a, other])), Model)
    with pytest.raises(ShapeError, match="input_spec is of 2 inputs, got 1"):
        Half(both)(a)


class Named(layers.Layer):
    input_spec = [layers.InputSpec(ndim=2, name="left"), layers.InputSpec(max_ndim=2, name="right")]  # noqa: RUF012

    def call(self, inputs: Any) -> Any:
        return inputs["left"] + inputs["right"]


def test_inputs_by_name() -> None:
    x, flat = np.ones((2, 3)), np.ones((2, 1))
    np.testing.assert_array_equal(Named()({"right": flat, "left": x}), np.full((2, 3), 2.0))
    with pytest.raises(ShapeError, match="input 'right' of shape"):
        Named()({"left": x, "right": np.ones((2, 3, 1))})


class Grows(layers.Layer):
    def build(self, input_shape: Any) -> None:
        self.input_spec = layers.InputSpec(min_ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any) -> Any:
        return inputs + 1.0


def test_what_is_said_in_build_holds_from_then_on() -> None:
    layer = Grows()
    layer(np.ones((2, 3)))
    layer(np.ones((5, 4, 3)))
    with pytest.raises(ShapeError, match="input_spec wants 3 along axis -1"):
        layer(np.ones((2, 4)))


def test_axes_are_not_compared_as_far_as_they_go() -> None:
    spec = layers.InputSpec(shape=(None, 4, 3, 1), allow_last_axis_squeeze=True)
    with pytest.raises(ShapeError, match="input_spec wants the shape"):
        Half(spec)(np.ones((2, 4, 1)))
    with pytest.raises(ShapeError, match="input_spec wants the shape"):
        Half(spec)(np.ones((2, 4, 3, 3)))


def test_settings() -> None:
    spec = layers.InputSpec("float32", ndim=4, axes={-1: 3}, name="image")
    again = layers.InputSpec.from_config(spec.get_config())
    assert again.get_config() == spec.get_config()
    assert repr(again) == "InputSpec(dtype='float32', ndim=4, axes={-1: 3}, name='image')"
    assert layers.InputSpec(axes={"-1": 2}).axes == {-1: 2} and layers.InputSpec(shape=[None, 2]).ndim == 2
    for wrong in ({"ndim": -1}, {"axes": {"a": 1}}, {"axes": 3}, {"shape": 4}, {"dtype": "word"}, {"name": 3}):
        with pytest.raises(PellucidError, match="InputSpec"):
            layers.InputSpec(**wrong)
    with pytest.raises(ArgumentError, match="there is no axis 3 of at most 2"):
        layers.InputSpec(ndim=2, axes={3: 1})
    with pytest.raises(ArgumentTypeError, match="input_spec must be an InputSpec"):
        Half("four axes")(np.ones((1, 2)))
    with pytest.raises(ShapeError, match="numbers of type int32, and tensors are of float32"):
        Half(layers.InputSpec(dtype="int32"))(np.ones((1, 2)))
