"""Every argument of Keras 1's layers, by position, by name and mixed, against what it is today."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers as keras_layers
from old_calls import CONVOLUTIONS, SIGNATURES, Argument, OldSignature
from recording import parameters, read_back, translated

from pellucid import layers
from pellucid.errors import ArgumentError
from pellucid.layers.layer_class import option_names
from pellucid.layers.layer_options import LayerOptions
from pellucid.legacy.tables import SPELLINGS

each_signature = pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.owner)


def together(arguments: list[Argument], which: str) -> dict[str, Any]:
    """The old words of arguments, or today's."""
    return {name: value for argument in arguments for name, value in getattr(argument, which).items()}


@each_signature
def test_any_number_by_position_and_the_rest_by_name(signature: OldSignature) -> None:
    """The whole call, with the first 0, 1, ... arguments by position."""
    names = parameters(signature.today)
    everything = [*signature.arguments, *signature.unordered]
    by_position, by_name = together(list(signature.arguments), "old"), together(list(signature.unordered), "old")
    expected = together(everything, "today")
    for count in range(len(by_position) + 1):
        items = list(by_position.items())
        args, kwargs = [value for _, value in items[:count]], {**dict(items[count:]), **by_name}
        call, found = translated(signature.owner, args, kwargs, names)
        assert call == expected
        if not signature.same_order:
            assert len(found) == 1
            assert read_back(found[0].today, names) == (signature.today, expected)


@each_signature
def test_each_argument_alone(signature: OldSignature) -> None:
    for argument in signature.optional:
        arguments = [*signature.required, argument]
        call, found = translated(signature.owner, [], together(arguments, "old"), parameters(signature.today))
        assert call == together(arguments, "today")
        assert len(found) == (together(arguments, "old") != call or signature.owner in NAMES_ALONE)


NAMES_ALONE = {"AtrousConvolution1D", "AtrousConvolution2D", "Deconvolution2D", "ThresholdedReLU"}
"""Classes that Keras 3 does not have, not even under an alias: their name alone is old."""


@each_signature
@given(data=st.data())
def test_any_arguments(signature: OldSignature, data: st.DataObject) -> None:
    """Any subset in any order by name, behind any number of required ones by position."""
    names = parameters(signature.today)
    chosen = data.draw(st.lists(st.sampled_from(signature.optional), unique_by=id)) if signature.optional else []
    required = together(signature.required, "old")
    most = 2 if "nb_row" in required and signature.owner == signature.today else len(required)  # more has two meanings
    count = data.draw(st.integers(0, most))
    items = data.draw(st.permutations([*list(required.items())[count:], *together(chosen, "old").items()]))
    call, found = translated(signature.owner, list(required.values())[:count], dict(items), names)
    assert call == together([*signature.required, *chosen], "today")
    assert len(found) <= 1
    if found:
        assert read_back(found[0].today, names) == (signature.today, call)


@each_signature
def test_todays_words_pass_untouched(signature: OldSignature) -> None:
    """Under today's name nothing is said, and nothing is changed."""
    names = parameters(signature.today)
    today = together([*signature.arguments, *signature.unordered], "today")
    assert translated(signature.today, [], today, names) == (today, [])


@pytest.mark.parametrize("signature", CONVOLUTIONS, ids=lambda signature: signature.owner)
def test_old_words_under_todays_name(signature: OldSignature) -> None:
    arguments = [*signature.arguments, *signature.unordered]
    call, found = translated(signature.today, [], together(arguments, "old"), parameters(signature.today))
    assert call == together(arguments, "today")
    assert len(found) == 1


LAYERS = [
    name
    for name in layers.__all__
    if isinstance(getattr(layers, name), type) and name not in ("Layer", "InputLayer", "InputSpec")
]


OWNERS = [*LAYERS, *(name for name in SPELLINGS if SPELLINGS[name].today in LAYERS and name not in LAYERS)]


@pytest.mark.parametrize("name", OWNERS)
def test_words_that_every_layer_took(name: str) -> None:
    """Whatever the layer, under its old names too."""
    spelling = SPELLINGS.get(name)
    today = spelling.today if spelling else name
    names = option_names(getattr(layers, today))
    usual = dict(spelling.defaults) if spelling else {}
    old = {"batch_input_shape": (None, 8, 4), "input_dtype": "float32"}
    assert translated(name, [], old, names)[0] == {"input_shape": (8, 4), "dtype": "float32", **usual}
    if "input_dim" in names:
        return  # Embedding: how many rows its table has, ever since
    expected = (None, 4) if today in ("Conv1D", "LocallyConnected1D") else (4,)
    assert translated(name, [], {"input_dim": 4}, names)[0] == {"input_shape": expected, **usual}


