"""How functions that work element by element are written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from pellucid.conversion.onnx.sizes import Item
from pellucid.conversion.onnx.writer import Value, Writer, to_first
from pellucid.graph.ops import Elementwise

SIMPLE = {
    "negative": "Neg",
    "absolute": "Abs",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "relu": "Relu",
    "erf": "Erf",
    "sin": "Sin",
    "cos": "Cos",
    "floor": "Floor",
    "add": "Add",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "power": "Pow",
    "maximum": "Max",
    "minimum": "Min",
}
COMPARISONS = {"greater": "Greater", "greater_equal": "GreaterOrEqual", "equal": "Equal"}


def _log1p(writer: Writer, item: Item, x: str) -> str:
    """log(u) x / (u - 1) with u = 1 + x, which keeps the digits near 0; x where u is 1, log(u) where u is infinite.

    Source: Kahan, as in Higham, Accuracy and Stability of Numerical Algorithms, 1.14.1.
    """
    one = writer.constant(1.0)
    u = writer.node(item, "Add", x, one)
    log = writer.node(item, "Log", u)
    off = writer.node(item, "Sub", u, one)
    near = writer.node(item, "Mul", log, writer.node(item, "Div", x, off))
    is_large = writer.node(item, "Greater", x, writer.constant(1e4))
    large = writer.node(item, "Where", is_large, log, near)
    return writer.node(item, "Where", writer.node(item, "Equal", u, one), x, large)


def _expm1(writer: Writer, item: Item, x: str) -> str:
    """(u - 1) x / log(u) with u = exp(x) where |x| is small, else u - 1."""
    one = writer.constant(1.0)
    u = writer.node(item, "Exp", x)
    off = writer.node(item, "Sub", u, one)
    near = writer.node(item, "Mul", off, writer.node(item, "Div", x, writer.node(item, "Log", u)))
    is_large = writer.node(item, "Greater", writer.node(item, "Abs", x), writer.constant(1.0))
    large = writer.node(item, "Where", is_large, off, near)
    return writer.node(item, "Where", writer.node(item, "Equal", u, one), x, large)


def _where(writer: Writer, item: Item, condition: str, a: str, b: str) -> str:
    truth = writer.truths.get(condition) or writer.node(item, "Cast", condition, to=TensorProto.BOOL)
    return writer.node(item, "Where", truth, a, b)


COMPOSED: dict[str, Callable[..., str]] = {"log1p": _log1p, "expm1": _expm1, "where": _where}


def elementwise(writer: Writer, item: Item) -> Value:
    """One function of the table above."""
    function = item.settled(lambda op: op.function if isinstance(op, Elementwise) else "")
    operands = [writer.values[key] for key in item.inputs]
    shapes = tuple(item.shapes())
    biased = _biased(writer, item, function, operands)
    if biased is not None:
        return Value(biased.name, shapes, biased.is_first)
    is_first = _stays_first(operands, len(shapes[0]))
    names = [beside(writer, item, value, len(shapes[0]) if is_first else 0) for value in operands]
    return Value(_applied(writer, item, function, names), shapes, is_first)


def _applied(writer: Writer, item: Item, function: str, names: list[str]) -> str:
    if function in SIMPLE:
        return writer.node(item, SIMPLE[function], *names)
    if function in COMPARISONS:
        truth = writer.node(item, COMPARISONS[function], *names)
        number = writer.node(item, "Cast", truth, to=TensorProto.FLOAT)
        writer.truths[number] = truth
        return number
    return COMPOSED[function](writer, item, *names)


def _stays_first(operands: list[Value], rank: int) -> bool:
    """Whether the function is applied channels first: one operand stands so, and the others can."""
    variable = [value for value in operands if value.array is None]
    return any(value.is_first for value in variable) and all(value.rank in (0, rank) for value in variable)


def beside(writer: Writer, item: Item, value: Value, rank_first: int) -> str:
    """An operand in the model's order, or channels first beside tensors of so many axes."""
    if not rank_first:
        return writer.last(item, value)
    if value.array is None:
        return writer.first(item, value) if value.rank else value.name
    if not value.rank:
        return writer.constant(value.array)
    wide = value.array.reshape((1,) * (rank_first - value.rank) + value.shape)
    return writer.constant(wide.transpose(to_first(rank_first)))


def _biased(writer: Writer, item: Item, function: str, operands: list[Value]) -> Value | None:
    """The sum of a convolution or a product with a constant per filter: their nodes take it as a bias."""
    if function != "add":
        return None
    for number, (sums, bias) in enumerate((operands, operands[::-1])):
        node = writer.awaiting.get(sums.name) if writer.uses[item.inputs[number]] == 1 else None
        if node is not None and bias.array is not None and bias.shape == sums.shape[-1:]:
            if node.op_type == "MatMul":
                node.op_type = "Gemm"
            node.input.append(writer.constant(np.asarray(bias.array)))
            del writer.awaiting[sums.name]
            return sums
    return None
