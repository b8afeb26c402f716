"""Pages on what filters are: as mathematics, who chooses their values, how they are read and set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.geometry import in_words
from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.feature_maps import feature_maps
from pellucid.inspection.filtered import filtered_image
from pellucid.inspection.formula import formula
from pellucid.inspection.initial_draw import initial_draw
from pellucid.inspection.training_step import layer_at
from pellucid.layers.single_filters import Filter
from pellucid.learn.parts import Formula, Measured, Part, Question, told
from pellucid.learn.subject import Subject

__all__ = ["QUESTIONS", "gray"]


def _what_they_are(subject: Subject) -> Iterator[Part]:
    bank = subject.bank
    sizes = "x".join(map(str, bank.spatial))
    place, number = subject.busiest
    bias = "no bias: this layer was made without" if bank.bias is None else "one bias"
    yield (
        f"{subject.path} has {bank.filters} filters. Each is an array of {sizes}x{bank.in_channels} weights (taps, and "
        f"the channels that it reads) and {bias}. {_how_it_is_laid(subject)}"
    )
    yield f"The formula above is that of a convolution in general. With the numbers of {subject.path} it is:"
    yield told(lambda: formula(subject.layer))
    value = arithmetic(subject.model, subject.path, subject.sample, place, number)
    yield f"One value of them, worked: filter {number} at {list(place)}, where the first sample excites it most."
    yield value
    yield f"All filters of {subject.path}:"
    yield bank
    yield Measured(f"filters of {subject.path}", bank.filters)
    yield Measured(f"filter {number} at {list(place)}, before the activation", value.total)


def _how_it_is_laid(subject: Subject) -> str:
    if "Transpose" in type(subject.layer).__name__:
        return (
            "It is laid down on the output once for each value of the input, times that value; where such copies "
            "overlap they are added up, and each sum is one value of its map."
        )
    return (
        "It is laid over every place of the input; there the products of weights and inputs are added up, and that sum "
        "is one value of its map."
    )


def _who_chooses(subject: Subject) -> Iterator[Part]:
    draw = initial_draw(subject.layer)
    bound = (6 / (draw.fan_in + draw.fan_out)) ** 0.5
    is_random, is_glorot = (
        draw.law is not None or "orthogonal" in draw.initializer.lower(),
        "Glorot" in draw.initializer,
    )
    how = "draws numbers at random" if is_random else "gives one to all, or a pattern"
    yield (
        f"Nobody chooses them: an initialiser {how}, and training changes them. What the user chooses "
        f"is how many there are, their size, and the initialiser. Here it was {draw.initializer}."
    )
    if not is_glorot:
        yield (
            "The formula above is that of the initialiser that layers have by default. This layer has another, whose "
            "formula stands below."
        )
    yield draw
    yield f"Now: {draw.provenance}."
    yield Measured("fan-in", draw.fan_in)
    yield Measured("fan-out", draw.fan_out)
    yield Measured("Glorot's bound for this layer" if is_glorot else "Glorot's bound, if it had been drawn so", bound)
    yield Measured("what it would be without the root", bound**2)
    yield Measured("largest magnitude of the draw", float(np.abs(draw.values).max()))


def gray(subject: Subject) -> np.ndarray:
    """The sample as one plane: the mean of its channels, if it has any; one axis becomes a row."""
    plane = np.asarray(subject.sample, np.float64)
    if plane.ndim > 1:
        plane = plane.mean(axis=0 if subject.is_channels_first else -1)
    plane = plane[len(plane) // 2] if plane.ndim == 3 else plane
    return plane[np.newaxis].repeat(3, 0) if plane.ndim == 1 else plane


def _reading_and_setting(subject: Subject) -> Iterator[Part]:
    layer = subject.layer
    bank = subject.bank
    yield (
        f"Reading: layer.filter(0).kernel is filter 0 of {subject.path} as an array of shape "
        f"{bank.kernel[..., 0].shape}; layer.get_weights() gives all of them, of shape "
        f"{tuple(layer.get_weights()[0].shape)}."
    )
    spatial = tuple(bank.spatial)
    name = {1: "difference", 3: f"sobel_x on each of {spatial[0]} slices"}.get(len(spatial), "sobel_x")
    yield (
        f"Setting: layer.filter(0).set({name!r}), by the name of a kernel, by an array, or layer.kernel[..., 0] = "
        "array."
    )
    image = gray(subject)
    sobel = filtered_image(image, "sobel_x")
    yield (
        "Sobel's kernel on the first sample (the mean of its channels): strong where brightness changes from left to "
        "right."
    )
    yield sobel
    yield "On a photo of yours: pellucid filter photo.jpg --kernel sobel_x -o edges.png."
    yield Measured("largest value of Sobel's map", float(np.max(sobel.map)))
    if spatial and all(size >= 3 and size % 2 for size in spatial[-2:]):
        copy = subject.twin()
        twin: Any = layer_at(copy, subject.path)
        Filter(twin, 0).set(name)
        what = "The same kernel" if len(spatial) == 2 else f"The kernel {name}"
        yield f"{what} as filter 0 of {subject.path}, in a copy of the model: its maps, first as they were."
        yield told(lambda: feature_maps(subject.model, subject.sample, subject.path))
        yield told(lambda: feature_maps(copy, subject.sample, subject.path))
    else:
        yield (
            f"A filter of {subject.path} is {in_words(spatial)}; that kernel does not come into the middle of it, an "
            "array of its own shape does."
        )


QUESTIONS = (
    Question(
        1,
        "What are the 32 filters of Conv2D(32, (3, 3)), as mathematics?",
        "print(inspection.formula(layer))\nprint(inspection.filters(layer))",
        Formula(
            "y[i, j, f] = bias[f] + sum over l, m, c of x[i*stride + l, j*stride + m, c] * kernel[l, m, c, f]",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.1",
        ),
        "a filter of such a layer is often drawn as 3x3 numbers. It is 3x3 for each channel that it reads: 3x3x3 "
        "over a "
        "colour image, 3x3x64 over 64 maps; a single slice tells only what it does with one of them.",
        _what_they_are,
    ),
    Question(
        2,
        "Who chooses the values of the filters, and how are they drawn?",
        "print(inspection.initial_draw(layer))",
        Formula(
            "W ~ U(-limit, limit), limit = sqrt(6 / (fan_in + fan_out))",
            "Glorot and Bengio, AISTATS 2010, equation 16; Keras's default",
        ),
        "the bound is often given without its square root, as 6 / (fan_in + fan_out). Then all numbers would be far "
        "too "
        "small, and the signal would shrink from layer to layer; both bounds for this layer stand above.",
        _who_chooses,
    ),
    Question(
        4,
        "How is a filter read and set? Sobel on a photo",
        "print(layer.filter(0).kernel)\nprint(inspection.filtered_image(x[0], 'sobel_x'))",
        Formula(
            "sobel_x = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]; map = correlation of image and kernel",
            "Sobel, An isotropic 3x3 image gradient operator, 1990",
        ),
        "that a layer must be trained to have useful filters. Any array of the right shape can be its filters: it is "
        "set, frozen if that is wanted, and the other filters learn around it.",
        _reading_and_setting,
    ),
)