@pytest.mark.parametrize(
    "owner", [name for name in SPELLINGS if isinstance(getattr(layers, SPELLINGS[name].today, 0), type)]
)
def test_tables_lead_to_arguments_that_there_are(owner: str) -> None:
    """What an old word becomes is an argument of today's class; what the tables call old is none."""
    spelling = SPELLINGS[owner]
    known = {*option_names(getattr(layers, spelling.today)), *LayerOptions.__annotations__}
    targets = [(target,) if isinstance(target, str) else target for target in spelling.names.values()]
    assert {name for target in targets for name in target} | {join.today for join in spelling.joins} <= known
    assert not spelling.words & known - {"input_shape"}
    assert set(spelling.defaults) <= known


@pytest.mark.parametrize("signature", [s for s in SIGNATURES if hasattr(keras_layers, s.today)], ids=lambda s: s.owner)
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_keras_itself_takes_what_comes_out(signature: OldSignature) -> None:
    """Keras 3 makes the layer from the translated call, and the layer has what was asked for."""
    everything = together([*signature.arguments, *signature.unordered], "old")
    call, _ = translated(signature.owner, [], everything, parameters(signature.today))
    call.pop("weights", None)  # of Keras 1 and 2, and Pellucid
    layer = getattr(keras_layers, signature.today)(**call)
    for name in {"filters", "units", "rate", "stddev", "use_bias", "threshold", "name"} & set(call):
        assert getattr(layer, name) == call[name]


# Both spellings -----------------------------------------------------------------------------------------------------


@each_signature
def test_both_spellings_of_an_argument_are_refused(signature: OldSignature) -> None:
    """Whichever it is, and the message names both."""
    names = parameters(signature.today)
    for argument in [*signature.arguments, *signature.unordered]:
        for today, value in argument.today.items():
            if today in argument.old:
                continue
            kwargs = {**together(signature.required, "old"), **argument.old, today: value}
            with pytest.raises(ArgumentError) as caught:
                translated(signature.owner, [], kwargs, names)
            assert repr(today) in str(caught.value)
            assert any(old in str(caught.value) for old in argument.old)


def test_a_value_by_position_and_by_its_old_name_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'filters'"):
        translated("Conv1D", [32, 3], {"nb_filter": 32}, parameters("Conv1D"))
    with pytest.raises(ArgumentError, match="'nb_row' twice"):
        translated("Convolution2D", [32, 3, 3], {"nb_row": 3}, parameters("Conv2D"))
    with pytest.raises(ArgumentError, match=r"'p' and 'rate'.*keep 'rate'"):
        translated("Dropout", [], {"p": 0.5, "rate": 0.5}, parameters("Dropout"))


# The kernel of two and three axes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signature", [s for s in CONVOLUTIONS if "2D" in s.owner or "3D" in s.owner], ids=lambda s: s.owner
)
def test_a_kernel_with_a_size_missing_is_explained(signature: OldSignature) -> None:
    sizes = dict(signature.arguments[1].old)
    for count in range(1, len(sizes)):
        for some in itertools.combinations(sizes, count):
            with pytest.raises(ArgumentError) as caught:
                translated(signature.owner, [6], {name: 3 for name in some}, parameters(signature.today))
            message = str(caught.value)
            assert all(name in message for name in sizes) and "kernel_size" in message


@pytest.mark.parametrize("owner", ["Conv2D", "SeparableConv2D"])
@pytest.mark.parametrize("extra", [{}, {"padding": "same"}, {"activation": "relu", "input_shape": (8, 8, 1)}])
def test_two_bare_numbers_under_todays_name_are_refused_with_both_readings(owner: str, extra: dict[str, Any]) -> None:
    names = parameters(owner)
    with pytest.raises(ArgumentError) as caught:
        translated(owner, [32, 3, 2], extra, names)
    message = str(caught.value)
    readings = [part.split(";")[0].split(". Write")[0] for part in message.split("today ")[1:]]
    assert read_back(readings[0], names) == (owner, {"filters": 32, "kernel_size": (3, 2), **extra})
    assert read_back(readings[1], names) == (owner, {"filters": 32, "kernel_size": 3, "strides": 2, **extra})
    for reading in readings:
        assert translated(owner, [], read_back(reading, names)[1], names)[1] == []


@pytest.mark.parametrize("word", ["padding", "strides", "data_format"])
@pytest.mark.parametrize("owner", ["Convolution2D", "Deconvolution2D", "SeparableConvolution2D", "AtrousConvolution2D"])
def test_two_bare_numbers_beside_todays_words_are_refused_under_the_old_name_too(owner: str, word: str) -> None:
    """Keras 2 did so, "for safety reasons"."""
    with pytest.raises(ArgumentError, match="two ways"):
        translated(owner, [32, 3, 3], {word: None}, parameters("Conv2D"))


