"""Formulas of layers, evaluated as they are written, give what the layer gives; impulses tell what is flipped."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError, ArgumentTypeError
from pellucid.views import formula_figure, formula_text

RNG = np.random.default_rng(4)


def _built(layer: Any, shape: tuple[int, ...]) -> Any:
    Sequential([layers.Input(shape), layer])
    layer.set_weights([RNG.normal(size=weight.shape) for weight in layer.weights])
    return layer


def _number(latex: str, names: dict[str, int]) -> int:
    """ "2i-l+1", "2\\lfloor f/3\\rfloor+c" as a number."""
    text = re.sub(r"\\lfloor (\w)/(\d+)\\rfloor", r"(\1//\2)", latex)
    text = re.sub(r"(\d)([a-z(])", r"\1*\2", text)
    return int(eval(text, {}, names))


def _evaluate(latex: str, flipped: str, x: np.ndarray, weights: dict[str, np.ndarray], place: tuple[int, ...]) -> float:
    """A sum of products in LaTeX, term by term; what lies outside of x is zero."""
    latex, flipped = (text.replace("f\\,\\mathrm{mod}\\,", "f%") for text in (latex, flipped))
    head, inner = latex.split(" = ", 1)
    names = dict(zip(re.findall(r"[a-z]", head.split("_", 1)[1]), place, strict=True))
    total = 0.0
    bias = re.match(r"\\mathrm\{bias\}_\{f\} \+ ", inner)
    if bias:
        total, inner = float(weights["bias"][names["f"]]), inner[bias.end() :]
    sums = re.findall(r"\\sum_\{(\w)=0\}\^\{(\d+)\}", inner)
    read, kernel, at = re.search(r"x_\{(.*?)\}\\,(F|\\mathrm\{\w+\})_\{(.*)\}$", inner).groups()  # type: ignore[union-attr]
    turned = re.search(r" = \\mathrm\{\w+\}_\{(.*)\}$", flipped).group(1) if kernel == "F" else at  # type: ignore[union-attr]
    for index in np.ndindex(*(int(last) + 1 for _, last in sums)):
        own = {**names, **dict(zip((letter for letter, _ in sums), index, strict=True))}
        source = tuple(_number(part, own) for part in read.split(","))
        if all(0 <= k < size for k, size in zip(source, x.shape, strict=True)):
            total += float(x[source]) * float(
                weights["kernel"][tuple(_number(part, own) for part in turned.split(","))]
            )
    return total


def _evaluate_words(words: str, x: np.ndarray, weights: dict[str, np.ndarray], place: tuple[int, ...]) -> float:
    """The same of the formula in plain text: "y[i, f] = bias[f] + sum over l, c of x[2i+l-1, c] * kernel[l, c, f]"."""
    head, inner = words.split(" = ", 1)
    names = dict(zip(re.findall(r"\b[a-z]\b", head.split("[", 1)[1]), place, strict=True))
    total = float(weights["bias"][names["f"]]) if inner.startswith("bias[f] + ") else 0.0
    over, read, at = re.search(r"sum over ([a-z, ]+) of x\[(.*)\] \* kernel\[(.*)\]$", inner).groups()  # type: ignore[union-attr]
    letters, (*_, last) = over.split(", "), at.split(", ")
    sizes = [size for size, part in zip(weights["kernel"].shape, at.split(", "), strict=True) if part in letters]
    assert last.startswith("f")
    for index in np.ndindex(*sizes):
        own = {**names, **dict(zip([part for part in at.split(", ") if part in letters], index, strict=True))}
        source = tuple(_number(part, own) for part in read.split(", "))
        if all(0 <= k < size for k, size in zip(source, x.shape, strict=True)):
            total += float(x[source]) * float(weights["kernel"][tuple(_number(part, own) for part in at.split(", "))])
    return total


CASES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "valid": (lambda: layers.Conv2D(3, 3), (6, 7, 2)),
    "same, strided, dilated": (lambda: layers.Conv2D(3, (3, 2), 2, "same", dilation_rate=2), (7, 8, 2)),
    "groups": (lambda: layers.Conv2D(6, 3, groups=2, padding="same"), (6, 6, 4)),
    "groups of one channel": (lambda: layers.Conv1D(6, 2, groups=3), (6, 3)),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (6, 6, 3)),
    "causal": (lambda: layers.Conv1D(3, 4, padding="causal", dilation_rate=2, use_bias=False), (9, 2)),
    "three dimensions": (lambda: layers.Conv3D(2, 2, padding="same"), (4, 4, 4, 2)),
    "dense": (lambda: layers.Dense(3), (5,)),
}


@pytest.mark.parametrize("name", CASES)
def test_formulas_are_what_is_computed(name: str) -> None:
    """As cross-correlation and as true convolution, evaluated in Python from the LaTeX, against the layer itself."""
    make, shape = CASES[name]
    layer = _built(make(), shape)
    record = inspection.formula(layer)
    x = RNG.normal(size=shape)
    y = np.asarray(layer(x[np.newaxis]))[0]
    weights = {weight.name: weight.numpy() for weight in layer.weights}
    for _ in range(4):
        place = tuple(int(RNG.integers(size)) for size in y.shape)
        for latex in filter(None, (record.correlation, record.convolution)):
            found = _evaluate(latex, record.flipped, x, weights, place)
            assert found == pytest.approx(float(y[place]), rel=1e-4, abs=1e-4)
        found = _evaluate_words(record.words, x, weights, place)
        assert found == pytest.approx(float(y[place]), rel=1e-4, abs=1e-4)
    assert bool(record.convolution) == (name != "dense")


@pytest.mark.parametrize(
    ("make", "shape", "is_flipped"),
    [
        (lambda: layers.Conv2D(2, (3, 4)), (8, 8, 2), True),
        (lambda: layers.Conv1D(2, 5), (9, 1), True),
        (lambda: layers.Conv3D(2, 2), (4, 4, 4, 1), True),
        (lambda: layers.Conv2DTranspose(2, 3, 2), (4, 4, 2), False),
        (lambda: layers.Conv1DTranspose(2, 4), (6, 2), False),
        (lambda: layers.Conv2D(2, 1), (4, 4, 2), None),
    ],
)
def test_impulses_tell_what_is_flipped(
    make: Callable[[], Any], shape: tuple[int, ...], is_flipped: bool | None
) -> None:
    """Against NumPy's own flip; a transposed convolution lays the kernel down as it is."""
    layer = _built(make(), shape)
    record = inspection.formula(layer, 1, 0)
    assert record.is_flipped is is_flipped
    kernel = layer.kernel.numpy()
    taps = kernel[..., 1, 0] if is_flipped is False else kernel[..., 0, 1]
    np.testing.assert_array_equal(record.kernel, taps)
    np.testing.assert_array_equal(record.response, taps if is_flipped is False else np.flip(taps))
    text = formula_text(record)
    assert {True: "it is a cross-", False: "a true convolution", None: "mirror image"}[is_flipped] in " ".join(
        text.split()
    )


