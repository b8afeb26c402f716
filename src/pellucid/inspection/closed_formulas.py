"""Formulas of layers that are no single sum of products: normalisations, softmax, p-norms, weights at each place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pellucid import activations
from pellucid import layers as house
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape
from pellucid.inspection.emitted import EmittedLayer
from pellucid.inspection.layer_formulas import window_index
from pellucid.inspection.notation import Latex, Notation, Words, multiple
from pellucid.layers import Layer
from pellucid.layers.normalization.unit import LEAST_LENGTH
from pellucid.naming import is_ours

__all__ = ["ClosedFormula", "closed_formula"]

_PLACES, _TAPS = "ijk", "lmn"


class ClosedFormula(Frozen):
    """What a layer computes.

    Args:
        words: in plain text.
        latex: in LaTeX.
        source: where the formula is from.
    """

    words: str
    latex: str
    source: str


def closed_formula(layer: Layer, emitted: EmittedLayer, activation: str) -> ClosedFormula | None:
    """The formula of a layer of a kind that has one here; None for others, and for classes of users' own.

    Args:
        layer: that is built.
        emitted: its operations.
        activation: the name of what follows a weighted sum; "linear" for none.
    """
    if not is_ours(type(layer)):
        return None
    shape = emitted.inputs[0].shape
    if len(shape) - 2 > len(_PLACES):
        return None
    for kinds, write, source in _FORMULAS:
        if isinstance(layer, kinds):
            words, latex = (write(notation, layer, shape, activation) for notation in (Words(), Latex()))
            return ClosedFormula(words, latex, source) if words else None
    return None


class _Index:
    """The letters of the axes of a sample: c for the channels, i, j and k for places."""

    def __init__(self, shape: Shape, channels: int) -> None:
        places = iter(_PLACES)
        self.sizes = shape
        self.letters = {axis: "c" if axis == channels else next(places) for axis in range(1, len(shape))}

    def of(self, axes: Any = None, **other: str) -> list[str]:
        """The letters of some axes in their order, all by default; `other` in the place of some letters."""
        wanted = self.letters if axes is None else [axis for axis in self.letters if axis in axes]
        return [other.get(self.letters[axis], self.letters[axis]) for axis in wanted]

    def over(self, axes: Any) -> dict[str, int]:
        """How many values the letter of each of some axes has."""
        return {self.letters[axis]: self.sizes[axis] for axis in sorted(axes)}

    def without(self, axes: Any) -> list[str]:
        """The letters of the other axes."""
        return self.of([axis for axis in self.letters if axis not in axes])


def _axes(given: Any, rank: int) -> list[int]:
    return sorted(axis % rank for axis in (given if isinstance(given, list | tuple) else [given]))


def _affine(n: Notation, layer: Any, normalised: str, index: list[str]) -> str:
    """What is normalised, times gamma, plus beta, as far as there are such."""
    text = normalised if layer.gamma is None else n.product(n.at("gamma", *index), normalised)
    return text if layer.beta is None else f"{text} + {n.at('beta', *index)}"


def _batch(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    (axis,) = _axes(layer.axis, len(shape))
    index = _Index(shape, axis)
    c, x = index.of([axis]), n.at("x", *index.of())
    root = n.root(f"{n.at('moving_variance', *c)} + {n.number(layer.epsilon)}")
    normalised = n.divided(f"{x} - {n.at('moving_mean', *c)}", root)
    return n.equal(n.at("y", *index.of()), _affine(n, layer, normalised, c))


def _moments(n: Notation, index: _Index, x: str, over: dict[str, int], kept: list[str]) -> list[str]:
    """What mean and variance are."""
    mean = n.at("mean", *kept)
    squares = n.mean(over, n.power(f"{x} - {mean}" if isinstance(n, Latex) else f"({x} - {mean})", "2"))
    return [n.equal(mean, n.mean(over, x)), n.equal(n.at("variance", *kept), squares)]


def _layer(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    axes = _axes(layer.axis, len(shape))
    index = _Index(shape, axes[-1])
    x, kept = n.at("x", *index.of()), index.without(axes)
    above = x if layer.rms_scaling else f"{x} - {n.at('mean', *kept)}"
    normalised = n.divided(above, n.root(f"{n.at('variance', *kept)} + {n.number(layer.epsilon)}"))
    first = n.equal(n.at("y", *index.of()), _affine(n, layer, normalised, index.of(axes)))
    return n.steps([first, *_moments(n, index, x, index.over(axes), kept)])


def _group(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    (axis,) = _axes(layer.axis, len(shape))
    index = _Index(shape, axis)
    size = 1 if layer.groups == -1 else shape[axis] // layer.groups
    group, c = n.quotient("c", size) if size > 1 else "c", index.of([axis])
    root = n.root(f"{n.at('variance', group)} + {n.number(layer.epsilon)}")
    normalised = n.divided(f"{n.at('x', *index.of())} - {n.at('mean', group)}", root)
    first = n.equal(n.at("y", *index.of()), _affine(n, layer, normalised, c))
    over = index.over([each for each in index.letters if each != axis])
    member, further = "g", ""
    if size > 1:
        over, member, further = {**over, "d": size}, f"{multiple('g', size)}+d", n.among("d", size)
    if not over:  # a group of one number
        over = {"d": 1}
    moments = _moments(n, index, n.at("x", *index.of(c=member)), over, ["g"])
    return n.steps([each for each in (first, *moments, further) if each])


def _rms(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    axes = _axes(layer.axis, len(shape))
    index = _Index(shape, axes[-1])
    x, square = n.at("x", *index.of()), n.at("mean_square", *index.without(axes))
    normalised = n.divided(x, n.root(f"{square} + {n.number(layer.epsilon)}"))
    first = n.equal(n.at("y", *index.of()), n.product(n.at("scale", *index.of(axes)), normalised))
    return n.steps([first, n.equal(square, n.mean(index.over(axes), n.power(x, "2")))])


def _unit(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    axes = _axes(layer.axis, len(shape))
    index = _Index(shape, axes[-1])
    x, length = n.at("x", *index.of()), n.at("length", *index.without(axes))
    first = n.equal(n.at("y", *index.of()), n.divided(x, n.function("max", length, n.number(LEAST_LENGTH))))
    return n.steps([first, n.equal(length, n.root(n.sum(index.over(axes), n.power(x, "2"))))])


def _softmax(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    if isinstance(layer, house.Activation) and layer.activation is not activations.softmax:
        return ""
    axes = _axes(getattr(layer, "axis", -1), len(shape))
    index = _Index(shape, axes[-1])
    other = dict(zip([index.letters[axis] for axis in axes], [*_TAPS[: len(axes) - 1], "d"], strict=True))
    over = {other[index.letters[axis]]: shape[axis] for axis in axes}
    below = n.sum(over, n.function("exp", n.at("x", *index.of(**other))))
    above = n.function("exp", n.at("x", *index.of()))
    return n.equal(n.at("y", *index.of()), n.divided(above, below))


def _lp(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    spatial = [shape[axis] for axis in range(1, len(shape)) if axis != _channels_of(layer, len(shape))]
    window, rank = layer.window(spatial), layer.rank
    x = n.at("x", *window_index(window), "c")
    over = dict(zip(_TAPS, window.size, strict=False))
    return n.equal(n.at("y", *_PLACES[:rank], "c"), _p_norm(n, x, over, layer.p))


def _global_lp(n: Notation, layer: Any, shape: Shape, _: str) -> str:
    spatial = [shape[axis] for axis in range(1, len(shape)) if axis != _channels_of(layer, len(shape))]
    over = dict(zip(_PLACES, spatial, strict=False))
    return n.equal(n.at("y", "c"), _p_norm(n, n.at("x", *over, "c"), over, layer.p))


def _p_norm(n: Notation, x: str, over: dict[str, int], p: float) -> str:
    size, order = n.magnitude(x), n.number(p)
    return n.sum(over, size) if p == 1 else n.inverse_power(n.sum(over, n.power(size, order)), order)


def _channels_of(layer: Any, rank: int) -> int:
    return 1 if layer.data_format == "channels_first" else rank - 1


def _local(n: Notation, layer: Any, shape: Shape, activation: str) -> str:
    channels = _channels_of(layer, len(shape))
    spatial = [shape[axis] for axis in range(1, len(shape)) if axis != channels]
    window, rank = layer.window(spatial), layer.rank
    places = window.output_shape(spatial)
    seen = dict(zip(_TAPS, window.size, strict=False))
    inner = {**seen, "c": shape[channels]} if channels > 1 else {"c": shape[channels], **seen}
    index = _flat(dict(zip(_PLACES, places, strict=False))), _flat(inner), "f"
    over = {**seen, "c": shape[channels]}
    text = n.sum(over, n.product(n.at("x", *window_index(window), "c"), n.at("kernel", *index)))
    text = text if layer.bias is None else f"{n.at('bias', *_PLACES[:rank], 'f')} + {text}"
    return n.equal(n.at("y", *_PLACES[:rank], "f"), text if activation == "linear" else n.function(activation, text))


def _flat(sizes: dict[str, int]) -> str:
    """Several indices as one, the last moving fastest: "12i+j"."""
    letters, lengths = list(sizes), list(sizes.values())
    return "+".join(multiple(letter, math.prod(lengths[place + 1 :])) for place, letter in enumerate(letters))


_Write = Callable[[Notation, Any, Shape, str], str]
_FORMULAS: tuple[tuple[tuple[type[Layer], ...], _Write, str], ...] = (
    (
        (house.BatchNormalization,),
        _batch,
        "Ioffe and Szegedy, Batch Normalization, ICML 2015, arXiv 1502.03167, algorithm 2: as it predicts; in training "
        "mean and variance are those of the batch",
    ),
    ((house.LayerNormalization,), _layer, "Ba, Kiros and Hinton, Layer Normalization, arXiv 1607.06450, equation 4"),
    ((house.GroupNormalization,), _group, "Wu and He, Group Normalization, ECCV 2018, arXiv 1803.08494, equation 7"),
    (
        (house.RMSNormalization,),
        _rms,
        "Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019, arXiv 1910.07467, equation 4",
    ),
    ((house.UnitNormalization,), _unit, "keras.layers.UnitNormalization"),
    (
        (house.Softmax, house.Activation),
        _softmax,
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016, equation 6.29",
    ),
    (
        (house.LpPooling1D, house.LpPooling2D, house.LpPooling3D),
        _lp,
        "Gulcehre et al., Learned-Norm Pooling, ECML 2014, arXiv 1311.1780, equation 1, without its mean",
    ),
    (
        (house.GlobalLpPooling1D, house.GlobalLpPooling2D, house.GlobalLpPooling3D),
        _global_lp,
        "Gulcehre et al., Learned-Norm Pooling, ECML 2014, arXiv 1311.1780, equation 1, without its mean",
    ),
    ((house.LocallyConnected1D, house.LocallyConnected2D), _local, "keras.layers.LocallyConnected2D of Keras 2"),
)