AS_WRITTEN = {
    # Two bare numbers behind the filters, and what settles their meaning.
    "Conv2D(32, 3, 3, border_mode='same')": "Conv2D(32, (3, 3), padding='same')",
    "Conv2D(32, 3, 3, subsample=(2, 2))": "Conv2D(32, (3, 3), strides=(2, 2))",
    "Conv2D(32, 3, 3, 'he_normal')": "Conv2D(32, (3, 3), kernel_initializer='he_normal')",
    "Conv2D(32, nb_row=3, nb_col=5)": "Conv2D(32, (3, 5))",
    "Convolution2D(32, 3, nb_col=5)": "Conv2D(32, (3, 5))",
    "Convolution3D(8, 3, 3, kernel_dim3=2)": "Conv3D(8, (3, 3, 2))",
    "SeparableConv2D(8, 3, 3, 'he_normal')": (
        "SeparableConv2D(8, (3, 3), depthwise_initializer='he_normal', pointwise_initializer='he_normal')"
    ),
    "Conv3DTranspose(8, 3, 3, 3)": "Conv3DTranspose(8, (3, 3, 3))",
    "Convolution2D(8, 3, 3, atrous_rate=2)": "Conv2D(8, (3, 3), dilation_rate=2)",
    "Conv3D(8, 3, 3, 3)": "Conv3D(8, (3, 3, 3))",
    "Conv2DTranspose(32, 4, 4, border_mode='same')": "Conv2DTranspose(32, (4, 4), padding='same')",
    "Conv1D(8, 3, 'he_normal', 'relu')": "Conv1D(8, 3, kernel_initializer='he_normal', activation='relu')",
    # Half old, half new.
    "AtrousConvolution2D(16, (3, 3), atrous_rate=(2, 2), padding='same', activation='selu')": (
        "Conv2D(16, (3, 3), dilation_rate=(2, 2), padding='same', activation='selu')"
    ),
    "AtrousConvolution2D(16, 3, atrous_rate=2, border_mode='same')": "Conv2D(16, 3, dilation_rate=2, padding='same')",
    "Convolution2D(16, (3, 3), border_mode='same')": "Conv2D(16, (3, 3), padding='same')",
    "Deconvolution2D(2, kernel_size=(4, 4), strides=(2, 2))": "Conv2DTranspose(2, (4, 4), strides=(2, 2))",
    "Conv2D(1, nb_row=3, nb_col=3, activation='relu')": "Conv2D(1, (3, 3), activation='relu')",
    # Keras 0 told the number of input channels, too.
    "Convolution2D(32, 1, 3, 3)": "Conv2D(32, (3, 3))",
    "Convolution2D(32, 1, 3, 3, 'uniform', border_mode='full')": (
        "Conv2D(32, (3, 3), kernel_initializer='random_uniform', padding='full')"
    ),
    "Dense(784, 10, init='normal')": "Dense(10, input_shape=(784,), kernel_initializer='random_normal')",
    "Reshape(dims=(4, 4))": "Reshape((4, 4))",
    "Convolution3D(8, 1, 3, 3, 3)": "Conv3D(8, (3, 3, 3))",
    "MaxPooling2D(poolsize=(2, 2), stride=(1, 1), ignore_border=True)": "MaxPooling2D((2, 2), (1, 1))",
    # Names that are old in themselves.
    "Deconvolution2D(32, (3, 3), strides=(2, 2))": "Conv2DTranspose(32, (3, 3), strides=(2, 2))",
    "AtrousConvolution1D(32, 3)": "Conv1D(32, 3)",
    "AtrousConvolution2D(32, (3, 3))": "Conv2D(32, (3, 3))",
    "Deconvolution3D(32, (3, 3, 3))": "Conv3DTranspose(32, (3, 3, 3))",
    "ThresholdedReLU()": "ReLU(threshold=1.0)",
    "AtrousConvolution1D(32, 3, atrous_rate=2)": "Conv1D(32, 3, dilation_rate=2)",
    "ThresholdedReLU(0.5)": "ReLU(threshold=0.5)",
    # Values by position whose form is old.
    "Dense(5, 'he_normal', 'relu')": "Dense(5, kernel_initializer='he_normal', activation='relu')",
    "BatchNormalization(1e-5)": "BatchNormalization(epsilon=1e-5)",
    "BatchNormalization(fused=True)": "BatchNormalization()",
    "MaxPooling2D((2, 2), None, 'valid', 'th')": "MaxPooling2D((2, 2), None, 'valid', 'channels_first')",
    "ZeroPadding2D({'top_pad': 1, 'left_pad': 2})": "ZeroPadding2D(((1, 0), (2, 0)))",
    "ZeroPadding2D(padding={'bottom_pad': 3})": "ZeroPadding2D(((0, 3), (0, 0)))",
    "ZeroPadding1D({'left_pad': 1, 'right_pad': 2})": "ZeroPadding1D((1, 2))",
    "Lambda(1, None, {'a': 2})": "Lambda(1, None, arguments={'a': 2})",
    # Shapes of inputs.
    "Flatten(batch_input_shape=(None, 8, 1), input_dtype='float32')": "Flatten(input_shape=(8, 1), dtype='float32')",
    "Conv1D(8, 3, input_dim=4)": "Conv1D(8, 3, input_shape=(None, 4))",
    "Dense(8, input_dim=None)": "Dense(8)",
    "Conv1D(8, 3, input_dim=None, input_length=None)": "Conv1D(8, 3)",
    "Conv2D(8, (3, 3), input_dim=4)": "Conv2D(8, (3, 3), input_shape=(4,))",
}

