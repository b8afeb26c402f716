"""Darknet's networks: a `.cfg` with the `.weights` of the same name beside it become a model; yolo heads stay raw.

What Darknet does by itself is written out: padding that is half the window on both sides, pooling that goes over the
edge behind, rows of a connected layer in the order of channels, rows, columns. A setting that is not known is refused
unless it is 0: it would change what is computed.

Source: https://github.com/pjreddie/darknet, src/parser.c and the layers beside it; AlexeyAB's for epsilon.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.conversion.feature_order import places_of
from pellucid.conversion.report import Report, Row, unique
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import FileError, escaped
from pellucid.formats.darknet import MAX_WEIGHTS_BYTES, DarknetSection, DarknetWeights, read_cfg, read_weights
from pellucid.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    UpSampling2D,
)
from pellucid.models import Model
from pellucid.naming import unique_name

__all__ = ["load"]

EPSILON = 1e-5
LEAK = 0.1
ACTIVATIONS = {
    "linear": "linear", "relu": "relu", "logistic": "sigmoid", "tanh": "tanh", "elu": "elu", "mish": "mish",
    "swish": "silu", "relu6": "relu6", "selu": "selu",
}  # fmt: skip
HEADS = ("yolo", "region", "detection")
HARMLESS = {
    "convolutional": {"stopbackward", "train_only_bn", "learning_rate"},
    "dropout": set(),
    "connected": {"stopbackward"},
}
"""Settings of training alone."""


def load(
    path: Path,
    *,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    max_bytes: int = MAX_WEIGHTS_BYTES,
) -> tuple[Model, Report]:
    """The model of a `.cfg`, or of the `.cfg` beside a `.weights` file."""
    cfg, weights = path.with_suffix(".cfg"), path.with_suffix(".weights")
    if path.suffix != ".weights":
        cfg = path
    for each, what in ((cfg, "the sections (.cfg)"), (weights, "the numbers (.weights)")):
        if not each.is_file():
            raise FileError(
                f"{escaped(each)} is missing: a network of Darknet's is two files of one name, and {what} are not there"
            )
    builder = _Builder(read_cfg(cfg), read_weights(weights, max_bytes=max_bytes), cfg)
    model = builder.build()
    return model, builder.report(f"{cfg.name} and {weights.name} into {model.name}")


class _Builder:
    """Makes the layers of sections, one after the other; the numbers follow in the same order."""

    def __init__(self, sections: list[DarknetSection], weights: DarknetWeights, path: Path) -> None:
        self.net, self.sections, self.weights, self.path = sections[0], sections[1:], weights, path
        self.place = 0
        self.results: list[SymbolicTensor] = []
        self.heads: list[SymbolicTensor] = []
        self.rows: list[Row] = []
        self.lost: list[str] = []
        self.section = self.net
        self.number = 0

    def build(self) -> Model:
        """The model of all sections."""
        x = first = self._input()
        for number, section in enumerate(self.sections):
            self.number, self.section = number, section
            rule = _RULES.get(self.section.kind)
            if rule is None:
                raise self.refused(f"is not known; known are {', '.join(_RULES)}")
            x = rule(self, x)
            self.results.append(x)
        left = len(self.weights.numbers) - self.place
        if left:
            raise FileError(f"{escaped(self.path)} asks for {self.place:,} numbers; the .weights hold {left:,} more")
        ends = self.heads if x in self.heads or not self.heads else [*self.heads, x]
        outputs = ends if len(ends) > 1 else ends[0] if ends else x
        return Model(first, outputs, name=unique_name(re.sub(r"[^A-Za-z0-9]", "_", self.path.stem)[:100]))

    def report(self, title: str) -> Report:
        """What became of the numbers of each section."""
        return Report(title, tuple(self.rows), unique(self.lost))

    def _input(self) -> SymbolicTensor:
        if "inputs" in self.net.settings and "height" not in self.net.settings:
            return Input((self.whole("inputs", None, 1),))
        sizes = [self.whole(name, None, 1) for name in ("height", "width", "channels")]
        return Input(tuple(sizes))

    # ---- settings ----

    def refused(self, why: str) -> FileError:
        """The error for the section."""
        return FileError(f"{escaped(self.path)}, line {self.section.line}: [{self.section.kind}] {why}")

    def whole(self, name: str, usual: int | None, least: int = 0, most: int = 10**6) -> int:
        """A whole number of the section."""
        text = self.section.settings.get(name, "" if usual is None else str(usual))
        number = int(text) if text.lstrip("-").isdigit() and len(text) < 12 else None
        if number is None or not least <= number <= most:
            raise self.refused(f"needs {name} as a whole number from {least} to {most:,}, got {text[:40]!r}")
        return number

    def known(self, *names: str, harmless: bool = False) -> None:
        """Refuse settings that are not among these, unless they are 0 or say nothing about predictions."""
        spared = HARMLESS.get(self.section.kind, set())
        for name, value in self.section.settings.items():
            if name not in names and name not in spared and not harmless and value not in ("0", ""):
                raise self.refused(f"has {name[:40]}={value[:40]}, which is not known and may change what it computes")

    def activated(self, x: SymbolicTensor, usual: str) -> SymbolicTensor:
        """x behind the activation of the section."""
        word = self.section.settings.get("activation", usual)
        if word == "leaky":
            return LeakyReLU(LEAK)(x)
        if word not in ACTIVATIONS:
            raise self.refused(f"has activation={word[:40]}; known are leaky, {', '.join(ACTIVATIONS)}")
        return x if word == "linear" else Activation(ACTIVATIONS[word])(x)

    def earlier(self, text: str) -> SymbolicTensor:
        """What an earlier section gave: by its number, or counted back from here."""
        number = int(text) if text.strip().lstrip("-").isdigit() and len(text) < 12 else None
        place = None if number is None else number + self.number if number < 0 else number
        if place is None or not 0 <= place < self.number:
            raise self.refused(f"refers to section {text[:40]!r}, which is none before it")
        return self.results[place]

    # ---- numbers ----

    def take(self, name: str, target: str, *shape: int) -> np.ndarray:
        """The next numbers, which become a weight; what is asked for must be there before anything is made of it."""
        count = math.prod(shape)
        if count > len(self.weights.numbers) - self.place:
            raise self.refused(
                f"asks for {count:,} numbers more than the {self.place:,} before; the .weights hold "
                f"{len(self.weights.numbers):,} in all"
            )
        found = self.weights.numbers[self.place : self.place + count].reshape(shape)
        self.place += count
        how = _TURNED.get(name, "")
        row = Row(f"[{self.section.kind}] {self.number}: {name}", target, "reshaped" if how else "matched", how)
        self.rows.append(row)
        return found

    def take_normal(self, layer: str, count: int) -> list[np.ndarray]:
        """The next three numbers per channel of batch normalisation."""
        parts = {"scales": "gamma", "means": "moving_mean", "variances": "moving_variance"}
        return [self.take(name, f"{layer}_norm/{part}", count) for name, part in parts.items()]

    def normalised(self, x: SymbolicTensor, layer: str, biases: np.ndarray, more: list[np.ndarray]) -> SymbolicTensor:
        """x behind batch normalisation with these shifts, and scales, means and variances."""
        self.lost.append(f"epsilon of batch normalisation is {EPSILON:g}, as in most of Darknet's code; some has 1e-06")
        held = [more[0], biases, more[1], more[2]]
        return BatchNormalization(epsilon=EPSILON, momentum=0.9, weights=held, name=f"{layer}_norm")(x)


_TURNED = {
    "kernel": "filters, channels, rows, columns to rows, columns, channels, filters",
    "matrix": "outputs, inputs to inputs, outputs, in the order of rows, columns, channels",
}
"""How some of the numbers lie otherwise."""


def _convolution(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("batch_normalize", "filters", "size", "stride", "pad", "padding", "activation", "groups", "dilation")
    _needs_map(builder, x)
    filters, size, stride = (builder.whole(name, 1, 1) for name in ("filters", "size", "stride"))
    groups, normal = builder.whole("groups", 1, 1), builder.whole("batch_normalize", 0, 0, 1)
    padding = size // 2 if builder.whole("pad", 0, 0, 1) else builder.whole("padding", 0, 0)
    builder.whole("dilation", 1, 1, 1)
    channels = int(x.shape[-1] or 0)
    if channels % groups or filters % groups:
        raise builder.refused(f"has groups={groups}, which do not divide {channels} channels and {filters} filters")
    name = f"conv_{builder.number}"
    biases = builder.take("biases", f"{name}_norm/beta" if normal else f"{name}/bias", filters)
    more = builder.take_normal(name, filters) if normal else []
    kernel = builder.take("kernel", f"{name}/kernel", filters, channels // groups, size, size).transpose(2, 3, 1, 0)
    held = [kernel] if normal else [kernel, biases]
    pads = ((padding, padding), (padding, padding))
    y = Conv2D(
        filters, size, strides=stride, padding=pads, groups=groups, use_bias=not normal, weights=held, name=name
    )(x)
    if normal:
        y = builder.normalised(y, name, biases, more)
    return builder.activated(y, "logistic")


def _needs_map(builder: _Builder, x: SymbolicTensor) -> None:
    if len(x.shape) != 4:
        raise builder.refused("needs a map of rows, columns and channels; what comes before gives a row of numbers")


def _connected(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("output", "activation", "batch_normalize")
    outputs, normal = builder.whole("output", 1, 1), builder.whole("batch_normalize", 0, 0, 1)
    sizes = tuple(int(size or 0) for size in x.shape[1:])
    inputs = math.prod(sizes)
    name = f"connected_{builder.number}"
    biases = builder.take("biases", f"{name}_norm/beta" if normal else f"{name}/bias", outputs)
    stored = builder.take("matrix", f"{name}/kernel", outputs, inputs)  # first: it says whether all of it is there
    matrix = stored.T[places_of(sizes, channels_first=False).reshape(-1)]
    more = builder.take_normal(name, outputs) if normal else []
    held = [matrix] if normal else [matrix, biases]
    y = Dense(outputs, use_bias=not normal, weights=held, name=name)(Flatten()(x) if len(sizes) > 1 else x)
    if normal:
        y = builder.normalised(y, name, biases, more)
    return builder.activated(y, "logistic")


def _max_pool(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("size", "stride", "padding")
    _needs_map(builder, x)
    stride = builder.whole("stride", 1, 1)
    size = builder.whole("size", stride, 1)
    total = builder.whole("padding", size - 1)
    pads = tuple(_pads_of_pool(int(length or 0), size, stride, total) for length in x.shape[1:3])
    if any(max(pair) >= size for pair in pads) and size > 1:
        raise builder.refused(f"has padding={total}, more than its window of {size}")
    return MaxPooling2D(size, strides=stride, padding=pads)(x)


def _pads_of_pool(length: int, size: int, stride: int, total: int) -> tuple[int, int]:
    """What Darknet's windows reach beyond an axis, before and behind; the largest number inside counts."""
    before = total // 2
    last = (length + total - size) // stride * stride - before + size
    return before, max(last - length, 0)


