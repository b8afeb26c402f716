"""Formulas written once, in words or in LaTeX: elements, sums and means over indices, fractions, roots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["JOINT", "Latex", "Words", "multiple"]

JOINT = ",\\quad "
"""Between the steps of a formula in LaTeX, where it has several."""


class Words:
    """A formula in plain text.

    Example:
        >>> n = Words()
        >>> n.equal(n.at("y", "c"), n.mean({"i": 4}, n.at("x", "i", "c")))
        'y[c] = mean over i of x[i, c]'
    """

    def at(self, name: str, *index: str) -> str:
        """An element, or a number that has a name."""
        return f"{name}[{', '.join(index)}]" if index else name

    def number(self, value: float) -> str:
        """A setting of the layer."""
        return f"{value:g}"

    def equal(self, left: str, right: str) -> str:
        """What something is."""
        return f"{left} = {right}"

    def steps(self, parts: Sequence[str]) -> str:
        """The formula, and what stands in it."""
        return ", where ".join(parts)

    def sum(self, over: Mapping[str, int], body: str) -> str:
        """A sum over indices, each of so many values from 0."""
        return f"sum over {', '.join(over)} of {body}"

    def mean(self, over: Mapping[str, int], body: str) -> str:
        """A mean over indices."""
        return f"mean over {', '.join(over)} of {body}"

    def among(self, letter: str, size: int) -> str:
        """Which values an index has that is none of the input's."""
        return f"{letter} is 0 to {size - 1}"

    def product(self, left: str, right: str) -> str:
        """Of two factors."""
        return f"{left} * {right}"

    def divided(self, above: str, below: str) -> str:
        """A fraction; what stands above or below as a sum comes in parentheses."""
        return f"{_grouped(above)} / {_grouped(below)}"

    def root(self, body: str) -> str:
        """A square root."""
        return f"sqrt({body})"

    def power(self, body: str, exponent: str) -> str:
        """A power."""
        return f"{_grouped(body)}^{exponent}"

    def inverse_power(self, body: str, exponent: str) -> str:
        """The root of that order."""
        return f"({body})^(1/{exponent})"

    def magnitude(self, body: str) -> str:
        """Without its sign."""
        return f"|{body}|"

    def function(self, name: str, *arguments: str) -> str:
        """A function of something."""
        return f"{name}({', '.join(arguments)})"

    def quotient(self, letter: str, size: int) -> str:
        """In which group of that size an index lies."""
        return f"{letter}//{size}"


class Latex:
    """The same in LaTeX.

    Example:
        >>> n = Latex()
        >>> n.equal(n.at("y", "c"), n.root(n.at("moving_mean", "c")))
        'y_{c} = \\\\sqrt{\\\\mathrm{moving\\\\_mean}_{c}}'
    """

    def at(self, name: str, *index: str) -> str:
        """An element, or a number that has a name."""
        written = name if len(name) == 1 else f"\\mathrm{{{name}}}".replace("_", "\\_")
        return f"{written}_{{{','.join(index)}}}" if index else written

    def number(self, value: float) -> str:
        """A setting of the layer."""
        digits, _, exponent = f"{value:g}".partition("e")
        if not exponent:
            return digits
        return f"{'' if digits == '1' else digits + chr(92) + 'cdot '}10^{{{int(exponent)}}}"

    def equal(self, left: str, right: str) -> str:
        """What something is."""
        return f"{left} = {right}"

    def steps(self, parts: Sequence[str]) -> str:
        """The formula, and what stands in it."""
        return JOINT.join(parts)

    def sum(self, over: Mapping[str, int], body: str) -> str:
        """A sum over indices, each of so many values from 0."""
        signs = "\\;".join(f"\\sum_{{{letter}=0}}^{{{size - 1}}}" for letter, size in over.items())
        return f"{signs} {body}"

    def mean(self, over: Mapping[str, int], body: str) -> str:
        """A mean over indices."""
        count = 1
        for size in over.values():
            count *= size
        return f"\\frac{{1}}{{{count}}} {self.sum(over, body)}"

    def among(self, letter: str, size: int) -> str:
        """Nothing: the sums say it."""
        return ""

    def product(self, left: str, right: str) -> str:
        """Of two factors."""
        return f"{left}\\,{right}"

    def divided(self, above: str, below: str) -> str:
        """A fraction."""
        return f"\\frac{{{above}}}{{{below}}}"

    def root(self, body: str) -> str:
        """A square root."""
        return f"\\sqrt{{{body}}}"

    def power(self, body: str, exponent: str) -> str:
        """A power."""
        grouped = f"\\left({body}\\right)" if " " in body else body
        return f"{{{grouped}}}^{{{exponent}}}"

    def inverse_power(self, body: str, exponent: str) -> str:
        """The root of that order."""
        return f"\\left({body}\\right)^{{1/{exponent}}}"

    def magnitude(self, body: str) -> str:
        """Without its sign."""
        return f"\\left|{body}\\right|"

    def function(self, name: str, *arguments: str) -> str:
        """A function of something."""
        written = f"\\{name}" if name in ("exp", "max") else f"\\mathrm{{{name}}}".replace("_", "\\_")
        return f"{written}\\left({', '.join(arguments)}\\right)"

    def quotient(self, letter: str, size: int) -> str:
        """In which group of that size an index lies."""
        return f"\\lfloor {letter}/{size}\\rfloor"


Notation = Words | Latex


def multiple(letter: str, factor: int) -> str:
    """An index times a number, as it is written: "2i".

    Example:
        >>> multiple("i", 2), multiple("i", 1)
        ('2i', 'i')
    """
    return letter if factor == 1 else f"{factor}{letter}"


def _grouped(text: str) -> str:
    """In parentheses where a sign stands in it outside of all brackets."""
    depth, bare = 0, ""
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        bare += letter if depth == 0 else ""
    return f"({text})" if " " in bare.strip() else text