TODAYS = (
    "Conv2D(32, 3, 3, 'same')",
    "Conv2D(32, 3, (2, 2))",
    "Conv2D(32, (3, 3), 2)",
    "Conv2D(32, 3, strides=2)",
    "Convolution2D(32, (3, 3))",
    "Convolution2D(32, (3, 3), (2, 2), 'same')",
    "Convolution2D(32, 3, padding='same')",
    "SeparableConvolution2D(32, (3, 3))",
    "Conv2DTranspose(32, 4, 2, padding='same')",
    "Conv3D(8, 3, 2)",
    "Conv1D(8, 3, 2)",
    "DepthwiseConv2D(3, 2)",
    "Dense(5, 'relu')",
    "BatchNormalization(1)",
    "ZeroPadding2D((1, 2))",
    "MaxPooling2D(2, 2)",
    "ELU(alpha=0.5)",
)
ALIASES = {"Convolution2D": "Conv2D", "Convolution3D": "Conv3D", "SeparableConvolution2D": "SeparableConv2D"}
OLD = {
    **ALIASES,
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "ThresholdedReLU": "ReLU",
}


def split(text: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """A call as text: what is called, with what by position and by name."""
    owner, _, rest = text.partition("(")
    args, kwargs = eval(f"call({rest}", {"call": lambda *args, **kwargs: (args, kwargs)})
    return owner, args, kwargs


@pytest.mark.parametrize("written", AS_WRITTEN)
def test_calls_as_they_were_written(written: str) -> None:
    """Mixed, half old and half new, in words of Keras 0, 1, 2 and 3."""
    owner, args, kwargs = split(written)
    today = OLD.get(owner, owner)
    call, found = translated(owner, args, kwargs, parameters(today))
    assert (today, call) == read_back(AS_WRITTEN[written], parameters(today))
    assert [item.old.replace('"', "'") for item in found] == [written.replace("1e-5", "1e-05")]
    assert read_back(found[0].today, parameters(today)) == (today, call)


@pytest.mark.parametrize("written", TODAYS)
def test_calls_of_today_pass(written: str) -> None:
    owner, args, kwargs = split(written)
    names = parameters(ALIASES.get(owner, owner))
    assert translated(owner, args, kwargs, names) == ({**dict(zip(names, args, strict=False)), **kwargs}, [])


# What cannot be said any more ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [1, 2, None, "0", [0], np.zeros(2)])
def test_other_modes_of_batch_normalization_are_refused(mode: object) -> None:
    with pytest.raises(ArgumentError, match=r"mode=.* only mode=0, which is left out; .* LayerNormalization"):
        translated("BatchNormalization", [], {"mode": mode}, parameters("BatchNormalization"))


def test_a_length_without_channels_is_refused() -> None:
    with pytest.raises(ArgumentError, match="input_length=10 without input_dim"):
        translated("Convolution1D", [8, 3], {"input_length": 10}, parameters("Conv1D"))


def test_too_many_by_position_are_refused() -> None:
    with pytest.raises(ArgumentError, match="at most 15"):
        translated("Convolution2D", [8, 3, 3, "normal", *[None] * 12], {}, parameters("Conv2D"))


def test_a_shape_of_the_output_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError, match="output_shape was a tuple"):
        translated("Deconvolution2D", [8, 3, 3, "he_normal"], {}, parameters("Conv2DTranspose"))


def test_what_is_dropped_is_told() -> None:
    _, found = translated("Deconvolution2D", [8, 3, 3, (None, 8, 14, 14)], {}, parameters("Conv2DTranspose"))
    assert "output_shape" in found[0].note and "output_shape" not in found[0].today
    _, found = translated("Convolution2D", [8, 1, 3, 3], {}, parameters("Conv2D"))
    assert "stack_size" in found[0].note