def _average_pool(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known()
    _needs_map(builder, x)
    return GlobalAveragePooling2D(keepdims=True)(x)


def _shortcut(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("from", "activation")
    other = builder.earlier(builder.section.settings.get("from", ""))
    if other.shape != x.shape:
        raise builder.refused(f"adds results of shapes {x.shape[1:]} and {other.shape[1:]}, of which parts are meant")
    return builder.activated(Add()([x, other]), "linear")


def _route(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("layers", "groups", "group_id")
    parts = [builder.earlier(text) for text in builder.section.settings.get("layers", "").split(",")]
    groups = builder.whole("groups", 1, 1)
    number = builder.whole("group_id", 0, 0, groups - 1)
    if groups > 1:
        parts = [_part(builder, part, groups, number) for part in parts]
    if len({part.shape[1:-1] for part in parts}) > 1:
        raise builder.refused(f"joins maps of different sizes: {', '.join(str(part.shape[1:]) for part in parts)}")
    return Concatenate()(parts) if len(parts) > 1 else parts[0]


def _part(builder: _Builder, x: SymbolicTensor, groups: int, number: int) -> SymbolicTensor:
    channels = int(x.shape[-1] or 0)
    if channels % groups:
        raise builder.refused(f"has groups={groups}, which do not divide {channels} channels")
    width = channels // groups
    found: SymbolicTensor = x[..., number * width : (number + 1) * width]
    return found


def _upsample(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("stride", "scale")
    _needs_map(builder, x)
    if builder.section.settings.get("scale", "1") not in ("1", "1.0", "1."):
        raise builder.refused("multiplies by a scale, which is not read")
    return UpSampling2D(builder.whole("stride", 2, 1, 64))(x)


def _dropout(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("probability")
    text = builder.section.settings.get("probability", "0.5")
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < 1:
        raise builder.refused(f"needs probability from 0 to below 1, got {text[:40]!r}")
    return Dropout(rate)(x)


def _softmax(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.known("groups", "temperature")
    builder.whole("groups", 1, 1, 1)
    if builder.section.settings.get("temperature", "1") not in ("1", "1.0", "1."):
        raise builder.refused("has a temperature, which is not read")
    if len(x.shape) > 2 and x.shape[1:3] != (1, 1):
        raise builder.refused(f"takes all numbers of a map of {x.shape[1:]} together, which is not read")
    return Activation("softmax")(Flatten()(x) if len(x.shape) > 2 else x)


def _cost(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    builder.lost.append("[cost], which is of training")
    return x


def _head(builder: _Builder, x: SymbolicTensor) -> SymbolicTensor:
    kind = builder.section.kind
    builder.lost.append(f"[{kind}]: its outputs are raw, as the layer before gives them, without boxes")
    builder.heads.append(x)
    return x


_RULES: dict[str, Callable[[_Builder, SymbolicTensor], SymbolicTensor]] = {
    "convolutional": _convolution,
    "conv": _convolution,
    "connected": _connected,
    "conn": _connected,
    "maxpool": _max_pool,
    "max": _max_pool,
    "avgpool": _average_pool,
    "avg": _average_pool,
    "shortcut": _shortcut,
    "route": _route,
    "upsample": _upsample,
    "dropout": _dropout,
    "softmax": _softmax,
    "soft": _softmax,
    "cost": _cost,
    **dict.fromkeys(HEADS, _head),
}
"""What each kind of section is."""
