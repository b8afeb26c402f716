"""What goes along axes: softmax, sums and means, the places of extremes, normalisation by a norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid import ops
from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.read_arithmetic import say_function
from pellucid.conversion.onnx.reader import Reader, Rule, refusal
from pellucid.formats.onnx_file import OnnxNode

Function = Callable[..., Any]


def softmax(function: Function, layer: str = "") -> Rule:
    """Softmax: along one axis since version 13, along all from `axis` on together before."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        is_new = reader.file.opset >= 13
        axis = int(node.attributes.get("axis", -1 if is_new else 1)) % x.rank
        axes = [x.axis(each) for each in range(axis, axis + 1 if is_new else x.rank)]
        if 0 in axes:
            raise refusal(node, "it goes along the batch")
        chosen = axes[0] if len(axes) == 1 else sorted(axes)
        if layer:
            reader.give(node, x.like(reader.layer(node, layer, x.tensor, axis=chosen)))
            return
        reader.give(node, x.like(function(x.tensor, axis=chosen)))
        say_function(reader, node, function)

    return rule


def reduced(function: Function, layer: str = "") -> Rule:
    """A reduction along axes; over all spatial axes of maps it is a layer."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        axes = reader.setting(node, "axes", 1)
        if not axes and node.attributes.get("noop_with_empty_axes", 0):
            reader.give(node, x)
            return
        chosen = sorted({axis % x.rank for axis in axes} if axes else range(x.rank))
        if 0 in chosen:
            raise refusal(node, "it goes along the batch, and mixes what belongs to different samples")
        keepdims = bool(node.attributes.get("keepdims", 1))
        if layer and x.is_channels_last and chosen == list(range(2, x.rank)) and x.rank <= 5:
            y = reader.layer(node, f"{layer}{x.rank - 2}D", x.tensor, keepdims=keepdims, data_format="channels_last")
        else:
            y = function(x.tensor, axis=tuple(sorted(x.axis(axis) for axis in chosen)), keepdims=keepdims)
            say_function(reader, node, function)
        if keepdims:
            reader.give(node, Held(y, x.order))
            return
        kept = [x.axis(axis) for axis in range(x.rank) if axis not in chosen]
        reader.give(node, Held(y, tuple(sorted(kept).index(axis) for axis in kept)))

    return rule


def _log_sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return ops.log(ops.sum(x, axis=axis, keepdims=keepdims))


def _l1(x: Any, axis: Any, keepdims: bool) -> Any:
    return ops.sum(ops.absolute(x), axis=axis, keepdims=keepdims)


def _l2(x: Any, axis: Any, keepdims: bool) -> Any:
    return ops.sqrt(_squares(x, axis, keepdims))


def _squares(x: Any, axis: Any, keepdims: bool) -> Any:
    return ops.sum(ops.square(x), axis=axis, keepdims=keepdims)


def arg_extreme(function: Function) -> Rule:
    """ArgMax and ArgMin."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        axis = int(node.attributes.get("axis", 0)) % x.rank
        if axis == 0 or node.attributes.get("select_last_index", 0):
            raise refusal(node, "it goes along the batch, or gives the last of equal places")
        keepdims = bool(node.attributes.get("keepdims", 1))
        tensor = reader.plain(node, x)
        reader.give(node, Held.plain(function(tensor, axis=axis, keepdims=keepdims)))
        say_function(reader, node, function)

    return rule


def lp_normalization(reader: Reader, node: OnnxNode) -> None:
    """LpNormalization: x / norm, along one axis."""
    x = reader.held(node)
    axis, p = x.axis(int(node.attributes.get("axis", -1)) % x.rank), int(node.attributes.get("p", 2))
    if axis == 0 or p not in (1, 2):
        raise refusal(node, "it goes along the batch, or its p is neither 1 nor 2")
    norm = (_l1 if p == 1 else _l2)(x.tensor, axis, True)
    reader.give(node, x.like(ops.divide(x.tensor, norm)))
    say_function(reader, node, ops.normalize)


