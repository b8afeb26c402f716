"""No two texts of a figure lie on each other, and none is cut by its edge, however small, wide or many things are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pellucid import Sequential, layers
from pellucid.engines.kernel_calls import KernelCall
from pellucid.inspection import (
    Arithmetic,
    FeatureMaps,
    FilterBank,
    FilterFilm,
    Flow,
    GradientFlow,
    Influence,
    Profile,
    arithmetic,
)
from pellucid.views import (
    arithmetic_figure,
    curves_figure,
    film_figure,
    filters_figure,
    gradient_flow_figure,
    influence_figure,
    maps_figure,
    profile_figure,
)

RNG = np.random.default_rng(0)
TOUCH = 1.0  # units of 1/100 inch by which the boxes of two lines may meet


def bank(*shape: int, size: float = 1.0, moment: str = "") -> FilterBank:
    """Random filters of about a magnitude."""
    return FilterBank("conv2d", RNG.normal(size=shape) * size, moment=moment)


def moments(count: int, *shape: int) -> list[FilterBank]:
    """The same layer again and again."""
    return [bank(*shape, moment=f"after epoch {number}") for number in range(count)]


def explained(shape: tuple[int, ...], layer: layers.Layer, position: tuple[int, ...], size: float = 1.0) -> Arithmetic:
    """One value of a layer for a random sample of about a magnitude."""
    model = Sequential([layers.Input(shape), layer])
    model.set_weights([RNG.uniform(0.1, 1.0, weight.shape) for weight in model.weights])
    return arithmetic(model, layer.name, RNG.normal(size=shape) * size, position)


def maps(*shape: int, size: float = 1.0, name: str = "conv") -> list[FeatureMaps]:
    """Random answers of one layer."""
    return [FeatureMaps(name, "Conv2D", RNG.normal(size=shape) * size)]


def curves(epochs: int, size: float = 1.0) -> dict[str, list[float]]:
    """Curves that meet at their ends, and one with a long name."""
    falling = (np.exp(-np.arange(epochs) / 5) * size).tolist()
    name = "sparse_categorical_accuracy_of_the_second_output"
    return {"loss": falling, "val_loss": falling, name: [size] * epochs, f"val_{name}": [-size] * epochs, "x": falling}


def same() -> layers.Layer:
    """A convolution whose corner sees padding."""
    return layers.Conv2D(2, 3, padding="same", activation="relu")


def change(count: int, *shape: int) -> Influence:
    """The change of a filter, with so many parts."""
    parts = RNG.normal(size=(count, *shape)) * 1e-5
    names, told = (
        tuple(f"image {number}" for number in range(count)),
        ("a_layer_with_a_long_name", "Conv2D", 12, "Adam"),
    )
    axes = tuple(f"axis {number}" for number in range(len(shape)))
    weights = np.zeros(shape), parts.sum(axis=0)
    return Influence(*told, (0, 123456), "image", names, count, (1,) * count, parts, *weights, axes)


def film(filters: int, *shape: int) -> FilterFilm:
    """Filters through a long training."""
    frames = RNG.normal(size=(12, *shape, filters)) * 1e3
    axes = tuple(f"axis {number}" for number in range(len(shape)))
    return FilterFilm("conv", "Conv2D", tuple(range(0, 1200000, 100000)), frames, axes)


def flow(count: int) -> GradientFlow:
    """Two models of so many layers whose curves lie near each other."""
    names = tuple(f"a_layer_with_a_long_name_{number}" for number in range(count))
    norms = np.exp(RNG.normal(size=(9, count)) * 0.1)
    return GradientFlow(tuple(range(9)), tuple(Flow(name, names, norms, (7,) * count) for name in ("sigmoid", "relu")))


CALLS = [KernelCall("a_layer_with_a_long_name", "convolution", "winograd F(4x4, 3x3)", "", 10**9, 1, seconds=s)
         for s in (1.0, 0.1, 1e-6)]  # fmt: skip

FIGURES: dict[str, Callable[[], Figure]] = {
    **{
        f"filters: {count} of {taps}x{taps}": lambda count=count, taps=taps: filters_figure(bank(taps, taps, 1, count))
        for count in (1, 7, 64, 300) for taps in (1, 3, 11)
    },
    **{
        f"filters: weights of {size:g}": lambda size=size: filters_figure(bank(3, 3, 2, 2, size=size))
        for size in (1e-30, 1e-8, 1e-3, 123.456, 1e5, 1e30)
    },
    **{
        f"filters: {count} moments, {number} of {taps}x{taps}": (
            lambda count=count, number=number, taps=taps: filters_figure(moments(count, taps, taps, 1, number))
        )
        for count in (2, 5, 26) for number in (1, 16) for taps in (3, 11)
    },
    "filters: many channels": lambda: filters_figure(bank(3, 3, 48, 12)),
    "filters: names of channels": lambda: filters_figure(
        FilterBank("c", RNG.normal(size=(3, 3, 3, 8)), input_names=("red", "green", "near infrared"))
    ),
    "filters: bars": lambda: filters_figure(bank(5, 1, 3)),
    "filters: slices": lambda: filters_figure(bank(3, 3, 3, 2, 4)),
    "filters: units": lambda: filters_figure(bank(288, 10)),
    "filters: own scales": lambda: filters_figure(bank(3, 3, 1, 64), scale="filter"),
    **{
        f"arithmetic: numbers of {size:g}": (
            lambda size=size: arithmetic_figure(explained((6, 6, 2), same(), (0, 0), size))
        )
        for size in (1e-30, 1e-4, 1.0, 1e6, 1e12)
    },
    "arithmetic: 11x11": lambda: arithmetic_figure(explained((9, 9, 1), layers.Conv2D(1, 11, padding="same"), (0, 0))),
    "arithmetic: positions of three digits": lambda: arithmetic_figure(
        explained((120, 120, 5, 2), layers.Conv3D(1, 3, padding="same"), (119, 118, 2))
    ),
    "arithmetic: steps": lambda: arithmetic_figure(explained((5, 5, 3), layers.SeparableConv2D(2, 3), (1, 1), 1e9)),
    "arithmetic: formulas": lambda: arithmetic_figure(explained((6,), layers.LayerNormalization(), ())),
    "arithmetic: many inputs": lambda: arithmetic_figure(explained((50,), layers.Dense(2, "hard_sigmoid"), ())),
    "arithmetic: a maximum": lambda: arithmetic_figure(explained((6, 6, 2), layers.MaxPooling2D(2), (1, 1), 1e7)),
    **{
        f"maps: {count} of {side}x{side}": lambda count=count, side=side: maps_figure(maps(side, side, count))
        for count in (1, 32, 300) for side in (1, 5, 60)
    },
    **{f"maps: values of {size:g}": lambda size=size: maps_figure(maps(10, size=size)) for size in (1e-9, 1.0, 1e7)},
    "maps: long names": lambda: maps_figure(
        maps(3, size=1e9, name="a_layer_with_a_very_long_name_" * 4), class_names=["a cat", "a dog or a wolf", "none"]
    ),
    **{f"curves: {n} epochs": lambda n=n: curves_figure(curves(n)) for n in (1, 2, 40)},
    **{f"curves: losses of {size:g}": lambda size=size: curves_figure(curves(5, size)) for size in (1e-9, 1e9)},
    **{
        f"influence: {count} parts of {shape}": lambda count=count, shape=shape: influence_figure(change(count, *shape))
        for count in (1, 10, 200) for shape in ((3, 3, 1), (5, 70), (40,), (3, 3, 64), (2, 3, 3, 4))
    },
    **{
        f"film: {filters} of {shape}": lambda filters=filters, shape=shape: film_figure(film(filters, *shape))
        for filters in (1, 40) for shape in ((3, 3, 1), (5, 7), (300,), (3, 3, 64))
    },
    **{f"flow: {n} layers": lambda n=n: gradient_flow_figure(flow(n)) for n in (1, 3, 12, 40)},
    "profile": lambda: profile_figure(Profile("a model", "prediction", 1, 1, 1e9, CALLS)),
}  # fmt: skip


@pytest.mark.parametrize("case", FIGURES)
def test_texts_lie_apart(case: str) -> None:
    """Measured on the figure as it is drawn."""
    figure = FIGURES[case]()
    figure.set_dpi(100)
    if case.startswith(("curves", "flow")):  # whose axes place their texts when they are drawn
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _shown(figure)]
    width, height = figure.get_size_inches() * 100
    assert len(boxes) >= 4
    for text, box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, f"{text!r} is cut by the edge"
    # Boxes of lines hold the room for all letters; two lines meet where more than that is shared.
    order = sorted(boxes, key=lambda pair: pair[1].y0)
    for (a, first), (b, second) in combinations(order, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= TOUCH or down <= 2 * TOUCH, f"{a!r} lies on {b!r} by {across:.1f} x {down:.1f}"


def _shown(figure: Figure) -> list[Text]:
    """All texts, with the numbers at the axes as far as they are there."""
    found: list[Text] = []
    for axes in figure.axes:
        found += [child for child in axes.get_children() if isinstance(child, Text)]
        if axes.axison:
            found += [axes.xaxis.label, axes.yaxis.get_offset_text()]
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_visible() and text.get_text().strip()]
