"""Pages on sizes: numbers of parameters, size and number of filters, what a unit sees, where "same" pads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.geometry import output_length, same_padding
from pellucid.inspection.arithmetic import arithmetic
from pellucid.inspection.fields import receptive_field
from pellucid.layers import Conv2D, Input
from pellucid.learn.parts import Formula, Measured, Part, Question
from pellucid.learn.subject import Subject
from pellucid.models import Sequential
from pellucid.models.summary import Listed, summary_table
from pellucid.views.boards import Board, Table

__all__ = ["QUESTIONS"]


def _each(value: object, rank: int) -> tuple[int, ...]:
    """One number for each axis."""
    return tuple(map(int, value)) if isinstance(value, list | tuple) else (int(str(value)),) * rank


def _counts(subject: Subject) -> Iterator[Part]:
    layer, bank = subject.layer, subject.bank
    biases = 0 if bank.bias is None else bank.bias.size
    sizes = "*".join(map(str, bank.spatial)) or "1"
    channels = f"each of the {bank.in_channels} channels" if bank.in_channels > 1 else "the one channel"
    one_bias = f"{biases} (a bias for each filter)" if biases else "0 (it has no biases)"
    yield (
        f"A filter of {subject.path} has {sizes} taps for {channels} that it reads, so "
        f"{sizes}*{bank.in_channels}*{bank.filters} + {one_bias} = {bank.kernel.size + biases}. The size of the image "
        "does "
        "not matter: the same filter is used at every place. Pooling, activations, dropout and flattening have 0: "
        "there is nothing in them to learn."
    )
    titles, rows, notes = summary_table(subject.model, Listed(derive=True))
    yield Board(f"Parameters of {subject.model.name}", notes, [Table("", titles, rows)])
    yield Measured(f"weights of {subject.path}", sum(weight.size for weight in layer.weights))
    yield Measured("3x3 filters over red, green and blue, 32 of them: 3*3*3*32 + 32", 3 * 3 * 3 * 32 + 32)


def _sizes(subject: Subject) -> Iterator[Part]:
    bank = subject.bank
    place, number = subject.busiest
    field = receptive_field(subject.model, subject.path, place, number, subject.sample)
    yield (
        f"{subject.path}: {bank.filters} filters of {'x'.join(map(str, bank.spatial))} taps. How many: each is one "
        "thing "
        "that can be found, and one map. How large: what one step can see; two layers of 3x3 see 5x5 with 18 weights "
        "for 25. A 1x1 filter sees one place, and mixes its channels. Deeper units see more: below, what the unit of "
        f"filter {number} at {list(place)} sees of the first sample."
    )
    yield field
    yield _size_table(subject)
    for axis, length in enumerate(field.size):
        yield Measured(f"axis {axis}: length of what one unit of {subject.path} can see", length)


def _size_table(subject: Subject) -> Part:
    """How large a map would be with other filters."""
    size = next((length for length in subject.read if length), subject.sample.shape[0])
    rows = []
    for window in (1, 3, 5):
        for stride in (1, 2):
            lengths = [
                str(output_length(size, window=window, stride=stride, padding=padding)) if size >= window else "none"
                for padding in ((0, 0), same_padding(size, window=window, stride=stride))
            ]
            rows.append([f"{window}x{window}", str(stride), *lengths])
    titles = ["filter", "stride", "rows, 'valid'", "rows, 'same'"]
    return Board(f"Maps of an input of {size} rows", [], [Table("", titles, rows)])


def _where_same_pads(subject: Subject) -> Iterator[Part]:
    layer = subject.layer
    window = _each(getattr(layer, "kernel_size", 1), 1)
    strides = _each(getattr(layer, "strides", 1), len(window))
    dilation = _each(getattr(layer, "dilation_rate", 1), len(window))
    yield (
        "'same' adds zeros so that there are ceil(size / stride) places. Their number is shared between the two ends; "
        "where it is odd, the one that is left goes to the end: below, and to the right."
    )
    is_turned = "Transpose" in type(layer).__name__
    says = f"{subject.path} itself says padding={getattr(layer, 'padding', None)!r}"
    if is_turned:
        yield (
            "A transposed convolution goes the other way: what a convolution would add to the larger map, it cuts off "
            f"at the same ends, and so gives size * stride places. What 'same' cuts off here ({says}), axis by axis:"
        )
    else:
        yield f"What 'same' adds to this layer's input ({says}), axis by axis:"
    sizes = [size and size * step for size, step in zip(subject.read, strides, strict=False)]
    over = sizes if is_turned else subject.read
    does = "places cut off" if is_turned else "zeros"
    for axis, (taps, step, apart, size) in enumerate(zip(window, strides, dilation, over, strict=False)):
        if size is None:
            yield f"The model leaves the length of axis {axis} open, and with it where zeros go."
            continue
        before, after = same_padding(size, window=taps, stride=step, dilation=apart)
        yield Measured(f"'same', axis {axis}: {does} before", before)
        yield Measured(f"'same', axis {axis}: {does} after", after)
    rows = [
        [str(size), str(taps), str(step), *map(str, same_padding(size, window=taps, stride=step))]
        for size in (7, 8) for taps in (2, 3, 4) for step in (1, 2)
    ]  # fmt: skip
    yield Board("Zeros that 'same' adds", [], [Table("", ["size", "taps", "stride", "before", "after"], rows)])
    if subject.sample.ndim == 3:
        yield from _odd_row(np.moveaxis(subject.sample, 0, -1) if subject.is_channels_first else subject.sample)


def _odd_row(sample: np.ndarray) -> Iterator[Part]:
    """The last unit of a layer that pads the sample's rows by an odd number, worked."""
    taps, stride = (3, 2) if sample.shape[0] % 2 == 0 else (2, 1)
    layer = Conv2D(1, (taps, 1), strides=(stride, 1), padding="same", kernel_initializer="ones", name="summing")
    padded = Sequential([Input(sample.shape), layer])
    last = (-(-sample.shape[0] // stride) - 1, sample.shape[1] // 2)
    yield (
        f"A layer with padding='same' that adds up {taps} rows, with a stride of {stride}, over the {sample.shape[0]} "
        f"rows of the first sample: its last unit, at {list(last)}, reads the row of zeros."
    )
    yield arithmetic(padded, "summing", sample, last)


QUESTIONS = (
    Question(
        5,
        "Why has pooling 0 parameters, and this layer 896?",
        "model.summary(derive=True)",
        Formula(
            "parameters = taps * channels in * filters + filters",
            "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.2, parameter sharing",
        ),
        "3*3*32 + 32 = 320 is often given for 32 filters of 3x3 over a colour image. A filter reads all three "
        "channels: "
        "3*3*3*32 + 32 = 896.",
        _counts,
    ),
    Question(
        12,
        "How large, how many, why 1x1, and what does a unit see?",
        "print(inspection.receptive_field(model, 'conv2', (1, 1), 0, x[0]))",
        Formula(
            "field = 1 + sum over layers of (taps - 1) * dilation * (product of the strides before)",
            "Araujo, Norris and Sim, Computing receptive fields, Distill, 2019; Dumoulin and Visin, 2016",
        ),
        "that a unit sees its whole receptive field alike. What lies in the middle reaches it on many ways, what lies "
        "at the edge on one: what it really hangs on is much smaller (Luo and others, NeurIPS 2016), and is drawn "
        "above.",
        _sizes,
        is_deep=True,
    ),
    Question(
        13,
        "Where does 'same' put the odd row?",
        "from pellucid.geometry import same_padding\nprint(same_padding(8, window=3, stride=2))",
        Formula(
            "total = max((ceil(size/stride) - 1)*stride + (taps-1)*dilation + 1 - size, 0); before = total // 2, "
            "after = the rest",
            "TensorFlow, tf.nn, Notes on padding",
        ),
        "'same' is not padding by taps // 2 on both sides, as it is done in PyTorch by hand: with a stride of 2 over "
        "an "
        "even size, or an even number of taps, all windows then lie one place off, and copied weights give other maps.",
        _where_same_pads,
    ),
)
