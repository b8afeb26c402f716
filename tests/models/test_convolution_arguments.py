"""What the layers of the convolution family refuse: every argument of every constructor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pellucid import layers
from pellucid.errors import ArgumentError

RANKS = {
    **{f"Conv{rank}D": rank for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": rank for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": rank for kind in ("DepthwiseConv", "SeparableConv", "LocallyConnected") for rank in (1, 2)},
}
CONV = [name for name in RANKS if name in ("Conv1D", "Conv2D", "Conv3D")]
TRANSPOSED = [name for name in RANKS if "Transpose" in name]
LOCAL = [name for name in RANKS if "Locally" in name]
WITH_AMOUNTS = [name for name in RANKS if name not in (*TRANSPOSED, *LOCAL)]
MULTIPLYING = [name for name in RANKS if name.startswith(("Depthwise", "Separable"))]
KERNELS = {"DepthwiseConv": ["depthwise"], "SeparableConv": ["depthwise", "pointwise"]}

NO_NUMBERS = [True, False, 1.5, 2.0, math.nan, math.inf, "2", "valid", {2}, 1 + 0j, np.float32(2), np.bool_(True)]
BAD_SIZES = [0, -1, 2**31, 2**62, 10**30, -(2**62), None, [], (), *NO_NUMBERS]
BAD_EXTRAS = [-1, 2**31, 2**62, [], (), *NO_NUMBERS]
BAD_AMOUNTS = [-1, 2**31, 2**62, 1.5, math.nan, True, None, {1}, 1 + 0j]
BAD_WORDS = ["", "SAM", "smae", "reflect", "explicit"]
BAD_FORMATS = ["", "NHWC", "channels", "Channels last", 0, True, 1.5, ["channels_last"]]
BAD_FLAGS = [0, 1, 1.0, None, "True", [], [True]]
BAD_MODES = ["", "zero", "constant", "symmetric", "wrap", "edge", "Reflect", 0, None, True, ["zeros"]]

ONE_NUMBER = [
    *[(name, "filters") for name in RANKS if not name.startswith("Depthwise")],
    *[(name, "groups") for name in CONV],
    *[(name, "depth_multiplier") for name in MULTIPLYING],
    *[(name, "implementation") for name in LOCAL],
]
PER_AXIS = [
    (name, argument)
    for name in RANKS
    for argument in ("kernel_size", "strides", "dilation_rate")
    if not (name in LOCAL and argument == "dilation_rate")
]


def _make(name: str, **arguments: Any) -> layers.Layer:
    required = {"kernel_size": 2} if name.startswith("Depthwise") else {"filters": 6, "kernel_size": 2}
    made: layers.Layer = getattr(layers, name)(**{**required, "name": "x", **arguments})
    return made


def _refused(name: str, argument: str, value: Any) -> str:
    """The message of the one error that is allowed: layer, argument, and what came."""
    with pytest.raises(ArgumentError) as caught:
        _make(name, **{argument: value})
    message = str(caught.value)
    assert message.startswith(f'{name} "x": ') and "\n" not in message
    assert argument in message and repr(value) in message
    return message


@pytest.mark.parametrize("value", BAD_SIZES, ids=repr)
@pytest.mark.parametrize(("name", "argument"), ONE_NUMBER)
def test_one_number(name: str, argument: str, value: Any) -> None:
    """A whole number from 1 on."""
    assert f"Invalid value for argument `{argument}`. " in _refused(name, argument, value)


@pytest.mark.parametrize("value", BAD_SIZES, ids=repr)
@pytest.mark.parametrize(("name", "argument"), PER_AXIS)
def test_numbers_per_axis(name: str, argument: str, value: Any) -> None:
    """For all axes, and on the last one."""
    _refused(name, argument, value)
    last = (1,) * (RANKS[name] - 1) + (value,)
    with pytest.raises(ArgumentError, match=rf'^{name} "x": The `{argument}` argument must be a tuple of'):
        _make(name, **{argument: last})


@pytest.mark.parametrize(("name", "argument"), [*PER_AXIS, *[(name, "output_padding") for name in TRANSPOSED]])
def test_numbers_for_other_axes(name: str, argument: str) -> None:
    """One for each axis, or one for all."""
    for count in {1, 2, 3, 4} - {RANKS[name]}:
        assert f"argument must be a tuple of {RANKS[name]} integers" in _refused(name, argument, (1,) * count)


@pytest.mark.parametrize("value", BAD_EXTRAS, ids=repr)
@pytest.mark.parametrize("name", TRANSPOSED)
def test_output_padding(name: str, value: Any) -> None:
    """From 0 on, and below the stride."""
    _refused(name, "output_padding", value)
    assert _make(name, output_padding=0).output_padding == (0,) * RANKS[name]
    assert _make(name).output_padding is None
    with pytest.raises(ArgumentError, match=rf'^{name} "x": output_padding must be below the stride, got \(3'):
        _make(name, strides=3, output_padding=3)


@pytest.mark.parametrize("value", BAD_WORDS, ids=repr)
@pytest.mark.parametrize("name", RANKS)
def test_padding_words(name: str, value: str) -> None:
    """What is known is listed."""
    message = _refused(name, "padding", value)
    assert "same" in message and "valid" in message


@pytest.mark.parametrize("name", RANKS)
def test_padding_words_of_other_layers(name: str) -> None:
    """ "causal" is for time, "full" for layers that slide a window with shared weights."""
    if name in WITH_AMOUNTS:
        assert _make(name, padding="full").padding == "full"
        if RANKS[name] == 1:
            assert _make(name, padding="causal").padding == "causal"
        else:
            with pytest.raises(ArgumentError, match=rf"^{name} \"x\": padding='causal' is for one axis"):
                _make(name, padding="causal")
        return
    for word in ("full", "causal"):
        assert "Known: same, valid" in _refused(name, "padding", word)
    for amounts in (1, (1,) * RANKS[name], ((0, 1),) * RANKS[name]):
        _refused(name, "padding", amounts)


@pytest.mark.parametrize("value", BAD_AMOUNTS, ids=repr)
@pytest.mark.parametrize("name", WITH_AMOUNTS)
def test_padding_amounts(name: str, value: Any) -> None:
    """For all sides, for an axis, for one side."""
    rank, wanted = RANKS[name], rf'^{name} "x": padding must be a whole number from 0 to 2147483647'
    for wrong in (value, [0] * (rank - 1) + [(value, value)], [(0, 0)] * (rank - 1) + [(0, value)]):
        with pytest.raises(ArgumentError, match=wanted):
            _make(name, padding=wrong)


@pytest.mark.parametrize("name", WITH_AMOUNTS)
def test_padding_amounts_for_other_axes(name: str) -> None:
    """One for each axis, or a pair for each axis."""
    rank = RANKS[name]
    for wrong in ([], (1,) * (rank + 2), [(1, 1)] * (rank + 1), [(1, 1, 1)] * rank, [()] * rank):
        with pytest.raises(ArgumentError, match=rf'^{name} "x": padding '):
            _make(name, padding=wrong)


@pytest.mark.parametrize("name", WITH_AMOUNTS)
def test_ways_to_write_padding(name: str) -> None:
    """One amount, one per axis, pairs; in tuples and lists."""
    rank = RANKS[name]
    assert _make(name, padding=2).padding == ((2, 2),) * rank
    assert _make(name, padding=[(1, 3)] * rank).padding == ((1, 3),) * rank
    if rank > 1:
        assert _make(name, padding=(2, *(1,) * (rank - 1))).padding == ((2, 2), *((1, 1),) * (rank - 1))
    else:
        assert _make(name, padding=(2, 1)).padding == ((2, 1),)


@pytest.mark.parametrize("value", BAD_MODES, ids=repr)
@pytest.mark.parametrize("name", WITH_AMOUNTS)
def test_padding_mode(name: str, value: Any) -> None:
    """One of PyTorch's four words."""
    assert "Known: circular, reflect, replicate, zeros" in _refused(name, "padding_mode", value)