def test_a_separable_layer_is_told_in_two_sums() -> None:
    record = inspection.formula(_built(layers.SeparableConv2D(3, 3), (6, 6, 2)))
    assert ", where s[i, j, f] = sum over l, m of x[i+l, j+m, f]" in record.words and not record.convolution


@pytest.mark.parametrize(
    "layer",
    [
        layers.MaxPooling2D(2),
        layers.AveragePooling2D(2),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2DTranspose(3, 3, 2, "same"),
        layers.SeparableConv2D(3, 3, activation="softmax"),
        layers.Conv2D(3, 11),
        layers.Conv2D(2, 3, padding="same", padding_mode="reflect"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_every_formula_is_drawn(layer: Any) -> None:
    """matplotlib reads the LaTeX, and the page holds it."""
    record = inspection.formula(_built(layer, (12, 12, 2)))
    figure = formula_figure(record)
    figure.canvas.draw()
    width = figure.get_size_inches()[0] * figure.dpi
    for text in figure.axes[0].texts:
        assert text.get_window_extent().x1 <= width
    assert record.correlation in formula_text(record, width=40)


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no sum": (lambda: inspection.formula(_built(layers.Resizing(2, 2), (4, 4, 2))), ArgumentError, "no formula"),
    "not built": (lambda: inspection.formula(layers.Conv2D(2, 2)), ArgumentError, "before it knows its input"),
    "a filter": (
        lambda: inspection.formula(_built(layers.Conv2D(2, 2), (4, 4, 2)), 2),
        ArgumentError,
        "filters 0 to 1",
    ),
    "a channel": (
        lambda: inspection.formula(_built(layers.Conv2D(2, 2), (4, 4, 2)), 0, -1),
        ArgumentError,
        "channels 0 to 1",
    ),
    "a name": (lambda: inspection.formula("conv2d"), ArgumentTypeError, "takes a layer"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", WRONG)
def test_what_has_no_formula(case: str) -> None:
    look, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        look()


@pytest.mark.parametrize(
    ("layer", "channels"), [(layers.Conv2D(6, 3, groups=3), 6), (layers.DepthwiseConv2D(3, depth_multiplier=2), 3)]
)
def test_an_impulse_is_put_into_a_channel_that_the_filter_reads(layer: Any, channels: int) -> None:
    """The channel is one of the layer's input, and what comes out is what the layer itself makes of it."""
    _built(layer, (5, 5, channels))
    bank = inspection.filters(layer)
    for number in range(bank.filters):
        reads = list(bank.channels_of(number))
        assert inspection.formula(layer, number).channel == reads[0]
        for channel in range(channels):
            if channel not in reads:
                with pytest.raises(ArgumentError, match=rf"filter {number} of .* reads channel"):
                    inspection.formula(layer, number, channel)
                continue
            seen = inspection.formula(layer, number, channel)
            x = np.zeros((1, 5, 5, channels), np.float32)
            x[0, 2, 2, channel] = 1.0
            answer = np.asarray(layer(x))[0, ..., number] - layer.get_weights()[1].ravel()[number]
            assert seen.response is not None
            np.testing.assert_allclose(seen.response, answer, atol=1e-6)
