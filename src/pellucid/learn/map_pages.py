"""Pages on maps: how many there are, filter or map, convolution or correlation, what moves with the image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.inspection.equivariance import equivariance
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.filtered import filtered_image
from pellucid.inspection.formula import formula
from pellucid.inspection.partial_maps import partial_maps
from pellucid.inspection.records import FilterBank
from pellucid.learn.filter_pages import gray
from pellucid.learn.parts import Formula, Measured, Part, Question, told
from pellucid.learn.subject import Subject

__all__ = ["QUESTIONS"]


def _not_squared(subject: Subject) -> Iterator[Part]:
    bank = subject.bank
    maps = feature_maps(subject.model, subject.sample, subject.path)[0]
    _, number = subject.busiest
    parts = partial_maps(subject.model, subject.path, subject.sample, number)
    yield _counted(subject.path, bank, number, len(parts.channels), maps.channels)
    yield parts
    away = np.abs(parts.total - parts.engine_map).max()
    yield Measured(f"maps of {subject.path}", maps.channels)
    yield Measured("partial maps that were added up for one of them", len(parts.channels))
    yield Measured("sum of the partial maps and the bias, less the engine's map, at most", float(away))
    yield Measured("largest value of the summed map", float(np.max(parts.total)))


def _counted(path: str, bank: FilterBank, number: int, channels: int, maps: int) -> str:
    """How many maps there are, and why; depthwise filters and those in groups read some of the channels only."""
    if bank.in_channels == 1 and bank.groups > 1 and channels == 1:
        return (
            f"{path} is depthwise: filter {number} reads channel {bank.channels_of(number)[0]} alone, so there is one "
            f"partial map and nothing to be added up. Each of its {bank.groups} channels has filters of its own, "
            f"{bank.filters // bank.groups} of them: {maps} maps in all, and here more channels would be more maps."
        )
    of = f" of the {bank.in_channels * bank.groups} channels, those of its group," if bank.groups > 1 else " channels"
    one = "1 channel" if channels == 1 else f"{channels}{of}"
    return (
        f"{path} reads {one} for filter {number}, and has {bank.filters} filters. A "
        "filter makes a partial map of each channel that it reads, and these are added up, place by place, to one map. "
        f"So {bank.filters} filters give {maps} maps, however many channels come in."
    )


def _filter_or_map(subject: Subject) -> Iterator[Part]:
    bank = subject.bank
    maps = feature_maps(subject.model, subject.sample, subject.path)[0]
    shape = "x".join(map(str, bank.kernel.shape))
    yield (
        f"The filters of {subject.path} are its weights: an array of {shape} ({', '.join(bank.axes)}), the same for "
        f"every image. Its maps are what they answer to one image: {'x'.join(map(str, maps.maps.shape))}, another "
        "array for each. Training changes filters; a map is computed anew and kept nowhere."
    )
    yield bank
    yield maps
    yield Measured(f"weights in the filters of {subject.path}", bank.kernel.size)
    yield Measured("values in its maps of one image", maps.maps.size)
    yield Measured("channels that one filter reads", bank.in_channels)


def _convolution_or_correlation(subject: Subject) -> Iterator[Part]:
    found = formula(subject.layer)
    comes = {
        True: "the kernel turned by half a turn: a cross-correlation",
        False: "the kernel as it is: a true convolution, as transposed layers have it",
        None: "the same in both cases, since this kernel is its own mirror image, or has no more than one tap",
    }
    yield (
        f"The test of {subject.path}: a single 1 among zeros goes in. What comes out is {comes[found.is_flipped]}. "
        "Training does not care, it finds the kernel either way; a kernel set by hand must be turned where it comes "
        "from a book on signals."
    )
    yield found
    image = gray(subject)
    kernel = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    as_is = filtered_image(image, kernel, "Sobel's kernel as it is (correlation)")
    flipped = filtered_image(image, kernel[::-1, ::-1].copy(), "Sobel's kernel turned by half a turn (convolution)")
    yield "For Sobel's kernel half a turn is a change of sign: what rose from left to right now falls."
    yield as_is
    yield flipped
    yield Measured("correlation with Sobel's kernel: largest value", float(np.max(as_is.map)))
    yield Measured("convolution with Sobel's kernel: largest value", float(np.max(flipped.map)))


def _equivariance(subject: Subject) -> Iterator[Part]:
    strides = getattr(subject.layer, "strides", 1)
    rank = subject.sample.ndim - 1
    moves = {1, int(strides if isinstance(strides, int) else strides[-1])}
    yield (
        "Equivariant: the image moves, and the maps move with it, f(Tx) = T f(x). Invariant: the image moves, and the "
        "answer stays, f(Tx) = f(x). A convolution is the first: 'inside' is how far the moved map is from the map of "
        "the moved image, away from the edges, and 'if unmoved' how far the map is from one that stayed where it was. "
        "A stride of s keeps that only for moves by multiples of s; pooling makes the answer nearly invariant to "
        "moves that are smaller than its window; a global maximum makes it invariant."
    )
    for move in sorted(moves):
        shift = (0,) * (rank - 1) + (move,)
        moved = told(lambda shift=shift: equivariance(subject.model, subject.sample, shift))  # type: ignore[misc]
        yield moved
        for each in getattr(moved, "layers", ()):
            if each.layer == subject.path and each.inside is not None:
                yield Measured(f"moved by {move}: error of f(Tx) = T f(x) inside the maps", float(each.inside))
            if each.layer == subject.path and each.invariance is not None:
                yield Measured(f"moved by {move}: error of f(Tx) = f(x)", float(each.invariance))


QUESTIONS = (
    Question(
        3,
        "Why do 64 filters over 64 maps give 64 maps, and not 64^2?",
        "print(inspection.partial_maps(model, 'conv2', x[0], filter=7))",
        Formula(
            "map[f] = bias[f] + sum over channels c of correlation(x[c], kernel[c, f])",
            "Dumoulin and Visin, A guide to convolution arithmetic, 2016, figure 1.3",
        ),
        "64^2 = 4,096 is the number of slices of weights, not of maps: a slice for each pair of channel and filter. "
        "The "
        "sum over the channels leaves one map for each filter.",
        _not_squared,
        is_deep=True,
    ),
    Question(
        9,
        "What is a filter and what a feature map, with ten channels and more?",
        "print(inspection.filters(layer).kernel.shape)\nprint(inspection.feature_maps(model, x[0])[0].maps.shape)",
        Formula(
            "kernel: taps x channels in x filters; maps: places x filters",
            "LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 86, 1998",
        ),
        "that a filter is applied to each of ten channels and gives ten maps. It has weights of its own for each of "
        "the "
        "ten, and gives one map; only a depthwise layer keeps the channels apart.",
        _filter_or_map,
        is_deep=True,
    ),
    Question(
        10,
        "Is it a convolution or a cross-correlation?",
        "print(inspection.formula(layer))\nprint(inspection.formula(layer).is_flipped)",
        Formula(
            "correlation: y[i] = sum over l of x[i + l] * k[l]; convolution: y[i] = sum over l of x[i - l] * k[l]",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, equations 9.4 to 9.6",
        ),
        "Keras, PyTorch and nearly all papers say convolution and compute the cross-correlation; the two differ by "
        "half "
        "a turn of the kernel, and scipy.signal.convolve2d does not give what Conv2D gives.",
        _convolution_or_correlation,
    ),
    Question(
        11,
        "Equivariance or invariance: what happens when the image moves?",
        "print(inspection.equivariance(model, x[0], (0, 1)))",
        Formula(
            "equivariant: f(Tx) = T f(x); invariant: f(Tx) = f(x)",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.2",
        ),
        "'convolution is translation invariant'. It is equivariant: its maps move with the image. What is invariant, "
        "and only nearly, is what pooling makes of them; with strides not even the first holds for every move.",
        _equivariance,
    ),
)
