"""How numbers are written, and whether the sums on the screen still hold after rounding.

A picture that shows a sum must not show one that is wrong: `NumberFormat.describe` states the precision, and
`as_shown` says how far the visible numbers are from adding up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal

from pellucid.frozen import Frozen

__all__ = [
    "NumberFormat",
    "number_format",
    "percent",
    "precision_note",
    "short",
    "whole_percent",
    "without_sign_of_zero",
]

_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e6, 1e-3  # outside, a shared number of decimals is unreadable: scientific then
_SCIENTIFIC_DIGITS = 4  # of numbers of very different sizes


class NumberFormat(Frozen):
    """One way of writing all numbers of a picture: decimals after the point, and whether that loses anything."""

    decimals: int
    exact: bool
    scientific: bool = False

    def __call__(self, value: float) -> str:
        """The number as text; what is written with zeros alone has no sign, be it negative zero or rounded to it."""
        return without_sign_of_zero(f"{value:.{self.decimals}{'e' if self.scientific else 'f'}}")

    def describe(self) -> str:
        """The precision in words.

        Example:
            >>> NumberFormat(4, exact=False).describe()
            'rounded to 4 decimals'
        """
        if self.exact:
            return "exact"
        if self.scientific:
            return f"rounded to {self.decimals + 1} significant digits"
        return f"rounded to {self.decimals} decimal{'' if self.decimals == 1 else 's'}"


def without_sign_of_zero(text: str) -> str:
    """A number as text, "-0.000" as "0.000".

    Example:
        >>> without_sign_of_zero("-0.00"), without_sign_of_zero("-0.01"), without_sign_of_zero("-0.0e+00")
        ('0.00', '-0.01', '0.0e+00')
    """
    return text[1:] if text.startswith("-0") and float(text) == 0 else text


def short(value: float, digits: int = 4) -> str:
    """A number by itself, in so many significant digits.

    Example:
        >>> short(0.123456), short(-0.0), short(12345678.0)
        ('0.1235', '0', '1.235e+07')
    """
    return without_sign_of_zero(f"{value:.{digits}g}")


def number_format(values: Iterable[float], digits: int = 6, kinds: Iterable[Iterable[float]] = ()) -> NumberFormat:
    """The shortest format that writes all numbers exactly, or else one with enough digits.

    Args:
        values: every number that will be shown together; NaN and infinity are left out of account.
        digits: significant digits of the largest number where it has to be rounded, >= 1; also the most decimals that
            an exact format may have.
        kinds: numbers among them that have a size of their own, such as the weights of a sum; none of these kinds is
            written as zeros alone.

    Returns:
        the format.

    Example:
        >>> number_format([3.0, -0.25])
        NumberFormat(decimals=2, exact=True, scientific=False)
        >>> number_format([1 / 3, 20.0], digits=4)
        NumberFormat(decimals=2, exact=False, scientific=False)
        >>> number_format([0.7, 3e-30], digits=4, kinds=[[0.7], [3e-30]])
        NumberFormat(decimals=3, exact=False, scientific=True)
    """
    finite = [float(value) for value in values if math.isfinite(value)]
    largest = max((abs(value) for value in finite), default=0.0)
    for decimals in range(digits + 1):
        if largest < _LARGEST_PLAIN and all(float(f"{value:.{decimals}f}") == value for value in finite):
            return NumberFormat(decimals, exact=True)
    if not _SMALLEST_PLAIN <= largest < _LARGEST_PLAIN:
        return NumberFormat(digits - 1, exact=False, scientific=True)
    plain = NumberFormat(max(digits - 1 - math.floor(math.log10(largest)), 0), exact=False)
    sizes = [max((abs(value) for value in kind if math.isfinite(value)), default=0.0) for kind in kinds]
    if any(size and float(plain(size)) == 0 for size in sizes):
        return NumberFormat(min(digits, _SCIENTIFIC_DIGITS) - 1, exact=False, scientific=True)
    return plain


def precision_note(form: NumberFormat, sums: Sequence[tuple[Sequence[float], float]]) -> str:
    """Says how the numbers are rounded, and whether they add up as they stand on the screen.

    Args:
        form: the format in which they are written.
        sums: each sum that is shown, as (terms, total).

    Returns:
        one sentence.

    Example:
        >>> precision_note(NumberFormat(1, exact=False), [((0.26, 0.26), 0.52)])
        'Numbers are rounded to 1 decimal after adding: the sums as shown are off by up to 0.1.'
    """
    if form.exact:
        return "Every number is exact as shown."
    shown = [([Decimal(form(term)) for term in terms], Decimal(form(total))) for terms, total in sums]
    gaps = [
        abs(sum(terms, Decimal(0)) - total)
        for terms, total in shown
        if total.is_finite() and all(term.is_finite() for term in terms)
    ]
    gap = max(gaps, default=Decimal(0))
    outcome = f"the sums as shown are off by up to {float(gap):.1g}." if gap else "the sums also hold as shown."
    return f"Numbers are {form.describe()} after adding: {outcome}"


def percent(share: float) -> str:
    """A share of 0 to 1 in percents; of nothing there is none.

    Example:
        >>> percent(0.9841), percent(math.nan)
        ('98.4%', 'none')
    """
    return f"{share:.1%}" if math.isfinite(share) else "none"


def whole_percent(share: float) -> str:
    """A share of 0 to 1 in whole percents; none is called 0% that is more.

    Example:
        >>> whole_percent(0.984), whole_percent(0.002), whole_percent(0.0)
        ('98%', '<1%', '0%')
    """
    return "<1%" if 0 < share < 0.01 else f"{100 * share:.0f}%"
