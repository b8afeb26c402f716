"""What makes a calculation one that may be shown: its numbers add up, and lead to what the engine computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pellucid.command_words import hint
from pellucid.errors import ArgumentError, EngineError

REFERENCE = "engine='reference'"
"""What to compare with where an engine computed something else."""
_FLOAT64_ROUNDING = 2.0**-53


def exact_sum(terms: Iterable[float]) -> float:
    """The sum of numbers, rounded once; NaN where infinities of both signs meet, as after a training that diverged.

    Example:
        >>> exact_sum([1e16, 1.0, -1e16]), exact_sum([math.inf, 1.0, -math.inf])
        (1.0, nan)
    """
    try:
        return math.fsum(terms)
    except ValueError:  # so `fsum` refuses infinities of both signs
        return math.nan


def check_sum(
    terms: Sequence[float], added: float, total: float, what: str, others: int = 0, size: float = 0.0
) -> None:
    """Raise `ArgumentError` unless numbers add up to a total, but for the rounding of float64.

    Args:
        terms: what is added up.
        added: what is added to their sum.
        total: what came.
        what: whose sum it is, as the message begins.
        others: how many further numbers one of the terms is the sum of already.
        size: the sum of their magnitudes.
    """
    if not all(map(math.isfinite, (*terms, added, total))):
        return
    found, size = math.fsum(terms) + added, math.fsum((size, *map(abs, terms))) + abs(added)
    if abs(found - total) > (len(terms) + others + 8) * _FLOAT64_ROUNDING * size:
        raise ArgumentError(
            f"{what}: {len(terms)} numbers that add up to {found:.6g} were listed for {total:.6g}; a wrong "
            "calculation is not shown"
        )


def is_close(value: float, engine_value: float, bound: float) -> bool:
    """Whether an engine's value is the one that was worked out, up to a bound; NaN agrees with NaN."""
    if value == engine_value or math.isinf(bound) or math.isnan(bound):
        return True
    return (math.isnan(value) and math.isnan(engine_value)) or abs(value - engine_value) <= bound


def check_value(value: float, engine_value: float, bound: float, what: str) -> None:
    """Raise `EngineError` unless the engine's value is the one that was worked out, up to a bound."""
    if not is_close(value, engine_value, bound):
        raise EngineError(
            f"{what}: the calculation leads to {value:.6g}, the engine computed {engine_value:.6g}, and rounding "
            f"explains {bound:.1e} at most; what was not computed is not shown. Compare with {hint(REFERENCE, {})}: if "
            "that agrees, the engine is wrong, otherwise the explanation is; please report either"
        )
