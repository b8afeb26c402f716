"""Inputs of the convolution family: what does not fit, open sizes, further batch axes, both formats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers
from pellucid.errors import ShapeError

RANKS = {
    **{f"Conv{rank}D": rank for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": rank for rank in (1, 2, 3)},
    **{f"{kind}{rank}D": rank for kind in ("DepthwiseConv", "SeparableConv", "LocallyConnected") for rank in (1, 2)},
}
WINDOWED = [name for name in RANKS if "Transpose" not in name]
SHARED = [name for name in RANKS if "Locally" not in name]
"""Layers whose weights do not depend on the size of the input."""


def _make(name: str, **arguments: Any) -> layers.Layer:
    required = {"kernel_size": 3} if name.startswith("Depthwise") else {"filters": 6, "kernel_size": 3}
    made: layers.Layer = getattr(layers, name)(**{**required, "name": "stem", **arguments})
    return made


def _sizes(name: str, size: int | None = 6) -> tuple[int | None, ...]:
    return (size,) * RANKS[name]


def _data(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", RANKS)
def test_too_few_axes(name: str) -> None:
    """Layer, axes and input; it looks like missing channels, and it is said."""
    with pytest.raises(ShapeError, match=rf'^{name} "stem": expected an input of {RANKS[name] + 2} axes.*channel axis'):
        _make(name)(Input(_sizes(name)))


@pytest.mark.parametrize("name", RANKS)
def test_open_channels(name: str) -> None:
    """Weights depend on them."""
    with pytest.raises(ShapeError, match=rf'^{name} "stem": the number of channels must be known'):
        _make(name)(Input((*_sizes(name), None)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", WINDOWED)
def test_a_window_larger_than_its_input(name: str, data_format: str) -> None:
    """Layer, window, axis and input; a dilated one spans more than its taps."""
    first = data_format == "channels_first"
    sizes = (*_sizes(name)[1:], 2)
    shape = (2, *sizes) if first else (*sizes, 2)
    text = rf'^{name} "stem": a window of 3 taps \(it spans 3\) does not fit on an axis of 2\. .* got input \(None, '
    with pytest.raises(ShapeError, match=text) as caught:
        _make(name, data_format=data_format)(Input(shape))
    assert str(caught.value).endswith(f"got input {(None, *shape)}")
    if name in SHARED:
        with pytest.raises(ShapeError, match=r"\(it spans 9\) does not fit on an axis of (6|2)\. "):
            _make(name, data_format=data_format, dilation_rate=4)(Input(shape))
        with pytest.raises(ShapeError, match=r"\(it spans 9\) does not fit on an axis of 5 padded to 7"):
            _make(name, padding=1, dilation_rate=4)(Input((*_sizes(name, 5), 2)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", RANKS)
def test_other_channels_at_the_second_use(name: str, data_format: str) -> None:
    """The layer, the channels it was made for, those that came, and the input; the weights stay."""
    layer, first = _make(name, data_format=data_format), data_format == "channels_first"
    shapes = [(n, *_sizes(name)) if first else (*_sizes(name), n) for n in (3, 4)]
    layer(Input(shapes[0]))
    weights = layer.get_weights()
    with pytest.raises(ShapeError, match=rf'^{name} "stem" has weights for 3 input channels, got 4; ') as caught:
        layer(Input(shapes[1]))
    assert str(caught.value).endswith(f"got input {(None, *shapes[1])}")
    layer(Input(shapes[0]))
    assert all(np.array_equal(a, b) for a, b in zip(weights, layer.get_weights(), strict=True))


@pytest.mark.parametrize("name", ["LocallyConnected1D", "LocallyConnected2D"])
def test_each_place_has_weights(name: str) -> None:
    """So sizes must be known, and stay."""
    with pytest.raises(ShapeError, match=rf'^{name} "stem": all sizes must be known.*; got \(None, None, '):
        _make(name)(Input((None, *_sizes(name)[1:], 3)))
    layer = _make(name)
    layer(Input((*_sizes(name), 3)))
    with pytest.raises(ShapeError, match=rf'^{name} "stem" has weights for each place of .*, got an input of \(7,'):
        layer(Input((*_sizes(name, 7), 3)))
    # As many places, but others: refused too.
    if name == "LocallyConnected2D":
        layer = _make(name)
        layer(Input((6, 7, 3)))
        with pytest.raises(ShapeError, match=r"each place of \(6, 7\), got an input of \(7, 6\)"):
            layer(Input((7, 6, 3)))


def test_groups_that_do_not_divide() -> None:
    """Layer, groups, channels, and the input."""
    for data_format, shape in (("channels_last", (32, 32, 64)), ("channels_first", (64, 32, 32))):
        with pytest.raises(ShapeError) as caught:
            _make("Conv2D", groups=3, data_format=data_format)(Input(shape))
        text = f'Conv2D "stem": groups=3 must divide input channels=64; got input {(None, *shape)}'
        assert str(caught.value) == text


@pytest.mark.parametrize(
    ("options", "size", "sizes"),
    [
        ({"padding": "same", "output_padding": 0, "kernel_size": 2}, 1, "0"),
        ({"strides": 2**31 - 1}, 3, "6442450941"),
        ({"dilation_rate": 2**31 - 1}, 1, "4294967295"),
    ],
)
def test_results_of_impossible_sizes(options: dict[str, Any], size: int, sizes: str) -> None:
    """A transposed convolution of nothing, or of too much."""
    text = (
        rf'^Conv1DTranspose "stem": a result of the sizes \({sizes},\) is impossible, .* got input \(None, {size}, 2\)$'
    )
    with pytest.raises(ShapeError, match=text):
        _make("Conv1DTranspose", **options)(Input((size, 2)))


@pytest.mark.parametrize("mode", ["zeros", "replicate"])
def test_padding_of_impossible_sizes(mode: str) -> None:
    """Refused at once; nothing that large is made."""
    with pytest.raises(ShapeError, match=r'^Conv2D "stem": .*got input \(None, 6, 6, 2\)$'):
        _make("Conv2D", padding=2**31 - 1, padding_mode=mode)(Input((6, 6, 2)))
    assert _make("Conv1D", padding=2**29, padding_mode=mode)(Input((6, 2))).shape == (None, 2**30 + 4, 6)


def test_where_a_mode_cannot_pad() -> None:
    """Said with the sizes; "same" pads too, in a model of open sizes when the data come."""
    for mode, amount, most in (("reflect", 6, 5), ("circular", 7, 6)):
        text = rf'^Conv1D "stem": padding_mode=\'{mode}\' can add at most {most} elements to an axis of 6, got'
        with pytest.raises(ShapeError, match=text):
            _make("Conv1D", padding=amount, padding_mode=mode)(Input((6, 2)))
        assert _make("Conv1D", padding=most, padding_mode=mode)(Input((6, 2))).shape == (None, 2 * most + 4, 6)
    model = Sequential([Input((None, 2)), _make("Conv1D", kernel_size=7, padding="same", padding_mode="reflect")])
    assert model.predict(_data(1, 4, 2), verbose=0).shape == (1, 4, 6)
    with pytest.raises(ShapeError, match=r'"stem": .* at most 2 elements to an axis of 3, got \(3, 3\)'):
        model.predict(_data(1, 3, 2), verbose=0)


OPEN = [
    *[(name, {}) for name in SHARED],
    *[(name, {"padding": "same", "strides": 2}) for name in SHARED],
    ("Conv1D", {"padding": "causal", "dilation_rate": 2}),
    ("Conv2D", {"padding": "full"}),
    ("Conv2D", {"padding": ((0, 2), (1, 0)), "padding_mode": "circular"}),
    ("DepthwiseConv2D", {"padding": "same", "padding_mode": "replicate"}),
    ("Conv2DTranspose", {"strides": 3, "output_padding": 1}),
]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("name", "options"), OPEN, ids=str)
def test_open_sizes(name: str, options: dict[str, Any], data_format: str) -> None:
    """One model for all sizes computes what models of each size compute."""
    first = data_format == "channels_first"

    def arranged(sizes: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (2, *sizes) if first else (*sizes, 2)

    free = Sequential([Input(arranged(_sizes(name, None))), _make(name, data_format=data_format, **options)])
    assert set(free.output_shape[2:] if first else free.output_shape[1:-1]) == {None}
    for size in (4, 7, 10):
        sizes = tuple(size + axis for axis in range(RANKS[name]))
        layer = _make(name, data_format=data_format, weights=free.get_weights(), **options)
        fixed, x = Sequential([Input(arranged(sizes)), layer]), _data(2, *arranged(sizes))
        y = free.predict(x, verbose=0)
        assert y.shape[1:] == fixed.output_shape[1:]
        np.testing.assert_array_equal(y, fixed.predict(x, verbose=0))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", RANKS)
def test_further_batch_axes(name: str, data_format: str) -> None:
    """Each image by itself, wherever it stands; axes before the spatial ones may be open."""
    shape = (2, *_sizes(name, 4)) if data_format == "channels_first" else (*_sizes(name, 4), 2)
    single = Sequential([Input(shape), _make(name, data_format=data_format)])
    x = _data(2, 3, 1, 2, *shape)
    expected = single.predict(x.reshape(-1, *shape), verbose=0)
    for batch in ((3, 1, 2), (None, 1, None)):
        layer = _make(name, data_format=data_format, weights=single.get_weights())
        several = Sequential([Input((*batch, *shape)), layer])
        assert several.output_shape == (None, *batch, *single.output_shape[1:])
        y = several.predict(x, verbose=0)
        assert y.shape == (2, 3, 1, 2, *expected.shape[1:])
        np.testing.assert_array_equal(y.reshape(expected.shape), expected)


def test_images_in_four_batch_axes() -> None:
    """64 x 64 images in (batch, 5, 5, 5), as in documentation of Conv2D."""
    model = Sequential([Input((5, 5, 5, 64, 64, 3)), _make("Conv2D")])
    assert model.output_shape == (None, 5, 5, 5, 62, 62, 6)
    x = _data(1, 5, 5, 5, 64, 64, 3)
    y = model.predict(x, verbose=0)
    one = Sequential([Input((64, 64, 3)), _make("Conv2D", weights=model.get_weights())])
    np.testing.assert_array_equal(y[0, 4, 0, 3], one.predict(x[0, 4, 0, 3:4], verbose=0)[0])


@pytest.mark.parametrize("name", SHARED)
def test_formats_agree(name: str) -> None:
    """The same weights on the same image, with its channels elsewhere."""
    last = Sequential([Input((*_sizes(name), 2)), _make(name)])
    layer = _make(name, data_format="channels_first", weights=last.get_weights())
    first, x = Sequential([Input((2, *_sizes(name))), layer]), _data(2, *_sizes(name), 2)
    y = first.predict(np.moveaxis(x, -1, 1), verbose=0)
    np.testing.assert_array_equal(np.moveaxis(y, 1, -1), last.predict(x, verbose=0))
