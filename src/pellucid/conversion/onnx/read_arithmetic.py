"""Activations, arithmetic and comparisons become layers where there is one, functions elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held, channels_last
from pellucid.conversion.onnx.reader import Reader, Rule, Value, refusal
from pellucid.formats.onnx_file import OnnxNode

Function = Callable[..., Any]


def aligned(reader: Reader, node: OnnxNode, values: Sequence[Value]) -> tuple[Held, list[Any]]:
    """Operands as they stand beside each other: one of them, which says how the result is to be seen, and all tensors.

    They are brought into the order of the largest; one that has fewer axes, or was flattened otherwise, as the file has
    it.
    """
    held = [value for value in values if isinstance(value, Held)]
    main = max(held, key=lambda each: (each.rank, np.prod([size or 1 for size in each.shape]), each.is_channels_last))
    if not all(_goes_with(each, main) for each in held):
        if any(each.rank != main.rank or each.features is not None for each in held):
            tensors = [reader.plain(node, each) for each in held]
            main = Held.plain(tensors[held.index(main)])
            return main, _filled(values, main, tensors)
        order = (
            channels_last(main.rank) if main.rank > 2 and any(each.is_channels_last for each in held) else main.order
        )
        moved = [reader.permuted(node, each, order) for each in held]
        main = moved[held.index(main)]
        return main, _filled(values, main, [each.tensor for each in moved])
    return main, _filled(values, main, [each.tensor for each in held])


def _goes_with(held: Held, main: Held) -> bool:
    if held.order != main.order:
        return False
    if held.features is None or main.features is None:
        return held.features is main.features
    return np.array_equal(held.features, main.features)


def _filled(values: Sequence[Value], main: Held, tensors: Sequence[Any]) -> list[Any]:
    remaining = iter(tensors)
    return [next(remaining) if isinstance(value, Held) else _beside(main, value) for value in values]


def _beside(main: Held, array: np.ndarray) -> Any:
    """A constant beside a tensor, as numbers of the model."""
    if array.dtype == object:
        raise ValueError("it computes with the size of the batch, which is open")
    arranged = main.arranged(np.asarray(array, np.float32))
    return float(arranged) if arranged.ndim == 0 else arranged


def _operands(reader: Reader, node: OnnxNode) -> list[Value]:
    return [reader.value(node, number) for number in range(len(node.inputs))]


def combined(function: Function, layer: str = "") -> Rule:
    """A function of several operands, or a layer where all are tensors of one shape."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        values = _operands(reader, node)
        main, operands = aligned(reader, node, values)
        shapes = {value.shape if isinstance(value, Held) else None for value in values}
        if layer and len(values) > 1 and len(shapes) == 1:
            reader.give(node, main.like(reader.layer(node, layer, operands)))
            return
        result = operands[0]
        for operand in operands[1:]:
            result = function(result, operand)
        say_function(reader, node, function)
        reader.give(node, main.like(result))

    return rule


def say_function(reader: Reader, node: OnnxNode, function: Function) -> None:
    """Add to the report that a node became a function."""
    reader.say(node, getattr(function, "__name__", "function"), f"{node.kind} to a function")


def _mean(reader: Reader, node: OnnxNode) -> None:
    main, operands = aligned(reader, node, _operands(reader, node))
    total = operands[0]
    for operand in operands[1:]:
        total = ops.add(total, operand)
    reader.give(node, main.like(ops.divide(total, float(len(operands)))))
    say_function(reader, node, ops.mean)


def where(reader: Reader, node: OnnxNode) -> None:
    """Where."""
    main, operands = aligned(reader, node, _operands(reader, node))
    reader.give(node, main.like(ops.where(*operands)))
    say_function(reader, node, ops.where)


def single(function: Function) -> Rule:
    """A function of one operand."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        reader.give(node, x.like(function(x.tensor)))
        say_function(reader, node, function)

    return rule


def _tangent(x: Any) -> Any:
    return ops.divide(ops.sin(x), ops.cos(x))


def activation(name: str) -> Rule:
    """An activation by name."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        reader.give(node, x.like(reader.layer(node, "Activation", x.tensor, name)))

    return rule