def mean_variance(reader: Reader, node: OnnxNode) -> None:
    """MeanVarianceNormalization."""
    x = reader.held(node)
    axes = [axis % x.rank for axis in node.attributes.get("axes", [0, 2, 3])]
    if 0 in axes:
        raise refusal(node, "it goes along the batch, and mixes what belongs to different samples")
    along = tuple(sorted(x.axis(axis) for axis in axes))
    off = ops.subtract(x.tensor, ops.mean(x.tensor, axis=along, keepdims=True))
    spread = ops.sqrt(ops.mean(ops.square(off), axis=along, keepdims=True))
    reader.give(node, x.like(ops.divide(off, ops.add(spread, 1e-9))))
    say_function(reader, node, ops.normalize)


def local_response(reader: Reader, node: OnnxNode) -> None:
    """LRN: x divided by a power of the sum of squares in a window of channels, as AlexNet and GoogLeNet have it."""
    x = reader.last(node)
    window = int(node.attributes["size"])
    if x.rank < 3 or not 1 <= window <= MOST_CHANNELS_IN_WINDOW:
        raise refusal(node, f"its window of {window} channels does not go with {x.shape}; 1 to 64 are read, on maps")
    alpha, beta = float(node.attributes.get("alpha", 1e-4)), float(node.attributes.get("beta", 0.75))
    bias, channels = float(node.attributes.get("bias", 1.0)), x.tensor.shape[-1] or 0
    widths = [(0, 0)] * (x.rank - 1) + [((window - 1) // 2, window // 2)]
    padded = ops.pad(ops.square(x.tensor), widths)
    places = [slice(None)] * (x.rank - 1)
    total = ops.get_item(padded, (*places, slice(0, channels)))
    for first in range(1, window):
        total = ops.add(total, ops.get_item(padded, (*places, slice(first, first + channels))))
    scale = ops.power(ops.add(ops.multiply(total, alpha / window), bias), beta)
    reader.give(node, x.like(ops.divide(x.tensor, scale)))
    say_function(reader, node, ops.normalize)


MOST_CHANNELS_IN_WINDOW = 64


def hardmax(reader: Reader, node: OnnxNode) -> None:
    """Hardmax: 1 at the first largest element of an axis, else 0; before version 13 along all from `axis` on."""
    x = reader.held(node)
    is_new = reader.file.opset >= 13
    axis = int(node.attributes.get("axis", -1 if is_new else 1)) % x.rank
    if axis == 0 or (not is_new and axis != x.rank - 1):
        raise refusal(node, "it goes along the batch, or along several axes together")
    tensor = reader.plain(node, x)
    size = tensor.shape[axis]
    if size is None:
        raise refusal(node, "it goes along a size that is open")
    chosen = ops.one_hot(ops.argmax(tensor, axis=axis), size)
    reader.give(node, Held.plain(chosen if axis == x.rank - 1 else ops.moveaxis(chosen, -1, axis)))
    say_function(reader, node, ops.one_hot)


REDUCTIONS: dict[str, Rule] = {
    "LRN": local_response,
    "Hardmax": hardmax,
    "Softmax": softmax(ops.softmax, "Softmax"),
    "LogSoftmax": softmax(ops.log_softmax),
    "ReduceMean": reduced(ops.mean, "GlobalAveragePooling"),
    "ReduceMax": reduced(ops.max, "GlobalMaxPooling"),
    "ReduceSum": reduced(ops.sum),
    "ReduceMin": reduced(ops.min),
    "ReduceProd": reduced(ops.prod),
    "ReduceL1": reduced(_l1),
    "ReduceL2": reduced(_l2),
    "ReduceSumSquare": reduced(_squares),
    "ReduceLogSum": reduced(_log_sum),
    "ReduceLogSumExp": reduced(ops.logsumexp),
    "ArgMax": arg_extreme(ops.argmax),
    "ArgMin": arg_extreme(ops.argmin),
    "LpNormalization": lp_normalization,
    "MeanVarianceNormalization": mean_variance,
}