@pytest.mark.parametrize("name", [*TRANSPOSED, *LOCAL])
def test_layers_without_padding_mode(name: str) -> None:
    """An unknown option, as any other."""
    with pytest.raises(ArgumentError, match="padding_mode"):
        _make(name, padding_mode="reflect")


@pytest.mark.parametrize("value", BAD_FORMATS, ids=repr)
@pytest.mark.parametrize("name", RANKS)
def test_data_format(name: str, value: Any) -> None:
    """One of two words; None is the process's default."""
    assert "Known: channels_first, channels_last" in _refused(name, "data_format", value)
    assert _make(name, data_format=None).get_config()["data_format"] == "channels_last"


@pytest.mark.parametrize("value", BAD_FLAGS, ids=repr)
@pytest.mark.parametrize("name", RANKS)
def test_use_bias(name: str, value: Any) -> None:
    """True or False."""
    assert "True or False" in _refused(name, "use_bias", value)


@pytest.mark.parametrize("name", RANKS)
def test_names_that_nobody_knows(name: str) -> None:
    """Of the activation, and of where weights come from and what holds them; the layer is named."""
    kernels = KERNELS.get(name[:-2], ["kernel"])
    arguments = [f"{kernel}_{what}" for kernel in (*kernels, "bias")
                 for what in ("initializer", "regularizer", "constraint")]  # fmt: skip
    for argument in ("activation", "activity_regularizer", *arguments):
        for value in ("rleu", 3, True, math.nan):
            if argument.endswith("initializer") and value is not True and value != "rleu":
                continue  # a number may stand for a constant
            with pytest.raises(ArgumentError, match=rf'^{name} "x": '):
                _make(name, **{argument: value})


@pytest.mark.parametrize("name", RANKS)
def test_misspelt_options(name: str) -> None:
    """The nearest is named."""
    with pytest.raises(ArgumentError, match=r"kernel_sise.*did you mean 'kernel_size'"):
        _make(name, kernel_sise=3)


@pytest.mark.parametrize("name", LOCAL)
def test_other_implementations(name: str) -> None:
    """Keras 2's others have kernels of other shapes."""
    for value in (2, 3):
        assert "other shapes" in _refused(name, "implementation", value)


@pytest.mark.parametrize("name", CONV)
def test_groups_and_filters(name: str) -> None:
    """Filters are shared out evenly."""
    with pytest.raises(ArgumentError, match=rf'^{name} "x": groups=4 must divide filters=6$'):
        _make(name, groups=4)


@pytest.mark.parametrize("name", RANKS)
def test_numbers_of_numpy(name: str) -> None:
    """Count as Python's, and end up as Python's in the configuration."""
    rank = RANKS[name]
    config = _make(name, kernel_size=np.array([2] * rank), strides=np.int64(1)).get_config()
    assert [type(n) for n in (*config["kernel_size"], *config["strides"])] == [int] * 2 * rank
