"""Formulas of normalisations, softmax, p-norms and weights at places: evaluated by NumPy as they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid import Sequential, inspection, layers
from pellucid.errors import ArgumentError
from pellucid.views import formula_figure, formula_text

RNG = np.random.default_rng(4)
IMAGE = (5, 6, 4)
CASES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "batch": (layers.BatchNormalization, IMAGE),
    "batch, channels first, without gamma": (lambda: layers.BatchNormalization(1, scale=False, epsilon=0.01), IMAGE),
    "batch of vectors": (lambda: layers.BatchNormalization(center=False), (4,)),
    "layer": (layers.LayerNormalization, IMAGE),
    "layer, several axes": (lambda: layers.LayerNormalization([1, 2, 3], center=False), IMAGE),
    "layer, rms": (lambda: layers.LayerNormalization(rms_scaling=True), (7, 4)),
    "group": (lambda: layers.GroupNormalization(2), IMAGE),
    "instance": (lambda: layers.GroupNormalization(-1, scale=False), IMAGE),
    "one group, channels first": (lambda: layers.GroupNormalization(1, axis=1), (4, 5, 3)),
    "groups of a vector": (lambda: layers.GroupNormalization(2), (6,)),
    "rms": (lambda: layers.RMSNormalization(epsilon=1e-5), IMAGE),
    "rms, two axes": (lambda: layers.RMSNormalization([1, 3]), IMAGE),
    "unit": (lambda: layers.UnitNormalization(), IMAGE),
    "softmax": (layers.Softmax, IMAGE),
    "softmax of two axes": (lambda: layers.Softmax([1, 2]), IMAGE),
    "softmax as an activation": (lambda: layers.Activation("softmax"), (5,)),
    "p-norm": (lambda: layers.LpPooling2D((2, 3), 2, "same", p=3), IMAGE),
    "sum of magnitudes": (lambda: layers.LpPooling1D(3, 1, p=1), (7, 2)),
    "p-norm of a volume, channels first": (lambda: layers.LpPooling3D(2, data_format="channels_first"), (2, 4, 4, 5)),
    "p-norm of all": (lambda: layers.GlobalLpPooling2D(p=2.5), IMAGE),
    "places": (lambda: layers.LocallyConnected2D(3, (2, 3), (2, 1), activation="relu"), IMAGE),
    "places, same, no bias": (lambda: layers.LocallyConnected2D(2, 3, padding="same", use_bias=False), IMAGE),
    "places of one axis": (lambda: layers.LocallyConnected1D(3, 2), (6, 4)),
    "places, channels first": (lambda: layers.LocallyConnected2D(3, 2, data_format="channels_first"), (4, 5, 6)),
}


def _built(make: Callable[[], Any], shape: tuple[int, ...]) -> Any:
    layer = make()
    Sequential([layers.Input(shape), layer])
    layer.set_weights([RNG.random(weight.shape) + 0.5 for weight in layer.weights])
    return layer


class _Array:
    """An array whose elements beyond its ends are 0, by the names of its indices."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values.astype(np.float64)

    def __getitem__(self, index: Any) -> float:
        place = index if isinstance(index, tuple) else (index,)
        inside = all(0 <= at < size for at, size in zip(place, self.values.shape, strict=True))
        return float(self.values[place]) if inside else 0.0


def _python(text: str) -> str:
    """An expression in the words of a formula as one of Python's."""
    text = re.sub(r"(\d)(?!e-)([a-z(])", r"\1*\2", re.sub(r"\|([^|]*)\|", r"abs(\1)", text))
    while found := re.search(r"(sum|mean) over ([a-z, ]+) of ", text):
        depth, end = 0, len(text)
        for place in range(found.end(), len(text)):
            depth += (text[place] in "([") - (text[place] in ")]")
            if depth < 0 or (depth == 0 and text[place : place + 3] == " / "):
                end = place
                break
        name, letters, body = found[1], found[2].replace(" ", ""), text[found.end() : end]
        text = f"{text[: found.start()]}{name}_({letters!r}, lambda {letters}: {body}){text[end:]}"
    return text.replace("^", "**")


def _evaluated(words: str, sizes: dict[str, int], arrays: dict[str, Any], place: tuple[int, ...]) -> float:
    """A formula at one place of its result; what is told behind "where" are functions of their indices."""
    (head, formula), *steps = (part.split(" = ", 1) for part in words.split(", where ") if " = " in part)

    def total(letters: str, body: Any) -> list[float]:
        names = letters.split(",")
        return [body(*index) for index in np.ndindex(*(sizes[name] for name in names))]

    known = arrays | {"sqrt": np.sqrt, "exp": np.exp, "relu": lambda x: max(x, 0.0), "max": max, "abs": abs}
    known |= {"sum_": lambda *of: sum(total(*of)), "mean_": lambda *of: float(np.mean(total(*of)))}
    for left, right in steps:  # each may name those told before it
        name, _, index = left.partition("[")
        letters = index.rstrip("]").replace(" ", "")
        body = eval(f"lambda {letters}: {_python(right)}", known)
        known[name] = _Lazy(body) if letters else body()
    letters = re.findall(r"\b[a-z]\b", head.split("[", 1)[1]) if "[" in head else []
    return float(eval(_python(formula), known | dict(zip(letters, place, strict=True))))


