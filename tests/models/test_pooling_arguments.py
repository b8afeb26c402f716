"""What pooling layers refuse: every argument of every constructor, inputs that do not fit, lists that are wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.layers import pooling

RANKS = {name: int(name[-2]) for name in layers.__all__ if "pooling" in name.lower()}
WINDOWED = [name for name in RANKS if not name.startswith(("Global", "Adaptive"))]
ADAPTIVE = [name for name in RANKS if name.startswith("Adaptive")]
GLOBAL = [name for name in RANKS if name.startswith("Global")]
NORMS = [name for name in RANKS if "Lp" in name]
UNPOOLING = [name for name in RANKS if "Unpooling" in name]

BAD_SIZES = [0, -1, 2**31, 2**62, 10**30, True, False, 1.5, 2.0, math.nan, math.inf, "2", "valid", None, {2}, [], ()]
BAD_WORDS = ["", "VALED", "full", "causal", "explicit"]
BAD_AMOUNTS = [-1, 2**31, True, None, 1.5, math.nan, ["same"], ("valid",), ((1, 2, 3),)]
BAD_FORMATS = ["", "NHWC", "channels", "Channels last", 0, True, 1.5, ["channels_last"]]
BAD_FLAGS = [0, 1, 1.0, None, "True", [], [True]]
BAD_POWERS = [
    0, -1, 0.5, 0.999999, 126.5, 127, 2**31, 2**62, 10**400, True, False, math.nan, math.inf, -math.inf, "2", None, [2],
    1 + 0j, np.nan, np.complex64(2), np.bool_(True), np.array([2.0]),
]  # fmt: skip


def _make(name: str, **arguments: Any) -> layers.Layer:
    required = {"output_size": 2} if name in ADAPTIVE else {}
    made: layers.Layer = getattr(layers, name)(**{**required, "name": "x", **arguments})
    return made


def _shape(name: str, size: int | None = 8, channels: int | None = 3) -> tuple[int | None, ...]:
    return (size,) * RANKS[name] + (channels,)


def _refused(name: str, argument: str, value: Any) -> str:
    """The message of the one error that is allowed."""
    with pytest.raises(ArgumentError) as caught:
        _make(name, **{argument: value})
    message = str(caught.value)
    assert message.startswith(f'{name} "x": ') and "\n" not in message
    assert argument in message and shown(value) in message
    return message


def test_the_import_path_gives_all() -> None:
    """As `keras.layers.pooling` did."""
    assert len(RANKS) == 27
    for name in RANKS:
        assert getattr(pooling, name) is getattr(layers, name)


@pytest.mark.parametrize("value", BAD_SIZES, ids=repr)
@pytest.mark.parametrize("argument", ["pool_size", "strides"])
@pytest.mark.parametrize("name", WINDOWED)
def test_sizes_of_windows(name: str, argument: str, value: Any) -> None:
    """For all axes, and on the last one; strides may be None as a whole."""
    if not (argument == "strides" and value is None):
        _refused(name, argument, value)
    last = (2,) * (RANKS[name] - 1) + (value,)
    with pytest.raises(ArgumentError, match=rf'^{name} "x": The `{argument}` argument must be a tuple of'):
        _make(name, **{argument: last})


@pytest.mark.parametrize("value", BAD_SIZES, ids=repr)
@pytest.mark.parametrize("name", ADAPTIVE)
def test_sizes_of_results(name: str, value: Any) -> None:
    """For all axes, and on the last one."""
    _refused(name, "output_size", value)
    last = (2,) * (RANKS[name] - 1) + (value,)
    with pytest.raises(ArgumentError, match=rf'^{name} "x": The `output_size` argument must be a tuple of'):
        _make(name, output_size=last)


@pytest.mark.parametrize("name", [*WINDOWED, *ADAPTIVE])
def test_numbers_for_other_axes(name: str) -> None:
    """One for each axis, or one for all."""
    argument = "output_size" if name in ADAPTIVE else "pool_size"
    for count in {1, 2, 3, 4} - {RANKS[name]}:
        assert f"argument must be a tuple of {RANKS[name]} integers" in _refused(name, argument, (2,) * count)


@pytest.mark.parametrize("value", BAD_WORDS, ids=repr)
@pytest.mark.parametrize("name", WINDOWED)
def test_padding(name: str, value: Any) -> None:
    """One of two words, or amounts."""
    assert "Known: same, valid" in _refused(name, "padding", value)


@pytest.mark.parametrize("value", BAD_AMOUNTS, ids=repr)
@pytest.mark.parametrize("name", WINDOWED)
def test_amounts_of_padding(name: str, value: Any) -> None:
    """Whole numbers from 0 on: one, one per axis, or a pair for each."""
    assert "padding" in _refused(name, "padding", value)


@pytest.mark.parametrize("value", BAD_FORMATS, ids=repr)
@pytest.mark.parametrize("name", RANKS)
def test_data_format(name: str, value: Any) -> None:
    """One of two words; None is the process's default."""
    assert "Known: channels_first, channels_last" in _refused(name, "data_format", value)
    assert _make(name, data_format=None).get_config()["data_format"] == "channels_last"


@pytest.mark.parametrize("value", BAD_FLAGS, ids=repr)
@pytest.mark.parametrize("name", GLOBAL)
def test_keepdims(name: str, value: Any) -> None:
    """True or False."""
    assert "True or False" in _refused(name, "keepdims", value)


