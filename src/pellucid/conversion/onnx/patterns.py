"""Compositions that ONNX has as one operation: how they stand in a model, and what they are called there.

A pattern is a function with its operands: a number is a constant of that value, a word in small letters a constant
whose value becomes a setting of the node, a word in capitals any value, the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.conversion.onnx.sizes import Item, Key
from pellucid.frozen import Frozen
from pellucid.graph.ops import Constant, Elementwise, Parameter

Pattern = tuple[Any, ...]
_SCALE: Pattern = ("divide", "GAMMA", ("sqrt", ("add", "VARIANCE", "epsilon")))
_SCALED: Pattern = ("multiply", "X", _SCALE)


class Whole(Frozen):
    """One operation of ONNX.

    Attributes:
        kind: as ONNX calls it.
        pattern: what it is made of here.
        operands: the words of the pattern that are its inputs, in order; "" for one that is left out.
        settings: what it has besides the settings of the pattern.
    """

    kind: str
    pattern: Pattern
    operands: tuple[str, ...] = ("X",)
    settings: tuple[tuple[str, float], ...] = ()


_NORM = ("X", "GAMMA", "BETA", "MEAN", "VARIANCE")
WHOLES = (
    Whole("Elu", ("add", ("relu", "X"), ("multiply", ("expm1", ("minimum", "X", 0.0)), "alpha"))),
    Whole("LeakyRelu", ("where", ("greater_equal", "X", 0.0), "X", ("multiply", "alpha", "X"))),
    Whole("LeakyRelu", ("where", ("greater_equal", "X", 0.0), "X", ("multiply", "X", "alpha"))),
    Whole("Clip", ("minimum", "MOST", ("relu", "X")), ("X", "MOST")),
    Whole("Clip", ("minimum", ("relu", "X"), "MOST"), ("X", "MOST")),
    Whole("Clip", ("minimum", ("maximum", ("relu", "X"), 0.0), "MOST"), ("X", "MOST")),
    Whole("PRelu", ("subtract", ("relu", "X"), ("multiply", ("relu", ("negative", "X")), "SLOPE")), ("X", "SLOPE")),
    Whole("Softplus", ("add", ("maximum", "X", 0.0), ("log1p", ("exp", ("minimum", ("negative", "X"), "X"))))),
    Whole(
        "HardSigmoid",
        ("divide", ("minimum", 6.0, ("relu", ("add", "X", 3.0))), 6.0),
        settings=(("alpha", 1 / 6), ("beta", 0.5)),
    ),
    Whole("BatchNormalization", ("add", _SCALED, ("subtract", "BETA", ("multiply", "MEAN", _SCALE))), _NORM),
    Whole("BatchNormalization", ("add", _SCALED, ("negative", ("multiply", "MEAN", _SCALE))), _NORM),
)
_BY_FUNCTION = {name: [each for each in WHOLES if each.pattern[0] == name] for name in {w.pattern[0] for w in WHOLES}}


class Found(Frozen):
    """A whole at its place.

    Attributes:
        kind: as ONNX calls it.
        inputs: where its inputs come from; None for one that is left out.
        settings: of the node.
    """

    kind: str
    inputs: tuple[Key | None, ...]
    settings: tuple[tuple[str, float], ...]


def found(items: Sequence[Item], number: int) -> Found | None:
    """The whole that ends with an operation, if there is one."""
    op = items[number].op
    for whole in _BY_FUNCTION.get(op.function, []) if isinstance(op, Elementwise) else []:
        bound: dict[str, Any] = {}
        if _matches(items, (number, 0), whole.pattern, bound):
            inputs = tuple(bound.get(name) for name in whole.operands)
            settings = tuple((name, value) for name, value in bound.items() if name.islower())
            result = Found(whole.kind, inputs, (*settings, *whole.settings))
            return result if _fits(items, result) else None
    return None


def _matches(items: Sequence[Item], key: Key, pattern: Any, bound: dict[str, Any]) -> bool:
    item = items[key[0]]
    if isinstance(pattern, tuple):
        if item.op != Elementwise(pattern[0]) or len(item.inputs) != len(pattern) - 1:
            return False
        return all(_matches(items, *pair, bound) for pair in zip(item.inputs, pattern[1:], strict=True))
    if isinstance(pattern, str) and pattern.isupper():
        return bound.setdefault(pattern, key) == key
    if not isinstance(item.op, Constant) or not item.is_settled:
        return False
    return item.op.value == (bound.setdefault(pattern, item.op.value) if isinstance(pattern, str) else pattern)


def _fits(items: Sequence[Item], whole: Found) -> bool:
    """Whether the operation of ONNX takes such weights."""
    if whole.kind == "BatchNormalization":
        return _is_by_channel(items, whole)
    kind = Constant if whole.kind == "Clip" else Parameter
    return all(key is None or isinstance(items[key[0]].op, kind) for key in whole.inputs[1:])


def _is_by_channel(items: Sequence[Item], norm: Found) -> bool:
    """Whether what is normalised has one weight of each kind for each channel, which is its last axis."""
    x, *weights = (None if key is None else items[key[0]] for key in norm.inputs)
    if x is None or len(x.shapes()[0]) < 2:
        return False
    shapes = [((), x.shapes()[0][-1:]), *[(x.shapes()[0][-1:],)] * 3]
    return all(
        weight is None or (isinstance(weight.op, Parameter | Constant) and weight.shapes()[0] in allowed)
        for weight, allowed in zip(weights, shapes, strict=True)
    )
