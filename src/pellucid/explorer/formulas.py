"""Formulas that are typed on the page: arithmetic of the coordinates of a tap, and nothing else.

A formula is parsed, never executed as a program: only what the tables here name can stand in it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, shown

__all__ = ["FUNCTIONS", "coordinates", "formula_of"]

MOST_LETTERS = 300
_SHORT = {"columns": "x", "rows": "y", "depth": "z", "channels": "c", "taps": "x", "inputs": "i", "places": "p"}
_NUMBERS = {"pi": np.pi, "e": np.e}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tan": (np.tan, 1),
    "tanh": (np.tanh, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sqrt": (np.sqrt, 1),
    "abs": (np.abs, 1),
    "sign": (np.sign, 1),
    "floor": (np.floor, 1),
    "round": (np.round, 1),
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
    "hypot": (np.hypot, 2),
    "atan2": (np.arctan2, 2),
    "where": (lambda chosen, a, b: np.where(chosen, a, b), 3),
}
"""What can be called, with how many arguments."""


def formula_of(text: object, axes: Sequence[str]) -> Callable[..., np.ndarray]:
    """What a text says of coordinates, as a function of their arrays, which `Filter.set` takes.

    Args:
        text: such as "exp(-(x**2 + y**2) / 2)".
        axes: the names of the coordinates; x, y, z and c are short for columns, rows, depth and channels, and r is the
            distance from the middle.

    Raises:
        ArgumentError: something else than arithmetic stands there, or it is too long.

    Example:
        >>> formula_of("where(x > 0, 2, -1) * x**2", ("columns",))(np.array([-1.0, 0.0, 3.0])).tolist()
        [-1.0, 0.0, 18.0]
        >>> formula_of("x.__class__", ("columns",))
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: a formula is arithmetic of columns (x), r, pi, e with abs, ...; got 'x.__class__'
    """
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_LETTERS:
        raise ArgumentError(f"a formula is a text of at most {MOST_LETTERS} letters, got {shown(text)}")
    try:
        tree = ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _refusal(text, axes) from None
    names = {"r", *axes, *(_SHORT[name] for name in axes if name in _SHORT), *_NUMBERS}
    _check(tree, names, lambda: _refusal(text, axes))

    def formula(*grids: np.ndarray) -> np.ndarray:
        known: dict[str, Any] = {**_NUMBERS, **dict(zip(axes, grids, strict=True))}
        known |= {_SHORT[name]: known[name] for name in axes if name in _SHORT}
        spatial = [known[name] for name in axes if name in ("depth", "rows", "columns", "taps")]
        alone = np.abs(grids[0]) if grids else 0.0  # no coordinate: one number
        known["r"] = np.sqrt(sum(np.square(each) for each in spatial)) if spatial else alone
        with np.errstate(all="ignore"):
            return np.asarray(_value(tree, known), np.float64)

    return formula


def coordinates(axes: Sequence[str]) -> str:
    """What a formula can be of, in words.

    Example:
        >>> coordinates(("taps", "channels"))
        'taps (x), channels (c)'
    """
    return ", ".join(f"{name} ({_SHORT[name]})" if name in _SHORT else name for name in dict.fromkeys(axes))


def _refusal(text: str, axes: Sequence[str]) -> ArgumentError:
    known = f"{', '.join(filter(None, (coordinates(axes), 'r, pi, e')))} with {', '.join(sorted(FUNCTIONS))}"
    return ArgumentError(f"a formula is arithmetic of {known}; got {shown(text)}")


def _check(node: ast.AST, names: set[str], refusal: Callable[[], ArgumentError]) -> None:
    """Raise unless all of it is in the tables."""
    parts: list[ast.AST]
    match node:
        case ast.Constant(value=value) if (
            isinstance(value, int | float) and not isinstance(value, bool) and value < 1e30
        ):
            parts = []
        case ast.Name(id=name) if name in names:
            parts = []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            parts = [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            parts = [operand]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            parts = [left, right]
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if FUNCTIONS.get(name, ("", -1))[1] == len(
            given
        ):
            parts = list(given)
        case _:
            raise refusal()
    for part in parts:
        _check(part, names, refusal)


def _value(node: ast.AST, known: dict[str, Any]) -> Any:
    """The value of a formula that was checked; all numbers are NumPy's in float64, so none grows beyond them."""
    match node:
        case ast.Constant(value=value):
            return np.float64(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return known[name] if isinstance(known[name], np.ndarray) else np.float64(known[name])
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, known), _value(right, known)) + 0.0
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_value(operand, known) + 0.0)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return np.asarray(_OPERATORS[type(op)](_value(left, known), _value(right, known)), np.float64)
        case ast.Call(func=ast.Name(id=name), args=given):
            return FUNCTIONS[name][0](*(_value(each, known) for each in given))
    raise AssertionError("a formula is checked before it is computed")