@pytest.mark.parametrize("value", BAD_POWERS, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", NORMS)
def test_powers(name: str, value: Any) -> None:
    """A number from 1 to 126, and what to take for the limit of large ones."""
    assert "a number from 1 to 126" in _refused(name, "p", value)


@pytest.mark.parametrize("value", [1, 126, 2.5, np.float32(3), np.float64(1), np.int64(2), np.uint8(4)], ids=repr)
@pytest.mark.parametrize("name", NORMS)
def test_powers_of_any_kind(name: str, value: Any) -> None:
    """A Python float in the configuration."""
    p = _make(name, p=value).get_config()["p"]
    assert type(p) is float and p == value


@pytest.mark.parametrize("name", RANKS)
def test_misspelt_options(name: str) -> None:
    """The nearest is named."""
    with pytest.raises(ArgumentError, match=r"data_fromat.*did you mean 'data_format'"):
        _make(name, data_fromat="channels_last")


@pytest.mark.parametrize("name", [name for name in RANKS if name not in UNPOOLING])
def test_inputs_that_do_not_fit(name: str) -> None:
    """Too few axes, channels that are open, a list of two."""
    with pytest.raises(ShapeError, match=rf'^{name} "x": expected an input of {RANKS[name] + 2} axes.*channel axis'):
        _make(name)(Input((8,) * RANKS[name]))
    with pytest.raises(ShapeError, match=rf'^{name} "x": the number of channels must be known'):
        _make(name)(Input(_shape(name, channels=None)))
    with pytest.raises(ArgumentError, match=rf'^{name} "x" is called on one tensor or array'):
        _make(name)([Input(_shape(name)), Input(_shape(name))])


@pytest.mark.parametrize("name", [name for name in WINDOWED if name not in UNPOOLING])
def test_windows_larger_than_the_input(name: str) -> None:
    """Refused with `valid`; with `same` they see what there is."""
    with pytest.raises(ShapeError, match=rf'^{name} "x": a window of 9 taps .* does not fit on an axis of 8'):
        _make(name, pool_size=9)(Input(_shape(name)))
    model = Sequential([Input(_shape(name)), _make(name, pool_size=99, padding="same")])
    assert model.predict(np.ones((1, *_shape(name))), verbose=0).shape == (1,) * (RANKS[name] + 1) + (3,)


@pytest.mark.parametrize("kind", ["Max", "Average", "Lp"])
def test_a_window_of_2_to_the_31(kind: str) -> None:
    """Nothing that large is stored."""
    layer = getattr(layers, f"{kind}Pooling1D")(2**31 - 1, strides=2, padding="same")
    y = Sequential([Input((4, 1)), layer]).predict(np.array([3, 4, 0, 0]).reshape(1, 4, 1), verbose=0)
    assert y.ravel().tolist() == {"Max": [4, 4], "Average": [1.75, 1.75], "Lp": [5, 5]}[kind]


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_result_too_large_for_a_table(name: str) -> None:
    """Windows of different lengths are listed; that many are not."""
    size = (2**31 - 1,) + (1,) * (RANKS[name] - 1)
    with pytest.raises(ShapeError, match=rf'^{name} "x": an axis of 8 elements .* use an output_size that divides 8'):
        _make(name, output_size=size)(Input(_shape(name)))


@pytest.mark.parametrize("name", UNPOOLING)
def test_unpooling_of_what_does_not_fit(name: str) -> None:
    """Called on one tensor or three, on a wrong y, on too few axes; the message says what it is called on."""
    y, x = Input(_shape(name, 4)), Input(_shape(name, 8))
    for wrong, got in ((x, "one tensor"), ([x], "a list of 1"), ([y, x, x], "a list of 3")):
        with pytest.raises(ArgumentError, match=rf'^{name} "x" is called on a list of two, \[y, x\].*got {got}$'):
            _make(name)(wrong)
    with pytest.raises(ArgumentError, match=rf'^{name} "x" is called on at least one'):
        _make(name)([])
    deeper = [Input((5, *_shape(name, 4))), Input((*_shape(name, 4), 3))]
    for wrong in ([x, y], [x, x], [Input(_shape(name, 4, 2)), x], *([y, x] for y in deeper)):
        with pytest.raises(ShapeError, match=rf'^{name} "x": x of shape .* is pooled to .* but y has the shape'):
            _make(name)(wrong)
    with pytest.raises(ShapeError, match=rf'^{name} "x": expected an input of {RANKS[name] + 2} axes'):
        _make(name)([y, Input((8,) * RANKS[name])])
    with pytest.raises(ShapeError, match=rf'^{name} "x": a window of 9 taps .* got x of shape'):
        _make(name, pool_size=9)([y, x])
    again = _make(name)
    again([y, x])
    with pytest.raises(ShapeError, match=rf'^{name} "x": x of shape'):
        again([x, x])


def test_unpooling_of_open_sizes() -> None:
    """What is open may fit; arrays that do not are refused, by name."""
    assert layers.MaxUnpooling1D()([Input((None, 2)), Input((6, 2))]).shape == (None, 6, 2)
    assert layers.MaxUnpooling1D()([Input((3, 2)), Input((None, 2))]).shape == (None, None, 2)
    with pytest.raises(ShapeError, match="x of shape"):
        layers.MaxUnpooling2D()([Input((None, 3, 2)), Input((None, 8, 2))])
    y, x = Input((None, 2)), Input((None, 2))
    model = Model([y, x], layers.MaxUnpooling1D(name="back")([y, x]))
    assert model.predict([np.ones((1, 3, 2)), np.ones((1, 6, 2))], verbose=0).shape == (1, 6, 2)
    with pytest.raises(ShapeError, match=r'^MaxUnpooling1D "back": x of shape \(1, 6, 2\) is pooled to \(1, 3, 2\)'):
        model.predict([np.ones((1, 4, 2)), np.ones((1, 6, 2))], verbose=0)