def layered(kind: str, *settings: tuple[str, float]) -> Rule:
    """A layer whose arguments are settings of the node."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        arguments = [float(node.attributes.get(name, default)) for name, default in settings]
        reader.give(node, x.like(reader.layer(node, kind, x.tensor, *arguments)))

    return rule


def settled(function: Function, *settings: tuple[str, float]) -> Rule:
    """A function with settings of the node behind its operand."""

    def rule(reader: Reader, node: OnnxNode) -> None:
        x = reader.held(node)
        numbers = [float(node.attributes.get(name, default)) for name, default in settings]
        reader.give(node, x.like(function(x.tensor, *numbers)))
        say_function(reader, node, function)

    return rule


def _hard_sigmoid(x: Any, alpha: float, beta: float) -> Any:
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return ops.hard_sigmoid(x)
    return ops.clip(ops.add(ops.multiply(x, alpha), beta), 0.0, 1.0)


def _selu(x: Any, alpha: float, gamma: float) -> Any:
    return ops.multiply(ops.elu(x, alpha), gamma)


def _swish(x: Any, alpha: float) -> Any:
    return ops.multiply(x, ops.sigmoid(ops.multiply(x, alpha)))


def _thresholded(x: Any, alpha: float) -> Any:
    return ops.where(ops.greater(x, alpha), x, 0.0)


def _shrink(x: Any, bias: float, limit: float) -> Any:
    below = ops.where(ops.less(x, -limit), ops.add(x, bias), 0.0)
    return ops.where(ops.greater(x, limit), ops.subtract(x, bias), below)


def gelu(reader: Reader, node: OnnxNode) -> None:
    """Gelu, exact or by tanh."""
    x = reader.held(node)
    how = node.attributes.get("approximate", "none")
    reader.give(node, x.like(ops.gelu(x.tensor, approximate=how == "tanh")))
    say_function(reader, node, ops.gelu)


def p_relu(reader: Reader, node: OnnxNode) -> None:
    """PRelu: one slope per channel, or per element; along axes where it has size 1 it is shared."""
    x, slope = reader.held(node), np.asarray(reader.constant(node, 1), np.float32)
    arranged = x.arranged(slope)
    wide = arranged.reshape((1,) * (x.rank - 1 - arranged.ndim) + arranged.shape)
    shape = tuple(x.tensor.shape[1:])
    shared = [axis + 1 for axis, size in enumerate(wide.shape) if size == 1 and shape[axis] != 1]
    y = reader.layer(node, "PReLU", x.tensor, shared_axes=shared or None, weights=[wide])
    reader.give(node, x.like(y))


def clip(reader: Reader, node: OnnxNode) -> None:
    """Clip; from 0 on it is a ReLU with a ceiling."""
    x = reader.held(node)
    bounds: list[float | None] = []
    for number, name in enumerate(("min", "max"), start=1):
        array = reader.optional(node, number)
        value = node.attributes.get(name) if array is None else float(array.reshape(-1)[0])
        bounds.append(value if value is not None and abs(value) < 3e38 else None)
    low, high = bounds
    if low == 0.0 and (high is None or high > 0):
        reader.give(node, x.like(reader.layer(node, "ReLU", x.tensor, high)))
        return
    y = x.tensor
    y = y if low is None else ops.maximum(y, low)
    reader.give(node, x.like(y if high is None else ops.minimum(y, high)))
    say_function(reader, node, ops.clip)


def cast(reader: Reader, node: OnnxNode) -> None:
    """Cast: between numbers of the model nothing has to be done, but for fractions that fall away."""
    x, to = reader.held(node), int(node.attributes.get("to", 1))
    if to in _FLOATS:
        reader.give(node, x)
    elif to in _WHOLE:
        reader.give(node, x.like(ops.trunc(x.tensor)))
    elif to == _TRUTH:
        reader.give(node, x.like(ops.not_equal(x.tensor, 0.0)))
    else:
        raise refusal(node, "it converts to small whole numbers or texts, which the model does not have")
    reader.say(node, "", "numbers of the model are of one type", "left out")


def cast_like(reader: Reader, node: OnnxNode) -> None:
    """CastLike, between numbers that the model does not tell apart."""
    x, like = reader.value(node, 0), reader.value(node, 1)
    is_plain = node.inputs[1] not in reader.whole and (isinstance(like, Held) or like.dtype.kind == "f")
    if not is_plain:
        raise refusal(node, "it converts to whole numbers")
    reader.give(node, x)
    reader.say(node, "", "numbers of the model are of one type", "left out")


_FLOATS, _WHOLE, _TRUTH = (1, 10, 11, 16), (6, 7), 9
SELU = (("alpha", 1.67326319217681884765625), ("gamma", 1.05070102214813232421875))

ARITHMETIC: dict[str, Rule] = {
    "Add": combined(ops.add, "Add"),
    "Sub": combined(ops.subtract, "Subtract"),
    "Mul": combined(ops.multiply, "Multiply"),
    "Div": combined(ops.divide),
    "Pow": combined(ops.power),
    "Sum": combined(ops.add, "Add"),
    "Max": combined(ops.maximum, "Maximum"),
    "Min": combined(ops.minimum, "Minimum"),
    "Mean": _mean,
    "Greater": combined(ops.greater),
    "GreaterOrEqual": combined(ops.greater_equal),
    "Less": combined(ops.less),
    "LessOrEqual": combined(ops.less_equal),
    "Equal": combined(ops.equal),
    "And": combined(ops.logical_and),
    "Or": combined(ops.logical_or),
    "Not": single(ops.logical_not),
    "Xor": combined(ops.not_equal),
    "IsNaN": single(ops.isnan),
    "Tan": single(_tangent),
    "Where": where,
    "Relu": activation("relu"),
    "Sigmoid": activation("sigmoid"),
    "Tanh": activation("tanh"),
    "Softplus": activation("softplus"),
    "Softsign": activation("softsign"),
    "HardSwish": activation("hard_silu"),
    "Mish": activation("mish"),
    "LeakyRelu": layered("LeakyReLU", ("alpha", 0.01)),
    "Elu": layered("ELU", ("alpha", 1.0)),
    "Celu": settled(ops.celu, ("alpha", 1.0)),
    "Selu": settled(_selu, *SELU),
    "Swish": settled(_swish, ("alpha", 1.0)),
    "HardSigmoid": settled(_hard_sigmoid, ("alpha", 0.2), ("beta", 0.5)),
    "ThresholdedRelu": settled(_thresholded, ("alpha", 1.0)),
    "Shrink": settled(_shrink, ("bias", 0.0), ("lambd", 0.5)),
    "Gelu": gelu,
    "PRelu": p_relu,
    "Clip": clip,
    "Neg": single(ops.negative),
    "Abs": single(ops.absolute),
    "Exp": single(ops.exp),
    "Log": single(ops.log),
    "Sqrt": single(ops.sqrt),
    "Reciprocal": single(ops.reciprocal),
    "Erf": single(ops.erf),
    "Sin": single(ops.sin),
    "Cos": single(ops.cos),
    "Floor": single(ops.floor),
    "Ceil": single(ops.ceil),
    "Round": single(ops.round),
    "Sign": single(ops.sign),
    "Cast": cast,
    "CastLike": cast_like,
}