class _Lazy:
    """A step of a formula, by its indices."""

    def __init__(self, body: Callable[..., float]) -> None:
        self.body = body

    def __getitem__(self, index: Any) -> float:
        return self.body(*(index if isinstance(index, tuple) else (index,)))


def _group_end(text: str, start: int) -> int:
    """Where the braces close that open at a place."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return place
    raise AssertionError(text)


def _in_words(latex: str) -> str:
    """LaTeX in the words that `_python` reads: fractions, roots and sums as they are written there."""
    text = re.sub(r"\\mathrm\{([\w\\]+)\}", lambda found: found[1].replace("\\_", "_"), latex)
    text = re.sub(r"\\lfloor (\w)/(\d+)\\rfloor", r"\1//\2", text).replace("\\left|", "|").replace("\\right|", "|")
    text = text.replace("\\left(", "(").replace("\\right)", ")").replace("\\exp", "exp").replace("\\max", "max")
    text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text.replace("\\,", " * "))
    sums = r"((?:\\sum_\{\w=0\}\^\(\d+\)(?:\\;)?)+) "
    text = re.sub(sums, lambda s: f"sum over {', '.join(re.findall(r'{(.)=0}', s[1]))} of ", text)
    text = re.sub(r"_\{([^{}]*)\}", lambda index: f"[{index[1]}]", text)
    while "\\frac" in text or "\\sqrt" in text:
        start = max(text.rfind("\\frac"), text.rfind("\\sqrt"))
        end = _group_end(text, start + 5)
        first = text[start + 6 : end]
        if text[start:].startswith("\\frac"):
            below = _group_end(text, end + 1)
            is_mean = first == "1" and text[below + 1 :].startswith(" sum over")
            made = "mean" if is_mean else f"(({first}) / ({text[end + 2 : below]}))"
            text = text[:start] + made + (text[below + 5 :] if is_mean else text[below + 1 :])
        else:
            text = f"{text[:start]}sqrt({first}){text[end + 1 :]}"
    text = re.sub(r"\b10\^\((-\d+)\)", r"1e\1", text.replace("{", "").replace("}", ""))
    return re.sub(r"\b(\w+)\s+\*\s+\(\(", r"\1 * ((", text)


@pytest.mark.parametrize("name", CASES)
def test_formulas_are_what_is_computed(name: str) -> None:
    """In words and in LaTeX, against the engine, with sums and means by the definition."""
    make, shape = CASES[name]
    layer = _built(make, shape)
    record = inspection.formula(layer)
    x = RNG.normal(size=shape)
    y = np.asarray(layer(x[np.newaxis]))[0]
    if getattr(layer, "data_format", "") == "channels_first":  # formulas of windows have the channels at the end
        x, y = np.moveaxis(x, 0, -1), np.moveaxis(y, 0, -1) if y.ndim > 1 else y
    arrays = {weight.name: _Array(weight.numpy()) for weight in layer.weights} | {"x": _Array(x)}
    sums = re.findall(r"\\sum_\{(\w)=0\}\^\{(\d+)\}", record.correlation)
    sizes = {letter: int(last) + 1 for letter, last in sums}
    assert record.source and record.response is None and not record.convolution
    latex = record.correlation.replace(",\\quad ", ", where ")
    for place in [tuple(int(RNG.integers(size)) for size in y.shape) for _ in range(3)] + [(0,) * y.ndim]:
        for words in (record.words, _in_words(latex)):
            assert _evaluated(words, sizes, arrays, place) == pytest.approx(float(y[place]), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", ["batch", "layer", "group", "softmax", "p-norm", "places"])
def test_they_are_drawn_with_their_source(name: str) -> None:
    make, shape = CASES[name]
    record = inspection.formula(_built(make, shape))
    for width in (None, 400):
        figure = formula_figure(record, width=width)
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert all(box.x1 <= figure.get_size_inches()[0] * figure.dpi for box in boxes)
        assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[at + 1 :])
    assert f"Source: {record.source}."[:40] in " ".join(formula_text(record).split())
    assert record.source[:30] in record._repr_html_() or "<img" in record._repr_html_()


def test_a_class_of_a_users_own_has_no_formula_that_it_may_not_compute() -> None:
    class Odd(layers.BatchNormalization):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return super().call(inputs, training) + 1.0

    layer = Odd()
    Sequential([layers.Input((4, 4, 2)), layer])
    with pytest.raises(ArgumentError, match="has no formula of its own; convolutions"):
        inspection.formula(layer)
