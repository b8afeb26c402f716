"""f(Tx) against T f(x): held to convolutions by NumPy, place by place; what sees an edge is told from what does not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError
from pellucid.inspection import Equivariance, ShiftedLayer, equivariance
from pellucid.views import equivariance_figure, equivariance_text

RNG = np.random.default_rng(2)
X = RNG.normal(size=(12, 10, 2))
EXACT = 1e-12  # in float64


def _layers(model: Model, x: np.ndarray, shift: Any, **options: Any) -> dict[str, ShiftedLayer]:
    found = equivariance(model, x, shift, engine="reference", **options)
    return {each.layer: each for each in found.layers}


def _moved(x: np.ndarray, shift: tuple[int, ...], fill: str) -> np.ndarray:
    """Pixel by pixel."""
    y = np.zeros_like(x)
    for place in np.ndindex(*x.shape[:-1]):
        source = [p - s for p, s in zip(place, shift, strict=True)]
        if fill == "wrap":
            y[place] = x[tuple(p % n for p, n in zip(source, x.shape, strict=False))]
        elif fill == "nearest":
            y[place] = x[tuple(min(max(p, 0), n - 1) for p, n in zip(source, x.shape, strict=False))]
        elif all(0 <= p < n for p, n in zip(source, x.shape, strict=False)):
            y[place] = x[tuple(source)]
    return y


@pytest.mark.parametrize("fill", ["wrap", "zero", "nearest"])
@pytest.mark.parametrize("shift", [(0, 2), (1, -3), (-2, 0)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_convolution_by_hand(convolve: Callable[..., np.ndarray], fill: str, shift: Any, padding: str) -> None:
    """Every error, and which places see an edge: by loops over places and the definition of the padding."""
    x = X.astype(np.float32).astype(np.float64)
    model = Sequential([layers.Input(X.shape), layers.Conv2D(3, (3, 5), padding=padding, name="conv")])
    kernel = model.layers[0].kernel.numpy()
    how = (kernel, 0.0, (1, 1), (1, 1), padding, 1)
    a, b = convolve(x, *how), convolve(_moved(x, shift, fill), *how)
    found = _layers(model, X, shift, fill=fill)["conv"]
    assert found.shift == shift and found.divides
    inside, edge, starts = [], [], (-1, -2) if padding == "same" else (0, 0)
    for place in np.ndindex(*b.shape[:-1]):
        before = tuple(p - s for p, s in zip(place, shift, strict=True))
        if not all(0 <= p < n for p, n in zip(before, a.shape, strict=False)):
            assert np.isnan(found.errors[place])
            continue
        square = float(np.mean((b[place] - a[before]) ** 2))
        assert found.errors[place] == pytest.approx(np.sqrt(square), abs=1e-9)
        pixels = [range(p + s, p + s + n) for p, s, n in zip(place, starts, (3, 5), strict=True)]
        clean = all(
            not step or all(0 <= pixel - step < size and 0 <= pixel < size for pixel in own)
            for own, step, size in zip(pixels, shift, X.shape, strict=False)
        )
        (inside if clean else edge).append(square)
    size = np.sqrt(np.mean(a**2))
    assert found.inside == pytest.approx(np.sqrt(np.mean(inside)) / size, abs=EXACT) and found.inside < EXACT
    assert found.inner_share == pytest.approx(len(inside) / (len(inside) + len(edge)))
    if edge:
        assert found.edge == pytest.approx(np.sqrt(np.mean(edge)) / size, rel=1e-6, abs=EXACT)
    else:
        assert found.edge is None
    assert found.invariance == pytest.approx(np.sqrt(np.mean((b - a) ** 2)) / size, rel=1e-6)


def test_strides_pooling_and_what_is_behind_them() -> None:
    """Exact inside for shifts that the strides divide, and for no others; through models inside."""
    inner = Sequential(
        [layers.Input((8, 8, 4)), layers.Conv2D(4, 3, padding="same", activation="relu", name="c2")], name="inner"
    )
    model = Sequential([
        layers.Input((32, 32, 2)), layers.Conv2D(4, 3, strides=2, padding="same", name="c1"),
        layers.MaxPooling2D(2, name="pool"), inner, layers.GlobalAveragePooling2D(name="mean"),
        layers.Dense(2, name="head"),
    ])  # fmt: skip
    x = RNG.normal(size=(32, 32, 2))
    exact = _layers(model, x, (4, 8))
    assert [exact[name].shift for name in ("input", "c1", "pool", "inner/c2")] == [(4, 8), (2, 4), (1, 2), (1, 2)]
    for name in ("c1", "pool", "inner/c2"):
        assert exact[name].divides and exact[name].inside is not None and exact[name].inside < EXACT
    assert exact["inner/c2"].edge > 0.01
    assert (exact["mean"].shift, exact["mean"].inside) == (None, None)
    rough = _layers(model, x, 2)
    assert rough["c1"].divides and rough["c1"].inside < EXACT
    assert not rough["pool"].divides and rough["pool"].inside > 0.05


def test_what_circular_padding_and_means_do_not_notice() -> None:
    """Around a torus nothing has an edge: errors are those of rounding everywhere; the mean does not move."""
    conv = layers.Conv2D(3, 3, padding="same", padding_mode="circular", name="conv")
    model = Sequential([layers.Input((8, 8, 1)), conv, layers.GlobalAveragePooling2D(name="mean")])
    found = _layers(model, RNG.normal(size=(8, 8, 1)), (3, 5))
    assert found["mean"].invariance < EXACT and found["input"].invariance > 0.5
    assert np.nanmax(found["conv"].errors) < EXACT and found["conv"].shift == (3, 5)


def test_pooling_changes_the_less_the_larger_its_window() -> None:
    """The error of f(Tx) against f(x), by NumPy; it falls from pixels to large windows."""
    smooth = np.add.outer(np.sin(np.arange(24) / 4), np.cos(np.arange(24) / 3))[..., None]
    shares = []
    for window in (1, 2, 4, 8):
        model = Sequential([layers.Input((24, 24, 1)), layers.MaxPooling2D(window, name="pool")])
        found = _layers(model, smooth, (0, 1))["pool"].invariance
        single = smooth.astype(np.float32).astype(np.float64)
        a, b = (
            v.reshape(24 // window, window, 24 // window, window).max(axis=(1, 3))
            for v in (single, np.roll(single, 1, 1))
        )
        assert found == pytest.approx(np.sqrt(np.mean((a - b) ** 2) / np.mean(a**2)), rel=1e-9)
        shares.append(found)
    assert shares == sorted(shares, reverse=True)


def test_channels_first_and_one_and_three_axes() -> None:
    first = Sequential([layers.Input((2, 12, 10)), layers.Conv2D(3, 3, data_format="channels_first", name="conv")])
    moved = _layers(first, np.moveaxis(X, -1, 0), (1, 2))["conv"]
    assert moved.shift == (1, 2) and moved.inside < EXACT and moved.errors.shape == (10, 8)
    line = Sequential([layers.Input((40, 1)), layers.Conv1D(2, 3, strides=3, name="conv")])
    assert _layers(line, RNG.normal(size=(40, 1)), 6)["conv"].shift == (2,)
    volume = Sequential([layers.Input((6, 6, 6, 1)), layers.Conv3D(2, 3, name="conv")])
    assert _layers(volume, RNG.normal(size=(6, 6, 6, 1)), (1, 0, 2))["conv"].inside < EXACT


def test_upsampling_goes_the_other_way() -> None:
    """Maps that were enlarged move further; behind a transposed convolution where edges end may be unknown."""
    model = Sequential([
        layers.Input((16, 16, 1)), layers.Conv2D(2, 3, strides=2, padding="same"), layers.UpSampling2D(2, name="up"),
        layers.Conv2DTranspose(2, 2, strides=2, name="large"),
    ])  # fmt: skip
    found = _layers(model, RNG.normal(size=(16, 16, 1)), (0, 4))
    assert found["up"].shift == (0, 4) and found["up"].divides and found["up"].inside < EXACT
    assert found["large"].shift == (0, 8) and found["large"].divides


def test_the_native_engine_agrees() -> None:
    model = Sequential([layers.Input(X.shape), layers.Conv2D(8, 3, padding="same", activation="relu", name="conv")])
    found = equivariance(model, X, (2, 3)).layers[1]
    assert found.inside < 1e-5 < found.edge


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "nothing": (0, ArgumentError, "shift is nothing"),
    "too far": ((0, 10), ArgumentError, "smaller than the image, which has 10 places there, got 10"),
    "too many": ((1, 1, 1), ArgumentError, "has 2 axes of places, got 3 numbers"),
    "half a pixel": (0.5, ArgumentTypeError, "shift is a whole number, or one for each axis"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_shift(case: str) -> None:
    shift, error, message = BAD[case]
    with pytest.raises(error, match=message):
        equivariance(Sequential([layers.Input(X.shape), layers.Conv2D(3, 3)]), X, shift)


def test_what_cannot_be_shifted() -> None:
    with pytest.raises(ArgumentError, match="takes samples without places"):
        equivariance(Sequential([layers.Input((4,)), layers.Dense(2)]), np.zeros(4))
    model = Sequential([layers.Input(X.shape), layers.Conv2D(3, 3)])
    with pytest.raises(DataError, match="pass one sample of it"):
        equivariance(model, X[None])
    with pytest.raises(ArgumentError, match="did you mean 'zero'"):
        equivariance(model, X, fill="zeros")


def test_text_has_the_numbers_of_the_record() -> None:
    model = Sequential([layers.Input(X.shape), layers.Conv2D(3, 3, name="conv"), layers.MaxPooling2D(2, name="pool")])
    found = equivariance(model, X, (1, 2), fill="zero")
    text = equivariance_text(found).split("\n")
    pool = found.layers[2]
    assert isinstance(pool, inspection.ShiftedLayer) and pool.inside is not None and pool.edge is not None
    (row,) = [line for line in text if line.endswith("   pool")]
    assert f"{pool.shift}~" in row and f"{pool.inside:.1%}" in row and f"{pool.invariance:.1%}" in row
    assert text[-1].startswith("~ The strides do not divide the shift")


def _skip() -> Model:
    image = Input((32, 32, 1))
    fine = layers.Conv2D(3, 3, padding="same")(image)
    coarse = layers.Conv2D(3, 3, padding="same")(layers.MaxPooling2D(2)(fine))
    joined = layers.Concatenate()([fine, layers.UpSampling2D(2)(coarse)])
    return Model(image, layers.Conv2D(2, 3, padding="same")(joined))


UPWARDS = {
    "transposed": lambda: [layers.Conv2DTranspose(2, 3, strides=2)],
    "transposed, then a window": lambda: [layers.Conv2DTranspose(2, 3, 2, "same"), layers.Conv2D(2, 3)],
    "repeated, then a window": lambda: [layers.UpSampling2D(2), layers.Conv2D(2, 3, padding="same")],
    "down and up": lambda: [
        *(layers.Conv2D(2, 3, 2, "same") for _ in range(2)),
        *(layers.Conv2DTranspose(2, 4, 2, "same") for _ in range(2)),
        layers.Conv2D(1, 3),
    ],
    "by three, then by three": lambda: [layers.Conv2DTranspose(2, 5, 3), layers.MaxPooling2D(3)],
    "up by four, down by two": lambda: [layers.Conv2DTranspose(2, 4, 4), layers.AveragePooling2D(2)],
    "a skip": lambda: _skip(),
}


@pytest.mark.parametrize("name", UPWARDS)
def test_behind_what_makes_maps_larger(name: str) -> None:
    """Where strides divide the shift, nothing inside is off: what counts as inside is no edge, whatever fills."""
    made = UPWARDS[name]()
    model = made if isinstance(made, Model) else Sequential([layers.Input((32, 32, 1)), *made])
    image = np.random.default_rng(0).random((32, 32, 1))
    for shift, fill in itertools.product(((4, 0), (4, 4), (-4, 4)), ("wrap", "zero")):
        for each in equivariance(model, image, shift, fill=fill, engine="reference").layers:
            assert each.divides and each.inside is not None and each.inside < EXACT, each.layer
            assert each.inner_share > 0


@pytest.mark.parametrize(("number", "words"), [(np.nan, "NaN"), (np.inf, "infinite")])
def test_errors_that_are_no_numbers_are_drawn_as_such(number: float, words: str) -> None:
    """As of a model whose training has diverged; Python's own words were all that came."""
    conv = ShiftedLayer("conv", "Conv2D", (1, 0), True, number, 0.5, number, 0.25, np.zeros((4, 4)))
    shifted = Equivariance("tiny", (1, 0), "wrap", (conv,))
    assert words in equivariance_text(shifted)
    assert words in [text.get_text() for text in equivariance_figure(shifted).axes[0].texts]
