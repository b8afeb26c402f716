"""Elementwise operations as formulas with the numbers of one element: "x[2] * gamma[2] / sqrt(variance[2] + 0.001)"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from pellucid.frozen import Frozen

_INFIX = {
    "greater": (">", 1), "greater_equal": (">=", 1), "equal": ("==", 1),
    "add": ("+", 2), "subtract": ("-", 2), "multiply": ("*", 3), "divide": ("/", 3), "power": ("^", 4),
}  # fmt: skip
_NAMES = {"absolute": "abs", "maximum": "max", "minimum": "min"}
_TIGHTEST = 5


class Formula(Frozen):
    """A formula as text.

    Attributes:
        text: with the names of elements.
        binding: how tightly its outermost sign binds; a name binds tightest.
        operands: the elements that occur, by name, with their values.
    """

    text: str
    binding: int = _TIGHTEST
    operands: dict[str, float] = field(default_factory=dict)

    def within(self, binding: int) -> str:
        """The text, in parentheses where the sign around it binds more tightly."""
        return f"({self.text})" if self.binding < binding else self.text


def combined(function: str, operands: Sequence[Formula]) -> Formula:
    """An elementwise function of formulas.

    Example:
        >>> a, b = Formula("a"), Formula("b")
        >>> combined("multiply", [combined("add", [a, b]), a]).text
        '(a + b) * a'
        >>> combined("sqrt", [combined("subtract", [a, combined("subtract", [b, a])])]).text
        'sqrt(a - (b - a))'
    """
    known = {name: value for operand in operands for name, value in operand.operands.items()}
    if function in _INFIX:
        left, right = operands
        sign, binding = _INFIX[function]
        if function == "multiply" and left.text == right.text:
            return Formula(f"{left.within(_TIGHTEST)}^2", _INFIX["power"][1], known)
        space = "" if function == "power" else " "
        return Formula(f"{left.within(binding)}{space}{sign}{space}{right.within(binding + 1)}", binding, known)
    if function == "negative":
        return Formula(f"-{operands[0].within(3)}", 2, known)
    name = _NAMES.get(function, function)
    return Formula(f"{name}({', '.join(operand.text for operand in operands)})", _TIGHTEST, known)


def element(name: str, index: Sequence[int]) -> str:
    """An element as it is written: "kernel[0, 2]".

    Example:
        >>> element("x", (3,)), element("scale", ())
        ('x[3]', 'scale')
    """
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def read_element(text: str) -> tuple[str, tuple[int, ...]]:
    """Name and index of an element as `element` writes it.

    Example:
        >>> read_element("x[3, 0]"), read_element("scale")
        (('x', (3, 0)), ('scale', ()))
    """
    name, bracket, rest = text.partition("[")
    return name, tuple(map(int, rest.rstrip("]").split(", "))) if bracket else ()


def elements_in(text: str) -> list[str]:
    """The elements that a formula mentions, as `element` writes them.

    Example:
        >>> elements_in("abs(x[2, 0])^3 * scale[1] + s2")
        ['x[2, 0]', 'scale[1]']
    """
    return re.findall(r"\w+\[[0-9, ]+\]", text)
